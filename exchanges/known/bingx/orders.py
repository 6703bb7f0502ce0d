"""BingX: ccxt asks for one order by the exchange's id only; by ours it is found among the open and the recent ones."""

from exchanges.holdings import Purse, free_and_locked
from exchanges.values import RefusalReason
from exchanges.ways import Cursor, Look, Said, TradingWays, by_reason, said

# Every parameter that is wrong: the text tells.
BAD = "100400"

TRADING = TradingWays(
    lists=("data", "data.orders", "data.fills"),
    candles_at_once=1_440,
    purse=Purse(rows=("data.balances",), coin="asset", read=free_and_locked("free", "locked")),
    proof=("code", "0"),
    refusals={
        Said(code=BAD, text="minimum"): RefusalReason.BELOW_MINIMUM,
        Said(code=BAD, text="decimals"): RefusalReason.PRECISION,
        Said(code=BAD, text="precision"): RefusalReason.PRECISION,
        Said(code=BAD, text="invalid parameters"): RefusalReason.OTHER,
        **by_reason(
            {
                RefusalReason.FUNDS: "100202 101204",
                RefusalReason.BELOW_MINIMUM: "101400",
                RefusalReason.PRICE_BAND: "100440",
                RefusalReason.PAIR_CLOSED: "100490",
            }
        ),
    },
    missing=(Said(code="100404", text="not exist"), *said("80016 80017 109421")),
    closed=(Said(code="100404", text="filled or cancelled"),),
    by_client_id=None,
    recent=(Look(method="fetch_canceled_and_closed_orders"),),
    no_fee={"commission": None},
    fills=Look(
        method="fetch_my_trades",
        params={"orderId": "{id}"},
        page=1_000,
        cursors=(Cursor(name="fromId", of_last="id", begins="0"),),
    ),
    markets="fetch_spot_markets",
)
