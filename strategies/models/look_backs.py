"""Looks back at what a bot would have done, and the candles that they stand on."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, ClassVar

from django.db import models
from django.utils import timezone

from connections.choices import Venue, exchanges
from database.exact import ExactField
from database.ids import public_id
from strategies.choices import LookBackState
from strategies.models.bots import Bot

if TYPE_CHECKING:
    from accounts.models import User

# So many are kept of each bot, the newest.
KEPT_EACH = 20


class CandleMonth(models.Model):
    """One month of a pair's minutes as strategies/lookback/months.py packs them, in whole steps of `step`.

    All of [since, until) was asked for, and is asked for no more: what is missing there, the exchange does not have.
    """

    exchange = models.CharField(max_length=20, choices=exchanges)
    venue = models.CharField(max_length=10, choices=Venue.choices)
    pair = models.CharField(max_length=31)
    month = models.DateField()
    step = ExactField()
    count = models.PositiveIntegerField()
    since = models.DateTimeField()
    until = models.DateTimeField()
    data = models.BinaryField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["exchange", "venue", "pair", "month"], name="candle_month_once"),
        ]

    def __str__(self) -> str:
        return f"{self.pair} {self.month}"


class LookBackQuerySet(models.QuerySet["LookBack"]):
    def owned_by(self, user: User) -> LookBackQuerySet:
        return self.filter(bot__connection__owner=user, bot__deleted_at=None)

    def under_way(self) -> LookBackQuerySet:
        return self.filter(state__in=LookBack.UNDER_WAY)

    def due(self, now: datetime) -> LookBackQuerySet:
        """Return those that a worker may take: that wait, or whose worker is not heard of any more."""
        free = models.Q(claim_until=None) | models.Q(claim_until__lt=now)
        return self.under_way().filter(free, look_at__lte=now)

    def for_list(self) -> LookBackQuerySet:
        """Return the newest first, without their long answers."""
        return self.defer("answer_json").select_related("bot__connection").order_by("-asked_at", "-pk")


class LookBack(models.Model):
    """One look back at a bot: its settings as they were when a worker began, on so many `months` up to `until`.

    `share` of its work is done, in percent. `problem` is why there is no answer; one that is under way may have one
    too, and is tried again at `look_at`. `claim_until` belongs to the worker that does it now, `tries` counts them all.
    """

    UNDER_WAY: ClassVar[tuple[str, ...]] = (LookBackState.WAITING, LookBackState.FETCHING, LookBackState.RUNNING)

    public_id = models.UUIDField(default=public_id, unique=True, editable=False)
    bot = models.ForeignKey(Bot, on_delete=models.CASCADE, related_name="look_backs")
    months = models.PositiveSmallIntegerField()
    until = models.DateTimeField()
    state = models.CharField(max_length=10, choices=LookBackState.choices, default=LookBackState.WAITING)
    share = models.PositiveSmallIntegerField(default=0)
    problem = models.CharField(max_length=40, blank=True)
    answer_json = models.JSONField(null=True)
    asked_at = models.DateTimeField(default=timezone.now)
    ended_at = models.DateTimeField(null=True)
    look_at = models.DateTimeField(default=timezone.now)
    claim_until = models.DateTimeField(null=True)
    tries = models.PositiveSmallIntegerField(default=0)

    objects = LookBackQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["bot"],
                condition=models.Q(state__in=("waiting", "fetching", "running")),
                name="look_back_one_under_way",
            ),
        ]
        indexes = [models.Index(fields=["bot", "asked_at"], name="look_back_by_bot")]

    def __str__(self) -> str:
        return f"{self.bot_id} {self.months}"

    @property
    def is_under_way(self) -> bool:
        return self.state in self.UNDER_WAY

    @property
    def answer(self) -> dict[str, Any]:
        """Return what strategies/lookback/answer.py said, {} while there is none."""
        return self.answer_json if isinstance(self.answer_json, dict) else {}
