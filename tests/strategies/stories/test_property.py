"""Whatever happens in whatever order: no bot is enabled on a connection that is not proven, and none goes on by itself
that anything but trouble had stopped."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import time_machine
from django.conf import LazySettings
from django.db import transaction
from django.utils import timezone
from hypothesis import HealthCheck, event
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from accounts.by import PRODUCT
from accounts.models import User
from connections import errors
from connections import flows as connection_flows
from connections.check import settle
from connections.check.facts import Answer, Facts, Policy
from connections.check.findings import finding
from connections.check.verdict import Judgement, Verdict
from connections.models import CheckRun, Connection, RunState, Trigger
from connections.secrets import vault
from exchanges.spec import Ask, Market
from strategies import halts
from strategies.bots import flows
from strategies.choices import BotState, HaltedBy, StopLevel
from strategies.models import Bot
from strategies.stops import flows as stopping
from tests.accounts.factories import make_user
from tests.connections.factories import make_connection
from tests.strategies.factories import make_bot, make_settings

START = datetime(2026, 11, 23, 12, tzinfo=UTC)
WHICH = st.integers(min_value=0, max_value=2)
PAUSES = st.sampled_from([timedelta(minutes=3), timedelta(minutes=16), timedelta(hours=12), timedelta(hours=24)])
CODES = {Verdict.ONLINE: "ip.unknown", Verdict.ERROR: "right.withdraw", Verdict.TEMPORARY: "reach.unavailable"}


def judgement(verdict: Verdict) -> Judgement:
    return Judgement(verdict=verdict, findings=(finding(CODES[verdict], "Cause.", "Do this."),))


def facts(run: CheckRun, uid: str) -> Facts:
    connection, told = run.connection, {Ask.UID: Answer(value=uid)} if uid else {}
    today = timezone.now().date()
    return Facts(spec=connection.spec, market=Market(connection.market), policy=Policy(), today=today, answers=told)


class Traffic(RuleBasedStateMachine):
    """Two connections with three bots on real rows; each example is undone at its end."""

    def __init__(self) -> None:
        super().__init__()
        self.undo = transaction.atomic()
        self.undo.__enter__()
        self.clock = time_machine.travel(START, tick=False)
        self.time = self.clock.start()
        self.owner = make_user()
        self.connections = [
            make_connection(owner=self.owner, status="untested"),
            make_connection(owner=self.owner, passed_at=START, account_uid="1"),
        ]
        self.bots = [make_bot(connection=self.connections[n]) for n in (0, 1, 1)]
        # Bots that only their trader may start: none was ever enabled, or something else than trouble stopped them.
        self.stopped = {bot.pk for bot in self.bots[:2]}
        flows.enable_bot(self.bots[2], by=PRODUCT)
        # Connections against whose key something was found since they last passed.
        self.refused: set[int] = set()

    def teardown(self) -> None:
        self.clock.stop()
        transaction.set_rollback(True)
        self.undo.__exit__(None, None, None)

    def connection(self, which: int) -> Connection:
        return Connection.objects.get(pk=self.connections[which % 2].pk)

    def bot(self, which: int) -> Bot:
        return Bot.objects.get(pk=self.bots[which].pk)

    @rule(which=WHICH, trigger=st.sampled_from([Trigger.USER, Trigger.SCHEDULE]))
    def start_a_check(self, which: int, trigger: str) -> None:
        try:
            connection_flows.start_check(self.connection(which), trigger=trigger, by=PRODUCT)
        except errors.ConnectionsError as refused:
            event(type(refused).__name__)

    def bots_on(self, home: Connection) -> set[int]:
        return set(Bot.objects.on(home.pk).values_list("pk", flat=True))

    @rule(which=WHICH, verdict=st.sampled_from(Verdict), uid=st.sampled_from(["", "1", "2"]))
    def finish_the_check(self, which: int, verdict: Verdict, uid: str) -> None:
        home = self.connection(which)
        if not (run := home.testing_run):
            return
        CheckRun.objects.take(run.pk, timezone.now())
        settle.settle(run, facts(run, uid), judgement(verdict))
        is_new, is_same = run.revision > home.revision, bool(uid) and uid == home.account_uid
        if verdict is Verdict.ONLINE:
            self.refused.discard(home.pk)
            if is_new and not is_same and home.status != "online":
                self.stopped |= self.bots_on(home)
            elif home.owner.is_active and home.deleted_at is None:
                assert not Bot.objects.on(home.pk).waiting_out().exists(), "the trouble is over"
        elif verdict is Verdict.ERROR and not is_new:
            self.refused.add(home.pk)
            self.stopped |= self.bots_on(home)

    @rule(which=WHICH, verdict=st.sampled_from(Verdict), uid=st.sampled_from(["", "1"]))
    def check(self, which: int, verdict: Verdict, uid: str) -> None:
        self.start_a_check(which, Trigger.SCHEDULE)
        self.finish_the_check(which, verdict, uid)

    @rule(which=WHICH)
    def the_exchange_is_down_for_a_while(self, which: int) -> None:
        for _ in range(3):
            self.check(which, Verdict.TEMPORARY, "")
            self.time_passes(timedelta(minutes=5))

    @rule(which=WHICH, uid=st.sampled_from(["", "1"]))
    def a_new_key_passes(self, which: int, uid: str) -> None:
        self.replace_the_key(which)
        self.finish_the_check(which, Verdict.ONLINE, uid)

    @rule(which=WHICH, verdict=st.sampled_from(Verdict))
    def a_late_worker_finishes_an_old_check(self, which: int, verdict: Verdict) -> None:
        for run in self.connection(which).runs.exclude(state=RunState.QUEUED):
            settle.settle(run, facts(run, "1"), judgement(verdict))

    @rule(which=WHICH)
    def coins_are_missing(self, which: int) -> None:
        mine = Bot.objects.filter(pk=self.bots[which].pk)
        halts.halt_some(mine, reason="holdings.missing", by=HaltedBy.BOOKS, now=timezone.now())
        self.stopped.add(self.bots[which].pk)

    @rule(which=WHICH, level=st.sampled_from(StopLevel))
    def pause_a_bot(self, which: int, level: StopLevel) -> None:
        stopping.pause_bot(self.bot(which), level, by=PRODUCT)

    @rule(is_active=st.booleans())
    def switch_the_owner(self, is_active: bool) -> None:
        User.objects.filter(pk=self.owner.pk).update(is_active=is_active)

    @rule(which=WHICH)
    def replace_the_key(self, which: int) -> None:
        credentials = {"api_key": "k" * 24, "secret": "s"}
        try:
            connection_flows.replace_secret(self.connection(which), credentials=credentials, by=PRODUCT)
        except errors.ConnectionsError as refused:
            event(type(refused).__name__)

    @rule(which=WHICH)
    def discard_the_new_key(self, which: int) -> None:
        try:
            connection_flows.discard_candidate(self.connection(which), by=PRODUCT)
        except errors.ConnectionGoneError:
            event("GoneError")

    @precondition(lambda self: timezone.now() > START)  # later, or most examples would have nothing left to do
    @rule(which=WHICH)
    def delete_a_connection(self, which: int) -> None:
        self.stopped |= self.bots_on(self.connection(which))
        try:
            connection_flows.delete_connection(self.connection(which), by=PRODUCT)
        except errors.ConnectionGoneError:
            event("GoneError")

    @rule(pause=PAUSES)
    def time_passes(self, pause: timedelta) -> None:
        self.time.shift(pause)
        settle.lapse_passes(timezone.now())

    @rule(which=WHICH)
    def enable_a_bot(self, which: int) -> None:
        bot = self.bot(which)
        home = bot.connection
        may_be = home.is_proven(timezone.now()) and not home.is_testing and home.owner.is_active
        if may_be:
            flows.enable_bot(bot, by=PRODUCT)
            assert self.bot(which).is_enabled
            self.stopped.discard(bot.pk)
        else:
            with pytest.raises(flows.RefusedError):
                flows.enable_bot(bot, by=PRODUCT)

    @rule(which=WHICH)
    def disable_a_bot(self, which: int) -> None:
        flows.disable_bot(self.bot(which), by=PRODUCT)
        self.stopped.add(self.bots[which].pk)

    @rule(which=WHICH, where=WHICH)
    def move_a_bot(self, which: int, where: int) -> None:
        before = self.bot(which)
        try:
            flows.change_bot(before, settings=make_settings(connection=self.connection(where)), by=PRODUCT)
        except flows.BotsError as refused:
            event(type(refused).__name__)
        else:
            if self.bot(which).connection_id != before.connection_id:
                self.stopped.add(before.pk)

    @invariant()
    def no_bot_is_enabled_on_a_connection_that_is_not_proven(self) -> None:
        now = timezone.now()
        for bot in Bot.objects.enabled().select_related("connection"):
            event("a bot is enabled")
            assert bot.connection.is_proven(now), f"{bot.connection.status} {bot.connection.trouble}"

    @invariant()
    def what_anything_but_trouble_stopped_starts_by_nobody_but_its_trader(self) -> None:
        running = Bot.objects.enabled() | Bot.objects.waiting_out()
        event(
            f"{Bot.objects.waiting_out().count()} wait, {Bot.objects.filter(went_on_at__isnull=False).count()} went on"
        )
        assert not running.filter(pk__in=self.stopped).exists()

    @invariant()
    def what_was_found_against_a_key_takes_its_proof_until_it_passes(self) -> None:
        now = timezone.now()
        for home in Connection.objects.filter(pk__in=self.refused):
            assert not home.has_proof(now)

    @invariant()
    def a_halted_bot_says_why(self) -> None:
        assert not Bot.objects.filter(state=BotState.HALTED, halt_reason="").exists()


@pytest.fixture
def sealing(tmp_path: Path, settings: LazySettings) -> None:
    vault.make_keypair(tmp_path)
    settings.VAULT_PUBLIC_KEY_FILE = str(tmp_path / "vault.pub")


@pytest.mark.django_db
@pytest.mark.usefixtures("sealing")
def test_no_order_of_events_leaves_a_bot_enabled_on_a_connection_that_is_not_proven() -> None:
    run_state_machine_as_test(
        Traffic,
        settings=hypothesis_settings(
            max_examples=50,
            stateful_step_count=25,
            deadline=None,
            derandomize=True,
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
