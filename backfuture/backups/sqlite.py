"""SQLite: the whole file, as SQLite's own backup copies it while others write."""

import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import IO, Any

from django.db import connection, connections

from backfuture.backups import elsewhere
from backfuture.backups.manifest import Manifest
from backfuture.backups.sealed import BackupError
from connections.secrets import vault


@contextmanager
def snapshot(scratch: Path, left_out: set[str]) -> Iterator[None]:
    """Within, the database is a copy of this moment, without what no backup holds."""
    copy = scratch / "copy.sqlite3"
    connection.ensure_connection()
    with closing(sqlite3.connect(copy)) as target:
        connection.connection.backup(target)
    copy.chmod(0o600)
    with elsewhere.database(NAME=str(copy), OPTIONS={"init_command": "PRAGMA journal_mode=DELETE;"}) as there:
        with there.cursor() as cursor:
            for table in sorted(left_out & set(there.introspection.table_names(cursor))):
                cursor.execute(f"DELETE FROM {there.ops.quote_name(table)}")  # noqa: S608 - names of ours
        yield


def dump(out: Any, left_out: set[str]) -> None:
    """Write the copy, its API keys without what opens them; no freed page remembers it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT id, sealed FROM connections_secret")
        rows = [(vault.take_apart(sealed)[0], pk) for pk, sealed in cursor.fetchall()]
        cursor.executemany("UPDATE connections_secret SET sealed = %s WHERE id = %s", rows)
        cursor.execute("VACUUM")
    connection.close()
    with Path(connection.settings_dict["NAME"]).open("rb") as file:
        shutil.copyfileobj(file, out, 1 << 20)


def count_on() -> None:
    """Do nothing: the file has the highest numbers that it ever gave."""


def load(source: IO[bytes], manifest: Manifest) -> None:
    """Make the database's file; raises BackupError where SQLite finds it damaged."""
    connection.close()
    path = Path(connection.settings_dict["NAME"])
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        shutil.copyfileobj(source, file, 1 << 20)
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA integrity_check")
        if (told := cursor.fetchone()[0]) != "ok":
            raise BackupError(f"SQLite finds the copy damaged: {told[:200]}")


@contextmanager
def room(scratch: Path) -> Iterator[bool]:
    """Within, there is an empty database to try a backup in."""
    with elsewhere.database(NAME=str(scratch / "tried.sqlite3")):
        yield True


@contextmanager
def landing() -> Iterator[None]:
    """Within, a database is made beside its place; it is put there in one step when all went well."""
    place = Path(connection.settings_dict["NAME"])
    beside = place.with_name(f"{place.name}.restoring")
    for left in place.parent.glob(f"{beside.name}*"):
        left.unlink()
    connections.close_all()
    with elsewhere.database(NAME=str(beside)):
        yield
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    # Nothing of an empty database that a command left here may stand beside it.
    for left in place.parent.glob(f"{place.name}-*"):
        left.unlink()
    beside.replace(place)
