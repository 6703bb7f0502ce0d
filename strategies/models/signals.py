"""Signals: requests to enter or to close, stored before anything is done about them."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import cache
from typing import Any

from django.db import models
from django.utils import timezone

from database.exact import ExactField
from database.prepared import Param, PreparedRows, PreparedUpdate, Update, moment, number, text
from strategies.choices import SignalState, SignalWish
from workers.models import Pulse

# A signal that no worker got to in this time is stale: the price has moved on.
SIGNAL_LIFETIME = timedelta(seconds=300)
# So many signals within so long, for each worker that handles them, are a rush: what can wait, waits until it is over.
# More workers than these are counted as these.
RUSH, RUSH_WITHIN, MOST_WORKERS = 10, timedelta(seconds=1), 20
# A worker that was seen so lately lives.
LIVES = timedelta(seconds=20)
# The key of one that its trader asked for on the bot's page begins so: no alert's does.
BY_HAND = "hand:"
# Of an alert that was refused so many characters are kept, and so many alerts of a bot.
REFUSED_LENGTH, REFUSED_KEPT = 1_000, 20


class SignalQuerySet(models.QuerySet["Signal"]):
    def waiting(self) -> SignalQuerySet:
        return self.filter(state=SignalState.WAITING)

    def since(self, moment: datetime | Param) -> SignalQuerySet:
        return self.filter(received_at__gte=moment)

    def alerts(self) -> SignalQuerySet:
        """Return in their order those that no hand on a page asked for."""
        return self.exclude(key__startswith=BY_HAND).order_by("received_at", "pk")


class Signal(models.Model):
    """One alert for one bot. `key` is the alert's own id, or made of its body: the same one counts once.

    `outcome` is the reason code of what was done about it.
    """

    bot = models.ForeignKey("strategies.Bot", on_delete=models.CASCADE, related_name="signals")
    key = models.CharField(max_length=64)
    pair = models.CharField(max_length=31)
    wish = models.CharField(max_length=10, choices=SignalWish.choices)
    price = ExactField(null=True)
    told_at = models.DateTimeField(null=True)
    received_at = models.DateTimeField(default=timezone.now, editable=False)
    state = models.CharField(max_length=10, choices=SignalState.choices, default=SignalState.WAITING)
    outcome = models.CharField(max_length=40, blank=True)
    handled_at = models.DateTimeField(null=True)

    objects = SignalQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["bot", "key"], name="signal_once_per_bot")]
        indexes = [
            models.Index(fields=["bot", "-received_at"], name="signal_by_bot"),
            models.Index(fields=["state", "received_at"], name="signal_waiting"),
            models.Index(fields=["received_at"], name="signal_by_time"),
        ]

    def __str__(self) -> str:
        return f"{self.wish} {self.pair}"

    @property
    def is_by_hand(self) -> bool:
        return self.key.startswith(BY_HAND)


class RefusedAlert(models.Model):
    """One alert that could not be used: what came, cut, and what was answered. The newest of each bot are kept.

    Who sends alerts from a chart sees no answer: this is where it is read.
    """

    bot = models.ForeignKey("strategies.Bot", on_delete=models.CASCADE, related_name="refused_alerts")
    received_at = models.DateTimeField(default=timezone.now, editable=False)
    status = models.PositiveSmallIntegerField()
    answer = models.CharField(max_length=400)
    body = models.CharField(max_length=REFUSED_LENGTH)

    class Meta:
        indexes = [models.Index(fields=["bot", "-id"], name="refused_alert_by_bot")]

    def __str__(self) -> str:
        return f"{self.status} {self.answer}"


def answer(signal_id: int, outcome: str, *, now: datetime) -> bool:
    """Return False when somebody else has answered it."""
    return _ANSWERED.run(signal=signal_id, outcome=outcome, at=now) == 1


def _answering() -> Update:
    handled = {"state": SignalState.HANDLED, "outcome": text("outcome"), "handled_at": moment("at")}
    return Signal.objects.waiting().filter(pk=number("signal")), handled


_ANSWERED = PreparedUpdate(_answering)


def is_rush(now: datetime) -> bool:
    """Say whether more signals came within the last moment than the workers for orders handle beside all else."""
    since = now - RUSH_WITHIN
    if not _nth_newest(RUSH).run(since=since):
        return False
    workers = len(_WORKERS.run(since=now - LIVES))
    return workers <= 1 or bool(_nth_newest(RUSH * workers).run(since=since))


@cache
def _nth_newest(count: int) -> PreparedRows:
    """Return the statement that finds the last of so many, if that many came."""
    # From the newest back: PostgreSQL would look for the first of any order from the table's beginning on.
    newest = Signal.objects.since(moment("since")).order_by("-received_at").values_list("pk")
    return PreparedRows(lambda: newest[count - 1 : count])


def _workers() -> models.QuerySet[Pulse, Any]:
    return Pulse.objects.filter(queues__contains="orders", seen_at__gt=moment("since")).values_list("pk")[:MOST_WORKERS]


_WORKERS = PreparedRows(_workers)
