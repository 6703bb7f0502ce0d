"""Exchanges that asked us to slow down: until then no process of ours asks them anything (bans are by address)."""

from __future__ import annotations

import math
from datetime import datetime

from django.db import models


class ExchangePauseQuerySet(models.QuerySet["ExchangePause"]):
    def seconds_left(self, exchange: str, venue: str, now: datetime) -> int | None:
        """Return the whole seconds still to wait, or None when the exchange may be asked."""
        until = self.filter(exchange=exchange, venue=venue, until__gt=now).values_list("until", flat=True).first()
        return math.ceil((until - now).total_seconds()) if until else None

    def extend(self, exchange: str, venue: str, until: datetime) -> None:
        """Note the later of two ends: answers of requests that were sent together come in any order."""
        row, _ = self.get_or_create(exchange=exchange, venue=venue, defaults={"until": until})
        self.filter(pk=row.pk, until__lt=until).update(until=until)


class ExchangePause(models.Model):
    exchange = models.CharField(max_length=20)
    venue = models.CharField(max_length=10)
    until = models.DateTimeField()

    objects = ExchangePauseQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["exchange", "venue"], name="pause_once_per_exchange")]

    def __str__(self) -> str:
        return f"{self.exchange} until {self.until:%H:%M:%S}"
