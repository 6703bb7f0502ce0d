"""Orders and fills as the practice world keeps them, and the terms of trade of an exchange."""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

ZERO = Decimal(0)


@dataclass(frozen=True)
class Terms:
    """`fee_in` is "quote" or "received"; `client_ids` says among which orders they must differ.

    "unique": among all, for ever; "unique_open": among those still open; "loose": not at all.
    """

    maker: Decimal = Decimal("0.001")
    taker: Decimal = Decimal("0.001")
    fee_in: str = "received"
    min_cost: Decimal = Decimal(1)
    client_ids: str = "unique"
    order_id: Callable[[int], str] = str


@dataclass(frozen=True)
class Wish:
    """What a caller asks for; a market order has `amount` or `cost`. `lifetime`: GTC, IOC, FOK, PO (post only)."""

    pair: str
    side: str
    type: str
    amount: Decimal | None = None
    price: Decimal | None = None
    cost: Decimal | None = None
    client_id: str = ""
    lifetime: str = "GTC"

    @property
    def is_buy(self) -> bool:
        return self.side == "buy"

    def order(self, n: int, identity: str, slug: str, account: str, now: int) -> "Order":
        return Order(n=n, id=identity, slug=slug, account=account, created=now, updated=now, settled=now, **vars(self))


@dataclass
class Order:
    """`amount` is None for a market order by cost; `fee` is in `fee_asset`; `held` of `held_asset` is still locked."""

    n: int
    id: str
    slug: str
    account: str
    pair: str
    side: str
    type: str
    created: int
    updated: int
    settled: int
    client_id: str = ""
    lifetime: str = "GTC"
    price: Decimal | None = None
    amount: Decimal | None = None
    cost: Decimal | None = None
    status: str = "open"
    filled: Decimal = ZERO
    spent: Decimal = ZERO
    fee: Decimal = ZERO
    fee_asset: str = ""
    held: Decimal = ZERO
    held_asset: str = ""

    @property
    def is_open(self) -> bool:
        return self.status == "open"

    @property
    def is_buy(self) -> bool:
        return self.side == "buy"

    @property
    def average(self) -> Decimal:
        return self.spent / self.filled if self.filled else ZERO

    def summary(self) -> dict[str, object]:
        """Return what the journal keeps of an accepted order."""
        names = ("slug", "account", "id", "client_id", "pair", "side", "type", "amount", "cost", "price", "lifetime")
        return {name: getattr(self, name) for name in names}

    @property
    def remaining(self) -> Decimal:
        return (self.amount or self.filled) - self.filled


@dataclass
class Fill:
    n: int
    order_n: int
    order_id: str
    slug: str
    account: str
    pair: str
    side: str
    type: str
    price: Decimal
    amount: Decimal
    cost: Decimal
    fee: Decimal
    fee_rate: Decimal
    fee_asset: str
    is_maker: bool
    time: int

    @classmethod
    def of(cls, order: Order, **traded: Any) -> "Fill":
        names = ("slug", "account", "pair", "side", "type")
        return cls(order_n=order.n, order_id=order.id, **{name: getattr(order, name) for name in names}, **traded)
