import time

import pytest
from django.test import Client
from pytest_django import Settings

from backfuture import broker, health
from connections.models import VaultKey
from tests.accounts.factories import make_user
from tests.connections.factories import make_connection

pytestmark = [pytest.mark.services, pytest.mark.django_db(transaction=True)]


def test_healthz_needs_nothing_and_answers_any_host(client: Client) -> None:
    response = client.get("/healthz", headers={"host": "10.1.2.3"})

    assert (response.status_code, response.content) == (200, b"ok")


def test_readyz_names_the_four_dependencies_and_nothing_else(client: Client, valkey: str) -> None:
    response = client.get("/readyz")

    assert response.status_code == 200
    assert response.json() == {"database": "ok", "migrations": "ok", "vault": "ok", "broker": "ok"}
    assert response["Cache-Control"] == "no-store"


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

    assert (response.status_code, response.json()["migrations"]) == (503, "down")


def test_readyz_answers_in_two_seconds_when_a_dependency_hangs(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    release = time.monotonic() + 3
    monkeypatch.setattr(broker, "connect", lambda: time.sleep(release - time.monotonic()))
    started = time.monotonic()

    response = client.get("/readyz")

    assert time.monotonic() - started < 2
    assert response.json()["broker"] == "down"
