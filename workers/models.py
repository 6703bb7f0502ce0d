"""That our own processes live, and what somebody should be woken for."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import models
from django.db.models.functions import Now

# A row of a process that ended without a word; what is older says nothing to anybody.
PULSES_KEPT = timedelta(days=1)
# The name by which the tick of the clock is told: it comes through the broker to whichever worker is free.
CLOCK = "clock"


@dataclass(frozen=True, kw_only=True)
class Seen:
    """A process as it was seen last, so long ago (`age`); `clock_off` is how far its clock is ahead of the database's,
    where it is `now`."""

    name: str
    queues: tuple[str, ...]
    age: timedelta
    clock_off: timedelta
    now: datetime


class PulseQuerySet(models.QuerySet["Pulse"]):
    def beat(self, name: str, *, queues: Iterable[str], own_time: datetime) -> None:
        """Note that a process lives, by the database's clock beside its own."""
        values = {"queues": ",".join(queues), "own_time": own_time, "seen_at": Now()}
        if not self.filter(name=name).update(**values):
            self.bulk_create([Pulse(name=name, **values)], ignore_conflicts=True)

    def seen(self) -> list[Seen]:
        """Return who was seen, and when: by the database's clock, which is the same for all."""
        rows = self.order_by("name").values_list("name", "queues", "own_time", "seen_at", Now())
        return [
            Seen(
                name=name, queues=tuple(filter(None, queues.split(","))), age=there - at, clock_off=own - at, now=there
            )
            for name, queues, own, at, there in rows
        ]

    def forget_old(self) -> None:
        self.filter(seen_at__lt=Now() - PULSES_KEPT).delete()


class Pulse(models.Model):
    """One process that works, or the tick that comes from the clock; written by itself every few seconds.

    `queues` are those that it serves. `own_time` is what its own clock said at `seen_at`, which is the database's.
    """

    name = models.CharField(max_length=120, primary_key=True)
    queues = models.CharField(max_length=200, blank=True)
    own_time = models.DateTimeField()
    seen_at = models.DateTimeField()

    objects = PulseQuerySet.as_manager()

    def __str__(self) -> str:
        return self.name


class Alarm(models.Model):
    """How often an alarm rang, and when last; each time is a line of the log, too (workers/alarms.py)."""

    name = models.CharField(max_length=40, primary_key=True)
    count = models.PositiveBigIntegerField(default=1)
    last_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.name} {self.count}"
