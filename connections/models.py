"""Connections, the sealed secrets they hold, and the runs of their check."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext

from accounts.models import served
from connections.check.findings import CATALOGUE, Level
from connections.choices import MarketKind as MarketKind
from connections.choices import RunState as RunState
from connections.choices import Status as Status
from connections.choices import Trigger as Trigger
from connections.choices import Venue as Venue
from connections.choices import exchanges
from connections.pauses import ExchangePause as ExchangePause
from connections.records import Evidence, FindingLine, StepLine
from connections.secrets.openings import KeyOpening as KeyOpening
from connections.secrets.ring import VaultKey as VaultKey
from connections.secrets.vault import SEALED_PATTERN, Context
from connections.unknown_answers import UnknownAnswer as UnknownAnswer
from database.ids import public_id
from database.turns import one_at_a_time
from exchanges import registry
from exchanges.spec import ExchangeSpec

if TYPE_CHECKING:
    from accounts.models import User

WAITING_AFTER = timedelta(seconds=5)
# A connection is checked every few minutes: about a day of it tells enough.
SCHEDULED_RUNS_KEPT = 300
FORGOTTEN_AT_ONCE = 100
UNDER_WAY = (RunState.QUEUED, RunState.RUNNING)


class ConnectionQuerySet(models.QuerySet["Connection"]):
    def owned_by(self, user: User) -> ConnectionQuerySet:
        return self.filter(owner=user, deleted_at=None)

    def beside(self, connection: Connection) -> ConnectionQuerySet:
        """Return the owner's other connections to the same account; none where it is not told which that is."""
        if not connection.account_uid:
            return self.none()
        names = ("owner", "exchange", "venue", "account_uid")
        same = {name: getattr(connection, name) for name in names}
        return self.filter(**same, deleted_at=None).exclude(pk=connection.pk)

    def holding(self, connection: Connection, account_uid: str | None) -> ConnectionQuerySet:
        """Return the other live connection that this account of the exchange is connected by; practice is shared.

        Its owner may connect each of its markets. Somebody else who comes now may connect none: most exchanges keep one
        purse for all of them.
        """
        if not account_uid or connection.is_practice:
            return self.none()
        names = ("exchange", "venue")
        same = {name: getattr(connection, name) for name in names}
        in_the_way = models.Q(market=connection.market)
        if connection.passed_at is None:
            in_the_way |= ~models.Q(owner=connection.owner_id)
        return self.filter(in_the_way, **same, account_uid=account_uid, deleted_at=None).exclude(pk=connection.pk)

    def hold_account(self, connection: Connection, account_uid: str | None) -> Connection | None:
        """Return what holds the account already; else keep others from proving it until the transaction ends.

        No constraint can say it: the markets of one account may be one trader's, and never two traders'.
        """
        if account_uid:
            one_at_a_time(f"account {connection.exchange} {account_uid}")
        return self.holding(connection, account_uid).first()

    def alive(self) -> ConnectionQuerySet:
        """Return connections that may be checked: not deleted, and of owners that are still worked for."""
        return self.filter(served("owner__"), deleted_at=None)

    def for_list(self) -> ConnectionQuerySet:
        """Return what a page of cards shows, failing ones first, in a fixed number of queries."""
        trouble_first = models.Case(
            models.When(status=Status.ERROR, then=0), models.When(~models.Q(trouble=""), then=1), default=2
        )
        return (
            self.select_related("shown_run", "testing_run")
            .prefetch_related("secrets")
            .annotate(urgency=trouble_first)
            .order_by("urgency", Lower("name"), "pk")
        )

    def due(self, now: datetime) -> ConnectionQuerySet:
        """Return connections to check again by themselves, the longest overdue first."""
        return self.alive().filter(testing_run=None, next_check_at__lte=now).order_by("next_check_at")

    def with_lapsed_pass(self, now: datetime) -> ConnectionQuerySet:
        return self.filter(status=Status.ONLINE, passed_at__lte=now - settings.PASS_LIFETIME, deleted_at=None)


class Connection(models.Model):
    """One exchange account of one trader, with the key that reaches it.

    `revision` numbers the secret in use; a pass counts only for `passed_revision` and for PASS_LIFETIME. A check that
    finds something against the key sets `passed_revision` to None; one that could not ask leaves it.
    `testing_run` is the check that is under way, `shown_run` the newest finished one of the key in use.
    `claimed_at` is when somebody else last tried to connect the same account of the exchange.
    `attempt` numbers checks: only the newest may write. `trouble` is a finding code shown beside Online.
    `key_ends_at` is when a key that can withdraw, and was good before, is destroyed although groups are open.
    """

    public_id = models.UUIDField(default=public_id, unique=True, editable=False)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="connections")
    exchange = models.CharField(max_length=20, choices=exchanges)
    venue = models.CharField(max_length=10, choices=Venue.choices)
    market = models.CharField(max_length=10, choices=MarketKind.choices)
    name = models.CharField(max_length=60)
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.UNTESTED)
    revision = models.PositiveIntegerField(default=1)
    attempt = models.PositiveIntegerField(default=0)
    testing_run = models.OneToOneField("CheckRun", null=True, on_delete=models.SET_NULL, related_name="+")
    shown_run = models.ForeignKey("CheckRun", null=True, on_delete=models.SET_NULL, related_name="+")
    passed_at = models.DateTimeField(null=True)
    passed_revision = models.PositiveIntegerField(null=True)
    account_uid = models.CharField(max_length=100, blank=True)
    claimed_at = models.DateTimeField(null=True)
    trouble = models.CharField(max_length=40, blank=True)
    trouble_since = models.DateTimeField(null=True)
    trouble_runs = models.PositiveIntegerField(default=0)
    next_check_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    deleted_at = models.DateTimeField(null=True, editable=False)
    key_ends_at = models.DateTimeField(null=True, editable=False)

    objects = ConnectionQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                "owner", Lower("name"), condition=models.Q(deleted_at=None), name="connection_name_once_per_owner"
            ),
            models.CheckConstraint(
                condition=~models.Q(status="online") | models.Q(passed_at__isnull=False, deleted_at=None),
                name="connection_online_needs_a_pass",
            ),
            models.CheckConstraint(condition=models.Q(status__in=Status.values), name="connection_status_known"),
            # The last line: checks ask for it one after the other, for all markets (check/settle.py).
            models.UniqueConstraint(
                fields=["exchange", "market", "account_uid"],
                condition=models.Q(venue="live", deleted_at=None) & ~models.Q(account_uid=""),
                name="connection_account_once",
            ),
        ]
        indexes = [
            models.Index(fields=["owner", "deleted_at"], name="connection_by_owner"),
            models.Index(fields=["next_check_at"], name="connection_due"),
            models.Index(fields=["passed_at"], condition=models.Q(status=Status.ONLINE), name="connection_passed_at"),
            models.Index(
                fields=["key_ends_at"], condition=models.Q(key_ends_at__isnull=False), name="connection_key_ends_at"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def spec(self) -> ExchangeSpec:
        return registry.get(self.exchange)

    @property
    def has_other_sites(self) -> bool:
        return len(registry.sites_of(self.spec)) > 1

    @property
    def is_practice(self) -> bool:
        return self.venue == Venue.PRACTICE

    @property
    def is_testing(self) -> bool:
        return self.testing_run_id is not None

    @property
    def shown_status(self) -> str:
        return "testing" if self.is_testing else self.status

    @property
    def candidate_run(self) -> CheckRun | None:
        """Return the newest finished run of the replacement key."""
        if self.candidate is None:
            return None
        return self.runs.history().filter(revision=self.candidate.revision).first()

    @property
    def secret(self) -> Secret | None:
        """Return the sealed secret in use (already loaded on list pages)."""
        return next((one for one in self.secrets.all() if one.revision == self.revision), None)

    @property
    def candidate(self) -> Secret | None:
        """Return the replacement key that is not proven yet."""
        return next((one for one in self.secrets.all() if one.revision > self.revision), None)

    @property
    def key_hint(self) -> str:
        return self.secret.key_hint if self.secret else ""

    @property
    def pass_ends_at(self) -> datetime | None:
        return self.passed_at + settings.PASS_LIFETIME if self.passed_at else None

    def is_proven(self, now: datetime) -> bool:
        """Say whether a bot may act on it: Online, by a fresh pass of the very secret now stored."""
        return self.status == Status.ONLINE and self.has_proof(now)

    def has_proof(self, now: datetime) -> bool:
        """Say whether its last pass still counts: fresh, of the very secret now stored, and taken back by nothing.

        In trouble that only keeps us from asking this outlasts being Online; what a bot holds may then be sold.
        """
        return (
            self.status in {Status.ONLINE, Status.ERROR}
            and self.deleted_at is None
            and self.passed_revision == self.revision
            and self.passed_at is not None
            and now - self.passed_at < settings.PASS_LIFETIME
        )

    def seal_context(self, revision: int) -> Context:
        """Return what its secret of this revision is sealed with, so that it opens nowhere else."""
        return Context(
            connection=str(self.public_id),
            owner=str(self.owner.public_id),
            exchange=self.exchange,
            revision=revision,
        )

    @property
    def is_in_trouble(self) -> bool:
        """Say whether it is no longer Online only because nobody could ask: waiting is the step."""
        level = CATALOGUE[self.trouble][0] if self.trouble in CATALOGUE else None
        return self.status == Status.ERROR and level is Level.TEMPORARY

    @property
    def waits_for_trader(self) -> bool:
        """Say whether there is something to do; in trouble nobody but the exchange can do anything."""
        return self.status != Status.ONLINE and not self.is_testing and not self.is_in_trouble


class Secret(models.Model):
    """One sealed key of a connection. Registered in no admin, shown in no form."""

    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="secrets")
    revision = models.PositiveIntegerField()
    sealed = models.TextField(editable=False)
    key_hint = models.CharField(max_length=4, editable=False)
    key_fingerprint = models.CharField(max_length=64, editable=False, db_index=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["connection", "revision"], name="secret_revision_once"),
            models.CheckConstraint(condition=models.Q(sealed__regex=SEALED_PATTERN), name="secret_is_sealed"),
        ]

    def __str__(self) -> str:
        return f"••••{self.key_hint}"


class CheckRunQuerySet(models.QuerySet["CheckRun"]):
    def abandoned(self, now: datetime) -> CheckRunQuerySet:
        """Return runs whose worker has stopped renewing its lease."""
        return self.filter(state=RunState.RUNNING, lease_until__lt=now)

    def take(self, run_id: int, now: datetime) -> bool:
        """Take a queued run for this worker; False when somebody else has it or it is over."""
        taken = self.filter(pk=run_id, state=RunState.QUEUED)
        return taken.update(state=RunState.RUNNING, claimed_at=now, lease_until=now + settings.CHECK_LEASE) == 1

    def history(self) -> CheckRunQuerySet:
        return self.filter(state=RunState.DONE).order_by("-pk")

    def forget_old(self) -> None:
        """Delete scheduled runs beyond the newest SCHEDULED_RUNS_KEPT; what people asked for stays."""
        over = self.filter(trigger=Trigger.SCHEDULE).exclude(state__in=UNDER_WAY).order_by("-pk")
        old = list(over.values_list("pk", flat=True)[SCHEDULED_RUNS_KEPT : SCHEDULED_RUNS_KEPT + 100])
        self.filter(pk__in=old).delete()

    def forget_asked(self, now: datetime) -> None:
        """Delete old runs that somebody asked for, some at a time, but for the one that a page shows."""
        old = self.filter(queued_at__lt=now - timedelta(days=settings.CHECKS_KEPT_DAYS))
        shown = Connection.objects.exclude(shown_run=None).values("shown_run")
        over = old.exclude(state__in=UNDER_WAY).exclude(pk__in=shown).order_by("queued_at")
        self.filter(pk__in=list(over.values_list("pk", flat=True)[:FORGOTTEN_AT_ONCE])).delete()

    def since(self, moment: datetime) -> CheckRunQuerySet:
        return self.filter(queued_at__gte=moment)


class CheckRun(models.Model):
    """One run of the connection test. `reissues` counts workers that were lost under it."""

    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="runs")
    attempt = models.PositiveIntegerField()
    revision = models.PositiveIntegerField()
    trigger = models.CharField(max_length=10, choices=Trigger.choices)
    state = models.CharField(max_length=10, choices=RunState.choices, default=RunState.QUEUED)
    verdict = models.CharField(max_length=10, blank=True)
    steps_json = models.JSONField(default=list)
    findings_json = models.JSONField(default=list)
    evidence_json = models.JSONField(default=dict)
    requests = models.PositiveIntegerField(default=0)
    elapsed_ms = models.PositiveIntegerField(null=True)
    reissues = models.PositiveIntegerField(default=0)
    queued_at = models.DateTimeField(default=timezone.now)
    published_at = models.DateTimeField(default=timezone.now)
    claimed_at = models.DateTimeField(null=True)
    lease_until = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    objects = CheckRunQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["connection", "attempt"], name="run_attempt_once")]
        indexes = [
            models.Index(fields=["state", "published_at"], name="run_by_state"),
            models.Index(fields=["queued_at"], name="run_by_time"),
        ]

    def __str__(self) -> str:
        return f"check {self.attempt}"

    @property
    def is_waiting(self) -> bool:
        """Say whether no worker took it for a while: others come first, or nobody answers."""
        return self.state == RunState.QUEUED and timezone.now() - self.queued_at > WAITING_AFTER

    @property
    def is_of_candidate(self) -> bool:
        return self.revision > self.connection.revision

    @property
    def steps(self) -> list[StepLine]:
        return StepLine.read_all(self.steps_json)

    @property
    def findings(self) -> list[FindingLine]:
        return [line.told(gettext) for line in FindingLine.read_all(self.findings_json)]

    @property
    def evidence(self) -> Evidence:
        found = Evidence.read(self.evidence_json)
        return replace(found, rights=[line.told(gettext) for line in found.rights])

    @property
    def worst(self) -> FindingLine | None:
        """Return the finding to act on first; they are stored worst first."""
        return next((one for one in self.findings if one.level != "info"), None)

    def save_if_mine(self, **values: Any) -> bool:
        """Save fields if the run is still this worker's; False when it was taken away or is over."""
        mine = CheckRun.objects.filter(pk=self.pk, state=RunState.RUNNING, reissues=self.reissues)
        return mine.update(**values) == 1
