"""Triggers that let the audit trail grow and never change, and the one way past them, for the tables' owner."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

EVENTS, LINKS = "accounts_auditevent", "accounts_auditlink"
TABLES = (EVENTS, LINKS)
# Only that an account is gone may be written later: the label beside it keeps the name.
KEPT = ("id", "at", "actor_label", "action", "target", "outcome", "address", "request_id", "mac")
NEVER = "the audit trail only grows"
# What makes a row of each table another one's place: SQLite's REPLACE deletes such a row, and no trigger hears of it.
PLACES = {EVENTS: ("id",), LINKS: ("position", "event_id")}


def guard(database: BaseDatabaseWrapper) -> list[str]:
    """Return the statements that put the triggers there."""
    statements = list(_FUNCTIONS) if database.vendor == "postgresql" else []
    for table in TABLES:
        if database.vendor == "postgresql":
            on_update = "audit_forgets_only" if table == EVENTS else "audit_never"
            rows = f"ON {table} FOR EACH ROW EXECUTE FUNCTION"
            statements += [
                f"CREATE TRIGGER {table}_no_update BEFORE UPDATE {rows} {on_update}()",
                f"CREATE TRIGGER {table}_no_delete BEFORE DELETE {rows} audit_never()",
                f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} EXECUTE FUNCTION audit_never()",
            ]
        else:
            refuse = f"BEGIN SELECT RAISE(ABORT, '{NEVER}'); END"
            same = " OR ".join(f"{name} = NEW.{name}" for name in PLACES[table])
            is_taken = f"EXISTS (SELECT 1 FROM {table} WHERE {same})"  # noqa: S608 - names of ours
            unless = f"WHEN NOT ({_only_forgets('IS')})" if table == EVENTS else ""
            statements += [
                f"CREATE TRIGGER {table}_no_update BEFORE UPDATE ON {table} {unless} {refuse}",
                f"CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table} {refuse}",
                f"CREATE TRIGGER {table}_no_replace BEFORE INSERT ON {table} WHEN {is_taken} {refuse}",
            ]
    return statements


def unguard(database: BaseDatabaseWrapper) -> list[str]:
    """Return the statements that take the triggers away; PostgreSQL obeys the tables' owner only."""
    if database.vendor == "postgresql":
        names = ("update", "delete", "truncate")
        return [f"DROP TRIGGER IF EXISTS {table}_no_{name} ON {table}" for table in TABLES for name in names]
    names = ("update", "delete", "replace")
    return [f"DROP TRIGGER IF EXISTS {table}_no_{name}" for table in TABLES for name in names]


@contextmanager
def lifted(database: BaseDatabaseWrapper) -> Iterator[None]:
    """Change the trail within: for cutting off what is too old, inside a transaction of the caller's."""
    with database.cursor() as cursor:
        for statement in unguard(database):
            cursor.execute(statement)
        yield
        for statement in guard(database):
            cursor.execute(statement)


def put_up(apps: object, editor: BaseDatabaseSchemaEditor) -> None:
    """Carry out a migration's step."""
    for statement in guard(editor.connection):
        editor.execute(statement)


def take_down(apps: object, editor: BaseDatabaseSchemaEditor) -> None:
    for statement in unguard(editor.connection):
        editor.execute(statement)


def _only_forgets(is_same: str) -> str:
    return " AND ".join(["NEW.actor_id IS NULL", *(f"NEW.{name} {is_same} OLD.{name}" for name in KEPT)])


_FUNCTIONS = [
    f"""CREATE OR REPLACE FUNCTION audit_never() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN RAISE EXCEPTION '{NEVER}' USING ERRCODE = 'integrity_constraint_violation'; END $$""",
    f"""CREATE OR REPLACE FUNCTION audit_forgets_only() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN IF {_only_forgets("IS NOT DISTINCT FROM")} THEN RETURN NEW; END IF;
    RAISE EXCEPTION '{NEVER}' USING ERRCODE = 'integrity_constraint_violation'; END $$""",
]
