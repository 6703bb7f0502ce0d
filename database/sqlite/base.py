"""SQLite for several threads and processes that write: they wait for each other no longer than they must.

SQLite lets one transaction write at a time. One that meets another asks again after pauses that grow to 100 ms, however
soon the other ends, and who comes later goes first. With some hundred transactions a second most of the time is slept.
"""

import sqlite3
import threading
import time
from typing import Any

from django.db import OperationalError
from django.db.backends.sqlite3 import base

# Another process's transaction lasts a few milliseconds, most of them for the disk.
PAUSE_SECONDS = 0.0005
# By the file's name. A lock of the process wakes the thread whose turn it is; between processes it asks again soon.
_TURNS: dict[str, threading.Lock] = {}


# The stubs leave out what Django itself calls.
_Base: Any = base.DatabaseWrapper


class DatabaseWrapper(_Base):  # type: ignore[misc]
    """One thread of a process at a time asks SQLite to begin; the others wait for their turn.

    SQLite's own lock remains the only one that counts: after `timeout` seconds a transaction that found none is refused
    as ever.
    """

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self._turn: threading.Lock | None = None

    def _start_transaction_under_autocommit(self) -> None:
        if self.is_in_memory_db():
            # Its connections share one cache, which refuses at once.
            super()._start_transaction_under_autocommit()
            return
        patience = self.settings_dict["OPTIONS"]["timeout"]
        until = time.monotonic() + patience
        turn = _TURNS.setdefault(str(self.settings_dict["NAME"]), threading.Lock())
        if not turn.acquire(timeout=patience):
            raise OperationalError("database is locked")
        # Given back where it does not begin, or when it ends.
        self._turn = turn
        try:
            self.connection.execute("PRAGMA busy_timeout = 0")
            while not self.connection.in_transaction:
                try:
                    super()._start_transaction_under_autocommit()
                except OperationalError as error:
                    code = getattr(error.__cause__, "sqlite_errorcode", None)
                    if code != sqlite3.SQLITE_BUSY or time.monotonic() >= until:
                        raise
                    time.sleep(PAUSE_SECONDS)
        finally:
            self.connection.execute(f"PRAGMA busy_timeout = {int(patience * 1000)}")
            if not self.connection.in_transaction:
                self._end_turn()

    def _commit(self) -> None:
        super()._commit()
        self._end_turn()

    def _rollback(self) -> None:
        # Where this fails, Django closes the connection, which ends the transaction too.
        super()._rollback()
        self._end_turn()

    def _close(self) -> None:
        try:
            super()._close()
        finally:
            self._end_turn()

    def _end_turn(self) -> None:
        turn, self._turn = self._turn, None
        if turn is not None:
            turn.release()
