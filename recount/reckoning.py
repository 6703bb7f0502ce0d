"""The arithmetic of the recount: what trades move, what a group comes to, what a bot had at work at each moment.

Pure functions over exact decimals, by formulas of docs/audit-books.md alone.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Context, Decimal
from typing import NamedTuple

from recount.values import ZERO, BotLimit, Coins, OurGroup, OurOrder, ToldOrder, Trade

# An average is compared to so many digits: it comes out of several divisions, and pages show six.
SHOWN = Context(prec=20)
# What the exchange tells of each order of ours; None: that there is no such order. One without an entry was not asked.
Told = Mapping[str, ToldOrder | None]


class Move(NamedTuple):
    """A trade of a group's, or the coins that it adopted, which count as a buy; `decided_at` is when it was decided."""

    is_buy: bool
    decided_at: datetime
    trade: Trade


@dataclass(frozen=True, kw_only=True)
class Sums:
    """What a group's trades come to. `flow` is what each coin gained by them: the base coin is held, the quote coin is
    the result less what fees in others were worth (`worth_of_buys`, `worth_of_sells`). `fees` are all of them in quote
    money, as far as their worth is known."""

    base: str
    quote: str
    bought: Decimal
    cost: Decimal
    sold: Decimal
    received: Decimal
    fees_of_buys: Coins
    fees_of_sells: Coins
    flow: Coins
    fees: Decimal
    worth_of_buys: Decimal
    worth_of_sells: Decimal
    holding: "Holding"

    @property
    def average(self) -> Decimal | None:
        """Return what a coin of those that are held cost; once all are sold, of all that were bought."""
        paid, bought = self.holding.paid, self.holding.bought
        if not bought:
            paid, bought = self.cost, self.bought
        return SHOWN.divide(paid, bought) if bought else None

    @property
    def fee_coin(self) -> Decimal:
        return self.fees_of_buys.get(self.base, ZERO) + self.fees_of_sells.get(self.base, ZERO)

    @property
    def fee_quote(self) -> Decimal:
        return self.fees_of_buys.get(self.quote, ZERO)

    @property
    def proceeds(self) -> Decimal:
        return self.received - self.fees_of_sells.get(self.quote, ZERO) - self.worth_of_sells

    @property
    def held(self) -> Decimal:
        return self.flow.get(self.base, ZERO)

    @property
    def result(self) -> Decimal:
        return self.flow.get(self.quote, ZERO) - self.worth_of_buys - self.worth_of_sells

    @property
    def other_fees(self) -> Coins:
        """Return the fees in coins that are neither side of the pair."""
        return {coin: -gained for coin, gained in self.flow.items() if coin not in (self.base, self.quote)}


def reckon(pair: str, trades: Iterable[tuple[bool, Trade]], carried: Decimal = ZERO) -> Sums:
    """Add up a group's trades, the oldest first, each with whether it was a buy; `carried` coins cost it nothing."""
    base, _, quote = pair.partition("/")
    kept = list(trades)
    holding = Holding(held=carried)
    for is_buy, trade in kept:
        holding.trade(trade, base, is_buy=is_buy)
    buys, sells = ([trade for is_buy, trade in kept if is_buy is wanted] for wanted in (True, False))
    return Sums(
        base=base,
        quote=quote,
        bought=sum((trade.quantity for trade in buys), ZERO),
        cost=sum((trade.cost for trade in buys), ZERO),
        sold=sum((trade.quantity for trade in sells), ZERO),
        received=sum((trade.cost for trade in sells), ZERO),
        fees_of_buys=added(trade.paid for trade in buys),
        fees_of_sells=added(trade.paid for trade in sells),
        flow=added(moved(pair, trade, is_buy=is_buy) for is_buy, trade in kept),
        fees=sum((_worth(trade, base, quote) for _, trade in kept), ZERO),
        worth_of_buys=sum((trade.value or ZERO for trade in buys), ZERO),
        worth_of_sells=sum((trade.value or ZERO for trade in sells), ZERO),
        holding=holding,
    )


def _worth(trade: Trade, base: str, quote: str) -> Decimal:
    """Return a trade's fees in quote money, those in the coin at its price."""
    return trade.paid.get(quote, ZERO) + trade.paid.get(base, ZERO) * trade.price + (trade.value or ZERO)


def moved(pair: str, trade: Trade, *, is_buy: bool) -> Coins:
    """Return what each coin gained by a trade, fees taken off."""
    base, _, quote = pair.partition("/")
    sign = 1 if is_buy else -1
    traded = {base: sign * trade.quantity, quote: -sign * trade.cost}
    return added([traded, {coin: -amount for coin, amount in trade.paid.items()}])


def added(parts: Iterable[Coins]) -> dict[str, Decimal]:
    sums: dict[str, Decimal] = {}
    for part in parts:
        for coin, amount in part.items():
            sums[coin] = sums.get(coin, ZERO) + amount
    return sums


def trades_of(group: OurGroup, told: Told) -> list[tuple[OurOrder, Trade]]:
    """Return a group's trades as the exchange tells them, the oldest first, each with its order.

    Of a fee that it has not told what our rows reckoned counts: a guess of ours is not held against itself. What a fee
    in a third coin was worth only our rows say.
    """
    found = []
    for order in group.orders:
        ours = {trade.trade_id: trade for trade in order.trades}
        for trade in one.trades if (one := told.get(order.client_id)) else ():
            if mine := ours.get(trade.trade_id):
                trade = replace(trade, value=mine.value) if trade.is_fee_known else mine
            found.append((order, trade))
    return sorted(found, key=lambda row: row[1].at)


def moves_of(group: OurGroup, told: Told) -> list[Move]:
    """Return what a group got and gave in the order of time: the coins that it adopted, then its trades."""
    moves = [Move(order.is_buy, order.created_at, trade) for order, trade in trades_of(group, told)]
    return [Move(True, group.adopted.at, group.adopted), *moves] if group.adopted else moves


@dataclass
class Holding:
    """What a group holds while its trades are gone through again, what was paid for that, and how much was bought of
    it before fees."""

    held: Decimal = ZERO
    paid: Decimal = ZERO
    bought: Decimal = ZERO

    def trade(self, trade: Trade, base: str, *, is_buy: bool) -> None:
        """Follow a trade: a sale takes its share of what was paid."""
        fee = trade.paid.get(base, ZERO)
        if is_buy:
            self.held, self.paid = self.held + trade.quantity - fee, self.paid + trade.cost
            self.bought += trade.quantity
            return
        left = self.held - trade.quantity - fee
        is_left = self.held > 0 and left > 0
        self.paid = self.paid * left / self.held if is_left else ZERO
        self.bought = self.bought * left / self.held if is_left else ZERO
        self.held = left


@dataclass
class Peak:
    """The most that a bot had at work beyond a limit, when, and how many buys went beyond it."""

    at_work: Decimal = ZERO
    at: datetime | None = None
    buys: int = 0

    def see(self, at_work: Decimal, at: datetime) -> None:
        self.buys += 1
        if at_work > self.at_work:
            self.at_work, self.at = at_work, at


@dataclass
class Passed:
    """Where a bot went beyond its limits."""

    hard: Peak = field(default_factory=Peak)
    margin: Peak = field(default_factory=Peak)


def replay(limit: BotLimit, groups: Sequence[tuple[OurGroup, Sequence[Move]]]) -> Passed:
    """Go through all moves of a bot's groups in the order of time, and look at what was at work after each buy.

    Buys that were decided under other settings are followed and not judged. What a closed group has left is dust, and
    what a released one has left is the trader's: neither is at work.
    """
    passed, holdings = Passed(), dict[str, Holding]()
    moments = [
        (move.trade.at, move.is_buy, number, group, move)
        for number, (group, moves) in enumerate(groups)
        for move in moves
    ]
    last = {group.name: moves[-1] for group, moves in groups if moves}
    gone = {
        group.name: group.ended_at for group, _ in groups if (group.is_released or not group.sold) and group.ended_at
    }
    # Within a moment sales come first: nothing is called too much for want of a finer clock.
    for moment, is_buy, _, group, move in sorted(moments, key=lambda row: row[:3]):
        holdings.setdefault(group.name, Holding(held=group.carried)).trade(move.trade, group.base, is_buy=is_buy)
        if not is_buy and not group.is_open and move is last[group.name]:
            del holdings[group.name]
        at_work = sum((one.paid for name, one in holdings.items() if not (name in gone and gone[name] <= moment)), ZERO)
        if is_buy and move.decided_at >= limit.since and at_work > limit.hard:
            (passed.margin if at_work > limit.amount else passed.hard).see(at_work, moment)
    return passed
