"""A moving price that is a pure function of seed, pair and time, until someone scripts it."""

import hashlib
import math
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

from practice.pairs import PAIRS, Pair

TICK = 1000
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
    """From `start` on the price of `pair` follows `points` (ms after start, price), or moves with `factor`."""

    pair: str
    start: int
    points: tuple[tuple[int, str], ...] = ()
    factor: Decimal = Decimal(1)

    def price(self, natural: Decimal, at: int) -> Decimal:
        passed = [Decimal(price) for offset, price in self.points if self.start + offset <= at]
        return passed[-1] if passed else natural * self.factor


class Market:
    def __init__(self, seed: int) -> None:
        self.seed = seed
        self.scripts: dict[str, list[Script]] = {}
        self.liquidity: dict[str, Decimal] = {}

    def price(self, pair: Pair, at: int) -> Decimal:
        """Return the mid price at a moment; between two ticks it stands still."""
        natural = Decimal(repr(natural_price(self.seed, pair.name, at // TICK * TICK)))
        script = next((s for s in reversed(self.scripts.get(pair.name, [])) if s.start <= at), None)
        moved = script.price(natural, at) if script else natural
        return max(moved.quantize(pair.price_step), pair.price_step)

    def spread(self, pair: Pair, at: int) -> tuple[Decimal, Decimal]:
        """Return best bid and best ask, at least one step apart."""
        middle = self.price(pair, at)
        half = max(middle / 20_000, pair.price_step).quantize(pair.price_step)
        return max(middle - half, pair.price_step), middle + half

    def ticks(self, pair: Pair, after: int, until: int, most: int = 3600) -> Iterator[int]:
        """Yield the moments in (after, until] at which the price may have changed, scripted points included."""
        step = TICK * max(1, (until - after) // TICK // most)
        whole = range((after // TICK + 1) * TICK, until + 1, step)
        yield from sorted({*whole, *self.turns(pair, after, until)})

    def turns(self, pair: Pair, after: int, until: int) -> Iterator[int]:
        for script in self.scripts.get(pair.name, []):
            for moment in (script.start, *(script.start + offset for offset, _ in script.points)):
                if after < moment <= until:
                    yield moment

    def depth(self, pair: Pair, at: int) -> Decimal:
        """Return the base amount that one tick can fill; one tick in four is thin, so that partial fills happen."""
        if pair.name in self.liquidity:
            return self.liquidity[pair.name]
        chance = (draw(self.seed, pair.name, "depth", at // TICK) + 1) / 2
        quote = 5 + 160 * chance if chance < 0.25 else 5_000 + 40_000 * chance
        return (Decimal(repr(quote)) / self.price(pair, at)).quantize(pair.amount_step)

    def follow(self, script: Script) -> None:
        """Let a price follow a script from its start; the newest one that has begun counts."""
        self.scripts.setdefault(script.pair, []).append(script)
