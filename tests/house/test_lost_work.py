"""Real processes, real rows: what is lost on the way is found again without anybody asking."""

import pytest
from kombu.exceptions import OperationalError

from backfuture.celery import app
from connections.models import Connection
from tests.connections import practising
from tests.house.services import Part, wait_until
from tests.practice.rig import Rig

pytestmark = pytest.mark.services


def status_of(connection: Connection) -> str:
    connection.refresh_from_db()
    return connection.status


def lose(*args: object, **kwargs: object) -> None:
    raise OperationalError("nobody listens")


def test_a_click_reaches_the_worker_and_the_verdict_comes_back(worker: Part, practice: Rig) -> None:
    connection = practising.add_tryout(practice)

    wait_until(lambda: status_of(connection) == "online", "the verdict")


def test_a_check_that_was_asked_while_the_broker_was_down_is_carried_out_later(
    beat: Part, practice: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        # What a dead broker costs is measured in test_broker.py.
        patch.setattr(app, "send_task", lose)
        connection = practising.add_tryout(practice)
        assert status_of(connection) == "untested"

    wait_until(lambda: status_of(connection) == "online", "the tick to find it")


def test_a_check_whose_worker_was_killed_is_carried_out_by_the_next_one(
    beat: Part, worker: Part, practice: Rig
) -> None:
    practice.control("POST", "latency", ms=3000)
    connection = practising.add_tryout(practice)
    wait_until(lambda: connection.runs.filter(state="running").exists(), "the worker to take it")

    worker.kill()
    practice.control("DELETE", "latency")
    worker.start()
    wait_until(lambda: status_of(connection) == "online", "the next worker to finish it")
