"""Where a decision may change: the ticks between which the engine answers the same, and the minutes until then.

Prices come from the engine's own decimals (strategies/engine/wake.py). A boundary b parts the ticks below b from b and
all above it. One too many costs a look and changes nothing; one too few would be a wrong result.
"""

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import ROUND_FLOOR, Decimal

from strategies.engine import gate, recovery, wake
from strategies.engine.position import ZERO, Side
from strategies.engine.state import AGREEING, Case, Held, Mode, Settings
from strategies.engine.wake import Level, QuoteOf
from strategies.lookback.minutes import minute_of, moment
from strategies.lookback.tracks import OpenGroup, Track, closes_since, since_of
from strategies.lookback.world import World

# Of a tick: where a division and a multiplication might differ, the tick stands for itself.
NEARLY = Decimal("1e-9")
NO_TIME = timedelta(0)
# So many pieces of a zone are looked at for where an answer changes; beyond, one looks again.
MOST_PIECES = 600
# These call for Recovery Mode at any price, until something is bought.
LASTING = frozenset({"recovery.last_add_ons", "recovery.usage", "recovery.age"})
# Each reason of the engine, and what finds the moment at which it begins or ends.
ALWAYS = "is so from the first look to the last, or comes with a fill, after which all is looked at anew"
COVERED = {
    **dict.fromkeys(("exit.take_profit", "exit.stop_loss", "exit.dust", "recovery.loss"), "level"),
    **dict.fromkeys(("zone.not_reached", "zone.below_floor", "add_on.zone", "add_on.fall"), "level"),
    **dict.fromkeys(("spacing.too_close", "recovery.left_calm"), "level"),
    **dict.fromkeys(("average.worse", "risk.stress_loss", "size.below_minimum", "recovery.average"), "lots"),
    **dict.fromkeys(("exit.trailing", "exit.trailing_armed"), "best"),
    **dict.fromkeys(("exit.recovery",), "decay"),
    **dict.fromkeys(("recovery.left_break_even",), "closes"),
    **dict.fromkeys(("cool_down", "recovery.age", "stop_loss.confirming", "exit.signal"), "moment"),
    **dict.fromkeys(("entry.cool_down", "entry.no_signal"), "moment"),
    **dict.fromkeys(("margin.hard_limit", "funds.too_little", "funds.unknown", "account.reserve"), ALWAYS),
    **dict.fromkeys(("account.cap", "recovery.usage", "recovery.last_add_ons", "ladder.done"), ALWAYS),
    **dict.fromkeys(("entry.soft_limit", "entry.too_many_groups", "size.risk", "size.margin"), ALWAYS),
    **dict.fromkeys(("size.no_equity", "group.paused", "entry.signal"), ALWAYS),
    **dict.fromkeys(("entry.below_minimum", "size.coarse_lots"), "each open is looked at"),
}
# Reasons that nothing of a run can lead to: rights, orders, stops and old prices do not exist in it.
NEVER = frozenset(
    {
        "connection.not_proven",
        "entry.not_beside_recovery",
        "entry.other_direction",
        "entry.pair_closed",
        "entry.pair_in_recovery",
        "entry.paused",
        "add_on.above_ladder",
        "add_on.asked",
        "add_on.bot_off",
        "add_on.late",
        "exit.asked",
        "exit.part",
        "group.empty",
        "group.order_open",
        "group.state",
        "liquidation.too_near",
        "market.no_price",
        "market.stale",
        "order.unknown",
        "recovery.asked",
        "recovery.released",
    }
)


@dataclass(frozen=True)
class Bounds:
    """The nearest boundaries around a tick: `low` at or below it, `high` above it; None for none."""

    low: int | None
    high: int | None

    def holds(self, tick: int) -> bool:
        return (self.low is None or tick >= self.low) and (self.high is None or tick < self.high)


class Finder:
    """Finds boundaries and moments of a group, and keeps them as long as the group is the same."""

    def __init__(self, world: World, market: Track) -> None:
        self.world, self.market = world, market
        self.of: tuple[object, ...] = ()
        self.fixed: list[int] = []
        self.zones: list[tuple[bool, int, int, Bounds]] = []
        self.is_zone: dict[int, bool] = {}
        self.timed: tuple[tuple[object, ...], list[int]] = ((), [])

    def around(self, running: OpenGroup, tick: int, minute: int) -> Bounds:
        """Return the nearest boundaries around the tick for the group as it is at this minute."""
        key = running.number, running.version, self.world.version, minute >= age(running.settings, running.held)
        if self.of != key:
            case = self.world.case(self.market, running, tick, minute)
            self.of, self.zones, self.is_zone = key, [], {}
            self.fixed = sorted(set(self._fixed(case)))
        place = bisect_right(self.fixed, tick)
        low, high = self.fixed[place - 1] if place else None, self.fixed[place] if place < len(self.fixed) else None
        if running.held.mode is Mode.RECOVERY:
            for at in self._timed(running, minute):
                low = at if at <= tick and (low is None or at > low) else low
                high = at if at > tick and (high is None or at < high) else high
        bounds = Bounds(low, high)
        if self.is_zone.get(place) is False:
            return bounds
        case = self.world.case(self.market, running, tick, minute)
        self.is_zone[place] = gate.is_in_zone(case)
        return self._in_zone(case, tick, bounds) if self.is_zone[place] else bounds

    def _timed(self, running: OpenGroup, minute: int) -> list[int]:
        """Return the boundaries of Recovery Mode that come nearer with time, or that closed candles make."""
        key = self.market.i, *self.of
        if self.timed[0] != key:
            price = recovery.take_profit_price(running.settings, running.held, moment(minute))
            ticks = [*self._ticks((price, QuoteOf.EXIT))]
            if self._hold_closes(running, minute):
                ticks += self._ticks((running.held.position.break_even, QuoteOf.LAST))
            self.timed = key, ticks
        return self.timed[1]

    def _hold_closes(self, running: OpenGroup, minute: int) -> bool:
        """Say whether closed candles are beyond break-even, so that a price that is ends Recovery Mode."""
        closes = closes_since(self.market, since_of(running.held), minute)
        case = self.world.case(self.market, running, 1 + self.market.rules.half_spread, minute)
        # The last close stands for the price: beyond break-even as well, if all are.
        price = closes[-1] if closes else case.market.price
        return recovery.holds_break_even(replace(case, market=replace(case.market, price=price, closes=closes)))

    def _fixed(self, case: Case) -> Iterator[int]:
        idle = set(_idle(case))
        for level in wake.levels(case):
            if level not in idle:
                yield from self._ticks(level)
        ladder, first, side = case.settings.ladder, case.group.first_price, case.settings.side
        for k in range(case.group.add_ons_done + 1, ladder.add_ons + 1):
            yield from self._ticks((ladder.price(k, first, side), QuoteOf.ENTRY))
        if case.add_on is not None:
            # Before the zone nobody asks how far away the last fill is.
            needed = case.group.last_fill_price - case.sign * gate.distance_needed(case, case.add_on) * first
            if case.sign * (case.add_on.zone - needed) >= 0:
                yield from self._ticks((needed, QuoteOf.ENTRY))
        if case.settings.stop_loss is not None:
            # Where the spread is a larger part of the price, one look does not stop out (MarketNow.agrees).
            spread = self.market.rules.half_spread * self.market.candles.step
            yield from self._ticks((spread / AGREEING, QuoteOf.LAST))

    def _ticks(self, level: Level) -> Iterator[int]:
        """Yield the boundaries that part the tick at which the level is from what is below and above it."""
        price, of = level
        if price <= 0:
            return
        half = self.market.rules.half_spread
        is_ask = (of is QuoteOf.ENTRY) is (self.world.wish.settings.side is Side.LONG)
        away = 0 if of is QuoteOf.LAST else (-half if is_ask else half)
        at = price / self.market.candles.step
        below = int(at.to_integral_value(ROUND_FLOOR))
        rest = at - below
        if rest <= NEARLY:
            yield from (below + away, below + away + 1)
        elif rest >= 1 - NEARLY:
            yield from (below + 1 + away, below + 2 + away)
        else:
            yield below + 1 + away

    # --- inside a zone

    def _in_zone(self, case: Case, tick: int, bounds: Bounds) -> Bounds:
        is_cooling = gate.cool_down_left(case) > NO_TIME
        for was_cooling, low, high, found in self.zones:
            if was_cooling is is_cooling and low <= tick <= high and found.holds(tick):
                return found
        # A zone without an end is looked at as far as a fall, or a rise, goes that nobody has seen.
        low = min(tick, max(1 + self.market.rules.half_spread, tick // 4)) if bounds.low is None else bounds.low
        high = tick * 4 if bounds.high is None else bounds.high - 1
        bounds = Bounds(low, high + 1)
        found = ZoneSearch(self.world, self.market, case).around(low, tick, high, bounds)
        self.zones.append((is_cooling, low, high, found))
        return found


def _idle(case: Case) -> Iterator[Level]:
    """Yield the levels of the engine at which a group as it is answers no otherwise, or that are looked for beside."""
    position, recovering = case.group.position, case.settings.recovery
    best, loss = case.group.best, recovering.enter_loss
    if best is not None:
        # A new best price is looked at where the price turns back from it.
        yield best, QuoteOf.EXIT
    if case.group.mode is Mode.RECOVERY:
        yield recovery.take_profit_price(case.settings, case.group, case.now), QuoteOf.EXIT
        yield position.break_even, QuoteOf.LAST
        yield position.average * (1 - case.sign * loss), QuoteOf.LAST
        if recovery.trouble(case) in LASTING or case.usage > recovering.leave_usage:
            # Then no price is calm.
            yield position.average * (1 - case.sign * loss / 2), QuoteOf.LAST
        return
    yield position.average * (1 - case.sign * loss / 2), QuoteOf.LAST
    # Beyond break-even, candles may silence what calls for Recovery Mode; neither a loss nor the next zone calls there.
    is_far = case.add_on is None or case.sign * (position.break_even - case.add_on.zone) > 0
    if not recovering.is_on or (is_far and not recovery.trouble(case)):
        yield position.break_even, QuoteOf.LAST


Answers = tuple[bool, ...]


class ZoneSearch:
    """Finds where the rules that look at whole lots change their mind, by asking them at the corners of pieces.

    In each piece every figure of theirs is monotone in the price for a fixed quantity, and in the quantity for a fixed
    price. So what all four corners (least and most price, least and most quantity) answer alike holds in all of it.
    """

    def __init__(self, world: World, market: Track, case: Case) -> None:
        self.world, self.market, self.case = world, market, case
        self.rungs = list(self._asked())
        self.left = MOST_PIECES

    def around(self, low: int, tick: int, high: int, bounds: Bounds) -> Bounds:
        """Return the boundaries nearest to the tick, between `low` and `high`, where nothing else changes."""
        if not self.rungs:
            return bounds
        below = self._last(low, tick) if low < tick else None
        self.left = MOST_PIECES
        above = self._next(tick, high) if tick < high else None
        return Bounds(bounds.low if below is None else below, bounds.high if above is None else above)

    def _asked(self) -> Iterator[tuple[int, tuple[gate.Rule, ...]]]:
        """Yield the rungs that one order may buy here, and which rules of lots are asked before another refuses."""
        for add_on in self.case.add_ons():
            rules: list[gate.Rule] = []
            for rule in gate.RULES:
                if rule in gate.OF_LOTS:
                    rules.append(rule)
                elif rule(self.case, add_on):
                    break
            yield add_on.k, tuple(rules)

    def _answers(self, tick: int, quantities: dict[int, Decimal]) -> Answers:
        """Return what each rule says of each rung at this price, for these quantities."""
        now = self.world.market_now(self.market, tick, minute_of(self.case.now))
        case, answers = replace(self.case, market=now), list[bool]()
        price = now.entry_price(case.settings.side)
        for k, rules in self.rungs:
            add_on = case.buying(k, price, quantities[k])
            answers += [not rule(case, add_on) for rule in rules]
            if k == add_on.first:
                # As strategies/engine/recovery.py asks of the next rung alone, in any mode.
                answers.append(add_on.improvement < case.settings.improve)
        return tuple(answers)

    def _quantities(self, tick: int) -> dict[int, Decimal]:
        price = self.world.market_now(self.market, tick, 0).entry_price(self.case.settings.side)
        bought = self.case.group.position.cost
        totals = self.case.settings.ladder.totals
        return {k: self.market.rules.amount(max(ZERO, totals[k] - bought) / price) for k, _ in self.rungs}

    def _is_same(self, low: int, high: int) -> bool:
        self.left -= 1
        least, most = self._quantities(high), self._quantities(low)
        found = self._answers(low, most)
        if self._answers(high, least) != found:
            return False
        return least == most or (self._answers(low, least) == found and self._answers(high, most) == found)

    def _differ(self, low: int, high: int) -> bool:
        return self._answers(low, self._quantities(low)) != self._answers(high, self._quantities(high))

    def _next(self, low: int, high: int) -> int | None:
        """Return the first boundary above `low`, None where all ticks up to `high` answer alike."""
        if high - low == 1:
            return high if self._differ(low, high) else None
        if self._is_same(low, high):
            return None
        if self.left <= 0:
            return low + 1
        middle = (low + high) // 2
        found = self._next(low, middle)
        return found if found is not None else self._next(middle, high)

    def _last(self, low: int, high: int) -> int | None:
        """Return the last boundary at or below `high`, None where all ticks down to `low` answer alike."""
        if high - low == 1:
            return high if self._differ(low, high) else None
        if self._is_same(low, high):
            return None
        if self.left <= 0:
            return high
        middle = (low + high) // 2
        found = self._last(middle, high)
        return found if found is not None else self._last(low, middle)


def age(settings: Settings, group: Held) -> int:
    """Return the minute from which on a group is old, which calls for Recovery Mode at any price."""
    return minute_of(group.opened_at + settings.recovery.enter_age)


def moments(case: Case) -> Iterator[int]:
    """Yield the minutes at which time alone may change the answer."""
    group, settings = case.group, case.settings
    yield age(settings, group)
    if group.quiet_until is not None:
        yield minute_of(group.quiet_until)
    if group.stop_since is not None:
        yield max(minute_of(group.stop_since + settings.stop_timeout), minute_of(case.now) + 1)
    if gate.is_in_zone(case):
        yield minute_of(case.now + gate.cool_down_left(case))
