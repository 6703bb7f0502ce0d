import os
from pathlib import Path

import pytest
from django.db import connection
from pytest_django import Settings

from backfuture import checks, durability, keys
from tests.house.services import python


def found() -> set[str]:
    return {message.id or "" for message in checks.check_settings(None)}


def test_the_try_out_settings_are_sound() -> None:
    assert found() == set()


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"DEBUG": True, "ALLOWED_HOSTS": ["trade.example.com"]}, "backfuture.E001"),
        ({"ALLOWED_HOSTS": ["*"]}, "backfuture.E002"),
        ({"ALLOWED_HOSTS": [".example.com"]}, "backfuture.E002"),
        ({"EMBEDDED": True, "ALLOWED_HOSTS": ["trade.example.com"]}, "backfuture.E003"),
        ({"EMBEDDED": False, "REDIS_URL": "redis://broker:6379/0"}, "backfuture.E004"),
        ({"SECRET_KEY": "same" * 20, "FINGERPRINT_KEY": "same" * 20}, "backfuture.E006"),
        ({"EMBEDDED": False, "FINGERPRINT_KEY": "short"}, "backfuture.E007"),
        ({"EMBEDDED": False, "EMAIL_HOST": ""}, "backfuture.E009"),
        ({"METRICS_TOKEN": "t" * 31}, "backfuture.E020"),
        ({"EMBEDDED": False, "EXCHANGE_URLS": {"kucoin": "http://mirror.example.com"}}, "backfuture.E010"),
        ({"EMBEDDED": False, "PRACTICE_URL": "http://practice.example.com"}, "backfuture.E011"),
        ({"EMBEDDED": False, "PRACTICE_URL": "http://8.8.8.8:8100"}, "backfuture.E011"),
        ({"EMBEDDED": False, "PUBLIC_URL": "http://trade.example.com"}, "backfuture.E012"),
        ({"EMBEDDED": False, "PUBLIC_URL": "https://trade.example.com", "HTTPS": False}, "backfuture.E012"),
        ({"ACCOUNT_EMAIL_VERIFICATION": "optional"}, "backfuture.E013"),
        ({"EXCHANGE_URLS": {"kucion": "http://127.0.0.1:1"}}, "backfuture.E008"),
    ],
)
def test_an_unsafe_combination_has_a_code(settings: Settings, changes: dict[str, object], code: str) -> None:
    for name, value in changes.items():
        setattr(settings, name, value)

    assert code in found()


def test_a_database_that_forgets_commits_is_found(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    options = {"options": "-c synchronous_commit=off"}
    monkeypatch.setitem(settings.DATABASES["default"], "OPTIONS", options)

    assert found() == {"backfuture.W001"}


def test_a_private_key_that_others_can_read_is_found(settings: Settings, tmp_path: Path) -> None:
    keys.make_keys(tmp_path)
    settings.VAULT_PRIVATE_KEYS_DIR = str(tmp_path / "vault")
    assert found() == set()

    next((tmp_path / "vault").glob("*.key")).chmod(0o444)

    assert found() == {"backfuture.E005"}


def test_a_push_key_that_others_can_read_is_found_and_halves_that_are_no_pair(
    settings: Settings, tmp_path: Path
) -> None:
    keys.make_keys(tmp_path / "ours")
    keys.make_keys(tmp_path / "others")
    settings.PUSH_PRIVATE_KEY_FILE = str(tmp_path / "ours" / "push.key")
    settings.PUSH_PUBLIC_KEY_FILE = str(tmp_path / "ours" / "push.pub")
    assert found() == set()

    settings.PUSH_PUBLIC_KEY_FILE = str(tmp_path / "others" / "push.pub")
    (tmp_path / "ours" / "push.key").chmod(0o440)

    assert found() == {"backfuture.E005", "backfuture.E021"}


def production(directory: Path) -> dict[str, str]:
    keys.make_keys(directory)
    return {
        "EMBEDDED": "0",
        "SECRET_KEY": "",
        "FINGERPRINT_KEY": "",
        "SECRET_KEY_FILE": str(directory / "secret_key"),
        "FINGERPRINT_KEY_FILE": str(directory / "fingerprint_key"),
        "VAULT_PUBLIC_KEY_FILE": str(directory / "vault.pub"),
        "ALLOWED_HOSTS": "trade.example.com",
        "REDIS_URL": "redis://backfuture:a-password@broker:6379/0",
        "DATABASE_URL": "postgres://backfuture:a-password@database:5432/backfuture",
        "TRUSTED_PROXIES": "1",
        "PUBLIC_URL": "https://trade.example.com",
        "PRACTICE_URL": "",
        "EMAIL_HOST": "mail.example.com",
        "DJANGO_ALLOW_ASYNC_UNSAFE": "",  # the browser tests set it
    }


def test_production_settings_pass_the_deploy_check(tmp_path: Path) -> None:
    done = python("manage.py", "check", "--deploy", "--fail-level", "WARNING", **production(tmp_path))

    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("url", ["http://practice:8100", "http://127.0.0.1:8100", "http://10.0.0.7:8100"])
def test_a_practice_exchange_near_by_needs_no_encryption(settings: Settings, url: str) -> None:
    settings.EMBEDDED, settings.PRACTICE_URL = False, url

    assert "backfuture.E011" not in found()


@pytest.mark.parametrize("program", [["-c", "import backfuture.wsgi"], ["-m", "backfuture.worker"]])
def test_neither_web_nor_worker_starts_with_an_unsafe_setting(tmp_path: Path, program: list[str]) -> None:
    unsafe = {**production(tmp_path), "EXCHANGE_URLS": "kucoin=http://mirror.example.com"}

    done = python("-W", "ignore", *program, **unsafe)

    assert done.returncode != 0
    assert "backfuture.E010" in done.stderr


def test_the_web_starts_with_production_settings(tmp_path: Path) -> None:
    done = python("-W", "ignore", "-c", "import backfuture.wsgi", **production(tmp_path))

    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("power", ["SUPERUSER", "CREATEROLE", "BYPASSRLS"])
@pytest.mark.django_db
@pytest.mark.services
def test_a_role_of_the_database_that_may_too_much_is_found(settings: Settings, power: str) -> None:
    if connection.vendor != "postgresql":
        pytest.skip("only PostgreSQL has roles")
    settings.EMBEDDED = False
    with connection.cursor() as cursor:
        cursor.execute("SELECT rolsuper FROM pg_roles WHERE rolname = current_user")
        if not cursor.fetchone()[0]:
            pytest.skip("this role can make no other")
        cursor.execute(f"CREATE ROLE powerful_of_a_test {power}; GRANT powerful_of_a_test TO current_user")
        cursor.execute("SET LOCAL ROLE powerful_of_a_test")

    assert [message.id for message in checks.check_role(["default"])] == ["backfuture.E014"]


@pytest.mark.parametrize(
    ("is_embedded", "databases", "powers", "codes"),
    [
        (False, ["default"], ["superuser"], ["backfuture.E014"]),
        (False, ["default"], [], []),
        (False, None, ["superuser"], []),
        (True, ["default"], ["superuser"], []),
    ],
)
def test_the_databases_role_is_looked_at_where_it_may_be_asked(
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
    is_embedded: bool,
    databases: list[str] | None,
    powers: list[str],
    codes: list[str],
) -> None:
    settings.EMBEDDED = is_embedded
    monkeypatch.setattr(durability, "powers_of_role", lambda: powers)

    assert [message.id for message in checks.check_role(databases)] == codes


def test_nothing_starts_without_keys_when_embedded_mode_is_off(tmp_path: Path) -> None:
    done = python("manage.py", "check", **{**production(tmp_path), "SECRET_KEY_FILE": ""})

    assert done.returncode != 0
    assert "SECRET_KEY or SECRET_KEY_FILE must be set" in done.stderr


def test_every_code_is_documented() -> None:
    documented = (Path(checks.__file__).parent.parent / "docs" / "configuration.md").read_text()
    source = Path(checks.__file__).read_text()
    codes = {part.split('"')[0] for part in source.split('id="')[1:]}

    assert len(codes) >= 8
    assert all(code in documented for code in codes), os.linesep.join(sorted(codes))
