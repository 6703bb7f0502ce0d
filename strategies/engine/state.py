"""What the engine decides upon: settings, a group, the market and the limits, all values of one moment."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from functools import cached_property

from strategies.engine.account import Grounds, Pool
from strategies.engine.account import Stake as Stake
from strategies.engine.ladder import Ladder
from strategies.engine.position import ONE, ZERO, Fees, Position, Side, in_lots

# As a share of the last price.
AGREEING = Decimal("0.005")


class Mode(StrEnum):
    """CLOSING has an exit under way; no add-on may join it."""

    NORMAL = "normal"
    RECOVERY = "recovery"
    CLOSING = "closing"
    CLOSED = "closed"


class Stop(StrEnum):
    """What the trader (or an operator) has paused."""

    NONE = "none"
    ENTRIES = "entries"
    ADD_ONS = "add_ons"  # entries and add-ons
    CLOSE = "close"  # close at market


@dataclass(frozen=True, kw_only=True)
class RecoverySettings:
    """`enter_loss` is D_r, `enter_age` T_r, `decay` T_d, `leave_candles` m, `least_gain` g of product.md."""

    is_on: bool = True
    enter_loss: Decimal = Decimal("0.10")
    enter_usage: Decimal = Decimal("0.80")
    enter_age: timedelta = timedelta(days=7)
    leave_usage: Decimal = Decimal("0.65")
    leave_candles: int = 3
    decay: timedelta = timedelta(days=3)
    least_gain: Decimal = Decimal("0.001")
    improve_factor: Decimal = Decimal(3)
    spacing_factor: Decimal = Decimal("1.5")
    cool_down_factor: int = 2


@dataclass(frozen=True, kw_only=True)
class Settings:
    """A bot's settings in figures; shares are shares (0.02 = 2 %). `floor` is Z_max, None for no floor.

    The price must stay beyond the stop loss for `stop_timeout`.
    """

    side: Side
    ladder: Ladder
    fees: Fees
    take_profit: Decimal
    trailing: Decimal | None = None
    stop_loss: Decimal | None = None
    stop_timeout: timedelta = timedelta(0)
    improve: Decimal = Decimal("0.001")
    floor: Decimal | None = None
    spacing: Decimal = Decimal("0.8")
    cool_down: timedelta = timedelta(minutes=5)
    max_groups: int = 1
    re_entry_pause: timedelta = timedelta(0)
    liquidation_gap: Decimal = Decimal("0.05")
    recovery: RecoverySettings = field(default_factory=RecoverySettings)


class LimitMode(StrEnum):
    """RESERVE sets the money of the whole ladder aside when a group opens; FIRST_COME may run out of it."""

    RESERVE = "reserve"
    FIRST_COME = "first_come"


@dataclass(frozen=True, kw_only=True)
class MarginLimit:
    """How much quote money a bot may have at work: `amount`, of which `soft` stops new groups, `hard` add-ons."""

    amount: Decimal
    soft: Decimal
    hard: Decimal
    mode: LimitMode = LimitMode.RESERVE

    def at_work(self, stakes: Iterable[Stake]) -> Decimal:
        """Return what is really at work: held and ordered, without reserves."""
        return sum((stake.held + stake.ordered for stake in stakes), ZERO)

    def admits_group(self, stakes: Iterable[Stake], *, base: Decimal, whole_ladder: Decimal) -> bool:
        if self.mode is LimitMode.FIRST_COME:
            return self.at_work(stakes) + base <= self.soft * self.amount
        committed = sum((stake.held + stake.ordered + stake.to_come for stake in stakes), ZERO)
        return committed + whole_ladder <= self.soft * self.amount


@dataclass(frozen=True, kw_only=True)
class Held:
    """One position from first entry to exit. `alarms` counts evaluations in a row that called for Recovery Mode.

    `best` is the best price since the take profit was reached (trailing), None before. `recovery_forced` and
    `recovery_released`: the trader switched Recovery Mode on, or off; until `quiet_until` no alarm switches it on.
    It has been in Recovery Mode since `recovery_since` (None: it is not), was first at `recovery_began_at`, and left it
    last at `recovery_left_at`: what lasts calls for it again only after a fill since then. The price has been seen
    beyond the stop loss at each look since `stop_since` (None: it was not at the last). `to_sell` is what its trader
    asked to sell of it and is not sold yet, `to_add` the quote money that they asked to buy for at once.
    """

    position: Position
    first_price: Decimal
    opened_at: datetime
    last_fill_at: datetime
    last_fill_price: Decimal
    add_ons_done: int = 0
    mode: Mode = Mode.NORMAL
    alarms: int = 0
    stop_since: datetime | None = None
    recovery_since: datetime | None = None
    recovery_began_at: datetime | None = None
    recovery_left_at: datetime | None = None
    recovery_forced: bool = False
    recovery_released: bool = False
    quiet_until: datetime | None = None
    has_unknown_order: bool = False
    has_open_order: bool = False
    ordered: Decimal = ZERO
    best: Decimal | None = None
    to_sell: Decimal = ZERO
    to_add: Decimal | None = None


@dataclass(frozen=True, kw_only=True)
class OrderRules:
    """What the exchange takes as an order: `minimum_cost` is its least in quote money, `min_amount` its least in base,
    `amount_step` what an amount must be a multiple of; None: the exchange has none."""

    minimum_cost: Decimal = ZERO
    min_amount: Decimal | None = None
    amount_step: Decimal | None = None

    def amount(self, quantity: Decimal) -> Decimal:
        """Return the largest amount that the exchange takes as an order and that is not above the quantity."""
        return in_lots(quantity, self.amount_step)

    def takes(self, amount: Decimal, price: Decimal | None) -> bool:
        """Return whether an order of the amount reaches the exchange's minimums; without a price only its own."""
        is_large = amount > 0 and amount >= (self.min_amount or 0)
        return is_large and (price is None or amount * price >= self.minimum_cost)


@dataclass(frozen=True, kw_only=True)
class MarketNow(OrderRules):
    """The pair at one moment. `closes` are the last closed candles, oldest first.

    Without `bid` and `ask` the price stands for both.
    """

    price: Decimal
    at: datetime
    closes: tuple[Decimal, ...] = ()
    max_age: timedelta = timedelta(seconds=15)
    bid: Decimal | None = None
    ask: Decimal | None = None

    @property
    def has_price(self) -> bool:
        return all(p is None or (p.is_finite() and p > 0) for p in (self.price, self.bid, self.ask))

    def is_fresh(self, now: datetime) -> bool:
        """A time ahead of ours is a clock in doubt: no better than old data."""
        return abs(now - self.at) <= self.max_age

    def entry_price(self, side: Side) -> Decimal:
        """Return what one really pays (long: the ask) or gets (short: the bid) for an entry or an add-on."""
        found = self.ask if side is Side.LONG else self.bid
        return self.price if found is None else found

    def exit_price(self, side: Side) -> Decimal:
        found = self.bid if side is Side.LONG else self.ask
        return self.price if found is None else found

    def agrees(self, side: Side) -> bool:
        """Say whether the price one would get and the last one tell of the same market: one alone may be a slip."""
        found = self.bid if side is Side.LONG else self.ask
        return found is not None and abs(found - self.price) <= AGREEING * self.price


@dataclass(frozen=True, kw_only=True)
class Limits:
    """What surrounds the group: the bot's other groups, its margin limit, its risk and the right to trade.

    `equity` None: not known at this moment. `free_quote`: what an order may cost now (futures: free margin times
    leverage), None when not known. `pair_in_recovery`: a group of this pair and direction is in Recovery Mode on this
    connection; `recovery_elsewhere`: on another connection, which `needs_recovery_elsewhere` makes a condition of new
    groups. `is_pair_open`: the exchange trades the pair. `has_proof`: the last proof of the connection still counts,
    which is enough to sell by; to buy it must be proven at this moment. `pool`: what all groups of the connection
    share, the bot's and this one included.
    """

    margin: MarginLimit
    equity: Decimal | None
    accepted_loss: Decimal
    stress: Decimal
    other_stakes: tuple[Stake, ...] = ()
    open_groups: int = 0
    pair_in_recovery: bool = False
    is_connection_proven: bool = True
    has_proof: bool = True
    stop: Stop = Stop.NONE
    last_closed_at: datetime | None = None
    liquidation_price: Decimal | None = None
    free_quote: Decimal | None = None
    is_pair_open: bool = True
    needs_recovery_elsewhere: bool = False
    recovery_elsewhere: bool = False
    pool: Pool = field(default_factory=Pool)


@dataclass(frozen=True, kw_only=True)
class Request:
    """A wish to enter or to close, of a signal or of a bot's own rule; `reason` is told where it opens a group."""

    side: Side
    closes: bool = False
    reason: str = "entry.signal"


@dataclass(frozen=True, kw_only=True)
class Opening:
    """All that a decision about a new group looks at."""

    settings: Settings
    market: MarketNow
    limits: Limits
    now: datetime
    request: Request | None = None


@dataclass(frozen=True, kw_only=True)
class AddOn:
    """The next order of a group's ladder, at today's price: one rung, or all from the `first` that is not done to k.

    `cost` is what is missing to T_k: what an order before did not get is bought with the next.
    `zone` is P_k, the price from which on it may be placed; `price` what one really pays now, `quantity` its amount
    as the exchange takes it, `before` the position that it enlarges.
    """

    first: int
    k: int
    zone: Decimal
    cost: Decimal
    price: Decimal
    quantity: Decimal
    before: Position

    @cached_property
    def after(self) -> Position:
        """Return the position once it has filled."""
        return self.before.with_fills((self.price, self.quantity))

    @cached_property
    def improvement(self) -> Decimal:
        """Return s·(A − A')/A: how much better the average would be, as a share."""
        before, average = self.before, self.before.average
        if not average:
            return ZERO
        # As `after` has it, without all else that it reckons.
        held, at_work = (before.bought, before.at_work) if before.sold else (before.quantity, before.cost)
        enlarged = (at_work + self.price * self.quantity) / (held + self.quantity)
        return before.side.sign * (average - enlarged) / average


@dataclass(frozen=True, kw_only=True)
class Case:
    """All that a decision about an open group looks at."""

    settings: Settings
    group: Held
    market: MarketNow
    limits: Limits
    now: datetime
    request: Request | None = None

    @property
    def sign(self) -> Decimal:
        return self.settings.side.sign

    @cached_property
    def at_work(self) -> Decimal:
        """Return the quote money that all open groups of the bot have at work, this one included."""
        own = self.group.position.at_work + self.group.ordered
        return self.limits.margin.at_work(self.limits.other_stakes) + own

    @cached_property
    def stop_since(self) -> datetime | None:
        """Return since which price the stop loss is seen reached at each look, with this one; None: it is not reached.

        Old prices say nothing: what was seen before stays. A clock that was set back begins anew.
        """
        stop, since, market = self.settings.stop_loss, self.group.stop_since, self.market
        if not market.has_price or not market.is_fresh(self.now):
            return since
        if stop is None or self.group.position.open_loss(market.exit_price(self.settings.side)) < stop:
            return None
        return market.at if since is None else min(since, market.at)

    @property
    def usage(self) -> Decimal:
        """Return the share of the margin limit that is at work; a limit of nothing is used up."""
        return self.at_work / self.limits.margin.amount if self.limits.margin.amount else ONE

    @cached_property
    def add_on(self) -> AddOn | None:
        """Return the next add-on, of one rung; None once the ladder is done."""
        k = self.group.add_ons_done + 1
        return self.buying(k) if k <= self.settings.ladder.add_ons else None

    @property
    def ladder_left(self) -> Decimal:
        """Return the money of the ladder that is not spent yet."""
        return max(ZERO, self.settings.ladder.totals[-1] - self.group.position.cost)

    @cached_property
    def asked_add_on(self) -> AddOn | None:
        """Return what the trader asked to buy at once; None where nothing is asked for, or the ladder is done.

        It counts as the last rung that its money pays for, at least as the next one; what that lacks is bought with the
        rung after it.
        """
        cost, done, ladder = self.group.to_add, self.group.add_ons_done, self.settings.ladder
        if cost is None or done >= ladder.add_ons:
            return None
        spent = self.group.position.cost + cost
        k = max((k for k in range(done + 1, ladder.add_ons + 1) if ladder.totals[k] <= spent), default=done + 1)
        return self.buying(k, cost=cost)

    def add_ons(self) -> Iterator[AddOn]:
        """Yield what one order may buy: all rungs that the price has passed, then ever fewer, at last one."""
        if self.add_on is None:
            return
        ladder, side, first = self.settings.ladder, self.settings.side, self.group.first_price
        last, price = self.add_on.k, self.market.entry_price(side)
        while last < ladder.add_ons and self.sign * (ladder.price(last + 1, first, side) - price) >= 0:
            last += 1
        yield from (self.buying(k) for k in range(last, self.add_on.k, -1))
        yield self.add_on

    def buying(
        self, k: int, price: Decimal | None = None, quantity: Decimal | None = None, *, cost: Decimal | None = None
    ) -> AddOn:
        """Return the add-on up to rung k, at this moment's price, and as much as the exchange takes there for its cost;
        or of another price, quantity or cost."""
        ladder, side, before = self.settings.ladder, self.settings.side, self.group.position
        # With what is missing of the rungs before, and without what was bought of the first of these.
        cost = max(ZERO, ladder.totals[k] - before.cost) if cost is None else cost
        price = self.market.entry_price(side) if price is None else price
        quantity = self.market.amount(cost / price) if quantity is None else quantity
        return AddOn(
            first=self.group.add_ons_done + 1,
            k=k,
            zone=ladder.price(k, self.group.first_price, side),
            cost=cost,
            price=price,
            quantity=quantity,
            before=before,
        )

    def stakes(self, add_on: AddOn) -> tuple[Stake, Stake]:
        """Return the group's stake as it is, and with the add-on."""
        position, group = self.group.position, self.group
        now = replace(
            grounds(self.settings, self.limits),
            first=group.first_price,
            at_work=position.at_work,
            cost=position.cost,
            held=position.held,
            done=group.add_ons_done,
            ordered=group.ordered,
        )
        return now.stake, now.ordering(add_on.cost, add_on.k).stake


def grounds(settings: Settings, limits: Limits) -> Grounds:
    """Return those of a group that has bought nothing yet."""
    is_reserved = limits.margin.mode is LimitMode.RESERVE
    return Grounds(ladder=settings.ladder, side=settings.side, stress=limits.stress, is_reserved=is_reserved)
