"""Candles of a pair as whole price steps, so that comparisons are exact, and the search for the next that matters."""

from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

Ticks = NDArray[np.int32]
Flags = NDArray[np.bool_]
T = TypeVar("T")
# Of the frame whose closes tell whether a price held beyond break-even.
CELL = 5
DIGITS = 10
# A search looks at so many candles first, and at ever more as long as it finds nothing.
FIRST_WINDOW, LAST_WINDOW = 256, 65536


@dataclass(frozen=True, kw_only=True, eq=False)
class Cells:
    """Longer candles made of minutes: when each ended, its last price, and how many had ended at each minute's start.

    The first that began before the minutes do is left out, and a cell without any minute does not exist.
    """

    ends: NDArray[np.int32]
    closes: Ticks
    known: NDArray[np.int32]


@dataclass(frozen=True, kw_only=True, eq=False)
class Candles:
    """Minutes of one pair in order; prices in whole `step`s, `minute` since 1970. Minutes may be missing.

    Of `earlier` minutes, which nothing is decided at, only longer candles are made.
    """

    step: Decimal
    minute: NDArray[np.int32]
    open: Ticks
    high: Ticks
    low: Ticks
    close: Ticks
    earlier: "Candles | None" = None
    _kept: dict[object, Any] = field(default_factory=dict, init=False, repr=False)

    def __len__(self) -> int:
        return len(self.minute)

    @property
    def before(self) -> int:
        """Return how many minutes before the first one the earlier ones begin."""
        return 0 if self.earlier is None else int(self.minute[0]) - int(self.earlier.minute[0])

    def once(self, name: object, make: Callable[[], T]) -> T:
        """Return what is made of these candles where somebody asks first: all runs on them share it."""
        if name not in self._kept:
            self._kept[name] = make()
        found: T = self._kept[name]
        return found

    @cached_property
    def cells(self) -> Cells:
        return self.frame(CELL)

    @cached_property
    def each_minute(self) -> tuple[Ticks, Ticks, Ticks]:
        """Return low, high and close of all minutes; for one that is missing the close before it stands."""
        at = self.minute - self.minute[0]
        length = int(at[-1]) + 1
        if length == len(self):
            return self.low, self.high, self.close
        place = np.zeros(length, dtype=np.int32)
        place[at] = np.arange(len(self), dtype=np.int32)
        close = self.close[np.maximum.accumulate(place)]
        low, high = close.copy(), close.copy()
        low[at], high[at] = self.low, self.high
        return low, high, close

    def frame(self, length: int) -> Cells:
        """Return the candles of so many minutes."""
        parts = [self] if self.earlier is None else [self.earlier, self]
        minute, close = (np.concatenate([getattr(part, name) for part in parts]) for name in ("minute", "close"))
        cell = minute // np.int32(length)
        is_last = np.append(cell[1:] != cell[:-1], True)
        last = np.flatnonzero(is_last)
        if len(last) and minute[0] % length:
            last = last[1:]
        ends = ((cell[last] + 1) * np.int32(length)).astype(np.int32)
        known = np.searchsorted(ends, self.minute, side="right").astype(np.int32)
        return Cells(ends=ends, closes=close[last], known=known)

    @property
    def first_gap(self) -> int | None:
        """Return the first minute that is missing between the first and the last, None for none."""
        jumps = np.flatnonzero(np.diff(self.minute) > 1)
        return int(self.minute[jumps[0]]) + 1 if len(jumps) else None

    def band(self, most: int) -> list[tuple[int, float, float]]:
        """Return the price in at most so many stretches: when each begins, its lowest and its highest price."""
        starts = np.unique(np.linspace(0, len(self), most, endpoint=False).astype(np.int64))
        low, high = np.minimum.reduceat(self.low, starts), np.maximum.reduceat(self.high, starts)
        step = float(self.step)
        columns = self.minute[starts].tolist(), (low * step).tolist(), (high * step).tolist()
        return [
            (minute, round(least, DIGITS), round(most, DIGITS)) for minute, least, most in zip(*columns, strict=True)
        ]

    def at(self, minute: int) -> int:
        """Return the first candle of that minute or later."""
        return int(np.searchsorted(self.minute, np.int32(minute)))

    def path(self, i: int, *, falls_first: bool) -> tuple[int, int, int]:
        """Return where the price went from the open: to one extreme, to the other, to the close."""
        low, high = int(self.low[i]), int(self.high[i])
        return (low, high, int(self.close[i])) if falls_first else (high, low, int(self.close[i]))

    def leaves(self, start: int, stop: int, *, low: int | None, high: int | None) -> int:
        """Return the first candle from `start` on that is below `low`, or that reaches `high`; `stop` for none."""
        return first(start, stop, lambda part: self.outside(part, low=low, high=high))

    def outside(self, part: slice, *, low: int | None, high: int | None) -> Flags:
        found: Any = False
        if low is not None:
            found = self.low[part] < np.int32(low)
        if high is not None:
            found = found | (self.high[part] >= np.int32(high))
        return found if isinstance(found, np.ndarray) else np.zeros(part.stop - part.start, dtype=np.bool_)


def first(start: int, stop: int, find: Callable[[slice], Flags]) -> int:
    """Return the first place between `start` and `stop` that is found, `stop` for none."""
    window = FIRST_WINDOW
    while start < stop:
        end = min(start + window, stop)
        found = find(slice(start, end))
        at = int(found.argmax())
        if found[at]:
            return start + at
        start, window = end, min(window * 4, LAST_WINDOW)
    return stop
