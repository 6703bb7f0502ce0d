"""One pair of a run: its candles and rules, the group that is open, and what closed candles say of it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal

import numpy as np

from strategies.engine import trend
from strategies.engine.position import ZERO
from strategies.engine.state import Held, Settings
from strategies.engine.totals import FillLine, Totals
from strategies.lookback.candles import CELL, Candles
from strategies.lookback.minutes import minute_of, moment
from strategies.lookback.trends import Trend
from strategies.lookback.wishes import Terms

MOST_CLOSES = 10


@dataclass(kw_only=True)
class OpenGroup:
    """An open group of the run."""

    number: int
    settings: Settings
    held: Held
    sums: Totals
    opened_at: int
    opened_tick: int
    carried: Decimal
    lines: list[FillLine] = field(default_factory=list)
    told: set[str] = field(default_factory=set)
    version: int = 0


@dataclass(kw_only=True, eq=False)
class Track:
    """One pair of the run: its candles, its rules, its open group, and the dust that closed ones left."""

    pair: str
    candles: Candles
    rules: Terms
    spans: Sequence[tuple[int, int]] | None
    stress: Decimal
    closings: Sequence[int] = ()
    trend: Trend | None = None
    running: OpenGroup | None = None
    dust: Decimal = ZERO
    dust_since: int = 0
    opened_at: int | None = None
    closed_at: int | None = None
    is_told: bool = False
    i: int = -1

    @property
    def is_flat(self) -> bool:
        return self.running is None

    @property
    def coins(self) -> Decimal:
        """Return what is held, dust too."""
        return self.dust + (self.running.held.position.held if self.running else ZERO)

    def is_wished(self, minute: int) -> bool:
        """Say whether a new group is asked for at this minute, which is that of candle `i`."""
        if self.trend is not None:
            side, closed = self.trend.at(self.i)
            opened_at = None if self.opened_at is None else moment(self.opened_at)
            return trend.asks(side, closed_at=moment(closed), opened_at=opened_at)
        if self.spans is None:
            return True
        return any(start <= minute < end and self._used < start for start, end in self.spans)

    def next_wish(self, minute: int) -> int | None:
        """Return the first minute from this one on at which a group may be asked for."""
        if self.trend is not None:
            place = self.trend.following(self.candles.at(minute), self.opened_at)
            return None if place is None else int(self.candles.minute[place])
        if self.spans is None:
            return minute
        spans = (max(start, minute) for start, end in self.spans if end > minute and self._used < start)
        return min(spans, default=None)

    @property
    def _used(self) -> int:
        """Return the minute up to which spans that began are used up: by a group that opened, or that was open."""
        return max(-1 if at is None else at for at in (self.opened_at, self.closed_at))


def since_of(held: Held) -> int:
    """Return since when closed candles speak of the group as it is."""
    return minute_of(max(at for at in (held.opened_at, held.last_fill_at, held.recovery_since) if at))


def first_cell(market: Track, since: int) -> int:
    """Return the first cell that ended after this minute."""
    return int(np.searchsorted(market.candles.cells.ends, np.int32(since), side="right"))


def closes_since(market: Track, since: int, minute: int) -> tuple[Decimal, ...]:
    """Return the last closes after `since`; candles that stopped coming say nothing."""
    cells, step = market.candles.cells, market.candles.step
    known = int(cells.known[market.i])
    if not known or minute - int(cells.ends[known - 1]) > 2 * CELL:
        return ()
    start = max(first_cell(market, since), known - MOST_CLOSES)
    return tuple(int(close) * step for close in cells.closes[start:known])
