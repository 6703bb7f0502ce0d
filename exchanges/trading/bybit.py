"""Bybit: ccxt asks for one order by the exchange's id only; its lists can be asked for ours alone."""

from exchanges.orders import RefusalReason
from exchanges.trading.ways import BY_ID, Look, TradingWays, by_reason, said

TRADING = TradingWays(
    lists=("result.list", "result.list.0.coin"),
    proof=("retCode", "0"),
    refusals=by_reason(
        {
            RefusalReason.FUNDS: "170131 170223 170226",
            RefusalReason.BELOW_MINIMUM: "170136 170140",
            RefusalReason.PRECISION: "170134 170137 170148",
            RefusalReason.PRICE_BAND: "170132 170133 170192 170193 170194",
            RefusalReason.PAIR_CLOSED: "170121 170151 170157 170217 170221",
            RefusalReason.RIGHT: "170224 170241",
            RefusalReason.OTHER: "170105 170115 170116 170117 170124 170130 170135 170228 170229",
        }
    ),
    missing=said("170213"),
    closed=said("170139 170142 170143 170190"),
    by_id=Look(method=BY_ID.method, id=BY_ID.id, is_list=True),
    by_client_id=None,
    open_orders=Look(method="fetch_open_orders", params={"orderLinkId": "{client}"}, page=50, is_timed=False),
    recent=(
        Look(
            method="fetch_canceled_and_closed_orders",
            params={"orderLinkId": "{client}"},
            page=50,
            is_timed=False,
        ),
    ),
    fills=Look(method="fetch_order_trades", id="{id}"),
)
