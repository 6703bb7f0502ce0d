import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
import time_machine
from django.utils import timezone
from pytest_django import Settings

from accounts.by import PRODUCT
from accounts.models import AuditEvent
from connections import flows, tasks
from connections.check import run as checking
from connections.check import settle
from connections.errors import NotDueError
from connections.models import CheckRun, Connection, RunState, Status, Trigger
from tests.accounts.factories import make_user
from tests.connections.factories import make_connection, make_run
from tests.connections.practising import codes, online
from workers import wake
from workers.models import Alarm

if TYPE_CHECKING:
    from tests.practice.rig import Rig

pytestmark = [pytest.mark.django_db, pytest.mark.services, pytest.mark.usefixtures("heard")]
Capture = Callable[..., Any]


@pytest.fixture
def tick(django_capture_on_commit_callbacks: Capture, published: list[Any]) -> Callable[[], list[Any]]:
    """Return a tick that says what it published."""

    def one() -> list[Any]:
        published.clear()
        with django_capture_on_commit_callbacks(execute=True):
            tasks.tick()
        return list(published)

    return one


Tick = Callable[[], list[Any]]


def ago(**much: float) -> datetime:
    return timezone.now() - timedelta(**much)


def running(reissues: int = 0, **fields: Any) -> CheckRun:
    """Return a run whose worker has not been heard of for a second more than its lease."""
    connection = make_connection(owner=make_user(), **fields)
    return make_run(connection=connection, state=RunState.RUNNING, reissues=reissues, lease_until=ago(seconds=1))


def test_a_tick_with_nothing_to_do_does_nothing(tick: Tick) -> None:
    make_connection(owner=make_user(), next_check_at=timezone.now() + timedelta(minutes=1))

    assert tick() == []
    assert (CheckRun.objects.count(), AuditEvent.objects.count()) == (0, 0)


def test_a_lost_message_is_sent_again(tick: Tick) -> None:
    connection = make_connection(owner=make_user())
    run = make_run(connection=connection, state=RunState.QUEUED, published_at=ago(seconds=6))

    assert tick() == [(run.pk, run.attempt)]
    assert tick() == []  # it is given time to arrive


def test_a_message_on_its_way_is_not_sent_again(tick: Tick) -> None:
    make_run(connection=make_connection(owner=make_user()), state=RunState.QUEUED, published_at=ago(seconds=4))

    assert tick() == []


def test_a_run_whose_worker_was_lost_goes_to_another(tick: Tick) -> None:
    run = running()

    assert tick() == [(run.pk, run.attempt)]

    run.refresh_from_db()
    assert (run.state, run.reissues, run.claimed_at, run.steps) == (RunState.QUEUED, 1, None, [])


def test_a_worker_that_lives_keeps_its_run(tick: Tick) -> None:
    run = running()
    CheckRun.objects.filter(pk=run.pk).update(lease_until=timezone.now() + timedelta(seconds=1))

    assert tick() == []


def test_a_worker_that_is_heard_of_while_others_runs_are_given_away_keeps_its_run(
    tick: Tick, monkeypatch: pytest.MonkeyPatch
) -> None:
    runs = [running(), running()]

    def others_live(task: str, pk: int, attempt: int) -> None:
        CheckRun.objects.exclude(pk=pk).update(lease_until=timezone.now() + timedelta(seconds=1))

    monkeypatch.setattr(wake, "after_commit", others_live)
    tick()

    assert sorted(CheckRun.objects.filter(pk__in=[run.pk for run in runs]).values_list("state", "reissues")) == [
        (RunState.QUEUED, 1),
        (RunState.RUNNING, 0),
    ]


def test_a_check_that_lost_all_its_workers_ends_as_our_own_fault(
    tick: Tick, settings: Settings, heard: list[Any]
) -> None:
    run = running(reissues=settings.CHECK_REISSUES)

    assert tick() == []

    run.refresh_from_db()
    connection = run.connection
    assert (run.state, run.verdict, codes(run)) == (RunState.DONE, "temporary", ["reach.unfinished"])
    assert (connection.status, connection.trouble, connection.testing_run) == ("online", "reach.unfinished", None)
    assert connection.next_check_at is not None
    assert heard == []


def test_a_first_check_that_lost_all_its_workers_is_an_error_that_says_try_again(
    tick: Tick, settings: Settings, heard: list[Any]
) -> None:
    run = running(reissues=settings.CHECK_REISSUES, status=Status.UNTESTED)

    tick()

    run.refresh_from_db()
    assert (run.connection.status, run.connection.is_testing) == (Status.ERROR, False)
    assert heard == [(run.connection_id, "reach.unfinished")]


def test_whatever_kills_its_workers_is_over_after_three_of_them(tick: Tick) -> None:
    run = running()
    taken = 1

    while tick():
        assert CheckRun.objects.take(run.pk, timezone.now())
        CheckRun.objects.filter(pk=run.pk).update(lease_until=ago(seconds=1))
        taken += 1

    assert taken == 3
    assert CheckRun.objects.get(pk=run.pk).state == RunState.DONE
    assert Alarm.objects.get(name="check.given_up").count == 1


def test_a_lost_worker_that_comes_back_finds_its_run_gone(tick: Tick) -> None:
    run = running()
    before = CheckRun.objects.get(pk=run.pk)
    tick()
    CheckRun.objects.take(run.pk, timezone.now())

    settle.settle(before, None, checking.unfinished())

    run.refresh_from_db()
    assert (run.state, run.verdict, run.reissues) == (RunState.RUNNING, "", 1)


def test_due_connections_are_checked_once_each(tick: Tick) -> None:
    due = [make_connection(owner=make_user(), next_check_at=ago(seconds=n)) for n in (1, 9)]

    sent = tick()

    assert [CheckRun.objects.get(pk=run).connection for run, _ in sent] == due[::-1]
    assert {run.trigger for run in CheckRun.objects.all()} == {Trigger.SCHEDULE}
    assert tick() == []


def test_after_a_long_pause_each_connection_is_caught_up_with_once(tick: Tick, rig: "Rig") -> None:
    connection = online(rig)
    Connection.objects.filter(pk=connection.pk).update(next_check_at=ago(hours=1))

    ((run, attempt),) = tick()
    checking.run_check(run, attempt)

    connection.refresh_from_db()
    assert tick() == []
    assert connection.next_check_at is not None
    assert connection.next_check_at > timezone.now() + timedelta(minutes=3)


def test_a_pass_of_yesterday_proves_nothing_any_more(tick: Tick, heard: list[Any]) -> None:
    old = make_connection(owner=make_user(), passed_at=ago(hours=24, seconds=1))
    fresh = make_connection(owner=make_user(), passed_at=ago(hours=23, minutes=59))

    sent = tick()

    old.refresh_from_db()
    fresh.refresh_from_db()
    assert (old.status, fresh.status) == (Status.UNTESTED, Status.ONLINE)
    assert heard == [(old.pk, "pass.lapsed")]
    assert [CheckRun.objects.get(pk=run).connection for run, _ in sent] == [old]
    assert AuditEvent.objects.filter(action="connection.lapsed").count() == 1


def test_one_part_of_a_tick_that_fails_leaves_the_others(
    tick: Tick, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    settings.WHEN_NOT_ONLINE = ("tests.connections.listening.fail",)
    make_connection(owner=make_user(), passed_at=ago(hours=25))
    due = make_connection(owner=make_user(), next_check_at=ago(seconds=1))
    lost = running()

    sent = tick()

    assert {CheckRun.objects.get(pk=run).connection for run, _ in sent} == {due, lost.connection}
    assert "tick_failed" in caplog.text


def test_a_check_that_fails_in_a_way_of_its_own_is_left_to_the_tick(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def explode(run_id: int, attempt: int) -> None:
        raise RuntimeError("canary-secret")

    caplog.set_level(logging.DEBUG)
    monkeypatch.setattr(checking, "run_check", explode)

    tasks.check_connection(1, 1)

    assert "RuntimeError" in caplog.text
    assert "canary" not in caplog.text


@pytest.mark.parametrize("arguments", [("x", 1), (1, "x"), (None, None), ([], {}), (2**70, 1), ("1' OR 1=1", 1)])
def test_a_forged_message_changes_nothing(rig: "Rig", arguments: tuple[Any, Any]) -> None:
    connection = online(rig)
    before = Connection.objects.values().get(pk=connection.pk)
    rig.control("DELETE", "requests")

    tasks.check_connection(*arguments)

    assert Connection.objects.values().get(pk=connection.pk) == before
    assert rig.control("GET", "requests")["count"] == 0


def test_after_an_hour_without_a_clock_two_clocks_catch_up_once_and_spread_over_a_fifth_of_the_interval(
    tick: Tick, settings: Settings
) -> None:
    settings.CHECK_INTERVAL = timedelta(seconds=100)
    began = timezone.now()
    for _ in range(60):
        make_connection(owner=make_user(), next_check_at=began - timedelta(hours=1))

    started = dict[int, float]()
    with time_machine.travel(began, tick=False) as clock:
        for _ in range(20):
            for _two in range(2):
                tick()
            for run in CheckRun.objects.filter(queued_at=timezone.now()):
                started[run.pk] = (run.queued_at - began).total_seconds()
            clock.shift(timedelta(seconds=2))

    assert CheckRun.objects.filter(trigger=Trigger.SCHEDULE).count() == 60
    assert CheckRun.objects.values("connection").distinct().count() == 60
    assert max(started.values()) >= 0.2 * settings.CHECK_INTERVAL.total_seconds() * 0.99
    assert max(started.values()) <= 0.3 * settings.CHECK_INTERVAL.total_seconds()


def test_a_check_that_another_clock_started_and_a_worker_ended_meanwhile_is_not_started_again(tick: Tick) -> None:
    """A clock reads what is due and starts it one by one; on a busy machine that takes longer than a check."""
    due = make_connection(owner=make_user(), next_check_at=ago(seconds=1))
    read_before = Connection.objects.get(pk=due.pk)
    tick()
    CheckRun.objects.update(state=RunState.DONE, finished_at=timezone.now())
    Connection.objects.update(testing_run=None, next_check_at=timezone.now() + timedelta(minutes=5))

    with pytest.raises(NotDueError):
        flows.start_check(read_before, trigger=Trigger.SCHEDULE, by=PRODUCT, slot=read_before.next_check_at)

    assert CheckRun.objects.count() == 1


def test_a_tick_names_the_slot_that_each_check_is_for(tick: Tick, monkeypatch: pytest.MonkeyPatch) -> None:
    slot = ago(seconds=1)
    make_connection(owner=make_user(), next_check_at=slot)
    asked: list[Any] = []
    monkeypatch.setattr(flows, "start_check", lambda connection, **told: asked.append(told["slot"]))

    tick()

    assert asked == [slot]
