"""What the trend rule says at a minute: the engine's own rule, on candles that are made of minutes once they ended.

Floats only say where the rule may answer yes, and never decide: at worst they find too much, which costs a look.
"""

from decimal import Decimal
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from strategies.engine import trend
from strategies.engine.position import Side
from strategies.lookback.candles import Candles, Cells, Flags

# Candles that stopped coming for more than so many of their own lengths say nothing, as live.
STALE_AFTER = 2
# As a share of the highest price; what floats are off is far below it.
OFF = 1e-9


class Trend:
    """The trend rule for one pair; `frames` are the minutes of its candles, and of the higher ones that must agree."""

    def __init__(self, candles: Candles, frames: tuple[int, int]) -> None:
        self.minute, self.step = candles.minute, candles.step
        self.own, self.higher = (candles.frame(length) for length in frames)
        self.frames = frames
        self.told: dict[tuple[int, int], Side | None] = {}

    def at(self, i: int) -> tuple[Side | None, int]:
        """Return the side that the rule takes at candle `i`, and the minute at which the last of its candles closed."""
        own, higher = int(self.own.known[i]), int(self.higher.known[i])
        if not (self._is_fresh(slice(i, i + 1))[0]):
            return None, 0
        if (own, higher) not in self.told:
            self.told[own, higher] = trend.trend(self._closes(self.own, own), self._closes(self.higher, higher))
        return self.told[own, higher], int(self.own.ends[own - 1])

    def following(self, i: int, opened_at: int | None) -> int | None:
        """Return the first candle from `i` on at which the rule may ask, None for none.

        It does not where a group was opened at `opened_at`, or later than the last of its candles closed.
        """
        places, closed = self._likely
        start = int(np.searchsorted(places, i))
        if opened_at is not None:
            start = max(start, int(np.searchsorted(closed, np.int32(opened_at), side="right")))
        return int(places[start]) if start < len(places) else None

    @cached_property
    def _likely(self) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
        """Return the candles at which the rule may ask, and for each the minute at which the last of its own closed."""
        (fast, fast_off), (slow, slow_off) = (averages(self.own, length) for length in (trend.FAST, trend.SLOW))
        ahead, off = fast - slow, fast_off + slow_off
        # By the candle that closed last; of what has no average yet, nan, nothing is found.
        crosses = np.append(False, (ahead[:-1] <= off) & (ahead[1:] > -off))
        average, off = averages(self.higher, trend.LONG)
        agrees = self.higher.closes - average > -off
        agrees &= np.append(False, np.diff(average) >= -2 * off)
        fresh = self._is_fresh(slice(0, len(self.minute)))
        own, higher = self.own.known - 1, self.higher.known - 1
        found = fresh.copy()
        found[fresh] &= crosses[own[fresh]] & agrees[higher[fresh]]
        places = np.flatnonzero(found)
        return places, self.own.ends[own[places]]

    def _is_fresh(self, part: slice) -> Flags:
        """Say at which candles some of both frames had ended, and not too long ago."""
        minute, found = self.minute[part], np.ones(part.stop - part.start, dtype=np.bool_)
        for cells, length in zip((self.own, self.higher), self.frames, strict=True):
            known = cells.known[part]
            found &= known > 0
            if len(cells.ends):
                found &= minute - cells.ends[known - 1] <= STALE_AFTER * length
        return found

    def _closes(self, cells: Cells, known: int) -> list[Decimal]:
        return [int(close) * self.step for close in cells.closes[max(0, known - trend.CLOSES) : known]]


def trend_of(candles: Candles, frames: tuple[int, int]) -> Trend:
    return candles.once(("trend", frames), lambda: Trend(candles, frames))


def averages(cells: Cells, length: int) -> tuple[NDArray[np.float64], float]:
    """Return the average at each close, nan for too few, and how far it is at most from the engine's.

    The engine begins anew for each window of closes. What lies before it counts less with each close, and is never
    further away than the highest price.
    """
    closes = cells.closes.tolist()
    found = np.full(len(closes), np.nan)
    if len(closes) < length:
        return found, 0.0
    average = sum(closes[:length]) / length
    found[length - 1] = average
    for place, close in enumerate(closes[length:], start=length):
        average += 2 * (close - average) / (length + 1)
        found[place] = average
    share = ((length - 1) / (length + 1)) ** (trend.CLOSES - 1 - length)
    return found, (share + OFF) * max(closes)
