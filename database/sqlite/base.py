"""Django's SQLite, whose writers ask for their turn often: what DATABASES names as ENGINE.

A writer that finds the database busy sleeps inside SQLite, and ever longer (sqlite3.c, sqliteDefaultBusyCallback: 1, 2,
5, 10, 15, 20, 25, 25, 25, 50, 50, 100 ms): the database is free meanwhile, and an order waits. Here it sleeps for a
moment only, and what could not begin is begun anew.
"""

import sqlite3
import time
from collections.abc import Callable, Iterable
from typing import Any, TypeVar

from django.db.backends.sqlite3 import base

T = TypeVar("T")
# SQLite asks after 1, 3 and 8 ms of it; then it is asked anew.
MOMENT_SECONDS = 0.008
PATIENCE_SECONDS = 20.0


def _patiently(connection: sqlite3.Connection, run: Callable[..., T], *arguments: Any) -> T:
    """Run a statement; raises sqlite3.OperationalError when the database stays busy.

    Outside a transaction only: a statement that found the database busy has done nothing there.
    """
    until = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            return run(*arguments)
        except sqlite3.OperationalError as error:
            is_busy = getattr(error, "sqlite_errorcode", 0) & 0xFF == sqlite3.SQLITE_BUSY
            if not is_busy or connection.in_transaction or time.monotonic() >= until:
                raise


class PatientConnection(sqlite3.Connection):
    def execute(self, *statement: Any) -> sqlite3.Cursor:
        return _patiently(self, super().execute, *statement)


class PatientCursor(base.SQLiteCursorWrapper):
    def execute(self, query: str, params: Any = None) -> Any:
        return _patiently(self.connection, super().execute, query, params)

    def executemany(self, query: str, param_list: Iterable[Any]) -> Any:
        # What gives its rows once must give them again.
        return _patiently(self.connection, super().executemany, query, list(param_list))


class DatabaseWrapper(base.DatabaseWrapper):
    def get_connection_params(self) -> dict[str, Any]:
        return {**super().get_connection_params(), "timeout": MOMENT_SECONDS, "factory": PatientConnection}

    def create_cursor(self, name: str | None = None) -> Any:
        return self.connection.cursor(factory=PatientCursor)
