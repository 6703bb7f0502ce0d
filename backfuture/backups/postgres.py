"""PostgreSQL: every table by COPY out of one snapshot, into a schema that our own migrations make.

No program of PostgreSQL's is needed, and a backup of one version of the server goes into another.
"""

import json
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from django.core.management.color import no_style
from django.db import ProgrammingError, connection, transaction
from django.db.backends.postgresql.psycopg_any import IsolationLevel
from django.db.migrations.executor import MigrationExecutor

from backfuture.backups import elsewhere
from backfuture.backups.manifest import Manifest
from backfuture.backups.sealed import BackupError
from connections.secrets import vault

LONG = ("SET statement_timeout = 0", "SET idle_in_transaction_session_timeout = 0", "SET lock_timeout = 0")
SECRETS = "connections_secret"
APART = rf"regexp_replace(sealed, '^(v1\.[^.]+)\.[^.]+\.', '\1.{vault.APART}.')"


@contextmanager
def snapshot(scratch: Path, left_out: set[str]) -> Iterator[None]:
    """Within, the database stands still at this moment for us, while everybody writes on."""
    options = {**connection.settings_dict["OPTIONS"], "isolation_level": IsolationLevel.REPEATABLE_READ}
    with elsewhere.database(OPTIONS=options, CONN_MAX_AGE=0) as there, there.cursor() as cursor:
        for statement in LONG:
            cursor.execute(statement)
        with transaction.atomic():
            yield


def dump(out: Any, left_out: set[str]) -> None:
    """Write each table as a line that names it, its rows in lengths and texts, and an end."""
    quote = connection.ops.quote_name
    with connection.cursor() as cursor:
        for table in sorted(set(connection.introspection.table_names(cursor)) - left_out):
            names = [column.name for column in connection.introspection.get_table_description(cursor, table)]
            out.write(json.dumps({"table": table, "columns": names}).encode() + b"\n")
            wanted = [APART if (table, name) == (SECRETS, "sealed") else quote(name) for name in names]
            with cursor.cursor.copy(f"COPY (SELECT {', '.join(wanted)} FROM {quote(table)}) TO STDOUT") as rows:  # noqa: S608 - names of ours
                for data in rows:
                    out.write(len(data).to_bytes(4, "big") + bytes(data))
            out.write(bytes(4))


def load(source: IO[bytes], manifest: Manifest) -> None:
    """Make the tables as they were in the backup's time, then their rows, in one transaction."""
    with connection.cursor() as cursor:
        for statement in LONG:
            cursor.execute(statement)
    executor = MigrationExecutor(connection)
    targets = [(app, name) for app, names in manifest.migrations.items() for name in names]
    if unknown := [f"{app} {name}" for app, name in targets if (app, name) not in executor.loader.graph.nodes]:
        raise BackupError(f"it was made by a later version of the product, which has {', '.join(unknown)}")
    executor.migrate(targets)
    quote = connection.ops.quote_name
    with transaction.atomic(), connection.cursor() as cursor:
        while line := source.readline():
            told: dict[str, Any] = json.loads(line)
            columns, table = ", ".join(map(quote, told["columns"])), quote(told["table"])
            # What migrations put there is in the backup too, as it was by then.
            cursor.execute(f"DELETE FROM {table}")  # noqa: S608 - names of ours
            with cursor.cursor.copy(f"COPY {table} ({columns}) FROM STDIN") as rows:
                while size := int.from_bytes(source.read(4), "big"):
                    rows.write(source.read(size))


def count_on() -> None:
    """Let every table's numbers go on behind the highest that it has."""
    from django.apps import apps

    models = apps.get_models(include_auto_created=True)
    with connection.cursor() as cursor:
        for statement in connection.ops.sequence_reset_sql(no_style(), models):
            cursor.execute(statement)


@contextmanager
def room(scratch: Path) -> Iterator[bool]:
    """Within, there is an empty database to try a backup in; False where this role may make none."""
    name = f"backfuture_tried_{secrets.token_hex(6)}"
    try:
        _outside(f"CREATE DATABASE {name}")
    except ProgrammingError:
        yield False
        return
    try:
        with elsewhere.database(NAME=name, CONN_MAX_AGE=0):
            yield True
    finally:
        _outside(f"DROP DATABASE {name} WITH (FORCE)")


def _outside(statement: str) -> None:
    """Run a statement that no transaction may hold; a database is dropped when all that was written is on the disk."""
    with elsewhere.database(CONN_MAX_AGE=0) as there, there.cursor() as cursor:
        for one in (*LONG, statement):
            cursor.execute(one)


@contextmanager
def landing() -> Iterator[None]:
    """Within, the empty database is filled; what was made is taken away when something goes wrong.

    What PostgreSQL plans by is counted before anybody asks: until it did so itself, a minute later or with large tables
    many, each statement might read whole tables, and exits would wait.
    """
    try:
        yield
        with connection.cursor() as cursor:
            for statement in (*LONG, "ANALYZE"):
                cursor.execute(statement)
    except BaseException:
        connection.close()
        with connection.cursor() as cursor:
            cursor.execute("DROP SCHEMA public CASCADE")
            cursor.execute("CREATE SCHEMA public")
        raise
