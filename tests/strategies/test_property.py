"""Whatever happens in whatever order: no bot is enabled on a connection that is not proven."""

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

from connections import flows as connection_flows
from connections import settling, vault
from connections.check.facts import Facts, Policy
from connections.check.findings import finding
from connections.check.verdict import Judgement, Verdict
from connections.models import CheckRun, Connection, RunState, Trigger
from strategies import flows
from strategies.choices import State
from strategies.models import Bot
from tests.accounts.factories import make_user
from tests.connections.factories import make_connection
from tests.strategies.factories import make_bot, make_settings

START = datetime(2026, 11, 23, 12, tzinfo=UTC)
WHICH = st.integers(min_value=0, max_value=2)
PAUSES = st.sampled_from([timedelta(minutes=3), timedelta(minutes=16), timedelta(hours=12), timedelta(hours=24)])
CODES = {Verdict.ONLINE: "ip.unknown", Verdict.ERROR: "right.withdraw", Verdict.TEMPORARY: "reach.unavailable"}


def judgement(verdict: Verdict) -> Judgement:
    return Judgement(verdict=verdict, findings=(finding(CODES[verdict], "Cause.", "Do this."),))


def facts(run: CheckRun) -> Facts:
    connection = run.connection
    today = timezone.now().date()
    return Facts(spec=connection.spec, market=connection.spec_market, policy=Policy(), today=today)


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
            make_connection(owner=self.owner, passed_at=START),
        ]
        self.bots = [make_bot(connection=self.connections[n]) for n in (0, 1, 1)]

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
            connection_flows.start_check(self.connection(which), trigger=trigger)
        except connection_flows.ConnectionsError as refused:
            event(type(refused).__name__)

    @rule(which=WHICH, verdict=st.sampled_from(Verdict))
    def finish_the_check(self, which: int, verdict: Verdict) -> None:
        if run := self.connection(which).testing_run:
            CheckRun.objects.take(run.pk, timezone.now())
            settling.settle(run, facts(run), judgement(verdict))

    @rule(which=WHICH, verdict=st.sampled_from(Verdict))
    def a_late_worker_finishes_an_old_check(self, which: int, verdict: Verdict) -> None:
        for run in self.connection(which).runs.exclude(state=RunState.QUEUED):
            settling.settle(run, facts(run), judgement(verdict))

    @rule(which=WHICH)
    def replace_the_key(self, which: int) -> None:
        credentials = {"api_key": "k" * 24, "secret": "s"}
        try:
            connection_flows.replace_secret(self.connection(which), credentials=credentials)
        except connection_flows.ConnectionsError as refused:
            event(type(refused).__name__)

    @rule(which=WHICH)
    def discard_the_new_key(self, which: int) -> None:
        try:
            connection_flows.discard_candidate(self.connection(which))
        except connection_flows.GoneError:
            event("GoneError")

    @precondition(lambda self: timezone.now() > START)  # later, or most examples would have nothing left to do
    @rule(which=WHICH)
    def delete_a_connection(self, which: int) -> None:
        try:
            connection_flows.delete_connection(self.connection(which))
        except connection_flows.GoneError:
            event("GoneError")

    @rule(pause=PAUSES)
    def time_passes(self, pause: timedelta) -> None:
        self.time.shift(pause)
        settling.lapse_passes(timezone.now())

    @rule(which=WHICH)
    def enable_a_bot(self, which: int) -> None:
        bot = self.bot(which)
        may_be = bot.connection.is_proven(timezone.now()) and not bot.connection.is_testing
        if may_be:
            flows.enable_bot(bot)
            assert self.bot(which).is_enabled
        else:
            with pytest.raises(flows.RefusedError):
                flows.enable_bot(bot)

    @rule(which=WHICH)
    def disable_a_bot(self, which: int) -> None:
        flows.disable_bot(self.bot(which))

    @rule(which=WHICH, where=WHICH)
    def move_a_bot(self, which: int, where: int) -> None:
        try:
            flows.change_bot(self.bot(which), settings=make_settings(connection=self.connection(where)))
        except flows.BotsError as refused:
            event(type(refused).__name__)

    @invariant()
    def no_bot_is_enabled_on_a_connection_that_is_not_proven(self) -> None:
        now = timezone.now()
        for bot in Bot.objects.enabled().select_related("connection"):
            event("a bot is enabled")
            assert bot.connection.is_proven(now), f"{bot.connection.status} {bot.connection.trouble}"

    @invariant()
    def a_halted_bot_says_why(self) -> None:
        assert not Bot.objects.filter(state=State.HALTED, halt_reason="").exists()


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
            max_examples=60,
            stateful_step_count=40,
            deadline=None,
            derandomize=True,
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
