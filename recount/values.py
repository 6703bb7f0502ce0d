"""Orders, fills and groups as the recount compares them: the exchange's (“told”) and those of our rows (“our”)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

ZERO = Decimal(0)
# Amounts by coin; what is 0 is left out.
Coins = Mapping[str, Decimal]


@dataclass(frozen=True, kw_only=True)
class Trade:
    """One fill. `fees` are what was paid, a pair of coin and amount for each; not `is_fee_known`: the exchange has not
    told them (or, of our rows, we reckoned them). `value` is what those in coins that are no side of the pair were
    worth in quote money by our rows, since no exchange tells that; None: not known."""

    trade_id: str
    price: Decimal
    quantity: Decimal
    cost: Decimal
    fees: tuple[tuple[str, Decimal], ...]
    at: datetime
    is_fee_known: bool = True
    value: Decimal | None = ZERO

    @property
    def paid(self) -> Coins:
        """Return its fees by coin, in capitals as coins are named in pairs."""
        sums: dict[str, Decimal] = {}
        for coin, amount in self.fees:
            sums[coin.upper()] = sums.get(coin.upper(), ZERO) + amount
        return {coin: amount for coin, amount in sums.items() if amount}


@dataclass(frozen=True, kw_only=True)
class ToldOrder:
    """An order as the exchange tells it; what was filled is what its trades come to."""

    exchange_id: str
    is_open: bool
    trades: tuple[Trade, ...] = ()

    @property
    def filled(self) -> Decimal:
        return sum((trade.quantity for trade in self.trades), ZERO)


@dataclass(frozen=True, kw_only=True)
class OurOrder:
    """An order as our rows tell it. `price` is its promise: no fill may be worse. `sends` counts how often it left."""

    client_id: str
    exchange_id: str
    is_buy: bool
    quantity: Decimal
    price: Decimal
    state: str
    filled: Decimal
    sends: int
    created_at: datetime
    sent_at: datetime | None = None
    trades: tuple[Trade, ...] = ()

    @property
    def is_to_ask(self) -> bool:
        return bool(self.sends or self.filled or self.trades)


@dataclass(frozen=True, kw_only=True)
class OurGroup:
    """A group as our rows tell it, with the sums that traders see: `fee_coin` and `fee_quote` as
    strategies/models/groups.py keeps them, `fees` all fees in quote money, `proceeds` net of them. `result` and
    `ended_at` are None while it is open.
    `carried` is dust that it took from groups before it, `passed_on` what a later one took, or is forgotten. It counts
    in the sums of the day `counted_on`. Coins that it `adopted` no order bought: only our rows tell of them.
    """

    name: str
    bot: int
    pair: str
    bought: Decimal
    cost: Decimal
    average: Decimal | None
    fee_coin: Decimal
    fee_quote: Decimal
    fee_other: Decimal
    sold: Decimal
    proceeds: Decimal
    held: Decimal
    is_open: bool
    is_released: bool = False
    carried: Decimal = ZERO
    passed_on: Decimal = ZERO
    result: Decimal | None = None
    ended_at: datetime | None = None
    fees: Decimal = ZERO
    counted_on: date | None = None
    adopted: Trade | None = None
    orders: tuple[OurOrder, ...] = ()

    @property
    def base(self) -> str:
        return self.pair.partition("/")[0]

    @property
    def quote(self) -> str:
        return self.pair.partition("/")[2]


@dataclass(frozen=True, kw_only=True)
class KeptSums:
    """What our rows say that a bot's groups of a pair brought which ended on a day; the day of EVER stands for all."""

    bot: int
    pair: str
    day: date
    result: Decimal = ZERO
    fees: Decimal = ZERO
    closed: int = 0
    won: int = 0


EVER = date.min


@dataclass(frozen=True, kw_only=True)
class BotLimit:
    """What a bot may have at work in quote money; `since` when its settings stand as they do now."""

    bot: int
    name: str
    amount: Decimal
    hard_share: Decimal
    since: datetime

    @property
    def hard(self) -> Decimal:
        return self.amount * self.hard_share


@dataclass(frozen=True, kw_only=True)
class Steps:
    """The steps of a pair at its exchange."""

    quantity: Decimal
    price: Decimal


@dataclass(frozen=True, kw_only=True)
class Discrepancy:
    """Something that the exchange tells in one way and our books in another, or that breaks a promise of ours.

    `code` is one of docs/audit-books.md; the texts hold no secret, and foreign text only in print.
    """

    code: str
    where: str
    there: str
    here: str
