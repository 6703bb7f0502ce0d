"""Exchanges that asked us to slow down: until then no process of ours asks them anything (bans are by address).

Exits are the last to give way: they still leave, few at a time, until the exchange refuses one of them too.
"""

from __future__ import annotations

import math
from datetime import datetime, timedelta

from django.db import models
from django.utils import timezone

# One exit a second in the mean, so many at once at most: of each exchange and venue, over all processes.
EXIT_EVERY, EXITS_AT_ONCE = timedelta(seconds=1), 5


class ExchangePauseQuerySet(models.QuerySet["ExchangePause"]):
    def current(self, exchange: str, venue: str, now: datetime) -> ExchangePause | None:
        """Return the pause that lasts still, or None when the exchange may be asked."""
        return self.filter(exchange=exchange, venue=venue, until__gt=now).first()

    def extend(
        self, exchange: str, venue: str, until: datetime, *, now: datetime | None = None, is_total: bool = False
    ) -> None:
        """Note the later of two ends: answers of requests that were sent together come in any order.

        `is_total`: it refused even an exit. A pause that is over begins anew.
        """
        now = now or timezone.now()
        begun = {"until": until, "since": now, "is_total": is_total}
        row, is_new = self.get_or_create(exchange=exchange, venue=venue, defaults=begun)
        if is_new or self.filter(pk=row.pk, until__lte=now).update(**begun, exits_at=None):
            return
        self.filter(pk=row.pk, until__lt=until).update(until=until)
        if is_total:
            self.filter(pk=row.pk).update(is_total=True)


class ExchangePause(models.Model):
    """`since` is when this pause began, through all the times it was made longer; `is_total`: exits give way too.

    `exits_at` is up to when the exits that were let through take, one after the other.
    """

    exchange = models.CharField(max_length=20)
    venue = models.CharField(max_length=10)
    until = models.DateTimeField()
    since = models.DateTimeField(default=timezone.now)
    is_total = models.BooleanField(default=False)
    exits_at = models.DateTimeField(null=True)

    objects = ExchangePauseQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["exchange", "venue"], name="pause_once_per_exchange")]

    def __str__(self) -> str:
        return f"{self.exchange} until {self.until:%H:%M:%S}"

    def seconds_left(self, now: datetime) -> int:
        """Return the whole seconds still to wait."""
        return max(math.ceil((self.until - now).total_seconds()), 0)

    def let_exit(self, now: datetime) -> bool:
        """Take the turn of one exit; False when others have just left, or when even exits are refused."""
        taken = max(self.exits_at or now, now)
        if self.is_total or taken - now > (EXITS_AT_ONCE - 1) * EXIT_EVERY:
            return False
        mine = ExchangePause.objects.filter(pk=self.pk, exits_at=self.exits_at, is_total=False)
        if not mine.update(exits_at=taken + EXIT_EVERY):
            return False
        self.exits_at = taken + EXIT_EVERY
        return True
