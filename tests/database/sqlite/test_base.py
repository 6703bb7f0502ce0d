"""Transactions that write to SQLite take turns: none sleeps on while it could begin, and none holds the others up."""

import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from django.db import OperationalError, connections

from database.sqlite import base

pytestmark = pytest.mark.django_db


@pytest.fixture
def make(tmp_path: Path) -> Iterator[Callable[..., base.DatabaseWrapper]]:
    """Return a function that connects to one file, as each thread does for itself."""
    made = list[base.DatabaseWrapper]()

    def connect(*, timeout: float = 20) -> base.DatabaseWrapper:
        options = {"timeout": timeout, "transaction_mode": "IMMEDIATE", "init_command": "PRAGMA journal_mode=WAL"}
        given = {**connections.settings["default"], "ENGINE": "database.sqlite", "NAME": tmp_path / "rows.sqlite3"}
        made.append(base.DatabaseWrapper({**given, "OPTIONS": options}, alias=f"turn{len(made)}"))
        made[-1].inc_thread_sharing()
        made[-1].connect()
        return made[-1]

    connect().cursor().execute("CREATE TABLE rows (number)")
    yield connect
    for one in made:
        one.close()


def begin(database: base.DatabaseWrapper) -> None:
    """Begin as the outermost atomic() does."""
    database.set_autocommit(False, force_begin_transaction_with_broken_autocommit=True)


def end(database: base.DatabaseWrapper) -> None:
    database.commit()
    database.set_autocommit(True)


@pytest.fixture
def stranger(tmp_path: Path, make: Callable[..., base.DatabaseWrapper]) -> Iterator[sqlite3.Connection]:
    """Another process that is writing."""
    connection = sqlite3.connect(tmp_path / "rows.sqlite3", isolation_level=None, check_same_thread=False)
    connection.execute("BEGIN IMMEDIATE")
    yield connection
    connection.close()


def test_what_another_process_writes_is_waited_for_in_short_steps(
    make: Callable[..., base.DatabaseWrapper], stranger: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    pauses, ours = list[float](), make()

    def sleep(seconds: float) -> None:
        pauses.append(seconds)
        if len(pauses) == 3:
            stranger.execute("COMMIT")

    monkeypatch.setattr(time, "sleep", sleep)
    begin(ours)
    end(ours)

    assert pauses == [base.PAUSE_SECONDS] * 3
    # What is written beside transactions waits as SQLite itself does.
    assert ours.connection.execute("PRAGMA busy_timeout").fetchone() == (20_000,)


def test_a_transaction_that_finds_no_turn_in_its_time_is_refused_and_keeps_none(
    make: Callable[..., base.DatabaseWrapper], stranger: sqlite3.Connection
) -> None:
    ours, other = make(timeout=0), make(timeout=0)
    with pytest.raises(OperationalError, match="locked"):
        begin(ours)
    stranger.execute("COMMIT")

    begin(other)
    with pytest.raises(OperationalError, match="locked"):
        begin(ours)
    end(other)

    begin(ours)
    end(ours)


def test_threads_that_write_at_once_all_come_to_their_turn(make: Callable[..., base.DatabaseWrapper]) -> None:
    def write(number: int) -> None:
        ours = make()
        for _ in range(10):
            begin(ours)
            (count,) = ours.cursor().execute("SELECT count(*) FROM rows").fetchone()
            ours.cursor().execute("INSERT INTO rows VALUES (%s)", [count])
            end(ours)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(write, range(8)))

    numbers = make().cursor().execute("SELECT number FROM rows ORDER BY number").fetchall()
    assert numbers == [(number,) for number in range(80)]


@pytest.mark.parametrize("how", ["rollback", "close"])
def test_however_a_transaction_ends_the_next_one_begins(make: Callable[..., base.DatabaseWrapper], how: str) -> None:
    ours, waits = make(), make()
    begin(ours)
    began = threading.Thread(target=begin, args=[waits], daemon=True)
    began.start()

    if how == "rollback":
        ours.rollback()
    else:
        ours.in_atomic_block = True
        ours.close()
        ours.in_atomic_block = False
    began.join(timeout=10)

    assert not began.is_alive()
    end(waits)
