"""Bybit: ccxt asks for one order by the exchange's id only; its lists can be asked for ours alone."""

from decimal import Decimal

from exchanges.holdings import Purse, Row, all_told, first_told, held, told
from exchanges.values import Balance, RefusalReason
from exchanges.ways import BY_ID, Cursor, Look, TradingWays, by_reason, said


def read_coin(row: Row) -> Balance:
    """Read a coin of either kind of account; what is borrowed or lies in orders can be more than the wallet holds."""
    total, free = told(row, "walletBalance"), first_told(row, "availableToWithdraw", "free")
    in_use = all_told(row, "locked", "totalPositionIM", "totalOrderIM")
    return held(free=total - in_use if free is None else free, total=total)


TRADING = TradingWays(
    lists=("result.list",),
    candles_at_once=1_000,
    # An account that never held a coin has no wallet.
    purse=Purse(rows=("result.list.0.coin", "result.list"), coin="coin", read=read_coin),
    proof=("retCode", "0"),
    refusals=by_reason(
        {
            RefusalReason.FUNDS: "170131 170223 170226",
            RefusalReason.BELOW_MINIMUM: "170136 170140",
            RefusalReason.PRECISION: "170134 170137 170148",
            RefusalReason.PRICE_BAND: "170132 170133 170192 170193 170194 170371 170372",
            RefusalReason.PAIR_CLOSED: "170121 170151 170157 170217 170221",
            RefusalReason.RIGHT: "170224 170241",
            RefusalReason.OTHER: "170105 170115 170116 170117 170124 170130 170135 170228 170229",
        }
    ),
    # Its priceLimitRatioX is 0.01 for BTC: what is worse than the index by more may be refused (170193, 170194).
    reach=Decimal("0.008"),
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
    no_fee={"execFee": None},
    ticker_time="time",
    fills=Look(method="fetch_order_trades", id="{id}", cursors=(Cursor(name="cursor", at="result.nextPageCursor"),)),
)
