"""Binance: the short answer to a create is enough; myTrades takes an order's id or a time, never both."""

from exchanges.holdings import Purse, free_and_locked
from exchanges.values import RefusalReason
from exchanges.ways import Cursor, Look, Said, TradingWays, by_reason

# -2010 and -1013 are shared by many refusals, -2010 also by the one of a used client id: the text tells.
REJECTED, FILTER = "-2010", "-1013"

TRADING = TradingWays(
    lists=("",),
    candles_at_once=1_000,
    purse=Purse(rows=("balances",), coin="asset", read=free_and_locked("free", "locked")),
    refusals={
        Said(code=REJECTED, text="insufficient balance"): RefusalReason.FUNDS,
        Said(code=REJECTED, text="market is closed"): RefusalReason.PAIR_CLOSED,
        Said(code=FILTER, text="notional"): RefusalReason.BELOW_MINIMUM,
        Said(code=FILTER, text="percent_price"): RefusalReason.PRICE_BAND,
        # Too little, or not a whole number of steps: Binance says the same of both.
        Said(code=FILTER, text="lot_size"): RefusalReason.PRECISION,
        Said(code=FILTER, text="price_filter"): RefusalReason.PRECISION,
        Said(code=FILTER, text="market is closed"): RefusalReason.PAIR_CLOSED,
        Said(code=FILTER, text="filter failure"): RefusalReason.OTHER,
        **by_reason(
            {
                RefusalReason.PRECISION: "-1111",
                RefusalReason.PAIR_CLOSED: "-1121",
                RefusalReason.OTHER: "-1100 -1101 -1102 -1103 -1104 -1105 -1106 -1114 -1115 -1116 -1117 -1130 -1131",
            }
        ),
    },
    missing=(Said(code="-2013"), Said(code="-2011", text="unknown order")),
    closed=(Said(code="-2011", text="unknown order"), Said(code="-2011", text="was not canceled")),
    unlisted=(Said(code="-1121"),),
    recent=(Look(method="fetch_orders", page=1_000),),
    no_fee={"commission": None},
    fills=Look(
        method="fetch_my_trades",
        params={"orderId": "{id}"},
        page=1_000,
        is_timed=False,
        cursors=(Cursor(name="fromId", of_last="id", begins="0"),),
    ),
    market_params={"showPermissionSets": "false"},
    market_names="symbols",
    options={"newOrderRespType": {"limit": "ACK", "market": "ACK"}},
)
