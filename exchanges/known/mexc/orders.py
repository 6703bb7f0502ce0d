"""MEXC: IOC is an order type of its own; a create answers with the id only."""

from exchanges.holdings import Purse, free_and_locked
from exchanges.values import RefusalReason
from exchanges.ways import Look, Said, TradingWays, by_reason, said

TRADING = TradingWays(
    lists=("",),
    candles_at_once=500,
    purse=Purse(rows=("balances",), coin="asset", read=free_and_locked("free", "locked")),
    refusals={
        Said(code="30002", text="scale"): RefusalReason.PRECISION,
        **by_reason(
            {
                RefusalReason.FUNDS: "30004 30005 10101",
                RefusalReason.BELOW_MINIMUM: "30002 88013",
                RefusalReason.PRECISION: "10096",
                RefusalReason.PRICE_BAND: "30010 30087",
                RefusalReason.PAIR_CLOSED: "-1121 10007 30014 30016 30001 30041",
                RefusalReason.RIGHT: "30020 70011",
                RefusalReason.OTHER: "700004 10095 10097 10102 30003 30027 30028 30029 30032",
            }
        ),
    },
    missing=(Said(code="-2013"), Said(code="-2011", text="unknown order")),
    closed=(Said(code="-2011"),),
    # ccxt names a pair when it asks for one alone.
    unlisted=said("-1121 10007"),
    recent=(Look(method="fetch_orders", page=1_000),),
    is_fee_in_quote=True,
    no_fee={"commission": None},
    fills=Look(method="fetch_my_trades", params={"orderId": "{id}"}, page=100),
    markets="fetch_spot_markets",
)
