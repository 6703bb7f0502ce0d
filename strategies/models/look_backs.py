"""Looks back at what a bot would have done, and the candles that they stand on."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, ClassVar, Self, TypeVar

from django.conf import settings
from django.db import models
from django.utils import timezone

from connections.choices import Venue, exchanges
from connections.models import Connection
from database.exact import ExactField
from database.ids import public_id
from strategies.choices import LookBackState
from strategies.models.bots import Bot

if TYPE_CHECKING:
    from accounts.models import User

Row = TypeVar("Row", bound=models.Model)
# So many are kept of each bot, the newest.
KEPT_EACH = 20
# What stands beside an answer has come by then, or never does: its worker died.
MORE_WITHIN = timedelta(minutes=3)
# A map that has not come by then never will, and can be asked for again; so often is one begun.
MAP_WITHIN, MAP_TRIES = timedelta(minutes=15), 3
# A glimpse that nobody has answered by then is waited for no more; an answer is good for so long.
GLIMPSE_WAITS, GLIMPSE_LASTS = timedelta(seconds=30), timedelta(minutes=10)


class CandleMonthQuerySet(models.QuerySet["CandleMonth"]):
    def of(self, exchange: str, venue: str, pairs: Sequence[str]) -> CandleMonthQuerySet:
        """Return the months of these pairs that have any candles."""
        return self.filter(exchange=exchange, venue=venue, pair__in=pairs, count__gt=0)

    def stretches(self) -> list[tuple[str, datetime, datetime]]:
        """Return (pair, since, until) of each month, without its candles, the newest first."""
        return list(self.order_by("-month").values_list("pair", "since", "until"))

    def within(self, since: datetime, until: datetime) -> CandleMonthQuerySet:
        """Return the months that have a part in [since, until), the oldest first."""
        return self.filter(since__lt=until, until__gt=since).order_by("month")


def last_stretch(
    kept: Sequence[tuple[str, datetime, datetime]], pairs: Sequence[str], *, most: timedelta
) -> tuple[datetime, datetime] | None:
    """Return the newest time, `most` of it, that is kept of all pairs without a gap; None where they share none.

    `kept` are (pair, since, until) of months, the newest first.
    """
    since, until = list[datetime](), list[datetime]()
    for pair in pairs:
        own = [(start, end) for name, start, end in kept if name == pair]
        if not own:
            return None
        first, last = own[0]
        for start, end in own[1:]:
            if end != first:
                break
            first = start
        since.append(first)
        until.append(last)
    if not until:
        return None
    end = min(until)
    start = max(*since, end - most)
    return (start, end) if start < end else None


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

    objects = CandleMonthQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["exchange", "venue", "pair", "month"], name="candle_month_once"),
        ]

    def __str__(self) -> str:
        return f"{self.pair} {self.month}"


class LeasedQuerySet(models.QuerySet[Row]):
    """Rows that one worker at a time has, until `claim_until`."""

    def free(self, now: datetime) -> Self:
        """Return those that no worker has, or whose worker is not heard of any more."""
        return self.filter(models.Q(claim_until=None) | models.Q(claim_until__lt=now))

    def claim(self, since: datetime | None, until: datetime, **more: Any) -> bool:
        """Take the one row that this is, if it is claimed still as it was when it was read; False: another has it."""
        return bool(self.filter(claim_until=since).update(claim_until=until, **more))


class LookBackQuerySet(LeasedQuerySet["LookBack"]):
    def owned_by(self, user: User) -> LookBackQuerySet:
        return self.filter(bot__connection__owner=user, bot__deleted_at=None)

    def under_way(self) -> LookBackQuerySet:
        return self.filter(state__in=LookBack.UNDER_WAY)

    def due(self, now: datetime) -> LookBackQuerySet:
        """Return those that a worker may take: that wait, or whose worker is not heard of any more."""
        return self.under_way().free(now).filter(look_at__lte=now)

    def maps_due(self, now: datetime) -> LookBackQuerySet:
        """Return those whose map is waited for and reckoned by nobody, the first that was asked for first."""
        asked = self.free(now).filter(state=LookBackState.DONE, map_json__isnull=True, map_tries__lt=MAP_TRIES)
        return asked.filter(map_asked_at__gt=now - MAP_WITHIN).order_by("map_asked_at", "pk")

    def for_list(self) -> LookBackQuerySet:
        """Return the newest first, without their long answers."""
        return self.defer("answer_json", "map_json").select_related("bot__connection").order_by("-asked_at", "-pk")


class LookBack(models.Model):
    """One look back at a bot: its settings as they were when a worker began, on so many `months` up to `until`.

    `share` of its work is done, in percent. `problem` is why there is no answer; one that is under way may have one
    too, and is tried again at `look_at`. `claim_until` belongs to the worker that does it now, `tries` counts them all.
    Of one that is done a map of settings around its own may be asked for: `map_json` is that, or why there is none.
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
    map_asked_at = models.DateTimeField(null=True)
    map_share = models.PositiveSmallIntegerField(default=0)
    map_tries = models.PositiveSmallIntegerField(default=0)
    map_json = models.JSONField(null=True)

    objects = LookBackQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["bot"],
                condition=models.Q(state__in=("waiting", "fetching", "running")),
                name="look_back_one_under_way",
            ),
        ]
        indexes = [
            models.Index(fields=["bot", "asked_at"], name="look_back_by_bot"),
            models.Index(
                fields=["map_asked_at"],
                condition=models.Q(map_asked_at__isnull=False, map_json__isnull=True),
                name="look_back_map_waiting",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.bot_id} {self.months}"

    @property
    def is_under_way(self) -> bool:
        return self.state in self.UNDER_WAY

    @property
    def answer(self) -> dict[str, Any]:
        """Return what strategies/lookback/answer.py said, {} while there is none."""
        return self.answer_json if isinstance(self.answer_json, dict) else {}

    def waits_for_more(self, now: datetime) -> bool:
        """Say whether a worker still reckons what stands beside the answer."""
        is_new = self.ended_at is not None and self.ended_at > now - MORE_WITHIN
        return self.state == LookBackState.DONE and "beside" not in self.answer and is_new

    @property
    def map(self) -> dict[str, Any]:
        """Return what strategies/lookback/around.py said, or {"problem": why not}; {} while there is neither."""
        return self.map_json if isinstance(self.map_json, dict) else {}

    @property
    def has_map(self) -> bool:
        return "places" in self.map

    def waits_for_map(self, now: datetime) -> bool:
        asked = self.map_asked_at
        return self.map_json is None and asked is not None and asked > now - MAP_WITHIN and self.map_tries < MAP_TRIES


class GlimpseQuerySet(LeasedQuerySet["Glimpse"]):
    def due(self, now: datetime) -> GlimpseQuerySet:
        """Return those that somebody still waits for and no worker does, the first that was asked for first."""
        waiting = self.free(now).filter(ended_at=None, asked_at__gt=now - GLIMPSE_WAITS)
        return waiting.order_by("asked_at", "pk")


class Glimpse(models.Model):
    """The last glimpse that a trader asked for: a bot as it is typed, on candles in [since, until) that are kept.

    One row for each trader: what is typed next takes its place. `key` tells the question from any other; a worker
    writes `answer_json`, or as `problem` why there is none, only where the question is still the same.
    """

    owner = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="+")
    settings_json = models.JSONField()
    key = models.CharField(max_length=64)
    since = models.DateTimeField()
    until = models.DateTimeField()
    asked_at = models.DateTimeField()
    claim_until = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    problem = models.CharField(max_length=40, blank=True)
    answer_json = models.JSONField(null=True)

    objects = GlimpseQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["asked_at"], condition=models.Q(ended_at=None), name="glimpse_waiting")]

    def __str__(self) -> str:
        return f"{self.owner_id} {self.key[:8]}"

    @property
    def bot(self) -> Bot:
        """Return the bot as it was typed; it is not saved."""
        fields, told = Bot._meta.concrete_fields, self.settings_json
        columns = {field.name: field.to_python(told[field.name]) for field in fields if field.name in told}
        return Bot(connection=self.connection, **columns)

    @property
    def answer(self) -> dict[str, Any]:
        """Return the part of strategies/lookback/answer.py's that is shown, {} while there is none."""
        return self.answer_json if isinstance(self.answer_json, dict) else {}

    def is_known(self, key: str, now: datetime) -> bool:
        """Say whether this very question was asked a moment ago."""
        return self.key == key and self.asked_at > now - GLIMPSE_LASTS

    def is_given_up(self, now: datetime) -> bool:
        """Say whether no worker has answered in the time that a page waits."""
        return self.ended_at is None and self.asked_at <= now - GLIMPSE_WAITS

    def is_waited_for(self, now: datetime) -> bool:
        return self.ended_at is None and not self.is_given_up(now)
