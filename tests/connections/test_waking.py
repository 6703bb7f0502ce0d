import base64
import json
import time
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from kombu.exceptions import OperationalError

from accounts.by import PRODUCT
from backfuture import broker
from backfuture.celery import app
from connections import flows, tasks
from connections.models import CheckRun, Connection, RunState, Trigger
from tests.accounts.factories import make_user
from tests.connections.factories import make_connection
from tests.connections.practising import KEYS, add

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.services]


@pytest.mark.parametrize(
    "error", [OperationalError("redis://:password@host"), ConnectionRefusedError(), TimeoutError()]
)
def test_a_broker_that_is_down_costs_a_click_nothing(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, error: Exception
) -> None:
    def refuse(*args: Any, **options: Any) -> None:
        raise error

    monkeypatch.setattr(app, "send_task", refuse)

    run = flows.start_check(make_connection(owner=make_user()), trigger=Trigger.USER, by=PRODUCT)

    run.refresh_from_db()
    assert run.state == RunState.QUEUED
    assert "broker_unreachable" in caplog.text
    assert "password" not in caplog.text


def test_what_a_dead_broker_missed_is_sent_by_the_tick(monkeypatch: pytest.MonkeyPatch, published: list[Any]) -> None:
    with monkeypatch.context() as dead:

        def refuse(*args: Any, **options: Any) -> None:
            raise OperationalError

        dead.setattr(app, "send_task", refuse)
        run = flows.start_check(make_connection(owner=make_user()), trigger=Trigger.USER, by=PRODUCT)
    CheckRun.objects.filter(pk=run.pk).update(published_at=timezone.now() - timedelta(seconds=6))

    tasks.tick()

    assert published == [(run.pk, run.attempt)]


def messages() -> list[bytes]:
    with broker.connect() as client:
        return list(client.lrange("checks", 0, -1))


@pytest.fixture
def empty_queue(valkey: str) -> None:
    with broker.connect() as client:
        client.delete("checks")


def test_a_message_holds_two_numbers_and_nothing_else(empty_queue: None) -> None:
    connection = add()
    flows.replace_secret(connection, credentials={**KEYS, "secret": "f03a5284-5c39-4aaa-9b20-dea10bdcf8e4"}, by=PRODUCT)

    for raw in messages():
        message = json.loads(raw)
        body = json.loads(base64.b64decode(message["body"]))
        run, attempt = body[0]

        assert CheckRun.objects.get(pk=run).attempt == attempt
        assert (body[1], body[2]) == ({}, {"callbacks": None, "errbacks": None, "chain": None, "chord": None})
        assert message["content-type"] == "application/json"
        assert message["headers"]["task"] == "connections.check"
        assert len(raw) <= 1024
        assert not any(value.encode() in raw for value in KEYS.values())

    assert len(messages()) == 2


def test_a_full_broker_costs_a_click_nothing(empty_queue: None) -> None:
    with broker.connect() as client:
        client.config_set("maxmemory", 1)
        try:
            started = time.monotonic()
            run = flows.start_check(make_connection(owner=make_user()), trigger=Trigger.USER, by=PRODUCT)
        finally:
            client.config_set("maxmemory", "64mb")

    assert time.monotonic() - started < 2
    assert Connection.objects.get(pk=run.connection_id).testing_run == run
