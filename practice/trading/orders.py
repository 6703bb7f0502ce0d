"""Orders and fills as the practice world keeps them, and the terms of trade of an exchange."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import ROUND_DOWN, Decimal
from typing import Any

from practice.world.pairs import PAIRS, Pair

ZERO = Decimal(0)


@dataclass(frozen=True)
class Band:
    """Between which shares of the market's price a limit price must lie, for each side; None is no bound."""

    buy_least: Decimal | None = None
    buy_most: Decimal | None = None
    sell_least: Decimal | None = None
    sell_most: Decimal | None = None

    @classmethod
    def against_haste(cls, share: str) -> "Band":
        """Return the band of those who refuse only what is worse for its owner than the market, by this share."""
        return cls(buy_most=1 + Decimal(share), sell_least=1 - Decimal(share))

    def of(self, *, is_buy: bool) -> tuple[Decimal | None, Decimal | None]:
        return (self.buy_least, self.buy_most) if is_buy else (self.sell_least, self.sell_most)


@dataclass(frozen=True)
class FeeCoin:
    """A coin of the exchange in which fees can be paid instead, for less by `discount`; its price is in USDT."""

    asset: str
    discount: Decimal


@dataclass(frozen=True)
class Terms:
    """`fee_in` is "quote" or "received"; `client_ids` says among which orders they must differ.

    "unique": among all, for ever; "unique_open": among those still open; "loose": not at all.
    `refuses` names the lifetimes of which an order that cannot be kept is refused (PO, FOK); elsewhere it is taken
    and cancelled. `fee_places` is how many decimals a fee has, None for all of them.
    `fee_times` names pairs whose fees are so many times those of the others.
    """

    maker: Decimal = Decimal("0.001")
    taker: Decimal = Decimal("0.001")
    fee_in: str = "received"
    min_cost: Decimal = Decimal(1)
    client_ids: str = "unique"
    order_id: Callable[[int], str] = str
    pairs: Mapping[str, Pair] = field(default_factory=lambda: PAIRS)
    band: Band | None = None
    refuses: tuple[str, ...] = ()
    fee_places: int | None = None
    fee_rounding: str = ROUND_DOWN
    fee_coin: FeeCoin | None = None
    fee_times: Mapping[str, Decimal] = field(default_factory=dict)

    def fee_rate(self, pair: str, *, is_maker: bool) -> Decimal:
        return (self.maker if is_maker else self.taker) * self.fee_times.get(pair, Decimal(1))


@dataclass(frozen=True)
class Wish:
    """What a caller asks for; a market order has `amount` or `cost`. `lifetime`: GTC, IOC, FOK, PO (post only), GTT.

    One with `ends`, in ms, rests no longer than until then, whatever its lifetime.
    """

    pair: str
    side: str
    type: str
    amount: Decimal | None = None
    price: Decimal | None = None
    cost: Decimal | None = None
    client_id: str = ""
    lifetime: str = "GTC"
    ends: int | None = None

    @property
    def is_buy(self) -> bool:
        return self.side == "buy"

    def order(self, n: int, identity: str, slug: str, account: str, now: int) -> "Order":
        return Order(n=n, id=identity, slug=slug, account=account, created=now, updated=now, settled=now, **vars(self))


@dataclass
class Order:
    """`amount` is None for a market order by cost; `fee` is in `fee_asset`; `held` of `held_asset` is still locked.

    `coin_fee` is what was paid in the exchange's own coin instead. `ended_by` names the lifetime that gave up what
    was left (IOC also for a market order, GTT when its time was up); it is empty when the owner did, or nobody.
    """

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
    coin_fee: Decimal = ZERO
    ended_by: str = ""
    ends: int | None = None

    @property
    def is_open(self) -> bool:
        return self.status == "open"

    @property
    def is_buy(self) -> bool:
        return self.side == "buy"

    @property
    def fees(self) -> tuple[Decimal, bool]:
        """Return what was paid, and whether in the exchange's own coin: where both happened, that is what is told."""
        return (self.coin_fee, True) if self.coin_fee else (self.fee, False)

    @property
    def average(self) -> Decimal:
        return self.spent / self.filled if self.filled else ZERO

    def wish(self, *, amount: Decimal | None, price: Decimal | None) -> Wish:
        """Return what its owner would ask for today, to have it with this amount and price."""
        return Wish(self.pair, self.side, self.type, amount, price, lifetime=self.lifetime)

    def is_over(self, at: int) -> bool:
        """Say whether its time was up at a moment."""
        return self.ends is not None and self.ends <= at

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

    @property
    def in_coin(self) -> bool:
        """Say whether the fee was paid in a coin that was not traded: the exchange's own."""
        return self.fee_asset not in self.pair.split("/")

    @classmethod
    def of(cls, order: Order, **traded: Any) -> "Fill":
        names = ("slug", "account", "pair", "side", "type")
        return cls(order_n=order.n, order_id=order.id, **{name: getattr(order, name) for name in names}, **traded)
