"""What a desk takes and tells: orders, fills, quotes, rules as plain values, and the three ways a create can fail."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum

from exchanges.errors import Cause, ExchangeError, Trouble


@dataclass(frozen=True, kw_only=True)
class Credentials:
    """A key in clear, for the time of one call in a worker's memory; it never prints itself."""

    api_key: str = field(repr=False)
    secret: str = field(repr=False)
    passphrase: str = field(default="", repr=False)


class OrderSide(StrEnum):
    BUY = "buy"
    SELL = "sell"


class ReportedState(StrEnum):
    """CANCELED may be partly filled; what an exchange rejected or let expire counts as canceled."""

    OPEN = "open"
    FILLED = "filled"
    CANCELED = "canceled"


@dataclass(frozen=True, kw_only=True)
class NewOrder:
    """A limit order over a quantity of the base coin; `client_id` is 24 characters a-z0-9 that begin with "bf".

    `is_immediate`: what does not fill at once is given up (IOC), and the price is the worst acceptable one. It means
    the same on every exchange, where market orders do not: there a buy may be counted in quote money.
    """

    pair: str
    side: OrderSide
    quantity: Decimal
    price: Decimal
    client_id: str
    is_immediate: bool


@dataclass(frozen=True, kw_only=True)
class OrderReport:
    """What an exchange says of an order: `filled` in the base coin, `cost` in quote money, fees in neither."""

    exchange_id: str
    client_id: str
    state: ReportedState
    filled: Decimal
    at: datetime | None
    cost: Decimal | None = None


@dataclass(frozen=True)
class Fee:
    asset: str
    amount: Decimal


@dataclass(frozen=True, kw_only=True)
class TradeFill:
    """One trade of an order, in the exchange's own digits. `fee` is what was paid, in `fee_asset`: a rebate is < 0.

    `more_fees` were paid beside it, in other coins. Where the exchange does not tell the fee yet, or in a way that we
    do not understand, `is_fee_known` is False, and the fee is nothing of nothing: the trade counts all the same.
    `trade_id` is told apart from others within its pair only: many exchanges number the trades of each pair by itself.
    """

    trade_id: str
    exchange_id: str
    side: OrderSide
    price: Decimal
    quantity: Decimal
    cost: Decimal
    fee: Decimal
    fee_asset: str
    at: datetime
    more_fees: tuple[Fee, ...] = ()
    is_fee_known: bool = True


@dataclass(frozen=True, kw_only=True)
class Quote:
    """`price` is that of the last trade, else the middle of bid and ask.

    `at` is when it came, or when the exchange made it, if that was long before.
    """

    pair: str
    price: Decimal
    bid: Decimal | None
    ask: Decimal | None
    at: datetime


@dataclass(frozen=True, kw_only=True)
class Candle:
    start: datetime
    open: Decimal
    high: Decimal
    low: Decimal
    close: Decimal


# The lengths of candles, by their names.
FRAMES: Mapping[str, timedelta] = {
    "1m": timedelta(minutes=1),
    "5m": timedelta(minutes=5),
    "15m": timedelta(minutes=15),
    "30m": timedelta(minutes=30),
    "1h": timedelta(hours=1),
    "2h": timedelta(hours=2),
    "4h": timedelta(hours=4),
    "1d": timedelta(days=1),
}


@dataclass(frozen=True, kw_only=True)
class Rules:
    """What an order must be: steps are step sizes; a minimum that the exchange does not name is 0."""

    pair: str
    amount_step: Decimal
    price_step: Decimal
    min_amount: Decimal
    min_cost: Decimal
    taker: Decimal
    maker: Decimal
    is_active: bool


@dataclass(frozen=True, kw_only=True)
class Balance:
    free: Decimal
    total: Decimal


@dataclass(frozen=True, kw_only=True)
class OddRow:
    """A row of a balance answer that could not be read: its coin, "" when not even that could, and its shape.

    The shape names fields with the types and lengths of what they hold; it never holds an amount.
    """

    coin: str
    shape: str


@dataclass(frozen=True, kw_only=True)
class Balances:
    """What an account holds for trading, by coin; `odd` are the rows that were set aside."""

    coins: Mapping[str, Balance]
    odd: tuple[OddRow, ...] = ()


class RefusalReason(StrEnum):
    FUNDS = "funds"
    BELOW_MINIMUM = "below_minimum"
    PRECISION = "precision"
    PRICE_BAND = "price_band"
    PAIR_CLOSED = "pair_closed"
    RIGHT = "right"
    RATE_LIMITED = "rate_limited"
    OTHER = "other"


class OrderRefusedError(Exception):
    """The exchange itself said no: certainly nothing was accepted."""

    def __init__(self, reason: RefusalReason, trouble: Trouble) -> None:
        super().__init__(reason.value)
        self.reason, self.trouble = reason, trouble


class OrderUnknownError(Exception):
    """The order may have been accepted: it must be looked up, never sent again on this."""

    def __init__(self, trouble: Trouble) -> None:
        super().__init__(trouble.cause.value)
        self.trouble = trouble


class FillsMissingError(ExchangeError):
    """The exchange shows no way to more fills of an order than these, and there may be more."""

    def __init__(self, fills: "list[TradeFill]") -> None:
        super().__init__(Trouble(cause=Cause.UNREADABLE))
        self.fills = fills


class OrderNotSentError(Exception):
    """Certainly no order left this machine."""
