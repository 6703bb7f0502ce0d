"""What happens at once, in threads with connections of their own, on the database that is really used."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.db import connection as database
from django.db import transaction
from django.utils import timezone

from accounts.by import PRODUCT
from connections import errors, flows, tasks
from connections.check import run as checking
from connections.check import settle, turns
from connections.check.verdict import Judgement, Verdict
from connections.models import CheckRun, Connection, RunState, Secret, Trigger
from tests.accounts.factories import make_user
from tests.connections.check.making import make_facts
from tests.connections.factories import make_connection, make_run
from tests.connections.practising import KEYS, add, add_tryout, online, only_credentials, work
from tests.house.services import wait_until

if TYPE_CHECKING:
    from tests.practice.rig import Rig

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.services,
    pytest.mark.usefixtures("heard", "published"),
]


def at_once(*acts: Callable[[], object]) -> list[object]:
    """Let all begin at the same moment; return what each returned or raised."""
    barrier = threading.Barrier(len(acts))

    def one(act: Callable[[], object]) -> object:
        barrier.wait(10)
        try:
            return act()
        except errors.ConnectionsError as error:
            return type(error)
        finally:
            database.close()

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(one, acts))


def test_of_many_clicks_at_once_one_starts_a_test() -> None:
    connection = make_connection(owner=make_user())

    found = at_once(*[lambda: flows.start_check(connection, trigger=Trigger.USER, by=PRODUCT)] * 12)

    assert sum(isinstance(one, CheckRun) for one in found) == 1
    assert found.count(errors.AlreadyTestingError) == 11
    assert connection.runs.count() == 1


def test_many_workers_together_take_no_more_than_an_exchanges_share() -> None:
    runs = [make_run(connection=make_connection(owner=make_user()), state=RunState.QUEUED) for _ in range(12)]

    found = at_once(*[lambda run=run: turns.take(run.pk, run.attempt, timezone.now()) for run in runs])

    assert found.count(True) == turns.OF_EXCHANGE


def test_of_many_workers_one_takes_a_run(rig: "Rig") -> None:
    connection = add_tryout(rig)
    run = connection.runs.get()

    at_once(*[lambda: checking.run_check(run.pk, run.attempt)] * 8)

    assert rig.control("GET", "requests")["count"] == 4
    assert Connection.objects.get(pk=connection.pk).status == "online"


def test_two_ticks_at_once_start_each_check_once() -> None:
    due = [make_connection(owner=make_user(), next_check_at=timezone.now()) for _ in range(5)]
    late = timezone.now() - timedelta(seconds=1)
    lost = make_run(connection=make_connection(owner=make_user()), state=RunState.RUNNING, lease_until=late)

    at_once(*[tasks.tick] * 4)

    lost.refresh_from_db()
    assert [one.runs.count() for one in due] == [1] * 5
    assert (lost.state, lost.reissues) == (RunState.QUEUED, 1)


def test_one_name_is_given_once() -> None:
    owner = make_user()
    keys = [{**KEYS, "api_key": f"{n:024x}"} for n in range(6)]

    found = at_once(*[lambda one=one: add(owner, one, name="Main") for one in keys])

    assert found.count(errors.DuplicateNameError) == 5
    assert Connection.objects.owned_by(owner).count() == Secret.objects.count() == 1


def test_one_key_is_taken_once() -> None:
    owner = make_user()

    found = at_once(*[lambda name=name: add(owner, name=f"Name {name}") for name in range(6)])

    assert found.count(errors.DuplicateKeyError) == 5
    assert Connection.objects.owned_by(owner).count() == Secret.objects.count() == 1


def _during_a_check(rig: "Rig", connection: Connection, act: Callable[[], object]) -> CheckRun:
    """Do something while a worker waits for the exchange; return the run as the worker left it."""
    connection.refresh_from_db()
    run = connection.testing_run
    assert run is not None
    rig.fault("delay", slug="kucoin", ms=250)
    with ThreadPoolExecutor(1) as pool:
        done = pool.submit(_work_and_close, run)
        wait_until(lambda: rig.control("GET", "requests")["count"], "the check to begin")
        act()
        done.result(10)
    rig.control("DELETE", "faults")
    run.refresh_from_db()
    connection.refresh_from_db()
    return run


def _work_and_close(run: CheckRun) -> None:
    try:
        checking.run_check(run.pk, run.attempt)
    finally:
        database.close()


def test_a_key_that_is_replaced_while_a_check_runs_overtakes_it(rig: "Rig") -> None:
    connection = online(rig)
    flows.start_check(connection, trigger=Trigger.USER, by=PRODUCT)
    passed_at = connection.passed_at
    keys = only_credentials(rig.tryout("kucoin", "futures"))
    rig.control("DELETE", "requests")

    run = _during_a_check(rig, connection, lambda: flows.replace_secret(connection, credentials=keys, by=PRODUCT))

    assert (run.state, run.verdict, connection.passed_at) == (RunState.SUPERSEDED, "", passed_at)
    assert connection.testing_run is not None
    assert connection.testing_run.revision == 2
    assert work(connection).verdict == "online"
    assert connection.revision == 2


def test_a_connection_that_is_deleted_while_a_check_runs_stays_deleted(rig: "Rig", heard: list[Any]) -> None:
    connection = online(rig)
    flows.start_check(connection, trigger=Trigger.USER, by=PRODUCT)
    rig.control("DELETE", "requests")

    run = _during_a_check(rig, connection, lambda: flows.delete_connection(connection, by=PRODUCT))

    assert run.state == RunState.SUPERSEDED
    assert (connection.status, connection.is_testing, connection.secrets.count()) == ("untested", False, 0)
    assert heard == [(connection.pk, "connection.deleted")]


def test_a_connection_that_is_renamed_while_a_check_runs_keeps_both(rig: "Rig") -> None:
    connection = online(rig)
    flows.start_check(connection, trigger=Trigger.USER, by=PRODUCT)
    rig.control("DELETE", "requests")

    run = _during_a_check(rig, connection, lambda: flows.rename_connection(connection, name="New name", by=PRODUCT))

    assert (run.verdict, connection.name, connection.status) == ("online", "New name", "online")


def test_a_worker_that_was_given_up_meanwhile_writes_nothing(rig: "Rig") -> None:
    connection = online(rig)
    flows.start_check(connection, trigger=Trigger.USER, by=PRODUCT)
    rig.control("DELETE", "requests")

    def give_up() -> None:
        CheckRun.objects.filter(state=RunState.RUNNING).update(lease_until=timezone.now() - timedelta(seconds=1))
        tasks.tick()

    run = _during_a_check(rig, connection, give_up)

    assert (run.state, run.reissues, run.verdict) == (RunState.QUEUED, 1, "")
    assert work(connection).verdict == "online"


def test_a_check_waits_for_a_slow_database_and_ends_online(rig: "Rig") -> None:
    connection = add_tryout(rig)
    held, release, finished = threading.Event(), threading.Event(), threading.Event()

    def hold() -> None:
        with transaction.atomic():
            Connection.objects.select_for_update().get(pk=connection.pk)
            held.set()
            release.wait(20)
        database.close()

    def check() -> None:
        work(connection)
        finished.set()
        database.close()

    holder, worker = threading.Thread(target=hold), threading.Thread(target=check)
    holder.start()
    assert held.wait(10)
    worker.start()
    assert not finished.wait(0.5)
    release.set()
    holder.join()
    worker.join()

    connection.refresh_from_db()
    assert connection.status == "online"
    assert connection.testing_run is None


@pytest.mark.parametrize("other_market", ["spot", "futures"])
def test_two_traders_who_prove_one_account_at_once_do_not_both_get_it(other_market: str) -> None:
    """The second settles while the transaction of the first is open: it waits for it, and sees what it did."""
    mine, other = (
        make_connection(owner=make_user(), venue="live", status="untested", market=m) for m in ("spot", other_market)
    )
    runs = [make_run(connection=one, state=RunState.RUNNING) for one in (mine, other)]
    passed = Judgement(verdict=Verdict.ONLINE, findings=())
    is_settled, is_second_done = threading.Event(), threading.Event()

    def first() -> None:
        with transaction.atomic():
            settle.settle(runs[0], make_facts(), passed)
            is_settled.set()
            is_second_done.wait(0.3)

    def second() -> object:
        assert is_settled.wait(10)
        try:
            settle.settle(runs[1], make_facts(), passed)
        except settle.AccountTakenError as error:
            return error.other
        finally:
            is_second_done.set()
        return None

    assert at_once(first, second) == [None, mine]
    mine.refresh_from_db()
    other.refresh_from_db()
    assert (mine.status, mine.account_uid) == ("online", "165111215")
    assert (other.status, other.account_uid, other.is_testing) == ("untested", "", True)
