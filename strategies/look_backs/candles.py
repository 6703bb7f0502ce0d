"""Minutes of a pair from its exchange, month by month, kept so that nobody asks for a month twice."""

import time
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import Any

import numpy as np

from connections import desks
from exchanges.desk.desk import Desk
from strategies.lookback import months
from strategies.lookback.candle_files import candles_of
from strategies.lookback.candles import Candles
from strategies.models import CandleMonth

# The politest that any of the ten asks for is far above it; orders and prices have the rest.
SECONDS_BETWEEN = 0.2
# A month is written whole each time; so much is fetched again after a worker's death.
KEPT_EVERY_SECONDS = 10.0
MINUTE = timedelta(minutes=1)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# Told how much of the time is there; what it raises ends it.
Watch = Callable[[float], object]


def months_between(start: datetime, until: datetime) -> Iterator[date]:
    """Yield the first day of each month that has a part in [start, until), the newest first."""
    month = (until - MINUTE).date().replace(day=1)
    while month >= start.date().replace(day=1):
        yield month
        month = (month - timedelta(days=1)).replace(day=1)


def bring(
    exchange: str, venue: str, pair: str, step: Decimal, start: datetime, until: datetime, *, watch: Watch
) -> Candles | None:
    """Return the minutes in [start, until), from what is kept and from the exchange; None where it has none.

    Raises ExchangeError, or what `watch` raises, and keeps what came until then.
    """
    there = list(months_between(start, until))
    parts = []
    for place, month in enumerate(there):
        first, end = (EPOCH + minute * MINUTE for minute in months.minutes_of(month))
        one = StoredMonth(exchange, venue, pair, month, step)
        one.bring(
            max(first, start),
            min(end, until),
            watch=lambda share, place=place: watch((place + share) / len(there)),  # type: ignore[misc]
        )
        parts += one.kept
    if not parts:
        return None
    found = months.joined(parts[::-1])
    found = months.between(found, *(int((moment - EPOCH) / MINUTE) for moment in (start, until)))
    return found if len(found) else None


class StoredMonth:
    """The minutes of one month that are kept, and those that are brought besides; `kept` has one part, or none."""

    def __init__(self, exchange: str, venue: str, pair: str, month: date, step: Decimal) -> None:
        self.place, self.pair, self.step = (exchange, venue), pair, step
        self.names: dict[str, Any] = {"exchange": exchange, "venue": venue, "pair": pair, "month": month}
        self.row = CandleMonth.objects.filter(**self.names).first()
        row = self.row
        self.kept = [months.unpack(bytes(row.data), step=row.step)] if row and row.count else []

    def bring(self, start: datetime, until: datetime, *, watch: Watch) -> None:
        """Ask for what is missing of [start, until); what was asked for once is asked for no more."""
        since, end = (self.row.since, self.row.until) if self.row else (start, start)
        if start < since:
            # Kept when all of it has come: what is kept has no gap that was never asked for.
            self._walk(start, since, watch=watch)
            since = start
            self._keep(since, end)
        if end < until:
            self._walk(end, until, watch=watch, keeps_since=since)

    def _walk(self, at: datetime, until: datetime, *, watch: Watch, keeps_since: datetime | None = None) -> None:
        began_at, kept_at = at, time.monotonic()
        try:
            while at < until:
                began = time.monotonic()
                question = partial(Desk.minutes, pair=self.pair, since=at, until=until)
                page, at = desks.ask(*self.place, question)
                if page:
                    rows = [
                        [one.start.timestamp(), *map(float, (one.open, one.high, one.low, one.close))] for one in page
                    ]
                    came, _mended = candles_of(np.array(rows), step=self.step)
                    self.kept = [months.joined([*self.kept, came])]
                if keeps_since is not None and began - kept_at > KEPT_EVERY_SECONDS:
                    self._keep(keeps_since, at)
                    kept_at = began
                watch((at - began_at) / (until - began_at))
                time.sleep(max(0.0, SECONDS_BETWEEN - (time.monotonic() - began)))
        finally:
            if keeps_since is not None and at > began_at:
                self._keep(keeps_since, at)

    def _keep(self, since: datetime, until: datetime) -> None:
        """Write down what came; of two that ask for the same month the last one's stays, which is as good."""
        values = {
            "since": since,
            "until": until,
            "count": len(self.kept[0]) if self.kept else 0,
            "step": self.kept[0].step if self.kept else self.step,
            "data": months.pack(self.kept[0]) if self.kept else b"",
        }
        CandleMonth.objects.update_or_create(**self.names, defaults=values)
