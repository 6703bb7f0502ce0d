import os
from pathlib import Path

import pytest
from pytest_django import Settings

from backfuture import checks, keys
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
        "EMAIL_HOST": "mail.example.com",
        "DJANGO_ALLOW_ASYNC_UNSAFE": "",  # the browser tests set it
    }


def test_production_settings_pass_the_deploy_check(tmp_path: Path) -> None:
    done = python("manage.py", "check", "--deploy", "--fail-level", "WARNING", **production(tmp_path))

    assert done.returncode == 0, done.stderr


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
