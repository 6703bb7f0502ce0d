import time
from collections.abc import Sequence
from datetime import timedelta

import pytest
from django.db.models.functions import Now
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from backfuture import broker, health
from backfuture.messages import NEEDED
from connections.models import VaultKey
from tests.accounts.factories import make_user
from tests.connections.factories import make_connection
from workers.models import CLOCK, Pulse
from workers.pulse import Heart

pytestmark = [pytest.mark.services, pytest.mark.django_db(transaction=True)]


def test_healthz_needs_nothing_and_answers_any_host(client: Client) -> None:
    response = client.get("/healthz", headers={"host": "10.1.2.3"})

    assert (response.status_code, response.content) == (200, b"ok")


def see(name: str = "worker a:1", *, queues: Sequence[str] = NEEDED, ahead: float = 0, ago: float = 0) -> None:
    """Let a process have been seen some seconds ago, its clock ahead of the database's by some."""
    Pulse.objects.beat(name, queues=queues, own_time=timezone.now() + timedelta(seconds=ahead))
    Pulse.objects.filter(name=name).update(seen_at=Now() - timedelta(seconds=ago))


@pytest.fixture
def all_there() -> None:
    see()
    see(CLOCK, queues=())


WELL = dict.fromkeys(("database", "migrations", "vault", "broker", "workers", "clock", "time"), "ok")


@pytest.mark.usefixtures("all_there", "valkey")
def test_readyz_names_what_the_product_stands_on_and_nothing_else(client: Client) -> None:
    response = client.get("/readyz")

    assert response.status_code == 200
    assert response.json() == WELL
    assert response["Cache-Control"] == "no-store"


def readyz(client: Client, part: str) -> tuple[int, str]:
    response = client.get("/readyz")
    return response.status_code, response.json()[part]


def test_queues_that_nobody_serves_are_named_and_pages_stay(client: Client) -> None:
    assert readyz(client, "workers") == (200, f"none for {', '.join(NEEDED)}")
    see(queues=NEEDED[:2])
    assert readyz(client, "workers") == (200, f"none for {', '.join(NEEDED[2:])}")
    see("worker b:1", queues=NEEDED[2:])
    assert readyz(client, "workers") == (200, "ok")
    see("worker b:1", queues=NEEDED[2:], ago=21)
    assert readyz(client, "workers") == (200, f"none for {', '.join(NEEDED[2:])}")


def test_a_clock_that_stands_is_told_apart_from_workers_that_are_gone(client: Client) -> None:
    assert readyz(client, "clock") == (200, "not known: no worker")
    see()
    see(CLOCK, queues=(), ago=21)
    assert readyz(client, "clock") == (200, "no tick")
    see(CLOCK, queues=())
    assert readyz(client, "clock") == (200, "ok")


@pytest.mark.parametrize("ahead", [-12, 12])
def test_a_worker_whose_time_is_another_is_named(client: Client, ahead: int) -> None:
    see(ahead=ahead)
    see("worker b:2")

    assert readyz(client, "time") == (200, f"a worker off by {ahead:+} s")


@pytest.mark.parametrize("ahead", [-12, 12])
def test_a_web_whose_time_is_another_is_named(client: Client, monkeypatch: pytest.MonkeyPatch, ahead: int) -> None:
    see()
    wrong = timezone.now() + timedelta(seconds=ahead)
    monkeypatch.setattr(timezone, "now", lambda: wrong)

    assert readyz(client, "time") == (200, f"web off by {ahead:+} s")


def test_a_heart_beats_until_it_stops(client: Client) -> None:
    heart = Heart(NEEDED)
    heart.beat()

    assert readyz(client, "workers") == (200, "ok")
    heart.start()
    heart.stop()
    assert readyz(client, "workers")[1].startswith("none for orders, ticks")


def test_a_dead_broker_is_named_but_the_web_stays(client: Client, settings: Settings) -> None:
    settings.REDIS_URL = "redis+socket:///nowhere/valkey.sock"

    response = client.get("/readyz")

    assert (response.status_code, response.json()["broker"]) == (200, "down")


def test_a_missing_public_key_takes_the_web_away(client: Client, settings: Settings) -> None:
    settings.VAULT_PUBLIC_KEY_FILE = "/nowhere/vault.pub"

    response = client.get("/readyz")

    assert (response.status_code, response.json()["vault"]) == (503, "down")


def test_a_vault_key_that_workers_miss_is_named(client: Client) -> None:
    lost = make_connection(owner=make_user()).secrets.get().sealed[3:11]
    VaultKey.objects.note("missed_at", [lost])

    response = client.get("/readyz")

    assert (response.status_code, response.json()["vault"]) == (503, f"key missing: {lost}")


def test_a_migration_that_was_not_run_takes_the_web_away(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    known = health._known_migrations() | {("accounts", "9999_not_run")}
    monkeypatch.setattr(health, "_known_migrations", lambda: known)

    response = client.get("/readyz")

    assert (response.status_code, response.json()["migrations"]) == (503, "not run: accounts.9999_not_run")


def test_readyz_answers_in_two_seconds_when_a_dependency_hangs(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    release = time.monotonic() + 3
    monkeypatch.setattr(broker, "connect", lambda: time.sleep(release - time.monotonic()))
    started = time.monotonic()

    response = client.get("/readyz")

    assert time.monotonic() - started < 2
    assert response.json()["broker"] == "down"
