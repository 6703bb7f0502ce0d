"""A moving price that is a pure function of seed, pair and time, until someone scripts it."""

import hashlib
import math
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import ROUND_DOWN, Decimal
from functools import cached_property, lru_cache
from itertools import zip_longest

from practice.world.pairs import PAIRS, Pair

TICK = 1000
MOST_TICKS = 3600
MOST_LEVELS = 5000
# (period in ms, amplitude in log price): weeks of trend down to seconds of noise.
OCTAVES = (
    (604_800_000, 0.080),
    (86_400_000, 0.030),
    (21_600_000, 0.020),
    (3_600_000, 0.010),
    (600_000, 0.005),
    (60_000, 0.002),
    (10_000, 0.0007),
    (2_000, 0.0002),
)


@lru_cache(maxsize=65_536)
def draw(*parts: str | int) -> float:
    """Return a fixed number in [-1, 1) for these parts: the only source of chance here."""
    digest = hashlib.blake2b(":".join(map(str, parts)).encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") / 2**63 - 1


def _noise(seed: int, name: str, period: int, at: int) -> float:
    cell, inside = divmod(at, period)
    share = inside / period
    smooth = share * share * (3 - 2 * share)
    left, right = draw(seed, name, period, cell), draw(seed, name, period, cell + 1)
    return left + (right - left) * smooth


@lru_cache(maxsize=16_384)
def natural_price(seed: int, name: str, tick: int) -> float:
    """Return the undisturbed price; dollars and their stand-ins share one course."""
    pair = PAIRS[name]
    course = pair.base if pair.quote.startswith("USD") else name
    swing = sum(size * _noise(seed, course, period, tick) for period, size in OCTAVES)
    return float(pair.start) * math.exp(swing)


@dataclass(frozen=True)
class Script:
    """From `start` on the price of `pair` follows `points` (ms after start, price), or moves with `factor`.

    Points stand in order of time. Between two the price stands still; with `is_smooth` it glides, seen at every tick.
    `story` names what the points tell.
    """

    pair: str
    start: int
    points: tuple[tuple[int, str], ...] = ()
    factor: Decimal = Decimal(1)
    is_smooth: bool = False
    story: str = ""

    @cached_property
    def offsets(self) -> list[int]:
        return [offset for offset, _ in self.points]

    @cached_property
    def prices(self) -> list[Decimal]:
        return [Decimal(price) for _, price in self.points]

    @property
    def end(self) -> int:
        """Return when the last point is reached; from then on the price stays."""
        return self.start + max(self.offsets, default=0)

    def price(self, at: int) -> Decimal | None:
        """Return the price at a moment, None where no point has come yet."""
        passed = bisect_right(self.offsets, at - self.start)
        if not passed:
            return None
        return self._glide(passed, at) if self.is_smooth and passed < len(self.points) else self.prices[passed - 1]

    def _glide(self, after: int, at: int) -> Decimal:
        """Return what lies between two points; a point itself is met exactly, even between two ticks."""
        (left, right), (low, high) = self.offsets[after - 1 : after + 1], self.prices[after - 1 : after + 1]
        seen = max(at // TICK * TICK - self.start, left)
        return low + (high - low) * (seen - left) / (right - left)

    def turns(self, after: int, until: int) -> Iterator[int]:
        """Yield the moments in (after, until] at which it begins or reaches a point."""
        if after < self.start <= until:
            yield self.start
        first, last = (bisect_right(self.offsets, moment - self.start) for moment in (after, until))
        yield from (self.start + offset for offset in self.offsets[first:last])


class Market:
    def __init__(self, seed: int) -> None:
        self.seed = seed
        self.scripts: dict[str, list[Script]] = {}
        self.liquidity: dict[str, Decimal] = {}
        self.levels_told: dict[str, int] = {}
        # In how many trades an order takes what one price offers: as many others had put it there.
        self.parts: dict[str, int] = {}

    def price(self, pair: Pair, at: int) -> Decimal:
        """Return the mid price at a moment; between two ticks it stands still."""
        script = self.script_at(pair, at)
        moved = script.price(at) if script else None
        if moved is None:
            natural = Decimal(repr(natural_price(self.seed, pair.name, at // TICK * TICK)))
            moved = natural * script.factor if script else natural
        return max(moved.quantize(pair.price_step), pair.price_step)

    def script_at(self, pair: Pair, at: int) -> Script | None:
        """Return the script that rules a price at a moment: the newest one that has begun."""
        scripts = self.scripts.get(pair.name, [])
        begun = bisect_right(scripts, at, key=_start)
        return scripts[begun - 1] if begun else None

    def spread(self, pair: Pair, at: int) -> tuple[Decimal, Decimal]:
        """Return best bid and best ask, at least one step apart, in the price steps of the pair as it is given."""
        middle = self.price(pair, at)
        half = max(middle / 20_000, pair.price_step).quantize(pair.price_step)
        return max(middle - half, pair.price_step), middle + half

    def ticks(self, pair: Pair, after: int, until: int) -> Iterator[int]:
        """Yield the moments in (after, until] at which the price may have changed, scripted points included."""
        whole = range((after // TICK + 1) * TICK, until + 1, self.step(after, until))
        yield from sorted({*whole, *self.turns(pair, after, until)})

    def step(self, after: int, until: int) -> int:
        """Return the distance in ms at which a stretch of time is looked at: the longer, the coarser."""
        return TICK * max(1, (until - after) // TICK // MOST_TICKS)

    def moves(self, pair: Pair, after: int, until: int) -> bool:
        """Say whether there is a tick in (after, until]."""
        return after // TICK < until // TICK or any(True for _ in self.turns(pair, after, until))

    def turns(self, pair: Pair, after: int, until: int) -> Iterator[int]:
        """Yield the scripted moments in (after, until], each script's only while it rules."""
        scripts = self.scripts.get(pair.name, [])
        first = max(0, bisect_right(scripts, after, key=_start) - 1)
        begun = scripts[first : bisect_right(scripts, until, key=_start)]
        for script, follower in zip_longest(begun, begun[1:]):
            yield from script.turns(after, min(until, follower.start - 1) if follower else until)

    def depth(self, pair: Pair, at: int) -> Decimal:
        """Return the base amount at the best price; one tick in four is thin, so that orders fill in parts."""
        if pair.name in self.liquidity:
            return self.liquidity[pair.name].quantize(pair.amount_step, ROUND_DOWN)
        chance = (draw(self.seed, pair.name, "depth", at // TICK) + 1) / 2
        quote = 5 + 160 * chance if chance < 0.25 else 5_000 + 40_000 * chance
        return max((Decimal(repr(quote)) / self.price(pair, at)).quantize(pair.amount_step), pair.amount_step)

    def levels(self, pair: Pair, at: int, *, is_ask: bool) -> Iterator[tuple[Decimal, Decimal]]:
        """Yield (price, amount) of one side from the best price outwards: what the book shows and what orders find."""
        bid, ask = self.spread(pair, at)
        best, way = (ask, 1) if is_ask else (bid, -1)
        gap = max(best / 10_000, pair.price_step).quantize(pair.price_step)
        first = self.depth(pair, at)
        for i in range(self.levels_told.get(pair.name, MOST_LEVELS)):
            price = best + way * gap * i
            if price <= 0 or first <= 0:
                return
            yield price, first * (i + 1)

    def follow(self, script: Script) -> None:
        """Let a price follow a script from its start; one that would begin later has lost its turn."""
        scripts = self.scripts.setdefault(script.pair, [])
        while scripts and scripts[-1].start > script.start:
            scripts.pop()
        scripts.append(script)


def _start(script: Script) -> int:
    return script.start
