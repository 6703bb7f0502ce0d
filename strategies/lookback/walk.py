"""The run: which candle, and which price of its path, the engine is asked at next.

`Stride.TICKS` asks at each tick of each path and knows no level; `Stride.POINTS` passes over no candle; `Stride.SKIP`
asks only where the answer may change. All three come to the same, which tests prove.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum, auto
from functools import reduce

import numpy as np

from strategies.engine.decision import Action
from strategies.engine.position import ONE, Side
from strategies.engine.state import Mode, OrderRules
from strategies.lookback.candles import Candles, first
from strategies.lookback.levels import Bounds, Finder, moments
from strategies.lookback.minutes import minute_of, moment
from strategies.lookback.searches import searches
from strategies.lookback.tracks import OpenGroup, Track
from strategies.lookback.wishes import BotWish, Terms
from strategies.lookback.world import Event, World

# So many looks between two calls that tell how far the run is.
LOOKS_WATCHED = 200
# Beyond what a candle can have.
MOST_TICKS = 2**31 - 1
# Entries that no other price would admit wait until something else changes.
OF_NO_PRICE = frozenset(
    {"entry.soft_limit", "entry.too_many_groups", "funds.too_little", "account.reserve", "account.cap"}
)


class Stride(Enum):
    SKIP = auto()
    POINTS = auto()
    TICKS = auto()


class Extremes(Enum):
    """Which of the two a candle's path comes to first; nothing in it tells."""

    FALLS_FIRST = "falls_first"
    RISES_FIRST = "rises_first"


class CancelledError(Exception):
    """Somebody asked that the run end."""


@dataclass(frozen=True, kw_only=True)
class Trace:
    """What a run did. `open_held` are the coins of each pair that are held at its end, of an open group or as dust."""

    events: list[Event]
    blocked: list[tuple[int, str, int, str]]
    cash: Decimal
    elsewhere: Decimal
    groups: int
    looks: int
    open_held: dict[str, Decimal]


def run(
    wish: BotWish,
    pairs: Mapping[str, tuple[Candles, Terms]],
    *,
    order: Extremes = Extremes.FALLS_FIRST,
    stride: Stride = Stride.SKIP,
    watch: Callable[[float], bool] | None = None,
) -> Trace:
    """Let the bot trade on these candles; `watch` is told how far it is, and ends it by answering False."""
    world = World.of(wish, pairs)
    walkers = [Walker(world, market, order, stride) for market in world.markets]
    told = 0
    while walker := min((one for one in walkers if one.next is not None), key=_when, default=None):
        version = world.version
        walker.step()
        if world.version != version:
            for other in walkers:
                if other is not walker:
                    other.wake(walker)
        if watch is not None and world.looks - told >= LOOKS_WATCHED:
            told = world.looks
            if not watch((walker.market.i + 1) / len(walker.market.candles)):
                raise CancelledError
    return Trace(
        events=world.events,
        blocked=world.blocked,
        cash=world.cash,
        elsewhere=world.elsewhere,
        groups=world.groups,
        looks=world.looks,
        open_held={one.pair: one.coins for one in world.markets},
    )


def until_closed(world: World, market: Track, order: Extremes, *, start: int) -> None:
    """Let the only pair of a world go on with its open group from candle `start` on, until it is closed."""
    walker = Walker(world, market, order, Stride.SKIP)
    market.i, walker.next = start - 1, start
    walker.tick = int(market.candles.close[market.i])
    while market.running is not None and walker.next is not None:
        walker.step()


def _when(walker: "Walker") -> tuple[int, int]:
    """At the same minute pairs come in the bot's order, as in a step of the live bot."""
    i = walker.next or 0
    return int(walker.market.candles.minute[i]), walker.number


class Walker:
    """Leads one pair from candle to candle."""

    def __init__(self, world: World, market: Track, order: Extremes, stride: Stride) -> None:
        self.world, self.market, self.candles, self.stride = world, market, market.candles, stride
        self.number = world.markets.index(market)
        self.falls_first = order is Extremes.FALLS_FIRST
        self.finder = Finder(world, market)
        self.tick = 0
        self.next: int | None = 0 if len(self.candles) else None
        self.asked: tuple[object, set[int]] = ((), set())
        self.highest: int | None = None
        self.due = True

    def step(self) -> None:
        """Walk the candle that is next, and find the one after."""
        market, i = self.market, self.next or 0
        self._follow(market.i + 1, i)
        market.i = i
        self.minute = int(self.candles.minute[i])
        (self.walk_ticks if self.stride is Stride.TICKS else self.walk_levels)(i)
        self.tick, self.due, found = int(self.candles.close[i]), True, i + 1
        if self.stride is Stride.SKIP and found < len(self.candles):
            found = self._flat(i) if market.running is None else self._held(i, market.running)
        self.next = found if found < len(self.candles) else None

    def wake(self, by: "Walker") -> None:
        """Be looked at again where another pair changed what both stand on, if it may matter."""
        if self.stride is not Stride.SKIP:
            return
        start = self.candles.at(by.minute + (0 if self.number > by.number else 1))
        start = max(start, self.market.i + 1)
        if start < len(self.candles) and (self.next is None or start <= self.next):
            self.next, self.due = start, True

    # --- one candle

    def _look(self, tick: int, *, may_enter: bool = False) -> None:
        self.world.look(self.market, tick, self.minute, may_enter=may_enter)

    def walk_ticks(self, i: int) -> None:
        at = int(self.candles.open[i])
        self._look(at, may_enter=True)
        for target in self.candles.path(i, falls_first=self.falls_first):
            way = 1 if target > at else -1
            while at != target:
                at += way
                self._look(at)

    def walk_levels(self, i: int) -> None:
        at, is_sparse = int(self.candles.open[i]), self.stride is Stride.SKIP
        if not is_sparse or self._must_look(at):
            self._look(at, may_enter=True)
        for target in self.candles.path(i, falls_first=self.falls_first):
            at = self._leg(at, target)
            if not is_sparse or self._is_best(at):
                self._look(at)

    def _leg(self, at: int, target: int) -> int:
        """Go to the target, looking wherever the answer may change on the way."""
        while at != target:
            running = self.market.running
            if running is None:
                return target
            bounds = self._bounds(running, at)
            if target > at:
                at = target if bounds.high is None or bounds.high > target else bounds.high
            else:
                at = target if bounds.low is None or bounds.low <= target else bounds.low - 1
            if at == target and bounds.holds(target):
                return target
            self._look(at)
        return at

    def _bounds(self, running: OpenGroup, at: int) -> Bounds:
        return self.finder.around(running, at, self.minute)

    def _must_look(self, at: int) -> bool:
        """Say whether the open must be looked at: a wish, a moment, or what lies between the last price and it."""
        running = self.market.running
        if running is None or self.due or running.held.mode is Mode.RECOVERY or running.held.best is not None:
            return True
        return not self._bounds(running, self.tick).holds(at)

    def _is_best(self, at: int) -> bool:
        """Say whether the price is a new best one, which a trailing take profit follows."""
        running = self.market.running
        if running is None or running.held.best is None:
            return False
        side = running.settings.side
        price = self.world.market_now(self.market, at, self.minute).exit_price(side)
        return side.sign * (price - running.held.best) > 0

    # --- from candle to candle

    def _flat(self, i: int) -> int:
        market, world, end = self.market, self.world, len(self.candles)
        minute = int(self.candles.minute[i + 1])
        if market.closed_at is not None:
            minute = max(minute, minute_of(moment(market.closed_at) + world.wish.settings.re_entry_pause))
        wished = market.next_wish(minute)
        if wished is None:
            return end
        found = max(i + 1, self.candles.at(wished))
        if not market.is_told or found >= end:
            return found
        return self._refused(found)

    def _refused(self, start: int) -> int:
        """Return the next candle whose open may admit what the last one did not; what refuses at any price waits."""
        market, world = self.market, self.world
        key = world.version, market.opened_at, market.closed_at
        decision, ladder = world.opening(market, int(self.candles.open[market.i]), self.minute)
        if decision.reason in OF_NO_PRICE and ladder is not None:
            return len(self.candles)
        # Where the ladder would be refused even if the exchange asked for the least of all prices.
        least = OrderRules(minimum_cost=market.rules.minimum_cost)
        if decision.reason.startswith("size.") and world.sizing(market, ONE, least).ladder is None:
            return len(self.candles)
        if decision.action is not Action.BLOCK or decision.reason == "entry.cool_down":
            return start
        opens, end = self.candles.open, len(self.candles)
        if self.asked[0] != key:
            self.asked, self.highest = (key, set()), None
        if ladder is None and self.highest is None:
            self.highest = self._highest()
        asked, highest = self.asked[1], MOST_TICKS if self.highest is None else self.highest
        asked.add(int(opens[market.i]))
        while start < end and (int(opens[start]) in asked or opens[start] > highest):
            start = first(start + 1, end, lambda part: opens[part] <= highest)
        return start

    def _highest(self) -> int:
        """Return the highest tick at which lots alone do not refuse every ladder: what they ask for grows with it."""
        world, market, rules = self.world, self.market, self.market.rules
        lots = OrderRules(min_amount=rules.min_amount, amount_step=rules.amount_step)

        def is_refused(tick: int) -> bool:
            price = world.market_now(market, tick, self.minute).entry_price(world.wish.settings.side)
            return world.sizing(market, price, lots).ladder is None

        lowest = rules.half_spread + 1
        return lowest - 1 + bisect_left(range(lowest, MOST_TICKS), True, key=is_refused)

    def _held(self, i: int, running: OpenGroup) -> int:
        market, candles, end = self.market, self.candles, len(self.candles)
        case = self.world.case(market, running, self.tick, self.minute)
        bounds = self._bounds(running, self.tick)
        now = self.minute
        timed = [*moments(case), *market.closings[bisect_right(market.closings, now) :][:1]]
        stop = min((candles.at(one) for one in timed if one > now), default=end)
        stop = max(i + 1, min(stop, end))
        parts = searches(market, case)
        if running.held.best is None:
            parts.append(lambda part: candles.outside(part, low=bounds.low, high=bounds.high))
        found = first(i + 1, stop, lambda part: reduce(np.logical_or, (search(part) for search in parts)))
        self.due = found >= stop or len(parts) > 1
        return found

    def _follow(self, start: int, stop: int) -> None:
        """Hand the best price of the candles that were passed over to the group that follows it."""
        running = self.market.running
        if running is None or running.held.best is None or start >= stop:
            return
        side = running.settings.side
        extreme = self.candles.high[start:stop].max() if side is Side.LONG else self.candles.low[start:stop].min()
        price = self.world.market_now(self.market, int(extreme), 0).exit_price(side)
        self.world.follow(running, price)
