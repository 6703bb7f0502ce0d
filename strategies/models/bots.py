"""Bots: one strategy with its settings on one connection."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any, ClassVar

from django.db import models, transaction
from django.db.models.functions import Lower
from django.utils import timezone

from connections.models import Connection
from database.exact import ExactField
from database.ids import public_id
from database.prepared import PreparedUpdate, Update, moment, number
from strategies import pairs
from strategies.choices import (
    AddOnBehaviour,
    BotState,
    Direction,
    EntryRule,
    EntrySource,
    HaltedBy,
    OrderKind,
    Risk,
    StopLevel,
    TrendFrame,
)
from strategies.words.halts import Reason, reason_for

if TYPE_CHECKING:
    from accounts.models import User


# So many rows are locked by one statement.
AT_ONCE = 500


@dataclass(frozen=True, kw_only=True)
class LadderSettings:
    """What decides how much a bot buys, and how far down.

    `margin_limit`, `base_order` and `first_add_on` are in the money its pairs are quoted in; without a base order the
    risk level and the margin limit decide it anew for each group. `take_profit`, `stop_loss`, `first_step`, `floor`,
    `least_improvement` and `accepted_loss` are percents, scales and `add_on_ratio` (of the base order) plain factors.
    What is None from `first_add_on` on is as the risk level has it (strategies/inputs.py).
    """

    pairs: tuple[str, ...] = ()
    risk_level: str
    margin_limit: Decimal
    add_on_behaviour: str
    take_profit: Decimal = Decimal("1.5")
    stop_loss: Decimal | None = None
    base_order: Decimal | None = None
    first_add_on: Decimal | None = None
    add_ons: int | None = None
    add_on_ratio: Decimal | None = None
    first_step: Decimal | None = None
    step_scale: Decimal | None = None
    volume_scale: Decimal | None = None
    floor: Decimal | None = None
    least_improvement: Decimal | None = None
    accepted_loss: Decimal | None = None
    max_groups: int | None = None


@dataclass(frozen=True, kw_only=True)
class BotSettings(LadderSettings):
    """What a trader decides about a bot. `trailing` is in percent, too; the price must stay beyond the stop loss for
    `stop_timeout_seconds`."""

    name: str
    connection: Connection
    direction: str
    recovery_mode: bool
    entry_source: str = EntrySource.WEBHOOK
    entry_rule: str = EntryRule.ANY
    trend_frame: str = TrendFrame.M15
    order_kind: str = OrderKind.MARKET
    trailing: Decimal | None = None
    stop_timeout_seconds: int = 0
    cool_down_minutes: int = 0
    re_entry_minutes: int = 15


class BotQuerySet(models.QuerySet["Bot"]):
    def owned_by(self, user: User) -> BotQuerySet:
        """Return the user's bots, those on deleted connections too: losing a key must not lose bots."""
        return self.filter(connection__owner=user, deleted_at=None)

    def on(self, connection_id: int) -> BotQuerySet:
        return self.filter(connection_id=connection_id)

    def enabled(self) -> BotQuerySet:
        return self.filter(state=BotState.ENABLED)

    def waiting_out(self) -> BotQuerySet:
        """Return bots that wait for trouble to end and then go on."""
        return self.filter(state=BotState.HALTED, halted_by=HaltedBy.TROUBLE, deleted_at=None)

    def halted_since(self, moment: datetime) -> BotQuerySet:
        """Return bots that were halted then or later and still are, the newest first."""
        return self.filter(state=BotState.HALTED, halted_at__gte=moment, deleted_at=None).order_by("-halted_at")

    def rivals_of(self, bot: Bot) -> list[Bot]:
        """Return enabled bots that trade one of its pairs in the same account by another connection."""
        there = self.enabled().filter(connection__in=Connection.objects.beside(bot.connection), deleted_at=None)
        return [one for one in there.order_by("name") if set(one.pairs) & set(bot.pairs)]

    def running(self) -> BotQuerySet:
        """Return those that open groups, now or as soon as trouble has ended."""
        return self.enabled() | self.waiting_out()

    def not_enabled(self) -> BotQuerySet:
        return self.exclude(state=BotState.ENABLED)

    def winding_down(self) -> BotQuerySet:
        """Return bots that open nothing new and are off once their last group is closed."""
        return self.filter(winding_down_at__isnull=False)

    def wake(self, pk: int) -> None:
        """Let the bot be looked at by the next tick at the latest: something changed that it decides upon.

        After the commit: a worker that decides holds the bot's row first and then its groups', never the other way.
        """
        transaction.on_commit(lambda: _WOKEN.run(bot=pk, now=timezone.now()))

    def wake_all(self) -> None:
        """Let all these bots be looked at by the next tick at the latest."""
        transaction.on_commit(lambda: self.filter(step_at__gt=timezone.now()).make_due(timezone.now()))

    def make_due(self, at: datetime) -> None:
        """Let these bots be looked at from the moment on; their rows are locked in the order of all that hold many."""
        ids = list(self.order_by("pk").values_list("pk", flat=True))
        for start in range(0, len(ids), AT_ONCE):
            some = self.model.objects.filter(pk__in=ids[start : start + AT_ONCE])
            with transaction.atomic():
                list(some.order_by("pk").select_for_update(no_key=True).values_list("pk"))
                some.update(step_at=at)

    def for_list(self) -> BotQuerySet:
        """Return what a list shows, halted ones first, in one query."""
        halted_first = models.Case(
            models.When(state=BotState.HALTED, then=0), models.When(state=BotState.ENABLED, then=1), default=2
        )
        rows = self.select_related("connection__testing_run").annotate(urgency=halted_first)
        return rows.order_by("urgency", Lower("name"), "pk")


class Bot(models.Model):
    """One strategy on one connection. Its owner is the connection's: there is no second place to say it.

    Only flows write `state`: it becomes "enabled" in a transaction that holds a proven connection's row.
    `claim`, `claimed_until` and `fence` belong to the worker that steps the bot now, and `lost_claims` counts those
    before that never gave it back (strategies/claims.py);
    `step_at` is when it is looked at next, whatever prices do. `halted_by` "" of a halted bot: nobody wrote it down,
    so that it never goes on by itself; `went_on_at` is when it last did, since it was enabled. `winding_down_at`: its
    trader disabled it then, and it looks after its open groups until they are closed. `entry_reasons_json`
    tells per pair why its own rule opens nothing now. Of the address its signals come to only a hash is kept.
    """

    public_id = models.UUIDField(default=public_id, unique=True, editable=False)
    connection = models.ForeignKey(Connection, on_delete=models.PROTECT, related_name="bots")
    name = models.CharField(max_length=60)
    pairs_json = models.JSONField("pairs", default=list)
    direction = models.CharField(max_length=10, choices=Direction.choices, default=Direction.LONG)
    risk_level = models.CharField(max_length=10, choices=Risk.choices, default=Risk.LOW)
    margin_limit = models.DecimalField(max_digits=20, decimal_places=8)
    add_on_behaviour = models.CharField(max_length=20, choices=AddOnBehaviour.choices, default=AddOnBehaviour.RESERVE)
    recovery_mode = models.BooleanField(default=True)
    entry_source = models.CharField(max_length=10, choices=EntrySource.choices, default=EntrySource.WEBHOOK)
    entry_rule = models.CharField(max_length=20, choices=EntryRule.choices, default=EntryRule.ANY)
    trend_frame = models.CharField(max_length=3, choices=TrendFrame.choices, default=TrendFrame.M15)
    order_kind = models.CharField(max_length=10, choices=OrderKind.choices, default=OrderKind.MARKET)
    base_order = ExactField(null=True)
    take_profit = ExactField(default=Decimal("1.5"))
    trailing = ExactField(null=True)
    stop_loss = ExactField(null=True)
    stop_timeout_seconds = models.PositiveIntegerField(default=0)
    cool_down_minutes = models.PositiveIntegerField(default=0)
    re_entry_minutes = models.PositiveIntegerField(default=15)
    first_add_on = ExactField(null=True)
    add_ons = models.PositiveIntegerField(null=True)
    add_on_ratio = ExactField(null=True)
    first_step = ExactField(null=True)
    step_scale = ExactField(null=True)
    volume_scale = ExactField(null=True)
    floor = ExactField(null=True)
    least_improvement = ExactField(null=True)
    accepted_loss = ExactField(null=True)
    max_groups = models.PositiveIntegerField(null=True)
    paused = models.CharField(max_length=10, choices=StopLevel.choices, default=StopLevel.NONE, blank=True)
    state = models.CharField(max_length=10, choices=BotState.choices, default=BotState.OFF)
    halt_reason = models.CharField(max_length=40, blank=True)
    halted_at = models.DateTimeField(null=True)
    halted_by = models.CharField(max_length=10, choices=HaltedBy.choices, blank=True)
    went_on_at = models.DateTimeField(null=True)
    enabled_at = models.DateTimeField(null=True)
    winding_down_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    deleted_at = models.DateTimeField(null=True, editable=False)
    signal_hash = models.CharField(max_length=64, null=True, unique=True, editable=False)  # noqa: DJ001 - many have none
    signal_hint = models.CharField(max_length=4, blank=True, editable=False)
    signal_since = models.DateTimeField(null=True, editable=False)
    entry_reasons_json = models.JSONField(default=dict, editable=False)
    step_at = models.DateTimeField(default=timezone.now, editable=False)
    claim = models.CharField(max_length=32, blank=True, editable=False)
    claimed_until = models.DateTimeField(null=True, editable=False)
    fence = models.PositiveBigIntegerField(default=0, editable=False)
    lost_claims = models.PositiveSmallIntegerField(default=0, editable=False)

    objects = BotQuerySet.as_manager()

    NOT_HALTED: ClassVar[Mapping[str, Any]] = {"halt_reason": "", "halted_at": None, "halted_by": ""}
    SWITCHED_OFF: ClassVar[Mapping[str, Any]] = {"state": BotState.OFF, "winding_down_at": None, **NOT_HALTED}
    # What a bot without an address for its signals has in the three columns.
    NO_ADDRESS: ClassVar[Mapping[str, Any]] = {"signal_hash": None, "signal_hint": "", "signal_since": None}

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(margin_limit__gt=0), name="bot_margin_limit_positive"),
            models.CheckConstraint(condition=models.Q(direction__in=Direction.values), name="bot_direction_known"),
            models.CheckConstraint(condition=models.Q(risk_level__in=Risk.values), name="bot_risk_level_known"),
            models.CheckConstraint(
                condition=models.Q(add_on_behaviour__in=AddOnBehaviour.values), name="bot_add_on_behaviour_known"
            ),
            models.CheckConstraint(
                condition=(
                    models.Q(state=BotState.OFF, halt_reason="", halted_at=None, halted_by="")
                    | models.Q(
                        state=BotState.ENABLED, halt_reason="", halted_at=None, halted_by="", enabled_at__isnull=False
                    )
                    | (models.Q(state=BotState.HALTED, halted_at__isnull=False) & ~models.Q(halt_reason=""))
                ),
                name="bot_state_tells_why",
            ),
            models.CheckConstraint(
                condition=models.Q(deleted_at=None) | ~models.Q(state=BotState.ENABLED),
                name="bot_deleted_is_not_enabled",
            ),
            models.CheckConstraint(
                condition=models.Q(winding_down_at=None) | ~models.Q(state=BotState.OFF), name="bot_off_is_wound_down"
            ),
        ]
        indexes = [
            models.Index(fields=["connection", "state"], name="bot_by_connection"),
            models.Index(fields=["step_at"], name="bot_due"),
            models.Index(fields=["claimed_until"], condition=models.Q(lost_claims__gt=0), name="bot_claims_lost"),
            models.Index(
                fields=["winding_down_at"], condition=models.Q(winding_down_at__isnull=False), name="bot_winding_down"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def pairs(self) -> tuple[str, ...]:
        return pairs.read_stored(self.pairs_json)

    @property
    def quote(self) -> str:
        """Return the money of the margin limit."""
        return pairs.quote_of(self.pairs[0]) if self.pairs else ""

    @property
    def shown_limit(self) -> str:
        """Return the margin limit as a trader would type it, without the zeros that the column keeps."""
        return f"{self.margin_limit.normalize():f}"

    @property
    def is_enabled(self) -> bool:
        return self.state == BotState.ENABLED

    @property
    def is_halted(self) -> bool:
        return self.state == BotState.HALTED

    @property
    def is_waiting_out(self) -> bool:
        """Say whether it is halted by trouble only: it goes on by itself; until then it only sells."""
        return self.is_halted and self.halted_by == HaltedBy.TROUBLE and self.deleted_at is None

    @property
    def can_close(self) -> bool:
        """Say whether it looks after its open groups: as far as it may trade at all, it still closes them."""
        return self.is_enabled or self.is_waiting_out

    @property
    def is_winding_down(self) -> bool:
        """Say whether it only looks after the groups it has: nothing new is opened, and then it is off."""
        return self.winding_down_at is not None

    @property
    def opens_groups(self) -> bool:
        return self.is_enabled and not self.is_winding_down

    @property
    def is_homeless(self) -> bool:
        """Say whether its connection was deleted, so that it needs another one."""
        return self.connection.deleted_at is not None

    @property
    def reason(self) -> Reason | None:
        """Return why it is halted; that its connection is gone outweighs what was wrong with it before."""
        if not self.is_halted:
            return None
        code = "connection.deleted" if self.is_homeless else self.halt_reason
        return reason_for(code, goes_on=self.is_waiting_out)

    @property
    def settings(self) -> BotSettings:
        kept = {name: getattr(self, name) for name in BotSettings.__dataclass_fields__}
        return BotSettings(**kept)


def _waking() -> Update:
    return Bot.objects.filter(pk=number("bot"), step_at__gt=moment("now")), {"step_at": moment("now")}


_WOKEN = PreparedUpdate(_waking)
