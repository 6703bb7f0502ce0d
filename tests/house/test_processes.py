"""What each process loads: the web and the beat never carry ccxt, and only workers need private keys."""

import os
import re
from pathlib import Path

import pytest
from django.conf import settings

from backfuture import keys, preparation
from backfuture.local import plan
from backfuture.messages import KINDS, QUEUES, TICK_SECONDS, configuration
from connections.secrets import vault
from exchanges.wire import pace
from tests.accounts.factories import make_user
from tests.connections.factories import make_connection, throw_away_sealer
from tests.house.services import python

LOOK = "import sys; print(' '.join(sorted(sys.modules)))"
TALKING = {"ccxt", "aiohttp", "exchanges.wire", "exchanges.desk", "connections.desks", "connections.secrets.opening"}


def loaded_by(statement: str) -> set[str]:
    done = python("-W", "ignore", "-c", f"{statement}; {LOOK}", DJANGO_SETTINGS_MODULE="backfuture.settings")
    assert done.returncode == 0, done.stderr
    return set(done.stdout.split())


def test_the_web_loads_nothing_that_talks_to_exchanges() -> None:
    pages = "import backfuture.wsgi; from django.urls import get_resolver; get_resolver().url_patterns"
    pages += "; from django.contrib import admin; admin.autodiscover()"

    assert loaded_by(pages).isdisjoint(TALKING)


def test_waking_a_worker_brings_nothing_that_talks_to_exchanges_into_the_web() -> None:
    wake = "import backfuture.wsgi; from workers import wake; wake.publish('strategies.handle_signal', 1)"

    assert loaded_by(wake).isdisjoint(TALKING)


def test_a_worker_is_woken_by_names_that_it_knows() -> None:
    from backfuture.celery import app

    app.loader.import_default_modules()
    source = "".join(path.read_text() for path in (settings.BASE_DIR / "strategies").rglob("*.py"))
    named = set(re.findall(r'(?:after_commit|publish)\(\s*"([a-z_.]+)"', source))
    assert {"strategies.handle_signal", "strategies.send_order", "strategies.watch"} <= named
    assert named <= set(app.tasks)


def test_signals_and_orders_share_no_process_with_prices_nor_with_what_waits_for_checks_and_look_ups() -> None:
    from backfuture.celery import app

    app.loader.import_default_modules()
    ours = {name for name in app.tasks if not name.startswith("celery.")}
    served = {
        kind: {name for name in ours if app.amqp.router.route({}, name)["queue"].name in queues}
        for kind, queues in KINDS.items()
    }

    assert served["orders"] == {"strategies.handle_signal", "strategies.send_order"}
    assert served["prices"] == {"strategies.watch", "strategies.tick"}
    looking_back = {"look_back", "look_back_tick", "glimpse", "map_settings"}
    assert served["lookback"] == {f"strategies.{name}" for name in looking_back}
    assert served["checks"] == ours - served["orders"] - served["prices"] - served["lookback"]
    assert set(QUEUES) == {queue for queues in KINDS.values() for queue in queues}


def test_the_beat_imports_neither_ccxt_nor_our_own_rooms() -> None:
    loaded = loaded_by("import backfuture.beat, backfuture.scheduler")

    assert loaded.isdisjoint({"ccxt", "aiohttp", "connections", "strategies", "accounts", "exchanges"})


def test_the_supervisor_lives_without_django() -> None:
    assert loaded_by("import backfuture.local.supervisor").isdisjoint({"django", "celery"})


def test_a_worker_without_private_keys_does_not_start(tmp_path: Path) -> None:
    done = python("-W", "ignore", "-m", "backfuture.worker", VAULT_PRIVATE_KEYS_DIR=str(tmp_path))

    assert done.returncode != 0
    assert "does not start: the vault has no private key" in done.stderr


STARTING = """
import celery, sys
from django.conf import settings
celery.Celery.Worker = staticmethod(lambda **_: sys.exit(
    f"told of {settings.VAULT_PRIVATE_KEYS_DIR + settings.PUSH_PRIVATE_KEY_FILE!r}"
))
from backfuture import worker
worker.main(sys.argv[1])
"""


def test_the_worker_for_looks_back_is_told_of_no_keys() -> None:
    told = {kind: python("-c", STARTING, kind).stderr.strip() for kind in ("lookback", "orders")}

    assert told["lookback"] == "told of ''"
    assert "told of '/" in told["orders"]


@pytest.mark.django_db
def test_only_the_worker_for_looks_back_starts_without_them(monkeypatch: pytest.MonkeyPatch) -> None:
    def is_missing() -> None:
        raise vault.VaultError("no private key")

    monkeypatch.setattr(preparation, "check_ring", is_missing)
    # Of this process, which serves other tests.
    monkeypatch.setattr(pace, "keep_by", lambda _: None)
    for kind in ("orders", "prices", "checks", ""):
        monkeypatch.setenv("WORKER_KIND", kind)
        with pytest.raises(SystemExit, match="no private key"):
            preparation.prepare()

    monkeypatch.setenv("WORKER_KIND", "lookback")
    preparation.prepare()


def test_a_worker_with_another_vaults_keys_does_not_start(tmp_path: Path) -> None:
    keys.make_keys(tmp_path)

    done = python("-W", "ignore", "-m", "backfuture.worker", VAULT_PRIVATE_KEYS_DIR=str(tmp_path / "vault"))

    assert done.returncode != 0
    assert "is missing" in done.stderr


@pytest.mark.django_db
def test_a_worker_that_lacks_the_key_of_a_stored_secret_says_which() -> None:
    make_connection(owner=make_user())

    with pytest.raises(vault.VaultKeyMissingError, match=throw_away_sealer().key_id):
        preparation.check_ring()


@pytest.mark.django_db
def test_a_complete_ring_is_good_enough() -> None:
    preparation.check_ring()


def test_ticks_expire_before_they_pile_up_and_name_a_real_task() -> None:
    from backfuture.celery import app

    app.loader.import_default_modules()
    for entry in configuration()["beat_schedule"].values():
        assert entry["task"] in app.tasks
        assert entry["options"]["expires"] <= 3 * TICK_SECONDS


def test_messages_are_json_without_results_or_remote_control() -> None:
    values = configuration()

    assert values["accept_content"] == ["json"]
    assert values["result_backend"] is None
    assert values["task_acks_late"] is True
    assert values["task_reject_on_worker_lost"] is False
    assert values["worker_enable_remote_control"] is False
    assert values["worker_prefetch_multiplier"] == 1


@pytest.mark.parametrize("name", ["SECRET_KEY", "FINGERPRINT_KEY"])
def test_no_key_has_a_default_outside_embedded_mode(name: str) -> None:
    done = python("manage.py", "check", **{"EMBEDDED": "0", name: ""})

    assert f"{name} or {name}_FILE must be set" in done.stderr


def test_the_web_of_a_tryout_opens_none_of_what_it_sealed() -> None:
    part = plan.web(0)
    environment = {name: value for name, value in os.environ.items() if name not in part.without} | part.environment
    look = (
        "import django; django.setup(); from connections.secrets import opening, vault; "
        "from django.conf import settings; print(repr(settings.VAULT_PRIVATE_KEYS_DIR + "
        "settings.PUSH_PRIVATE_KEY_FILE)); "
        "vault.load_sealer(settings.VAULT_PUBLIC_KEY_FILE); opening.opener()"
    )

    done = python("-W", "ignore", "-c", look, **environment)

    assert done.stdout.strip() == "''"
    assert "the vault has no private key" in done.stderr
    assert not any("keys/vault" in value for value in environment.values())


def test_a_plan_that_was_written_down_keeps_what_a_part_goes_without() -> None:
    parts = [plan.web(3), plan.beat(Path("/v")), *plan.workers(Path("/v"))]
    written = plan.StartPlan(root="", var="", address="", base_socket="", notice=[], locks={}, parts=parts).dump()

    assert plan.StartPlan.load(written).parts == parts
    assert [bool(part.without) for part in parts] == [True, True, False, False, False, True]
