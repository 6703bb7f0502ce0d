"""OKX: an order's refusal stands in its row; what is over is listed for a week, filled and cancelled apart."""

from decimal import Decimal

from exchanges.holdings import Purse, Row, held, told
from exchanges.values import Balance, RefusalReason
from exchanges.ways import Cursor, Look, Said, TradingWays, by_reason


def read_detail(row: Row) -> Balance:
    """Read a coin of any account mode: its equity is below zero where it is borrowed."""
    return held(free=told(row, "availEq", "availBal"), total=told(row, "eq", "cashBal"))


TRADING = TradingWays(
    lists=("data",),
    candles_at_once=100,
    purse=Purse(rows=("data.0.details",), coin="ccy", read=read_detail),
    proof=("code", "0"),
    refusals=by_reason(
        {
            RefusalReason.FUNDS: "51008 51119 51127 51131",
            RefusalReason.BELOW_MINIMUM: "51020 51100 51118 51120",
            RefusalReason.PRECISION: "51121",
            RefusalReason.PRICE_BAND: "51006 51031 51116 51122 51135 51136 51137 51138",
            RefusalReason.PAIR_CLOSED: "51001 51015 51021 51022 51027 51028 51110 51124",
            RefusalReason.RIGHT: "51009 51024",
            RefusalReason.OTHER: "51000 50014 51004 51005 51025 51101 51102 51174 51203 51204",
        }
    ),
    # Its floatPxLmtPct is 0.005 for BTC and ETH: what is worse than the index by more is refused (51137, 51138).
    reach=Decimal("0.004"),
    missing=(Said(code="51603"),),
    closed=(Said(code="51400"), Said(code="51401"), Said(code="51402"), Said(code="51410")),
    open_orders=Look(method="fetch_open_orders", is_timed=False),
    recent=(Look(method="fetch_closed_orders"), Look(method="fetch_canceled_orders")),
    # ccxt drops its own limit where it is told a time.
    no_fee={"fee": None},
    fills=Look(
        method="fetch_order_trades",
        id="{id}",
        params={"limit": "{page}"},
        cursors=(Cursor(name="after", of_last="billId"),),
    ),
    options={"fetchMarkets": {"types": ["spot"]}, "createOrder": "privatePostTradeOrder"},
)
