"""Statements whose SQL is compiled once: Django needs about half a millisecond to put a query into words, each time.

Only what is on a signal's way to the exchange is worth it. They are the very statements that the querysets themselves
would run; what differs from run to run stands in them as Params. PostgreSQL parses and plans them once a connection.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from functools import cache, cached_property, reduce
from re import compile as pattern
from typing import Any, Generic, TypeVar

from django.db import DEFAULT_DB_ALIAS, connections, models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.sqlite3.base import FORMAT_QMARK_REGEX
from django.db.models.base import ModelState
from django.db.models.constants import OnConflict
from django.db.models.expressions import Col
from django.db.models.sql import InsertQuery, UpdateQuery
from django.db.models.sql.compiler import SQLCompiler
from django.db.transaction import TransactionManagementError

from database.exact import ExactField

M = TypeVar("M", bound=models.Model)
Update = tuple[models.QuerySet[Any], dict[str, Any]]
Sql = tuple[str, tuple[Any, ...]]
Convert = Callable[[Any], Any]


class Param(models.Expression):
    """Stand for a value that is given when the statement runs."""

    def __init__(self, name: str, output_field: models.Field[Any, Any]) -> None:
        super().__init__(output_field=output_field)
        self.name = name

    def as_sql(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper) -> Sql:
        return "%s", (self,)

    def writer(self, database: BaseDatabaseWrapper) -> Convert:
        """Return the function that turns a value into what the database takes."""
        return _writer(self.output_field, database)


class Params(Param):
    """Stand for any number of values, after `__in`."""

    def as_sqlite(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper) -> Sql:
        return "(SELECT value FROM json_each(%s))", (self,)

    def as_postgresql(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper) -> Sql:
        return f"(SELECT unnest(%s::{self.output_field.db_type(connection)}[]))", (self,)

    def writer(self, database: BaseDatabaseWrapper) -> Convert:
        one = super().writer(database)
        if database.vendor == "sqlite":
            return lambda values: json.dumps([one(value) for value in values])
        return lambda values: [one(value) for value in values]


def moment(name: str) -> Param:
    return Param(name, models.DateTimeField())


def number(name: str) -> Param:
    return Param(name, models.BigIntegerField())


def numbers(name: str) -> Params:
    return Params(name, models.BigIntegerField())


def text(name: str) -> Param:
    return Param(name, models.TextField())


def texts(name: str) -> Params:
    return Params(name, models.TextField())


class PreparedUpdate:
    """An update of the rows and by the values that `build` returns."""

    def __init__(self, build: Callable[[], Update]) -> None:
        self._build = build

    def run(self, **given: Any) -> int:
        """Run it in the present transaction; returns how many rows it changed."""
        sql, values = self._compiled
        return _run(sql, values(given))[1]

    def run_each(self, rows: Sequence[dict[str, Any]]) -> None:
        """Run it for each of these in the present transaction; raises TransactionManagementError when there is none.

        PostgreSQL is sent all of them before it answers.
        """
        sql, values = self._compiled
        if rows:
            _run(sql, [values(given) for given in rows], is_each=True)

    @cached_property
    def _compiled(self) -> tuple[str, Callable[[dict[str, Any]], list[Any]]]:
        rows, values = self._build()
        query: Any = rows.query.chain(UpdateQuery)
        query.add_update_values(values)
        return _parted(query.get_compiler(rows.db).as_sql())


class PreparedRows:
    """The rows of the `values_list` that `build` returns."""

    def __init__(self, build: Callable[[], models.QuerySet[Any, Any]]) -> None:
        self._build = build

    def run(self, **given: Any) -> list[tuple[Any, ...]]:
        sql, values, readers = self._compiled
        found = []
        for given_row in _run(sql, values(given))[0]:
            row = list(given_row)
            for place, reader in readers:
                # Nothing stays nothing.
                if (value := row[place]) is not None:
                    row[place] = reader(value)
            found.append(tuple(row))
        return found

    @cached_property
    def _compiled(self) -> tuple[str, Callable[[dict[str, Any]], list[Any]], Sequence[tuple[int, Convert]]]:
        rows = self._build()
        compiler: Any = rows.query.get_compiler(rows.db)
        sql, values = _parted(compiler.as_sql())
        converters = compiler.get_converters([column for column, *_ in compiler.select])
        database = connections[rows.db]
        readers = [(place, _reader(how, column, database)) for place, (how, column) in converters.items()]
        return sql, values, readers


class PreparedModels(Generic[M]):
    """The whole rows of one table that `build` returns, without what belongs to them in others."""

    def __init__(self, build: Callable[[], models.QuerySet[M]]) -> None:
        self._build = build
        self._rows = PreparedRows(build)

    def run(self, **given: Any) -> list[M]:
        """Return the objects as Model.from_db makes them, without its signals, that nobody hears."""
        model, names = self._shape
        found = []
        for row in self._rows.run(**given):
            made = model.__new__(model)
            made._state = ModelState()
            made._state.adding, made._state.db = False, DEFAULT_DB_ALIAS
            vars(made).update(zip(names, row, strict=True))
            found.append(made)
        return found

    @cached_property
    def _shape(self) -> tuple[type[M], list[str]]:
        model = self._build().model
        return model, [field.attname for field in model._meta.concrete_fields]


class PreparedInsert(Generic[M]):
    """An insert of new rows of a model."""

    def __init__(self, model: type[M], *, ignore_conflicts: bool = False) -> None:
        self._model, self._ignores = model, ignore_conflicts
        self._compiled: tuple[str, Sequence[tuple[str, Convert]]] | None = None

    def run(self, rows: Sequence[M]) -> None:
        """Insert in the present transaction; new rows learn their numbers, but for conflicts that are ignored.

        Many are inserted in one or not at all: raises TransactionManagementError.
        """
        if not rows:
            return
        self._compiled = self._compiled or self._compile(rows[0])
        sql, columns = self._compiled
        values = [[write(getattr(row, name)) for name, write in columns] for row in rows]
        told, _ = _run(sql, values[0]) if len(rows) == 1 else _run(sql, values, is_each=True)
        for row in rows:
            row._state.adding, row._state.db = False, DEFAULT_DB_ALIAS
        if not self._ignores:
            for row, (pk,) in zip(rows, told, strict=True):
                row.pk = pk

    def _compile(self, row: M) -> tuple[str, Sequence[tuple[str, Convert]]]:
        """Return the statement, which is the same for each row, and the columns in its order."""
        meta, database = self._model._meta, connections[DEFAULT_DB_ALIAS]
        fields = [field for field in meta.local_concrete_fields if not field.primary_key]
        query: Any = InsertQuery(self._model, on_conflict=OnConflict.IGNORE if self._ignores else None)
        query.insert_values(fields, [row])
        compiler: Any = query.get_compiler(DEFAULT_DB_ALIAS)
        compiler.returning_fields = None if self._ignores else [meta.pk]
        ((sql, _),) = compiler.as_sql()
        return sql, [(field.attname, _writer(field, database)) for field in fields]


class PreparedSave(Generic[M]):
    """An update of one row, by its number, to these fields of it."""

    def __init__(self, model: type[M], fields: Sequence[str]) -> None:
        self._model, self._fields = model, fields

    def run(self, row: M) -> None:
        """Save them in the present transaction."""
        sql, columns = self._compiled
        _run(sql, [write(getattr(row, name)) for name, write in columns])

    def run_each(self, rows: Sequence[M]) -> None:
        """Save them of each of these rows in the present transaction; raises TransactionManagementError without one."""
        sql, columns = self._compiled
        if rows:
            _run(sql, [[write(getattr(row, name)) for name, write in columns] for row in rows], is_each=True)

    @cached_property
    def _compiled(self) -> tuple[str, Sequence[tuple[str, Convert]]]:
        meta, database = self._model._meta, connections[DEFAULT_DB_ALIAS]
        fields: list[Any] = [meta.get_field(name) for name in self._fields]
        query: Any = self._model._default_manager.filter(pk=Param("pk", models.BigIntegerField())).query.chain(
            UpdateQuery
        )
        query.add_update_values({field.name: Param(field.attname, field) for field in fields})
        sql, params = query.get_compiler(DEFAULT_DB_ALIAS).as_sql()
        return sql, [(param.name, _writer(param.output_field, database)) for param in params]


def _run(sql: str, values: Sequence[Any], *, is_each: bool = False) -> tuple[list[Any], int]:
    """Run a statement in the present transaction; return the rows it gives, and how many it found or changed.

    With `is_each` once for each of several values, of which PostgreSQL is sent all before it answers; raises
    TransactionManagementError outside a transaction. Django's cursor would cost as much as a short statement itself; it
    is there for those that look on, as tests do.
    """
    database: Any = connections[DEFAULT_DB_ALIAS]
    is_watched = database.execute_wrappers or database.queries_logged
    if is_each and not database.in_atomic_block:
        raise TransactionManagementError("many rows are written in a transaction or not at all")
    if is_each and (is_watched or database.vendor == "sqlite"):
        return [row for one in values for row in _run(sql, one)[0]], len(values)
    if is_watched:
        with database.cursor() as cursor:
            cursor.execute(sql, values)
            return cursor.fetchall() if cursor.description else [], cursor.rowcount
    database.close_if_health_check_failed()
    if database.connection is None:
        database.ensure_connection()
    database.validate_no_broken_transaction()
    with database.wrap_database_errors:
        if database.vendor == "sqlite":
            cursor = database.connection.execute(_with_question_marks(sql), values)
            return cursor.fetchall(), cursor.rowcount
        # Its values travel beside the statement, so that PostgreSQL can keep it.
        cursor = _binding_cursor()(database.connection)
        # Thousands of updates tell nothing; each answer that is kept is one to go through.
        returns = is_each and " RETURNING " in sql
        cursor.executemany(sql, values, returning=returns) if is_each else cursor.execute(sql, values, prepare=True)
        # Not by the description: psycopg builds it from every column each time somebody asks.
        told = cursor.fetchall() if cursor.rownumber is not None else []
        while is_each and cursor.nextset():
            told += cursor.fetchall() if cursor.rownumber is not None else []
        return told, cursor.rowcount


@cache
def _with_question_marks(sql: str) -> str:
    """Return a statement in SQLite's words, by Django's own rule: %%s is a percent sign and a letter."""
    return FORMAT_QMARK_REGEX.sub("?", sql).replace("%%", "%")


@cache
def _binding_cursor() -> Any:
    from django.db.backends.postgresql.base import ServerBindingCursor

    return ServerBindingCursor


# Each value of a list is looked up in an index; a question for them is joined, from the other side where PostgreSQL
# takes that for cheaper: by all orders of a day, while a table's figures are not known yet.
ASKED_LIST = pattern(r"IN \(SELECT unnest\((%s::\w+\[\])\)\)")


def _parted(compiled: tuple[str, Iterable[Any]]) -> tuple[str, Callable[[dict[str, Any]], list[Any]]]:
    """Return a statement, and the function that puts its values together from those given by name."""
    sql, params = compiled
    database = connections[DEFAULT_DB_ALIAS]
    if database.vendor == "postgresql":
        sql, params = _with_what_is_known(ASKED_LIST.sub(r"= ANY(\1)", sql), list(params))
    parts = [(one.name, one.writer(database)) if isinstance(one, Param) else (None, one) for one in params]
    return sql, lambda given: [part if name is None else part(given[name]) for name, part in parts]


def _with_what_is_known(sql: str, params: Sequence[Any]) -> Sql:
    """Return a statement in which what never differs stands as it is, and the rest of the values.

    PostgreSQL makes one plan for all values, and only of those it knows it can tell that few rows have them, or that an
    index of just those rows is there.
    """
    from psycopg.sql import Literal

    first, *rest = FORMAT_QMARK_REGEX.split(sql)
    written = ["%s" if isinstance(one, Param) else Literal(one).as_string(None).replace("%", "%%") for one in params]
    together = first + "".join(value + part for value, part in zip(written, rest, strict=True))
    return together, tuple(one for one in params if isinstance(one, Param))


AS_IT_IS = (models.BigIntegerField, models.IntegerField, models.BooleanField, models.ForeignKey)


def _writer(field: Any, database: BaseDatabaseWrapper) -> Convert:
    """Return the function that turns a field's value into what the database takes, by the shortest way."""
    if isinstance(field, models.DateTimeField) and database.vendor == "sqlite":
        return lambda value: value and str(value.astimezone(UTC).replace(tzinfo=None))
    if isinstance(field, (*AS_IT_IS, models.DateTimeField)):
        return lambda value: value
    if isinstance(field, ExactField):
        return lambda value: field.get_db_prep_value(value, database)
    if isinstance(field, models.CharField | models.TextField):
        # A choice is a text of a class of its own.
        return lambda value: value if value is None else str(value)
    return lambda value: field.get_db_prep_save(value, database)


def _reader(converters: Sequence[Any], column: Any, database: BaseDatabaseWrapper) -> Convert:
    """Return the function that turns what a column holds into the field's value."""
    if database.vendor == "sqlite" and isinstance(column.output_field, models.DateTimeField):
        # Read already where it comes from a column, text where it was reckoned.
        return lambda value: (datetime.fromisoformat(value) if isinstance(value, str) else value).replace(tzinfo=UTC)
    if isinstance(column, Col) and isinstance(column.output_field, ExactField):
        # A text on SQLite, and on PostgreSQL a Decimal already.
        return Decimal
    if len(converters) == 1:
        (convert,) = converters
        return lambda value: convert(value, column, database)
    return lambda value: reduce(lambda so_far, convert: convert(so_far, column, database), converters, value)
