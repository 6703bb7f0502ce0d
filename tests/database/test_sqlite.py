"""Writers on SQLite: one that finds it busy asks again and again, and only where nothing has been done yet."""

import sqlite3
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.conf import settings
from django.db import connection

from database.sqlite import base
from database.sqlite.base import PATIENCE_SECONDS, PatientConnection, PatientCursor

INSERT = "INSERT INTO told VALUES (%s)"
WAYS: dict[str, Callable[[PatientConnection], object]] = {
    "a transaction": lambda second: second.execute("BEGIN IMMEDIATE"),
    "a statement": lambda second: second.cursor(factory=PatientCursor).execute(INSERT, ("late",)),
    "many rows": lambda second: second.cursor(factory=PatientCursor).executemany(
        INSERT, (row for row in [("a",), ("b",)])
    ),
}


@pytest.fixture
def file(tmp_path: Path) -> str:
    name = str(tmp_path / "told.sqlite3")
    made = sqlite3.connect(name)
    made.execute("PRAGMA journal_mode = WAL")
    made.execute("CREATE TABLE told (what TEXT UNIQUE)")
    made.close()
    return name


def connect(file: str) -> PatientConnection:
    options: dict[str, Any] = {"timeout": 0, "isolation_level": None, "factory": PatientConnection}
    made = sqlite3.connect(file, **options)
    assert isinstance(made, PatientConnection)
    return made


class Clock:
    """It is looked at when patience begins and after each refusal; at the last of `moments` something happens."""

    def __init__(self, *moments: float, then: Callable[[], object] = lambda: None) -> None:
        self.moments, self.then = list(moments), then

    def __call__(self) -> float:
        if len(self.moments) == 1:
            self.then()
        return self.moments.pop(0)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Clock]:
    def put(*moments: float, then: Callable[[], object] = lambda: None) -> Clock:
        made = Clock(*moments, then=then)
        monkeypatch.setattr(base, "time", SimpleNamespace(monotonic=made))
        return made

    return put


@pytest.mark.parametrize("way", WAYS)
def test_a_writer_that_was_refused_asks_until_the_other_has_ended(
    file: str, way: str, clock: Callable[..., Clock]
) -> None:
    first, second = connect(file), connect(file)
    first.execute("BEGIN IMMEDIATE")
    told = clock(0.0, 1.0, 2.0, 3.0, then=lambda: sqlite3.Connection.execute(first, "COMMIT"))

    WAYS[way](second)

    assert told.moments == []
    assert second.in_transaction is (way == "a transaction")


def test_a_database_that_stays_busy_is_told_in_the_end(file: str, clock: Callable[..., Clock]) -> None:
    first, second = connect(file), connect(file)
    first.execute("BEGIN IMMEDIATE")
    told = clock(0.0, PATIENCE_SECONDS - 0.1, PATIENCE_SECONDS)

    with pytest.raises(sqlite3.OperationalError, match="locked"):
        second.execute("BEGIN IMMEDIATE")

    assert told.moments == []


def test_within_a_transaction_nothing_is_asked_again(file: str, clock: Callable[..., Clock]) -> None:
    first, second = connect(file), connect(file)
    second.execute("BEGIN")
    second.execute("SELECT * FROM told")
    first.execute(INSERT.replace("%s", "?"), ("first",))
    clock(0.0)

    # It has read what is old by now.
    with pytest.raises(sqlite3.OperationalError, match="locked"):
        second.execute("INSERT INTO told VALUES ('second')")


@pytest.mark.parametrize("statement", ["INSERT INTO nowhere VALUES (1)", "INSERT INTO told VALUES ('twice')"])
def test_what_fails_for_another_reason_is_tried_once(file: str, statement: str, clock: Callable[..., Clock]) -> None:
    only = connect(file)
    only.execute("INSERT INTO told VALUES ('twice')")
    clock(0.0)

    with pytest.raises(sqlite3.Error):
        only.execute(statement)


def test_an_error_that_python_itself_raises_stays_what_it_is(file: str) -> None:
    def fail() -> None:
        raise sqlite3.OperationalError("no code of SQLite's")

    with pytest.raises(sqlite3.OperationalError, match="no code"):
        base._patiently(connect(file), fail)


@pytest.mark.django_db
@pytest.mark.skipif(connection.vendor != "sqlite", reason="of SQLite")
def test_the_product_stands_on_it() -> None:
    assert settings.DATABASES["default"]["ENGINE"] == "database.sqlite"
    with connection.cursor() as cursor:
        assert isinstance(connection.connection, PatientConnection)
        assert isinstance(cursor.cursor, PatientCursor)
        assert cursor.execute("PRAGMA busy_timeout").fetchone() == (8,)
