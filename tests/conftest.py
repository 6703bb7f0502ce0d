"""What every test stands on: a database file, fast passwords, and sockets closed but for loopback (pyproject.toml)."""

import os
from pathlib import Path

import pytest
from django.conf import settings

pytest_plugins = ["tests.house.services"]


def pytest_configure(config: pytest.Config) -> None:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    database = settings.DATABASES["default"]
    if "sqlite3" in database["ENGINE"]:
        # A file, not ":memory:", so that a worker in another process sees the same rows under the same WAL rules.
        database.setdefault("TEST", {})["NAME"] = str(Path(os.environ["BACKFUTURE_VAR"]) / "test.sqlite3")
