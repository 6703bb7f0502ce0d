"""Whose turn it is: no exchange, trader or process has more checks at once than its share."""

import threading
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import User
from connections.check import turns
from connections.models import CheckRun, RunState
from tests.accounts.factories import make_user
from tests.connections.factories import make_connection, make_run

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("heard")]
NOW = timezone.now()


def queued(*, owner: User | None = None, exchange: str = "kucoin", at: datetime | None = None) -> CheckRun:
    connection = make_connection(owner=owner or make_user(), exchange=exchange)
    at = at or NOW - timedelta(minutes=1)
    return make_run(connection=connection, state=RunState.QUEUED, queued_at=at, published_at=at)


def running(count: int, *, owner: User | None = None, exchange: str = "kucoin", lease: float = 1) -> None:
    """Let so many run, for days: this file is read when the tests begin, and its own may come much later."""
    for _ in range(count):
        connection = make_connection(owner=owner or make_user(), exchange=exchange)
        make_run(connection=connection, state=RunState.RUNNING, lease_until=NOW + timedelta(days=lease))


def is_taken(run: CheckRun) -> bool:
    return turns.take(run.pk, run.attempt, NOW)


def test_an_exchange_has_its_share_and_others_have_theirs() -> None:
    running(turns.OF_EXCHANGE)
    here, there = queued(), queued(exchange="okx")

    assert (is_taken(here), is_taken(there)) == (False, True)
    here.refresh_from_db()
    assert here.state == RunState.QUEUED


def test_a_traders_checks_leave_room_to_everybody_else() -> None:
    busy = make_user()
    running(turns.OF_TRADER, owner=busy)

    assert [is_taken(queued(owner=busy)), is_taken(queued())] == [False, True]
    assert turns.OF_TRADER < turns.OF_EXCHANGE


def test_the_place_of_a_dead_worker_is_free_when_its_lease_ends() -> None:
    running(turns.OF_EXCHANGE, lease=-1)

    assert is_taken(queued())


def test_a_run_of_an_older_attempt_is_nobodys() -> None:
    run = queued()

    assert not turns.take(run.pk, run.attempt + 1, NOW)


def test_a_process_keeps_threads_for_other_work(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turns, "OF_PROCESS", threading.BoundedSemaphore(1))
    first, second = queued(), queued()

    with turns.turn(first.pk, first.attempt) as is_first, turns.turn(second.pk, second.attempt) as is_second:
        assert (is_first, is_second) == (True, False)
    with turns.turn(second.pk, second.attempt) as is_second:
        assert is_second


def test_what_waits_is_woken_when_a_check_ends_the_longest_waiting_first(published: list[Any]) -> None:
    running(turns.OF_EXCHANGE - 1)
    ending, later, sooner = queued(), queued(at=NOW - timedelta(seconds=5)), queued(at=NOW - timedelta(seconds=9))

    with turns.turn(ending.pk, ending.attempt) as is_mine:
        assert is_mine
        assert not is_taken(sooner)
        CheckRun.objects.filter(pk=ending.pk).update(state=RunState.DONE)

    assert published == [(sooner.pk, sooner.attempt)]
    assert is_taken(sooner)
    assert not is_taken(later)


def test_a_crowd_that_waits_keeps_no_lost_message_of_others_from_being_found(
    published: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(turns, "MOST", 5)
    crowd = make_user()
    running(turns.OF_TRADER, owner=crowd)
    for _ in range(8):
        queued(owner=crowd)
    lost = queued(at=NOW - timedelta(seconds=5))

    turns.wake_waiting(NOW, since=NOW)

    assert published == [(lost.pk, lost.attempt)]


def test_no_more_are_woken_than_may_begin(published: list[Any]) -> None:
    busy = make_user()
    for _ in range(turns.OF_TRADER + 3):
        queued(owner=busy)

    turns.wake_waiting(NOW)

    assert len(published) == turns.OF_TRADER


def test_where_an_exchange_has_its_share_only_those_of_others_are_woken(published: list[Any]) -> None:
    running(turns.OF_EXCHANGE)
    queued(at=NOW - timedelta(seconds=9))
    there = queued(exchange="okx", at=NOW - timedelta(seconds=5))

    turns.wake_waiting(NOW)

    assert published == [(there.pk, there.attempt)]
