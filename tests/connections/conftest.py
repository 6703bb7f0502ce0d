"""The practice exchange for checks, what is published, and who hears that a connection went offline."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest
from pytest_django import Settings

from backfuture.celery import app
from exchanges.wire import ccxt_object
from exchanges.wire.session import LOOP
from messaging import outbox
from tests.connections import listening

if TYPE_CHECKING:
    from tests.practice.rig import Rig


@pytest.fixture(scope="session")
def exchange_loop() -> Iterator[None]:
    """Load ccxt as a worker does, before the first check, and close what checks share after the last."""
    ccxt_object.preload()
    yield
    LOOP.close()


@pytest.fixture
def rig(practice: "Rig", exchange_loop: None) -> Iterator["Rig"]:
    """Return the practice exchange with no fault, latency or request left from another test; leave none behind."""
    for what in ("faults", "latency", "requests"):
        practice.control("DELETE", what)
    yield practice
    for what in ("faults", "latency"):
        practice.control("DELETE", what)


@pytest.fixture
def published(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Any, ...]]:
    """Return the arguments of every check that is sent to the broker; nothing leaves."""
    sent: list[tuple[Any, ...]] = []

    def catch(task: str, args: list[Any], headers: object) -> None:
        if task != outbox.SEND:
            assert task == "connections.check"
            sent.append(tuple(args))

    monkeypatch.setattr(app, "send_task", catch)
    return sent


@pytest.fixture
def heard(settings: Settings) -> list[tuple[int, str]]:
    """Return who was announced as offline, and why."""
    settings.WHEN_NOT_ONLINE = ("tests.connections.listening.hear",)
    listening.HEARD.clear()
    return listening.HEARD
