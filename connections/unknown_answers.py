"""Answers of exchanges that are in no table of ours, counted by kind so that tables grow; no value is ever kept."""

from __future__ import annotations

from datetime import datetime

import structlog
from django.db import models
from django.db.models import F

from exchanges.errors import Cause
from exchanges.shape import StrangeAnswer

log = structlog.get_logger(__name__)
# An exchange that invents codes must not fill a table: the kinds beyond these are counted in one row.
MOST_KINDS = 300
BEYOND = "(other kinds)"


class UnknownAnswerQuerySet(models.QuerySet["UnknownAnswer"]):
    def note(self, exchange: str, venue: str, strange: StrangeAnswer, *, cause: Cause, now: datetime) -> None:
        """Count an answer by where it came to, its status and its code; its newest shape is kept."""
        log.warning(
            "exchange_answer_unknown",
            exchange=exchange,
            venue=venue,
            asked=strange.asked,
            status=strange.status,
            code=strange.code,
            taken_for=cause.value,
        )
        kind = {"asked": strange.asked[:120], "status": strange.status, "code": strange.code[:40]}
        here = self.filter(exchange=exchange, venue=venue)
        seen = {"cause": cause.value, "shape": strange.shape, "last_at": now}
        if here.filter(**kind).update(count=F("count") + 1, **seen):
            return
        if here.count() >= MOST_KINDS:
            kind = {"asked": BEYOND, "status": 0, "code": ""}
        row, is_new = self.get_or_create(
            exchange=exchange, venue=venue, **kind, defaults={**seen, "first_at": now, "count": 1}
        )
        if not is_new:
            self.filter(pk=row.pk).update(count=F("count") + 1, **seen)

    def by_count(self) -> UnknownAnswerQuerySet:
        return self.order_by("-count", "exchange", "asked", "code")


class UnknownAnswer(models.Model):
    """One kind of answer: `asked` is method and path without ids, `cause` what we last took it for."""

    exchange = models.CharField(max_length=20)
    venue = models.CharField(max_length=10)
    asked = models.CharField(max_length=120)
    status = models.PositiveIntegerField()
    code = models.CharField(max_length=40, blank=True)
    cause = models.CharField(max_length=40)
    shape = models.JSONField(null=True)
    count = models.PositiveBigIntegerField()
    first_at = models.DateTimeField()
    last_at = models.DateTimeField()

    objects = UnknownAnswerQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["exchange", "venue", "asked", "status", "code"], name="unknown_answer_once_per_kind"
            )
        ]

    def __str__(self) -> str:
        return f"{self.exchange} {self.status} {self.code or 'without a code'}"
