"""Orders and fills as the practice world keeps them, and the terms of trade of an exchange."""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

ZERO = Decimal(0)


@dataclass(frozen=True)
class Terms:
    """`fee_in` is "quote" or "received"; `client_ids` is "unique", "unique_open" or "ignored" (see matching.py)."""

    maker: Decimal = Decimal("0.001")
    taker: Decimal = Decimal("0.001")
    fee_in: str = "received"
    min_cost: Decimal = Decimal(1)
    client_ids: str = "unique"
    order_id: Callable[[int], str] = str


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
    market: str = "spot"

    @property
    def is_open(self) -> bool:
        return self.status == "open"

    @property
    def is_buy(self) -> bool:
        return self.side == "buy"

    @property
    def average(self) -> Decimal:
        return self.spent / self.filled if self.filled else ZERO

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
