"""Minutes of a pair from its exchange, month by month, kept so that nobody asks for a month twice."""

import time
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import Any

import numpy as np
from django.db import transaction

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
    exchange: str,
    venue: str,
    pair: str,
    step: Decimal,
    start: datetime,
    until: datetime,
    *,
    before: timedelta = timedelta(0),
    watch: Watch,
) -> Candles | None:
    """Return the minutes in [start, until), from what is kept and from the exchange; None where it has none.

    Those of so much time `before` are their earlier ones, as far as the exchange has any.
    Raises ExchangeError, or what `watch` raises, and keeps what came until then.
    """
    earliest = start - before
    there = list(months_between(earliest, until))
    parts = []
    for place, month in enumerate(there):
        first, end = (EPOCH + minute * MINUTE for minute in months.minutes_of(month))
        one = StoredMonth(exchange, venue, pair, month, step)
        one.bring(
            max(first, earliest),
            min(end, until),
            watch=lambda share, place=place: watch((place + share) / len(there)),  # type: ignore[misc]
        )
        parts += one.kept
    if not parts:
        return None
    found = months.joined(parts[::-1])
    first_minute, at, end_minute = (int((moment - EPOCH) / MINUTE) for moment in (earliest, start, until))
    found = months.beginning(months.between(found, first_minute, end_minute), at)
    return found if len(found) else None


def take(exchange: str, venue: str, pair: str, came: Candles) -> tuple[int, int]:
    """Keep candles of a file: all of its time, from its first minute to its last, counts as asked for.

    Return how many are new, and how many were kept with other prices, of which those of the file stay. Raises
    ApartError where time that nobody asked for would lie between what is kept and what came: then nothing is kept.
    """
    began, ended = (EPOCH + int(minute) * MINUTE for minute in (came.minute[0], came.minute[-1] + 1))
    new = corrected = 0
    with transaction.atomic():
        for month in months_between(began, ended):
            first, end = months.minutes_of(month)
            start, until = max(began, EPOCH + first * MINUTE), min(ended, EPOCH + end * MINUTE)
            one = StoredMonth(exchange, venue, pair, month, came.step)
            found = one.take(months.between(came, first, end), start, until)
            new, corrected = new + found[0], corrected + found[1]
    return new, corrected


class ApartError(ValueError):
    """Between what is kept and what came lies time that nobody asked for; the text says which."""


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

    def take(self, came: Candles, start: datetime, until: datetime) -> tuple[int, int]:
        """Keep these candles of [start, until) beside what is kept, in its place where both have a minute.

        Return as the function does.
        """
        row, before = self.row, self.kept
        if row and (start > row.until or until < row.since):
            apart = min(until, row.until), max(start, row.since)
            between = " to ".join(f"{moment:%Y-%m-%d %H:%M}" for moment in apart)
            raise ApartError(
                f"Nothing was asked for from {between} UTC, so that it would count as a gap. Fetch it first."
            )
        self.kept = [months.joined([*before, came])] if before or len(came) else []
        self._keep(min(start, row.since) if row else start, max(until, row.until) if row else until)
        if not before or not len(came):
            return len(came), 0
        (old,), (all_of_it,) = before, self.kept
        places, times = np.searchsorted(all_of_it.minute, old.minute), int(old.step / all_of_it.step)
        columns = ((getattr(all_of_it, name)[places], getattr(old, name)) for name in ("open", "high", "low", "close"))
        differs = np.logical_or.reduce([now != then.astype(np.int64) * times for now, then in columns])
        return len(all_of_it) - len(old), int(differs.sum())

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
