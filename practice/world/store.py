"""Rows in SQLite: the world is read once at the start and written through on every change."""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import fields
from decimal import Decimal
from pathlib import Path
from typing import Any, TypeVar, get_type_hints

Row = TypeVar("Row")
SCHEMA = """
PRAGMA journal_mode = WAL;
PRAGMA synchronous = NORMAL;
CREATE TABLE IF NOT EXISTS rows (kind TEXT, id TEXT, body TEXT, PRIMARY KEY (kind, id)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS journal (n INTEGER PRIMARY KEY AUTOINCREMENT, body TEXT);
"""


class Store:
    def __init__(self, path: str) -> None:
        if path != ":memory:":
            Path(path).parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.db = sqlite3.connect(path, isolation_level=None)
        self.db.executescript(SCHEMA)

    def close(self) -> None:
        self.db.close()

    @contextmanager
    def together(self) -> Iterator[None]:
        """Write all or nothing; inside another `together` it joins that one."""
        if self.db.in_transaction:
            yield
            return
        self.db.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self.db.execute("ROLLBACK")
            raise
        self.db.execute("COMMIT")

    def put(self, kind: str, identity: str, row: object) -> None:
        self.db.execute("REPLACE INTO rows VALUES (?, ?, ?)", (kind, identity, pack(row)))

    def drop(self, kind: str, identity: str) -> None:
        self.db.execute("DELETE FROM rows WHERE kind = ? AND id = ?", (kind, identity))

    def all(self, kind: str, shape: type[Row]) -> Iterator[Row]:
        for (body,) in self.db.execute("SELECT body FROM rows WHERE kind = ? ORDER BY id", (kind,)):
            yield unpack(shape, body)

    def note(self, entry: dict[str, Any]) -> None:
        self.db.execute("INSERT INTO journal (body) VALUES (?)", (json.dumps(entry, default=str),))

    def notes(self) -> list[dict[str, Any]]:
        rows = self.db.execute("SELECT n, body FROM journal ORDER BY n")
        return [{"n": number, **json.loads(body)} for number, body in rows]

    def forget_notes(self) -> None:
        self.db.execute("DELETE FROM journal")


def pack(row: object) -> str:
    return json.dumps({f.name: getattr(row, f.name) for f in fields(row)}, default=str)  # type: ignore[arg-type]


def unpack(shape: type[Row], body: str) -> Row:
    hints = get_type_hints(shape)
    return shape(**{name: _revive(hints[name], value) for name, value in json.loads(body).items() if name in hints})


def _revive(hint: Any, value: Any) -> Any:
    """Undo what JSON forgets: decimals and tuples."""
    if value is not None and "Decimal" in str(hint):
        return Decimal(value)
    return tuple(value) if str(hint).startswith("tuple") else value
