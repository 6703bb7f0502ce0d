"""What every test stands on: a database file, fast passwords, keys; sockets are closed but for loopback."""

from collections.abc import Iterator
from contextlib import nullcontext
from types import SimpleNamespace
from typing import Any

import pytest
from django.conf import settings
from django.core.management.commands import flush
from django.db import IntegrityError, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.base.operations import BaseDatabaseOperations

from accounts.mails import outbox, post
from accounts.trail import append_only
from backfuture.keys import make_keys

pytest_plugins = ["tests.house.services", "tests.web.loud"]


def pytest_configure(config: pytest.Config) -> None:
    make_keys(settings.KEYS_DIR)
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    database: dict[str, Any] = settings.DATABASES["default"]
    if "sqlite" in database["ENGINE"]:
        # The file a worker in another process opens by itself, so that it sees the same rows under the same rules.
        database.setdefault("TEST", {})["NAME"] = database["NAME"]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put browser tests last: Playwright keeps an event loop running, beside which no other can be started."""
    items.sort(key=lambda item: item.get_closest_marker("browser") is not None)


# What migrations make out of the models, and no test changes.
KEPT = {"django_content_type", "auth_permission"}


@pytest.fixture(autouse=True, scope="session")
def _what_was_committed_is_deleted() -> Iterator[None]:
    """Let a test that commits leave empty tables behind, by looking which are not: most are, after most tests.

    The triggers of the trail are lifted for that moment.
    """
    empty = BaseDatabaseOperations.execute_sql_flush

    def lifted(self: BaseDatabaseOperations, sql_list: list[str]) -> None:
        for tries_left in (3, 2, 1, 0):
            is_trail = any("accounts_audit" in sql for sql in sql_list)
            try:
                with transaction.atomic(), append_only.lifted(self.connection) if is_trail else nullcontext():
                    empty(self, sql_list)
                return
            except IntegrityError:
                # A browser's last request was still under way, and wrote into a table that was empty a moment ago.
                if not tries_left:
                    raise
                sql_list = deletes(None, self.connection)

    def deletes(style: object, database: BaseDatabaseWrapper, **_: object) -> list[str]:
        tables = sorted(set(database.introspection.django_table_names(include_views=False)) - KEPT)
        found = (f"SELECT '{table}' WHERE EXISTS (SELECT 1 FROM {table})" for table in tables)  # noqa: S608 - our own
        with database.cursor() as cursor:
            cursor.execute(" UNION ALL ".join(found))
            return [f"DELETE FROM {table}" for (table,) in cursor.fetchall()]  # noqa: S608 - our own

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(BaseDatabaseOperations, "execute_sql_flush", lifted)
        patch.setattr(flush, "sql_flush", deletes)
        patch.setattr(flush, "emit_post_migrate_signal", lambda *_args, **_named: None)
        yield


@pytest.fixture
def mails_wait() -> None:
    """Leave mails in the outbox, where a worker would find them."""


@pytest.fixture(autouse=True)
def _mails_are_sent(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Send each mail as soon as it is written: a worker does so in a moment, and these tests have none."""
    if "mails_wait" not in request.fixturenames:
        at_once = SimpleNamespace(after_commit=lambda task: post.DUE.work())
        monkeypatch.setattr(outbox, "wake", at_once)


@pytest.fixture(scope="session")
def django_db_modify_db_settings_xdist_suffix(request: pytest.FixtureRequest) -> None:
    """Keep the name: every process has a var directory of its own (environment.py); PostgreSQL needs a suffix."""
    worker = getattr(request.config, "workerinput", {}).get("workerid", "")
    database: dict[str, Any] = settings.DATABASES["default"]
    if worker and "sqlite" not in database["ENGINE"]:
        database.setdefault("TEST", {})["NAME"] = f"test_{database['NAME']}_{worker}"
