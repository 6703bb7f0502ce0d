"""Exchanges that are left alone: those that asked us to slow down (bans are by address), and those that do not answer.

Until then no process of ours asks them anything. One that did not answer five times in a row is asked by one probe in
half a minute, and is back with its first answer. Exits are the last to give way: they still leave, few at a time, until
the exchange refuses one of them too.
"""

from __future__ import annotations

import math
from datetime import datetime, timedelta

from django.db import models
from django.utils import timezone

from database.prepared import Param
from exchanges.errors import Cause, Trouble

# One exit a second in the mean, so many at once at most: of each exchange and venue, over all processes.
EXIT_EVERY, EXITS_AT_ONCE = timedelta(seconds=1), 5
# To one that does not answer: each holds a thread for as long as it is waited for.
EXIT_EVERY_WHILE_AWAY, EXITS_AT_ONCE_WHILE_AWAY = timedelta(seconds=3), 3
# So many faults in a row, each within a minute of the one before, are believed.
FAULTS_BELIEVED, FAULTS_FORGOTTEN = 5, timedelta(seconds=60)
PROBE_EVERY = timedelta(seconds=30)


class ExchangePauseQuerySet(models.QuerySet["ExchangePause"]):
    def current(self, exchange: str, venue: str, now: datetime) -> ExchangePause | None:
        """Return the pause that lasts still, or None when the exchange may be asked."""
        return self.filter(lasting(now), exchange=exchange, venue=venue).first()

    def extend(
        self, exchange: str, venue: str, until: datetime, *, now: datetime | None = None, is_total: bool = False
    ) -> None:
        """Note the later of two ends: answers of requests that were sent together come in any order.

        `is_total`: it refused even an exit. A pause that is over begins anew.
        """
        now = now or timezone.now()
        # It has answered.
        begun = {"until": until, "since": now, "is_total": is_total, "is_away": False, "faults": 0}
        row, is_new = self.get_or_create(exchange=exchange, venue=venue, defaults=begun)
        is_over = models.Q(until__lte=now) | models.Q(is_away=True)
        if is_new or self.filter(is_over, pk=row.pk).update(**begun, exits_at=None):
            return
        self.filter(pk=row.pk, until__lt=until).update(until=until)
        if is_total:
            self.filter(pk=row.pk).update(is_total=True)

    def note_fault(self, exchange: str, venue: str, now: datetime) -> bool:
        """Count one question without an answer; True when the exchange counts as away from now on."""
        row, _ = self.get_or_create(exchange=exchange, venue=venue, defaults={"until": now, "since": now})
        this = self.filter(pk=row.pk)
        is_first = models.Q(faulted_at=None) | models.Q(faulted_at__lt=now - FAULTS_FORGOTTEN)
        if not this.filter(is_first, is_away=False).update(faults=1, faulted_at=now):
            this.update(faults=models.F("faults") + 1, faulted_at=now)
        away = {"is_away": True, "since": now, "until": now + PROBE_EVERY, "is_total": False, "exits_at": None}
        return this.filter(faults__gte=FAULTS_BELIEVED, is_away=False, until__lte=now).update(**away) == 1


def paused_homes(now: datetime | Param) -> models.Exists:
    """Return the condition that holds of a row with a connection whose exchange wants nothing to be asked now.

    Of one that is away it does not hold once the next probe may ask.
    """
    here = {name: models.OuterRef(f"connection__{name}") for name in ("exchange", "venue")}
    return models.Exists(ExchangePause.objects.filter(until__gt=now, **here))


def lasting(now: datetime | Param) -> models.Q:
    """Return what holds of a pause that is not over: an exchange that is away is so until it answers."""
    return models.Q(until__gt=now) | models.Q(is_away=True)


class ExchangePause(models.Model):
    """`since` is when this pause began, through all the times it was made longer; `is_total`: exits give way too.

    `exits_at` is up to when the exits that were let through take, one after the other.
    `faults` counts the questions in a row that got no answer, the last at `faulted_at`; `is_away`: they were believed,
    and `until` is when the next probe may ask.
    """

    exchange = models.CharField(max_length=20)
    venue = models.CharField(max_length=10)
    until = models.DateTimeField()
    since = models.DateTimeField(default=timezone.now)
    is_total = models.BooleanField(default=False)
    exits_at = models.DateTimeField(null=True)
    faults = models.PositiveIntegerField(default=0)
    faulted_at = models.DateTimeField(null=True)
    is_away = models.BooleanField(default=False)

    objects = ExchangePauseQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["exchange", "venue"], name="pause_once_per_exchange")]

    def __str__(self) -> str:
        return f"{self.exchange} until {self.until:%H:%M:%S}"

    def seconds_left(self, now: datetime) -> int:
        """Return the whole seconds still to wait."""
        return max(math.ceil((self.until - now).total_seconds()), 0)

    def trouble(self, now: datetime) -> Trouble:
        """Return why nothing is asked now."""
        if self.is_away:
            return Trouble(cause=Cause.UNAVAILABLE, retry_after=self.seconds_left(now))
        return Trouble(cause=Cause.RATE_LIMITED, retry_after=self.seconds_left(now), until=self.until)

    def let_probe(self, now: datetime) -> bool:
        """Take the one question that may be asked now to see whether the exchange is back."""
        if not self.is_away or self.until > now:
            return False
        mine = ExchangePause.objects.filter(pk=self.pk, is_away=True, until=self.until)
        return mine.update(until=now + PROBE_EVERY) == 1

    def let_exit(self, now: datetime) -> bool:
        """Take the turn of one exit; False when others have just left, or when even exits are refused."""
        every, at_once = EXIT_EVERY, EXITS_AT_ONCE
        if self.is_away:
            every, at_once = EXIT_EVERY_WHILE_AWAY, EXITS_AT_ONCE_WHILE_AWAY
        taken = max(self.exits_at or now, now)
        if self.is_total or taken - now > (at_once - 1) * every:
            return False
        mine = ExchangePause.objects.filter(pk=self.pk, exits_at=self.exits_at, is_total=False)
        if not mine.update(exits_at=taken + every):
            return False
        self.exits_at = taken + every
        return True
