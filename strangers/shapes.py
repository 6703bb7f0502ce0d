"""What passes between the rows of the table and a driver: neutral words for orders, and what a stranger is."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, ClassVar, NamedTuple

ZERO = Decimal(0)


class RefusedError(Exception):
    """The exchange said no: `code` and `text` as the SDK hands them on."""

    def __init__(self, code: object, text: object) -> None:
        super().__init__(f"{code} {text}")


class DiffersError(Exception):
    """The practice exchange, or the SDK's reading of it, is not what it ought to be."""


class Keys(NamedTuple):
    api_key: str
    secret: str
    passphrase: str = ""


@dataclass(frozen=True)
class Wish:
    """An order to place: `cost` instead of `amount` buys at market for so much; `lifetime` is GTC, IOC, FOK or PO."""

    side: str
    amount: Decimal = ZERO
    price: Decimal | None = None
    cost: Decimal = ZERO
    own_id: str = ""
    lifetime: str = "GTC"

    @property
    def is_market(self) -> bool:
        return self.price is None


@dataclass(frozen=True)
class Order:
    """An order as the SDK reads it; `state` is open, filled or cancelled."""

    id: str
    own_id: str
    side: str
    state: str
    filled: Decimal
    amount: Decimal | None = None
    price: Decimal | None = None


@dataclass(frozen=True)
class Fill:
    """`fee` is positive where the trader pays."""

    order_id: str
    price: Decimal
    amount: Decimal
    fee: Decimal
    fee_coin: str


@dataclass(frozen=True)
class Rules:
    """What the exchange publishes of a pair; None where the SDK has no such number."""

    price_step: Decimal | None
    amount_step: Decimal | None
    min_amount: Decimal | None = None
    min_cost: Decimal | None = None


class Candle(NamedTuple):
    time: int
    open: Decimal
    high: Decimal
    low: Decimal
    close: Decimal


class Stranger:
    """One SDK at one exchange; a driver overrides each verb, and raises RefusedError where the exchange refused.

    `refusals` says what each refusal looks like, as a pattern over code and text. `lacks` names rows that the SDK
    or the exchange does not have, `known` those in which the two differ, each with the reason; a row in `known`
    that comes out right makes the run fail, so that the list stays true. `pointed` says how the SDK was led to the
    practice exchange, `own_id` what form an order's own id must have, `too_small` an amount of `base` below the least,
    `wants_tls` that the SDK speaks nothing else, `too_late` how far a clock must be off to be refused, `most_fee`
    the share of an order that its fee stays below. `traits` make its account one of another kind, whose keys have
    rights in `words` of their own: by read, trade and withdraw. Times are in ms.
    """

    slug: ClassVar[str]
    sdk: ClassVar[str]
    pointed: ClassVar[str] = "base address"
    base: ClassVar[str] = "BTC"
    quote: ClassVar[str] = "USDT"
    own_id: ClassVar[str] = "{}"
    too_small: ClassVar[Decimal] = Decimal("0.00001")
    wants_tls: ClassVar[bool] = False
    too_late: ClassVar[int] = 120_000
    most_fee: ClassVar[Decimal] = Decimal("0.01")
    traits: ClassVar[Mapping[str, str]] = {}
    words: ClassVar[Mapping[str, Sequence[str]]] = {}
    refusals: ClassVar[Mapping[str, str]] = {}
    lacks: ClassVar[Mapping[str, str]] = {}
    known: ClassVar[Mapping[str, str]] = {}

    def __init__(self, address: str, keys: Keys) -> None:
        self.address, self.keys = address, keys

    def time(self) -> int:
        raise NotImplementedError

    def rules(self) -> Rules:
        raise NotImplementedError

    def ticker(self) -> tuple[Decimal, Decimal]:
        """Return best bid and best ask, twice the last price where there is nothing better."""
        raise NotImplementedError

    def candles(self) -> Sequence[Candle]:
        """Return candles of one minute, the oldest first."""
        raise NotImplementedError

    def book(self) -> tuple[Sequence[Decimal], Sequence[Decimal]]:
        """Return the prices of bids and asks, the best first."""
        raise NotImplementedError

    def balances(self) -> Mapping[str, tuple[Decimal, Decimal]]:
        """Return free and locked by coin; empty coins may be there or not."""
        raise NotImplementedError

    def rights(self) -> set[str]:
        """Return which of read, trade, futures, transfer and withdraw the key has."""
        raise NotImplementedError

    def place(self, wish: Wish) -> str:
        """Return the exchange's id of the new order."""
        raise NotImplementedError

    def find(self, identity: str) -> Order:
        raise NotImplementedError

    def find_own(self, own_id: str) -> Order:
        raise NotImplementedError

    def open_orders(self) -> Sequence[Order]:
        raise NotImplementedError

    def cancel(self, identity: str) -> None:
        raise NotImplementedError

    def fills(self, identity: str) -> Sequence[Fill]:
        raise NotImplementedError

    def history(self) -> Sequence[Order]:
        """Return orders that are over, all of them or the last ones."""
        raise NotImplementedError

    def place_unknown_pair(self) -> None:
        """Place an order in a pair that does not exist."""
        raise NotImplementedError

    def close(self) -> None:
        """Let go of sessions and threads."""


@dataclass
class Cell:
    """One field of the table: right, wrong, known (wrong with a reason) or lacking."""

    verdict: str
    reason: str = ""


@dataclass
class Column:
    sdk: str
    pointed: str
    cells: dict[str, Cell] = field(default_factory=dict)
    seconds: float = 0.0

    @classmethod
    def read(cls, data: Mapping[str, Any]) -> "Column":
        cells = {name: Cell(**cell) for name, cell in data["cells"].items()}
        return cls(data["sdk"], data["pointed"], cells, data["seconds"])
