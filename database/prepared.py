"""Statements whose SQL is compiled once: Django needs about half a millisecond to put a query into words, each time.

Only what is on a signal's way to the exchange is worth it. They are the very statements that the querysets themselves
would run; what differs from run to run stands in them as Params.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from functools import cached_property
from typing import Any, Generic, TypeVar

from django.db import connection, models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models.sql import UpdateQuery
from django.db.models.sql.compiler import SQLCompiler

M = TypeVar("M", bound=models.Model)
Update = tuple[models.QuerySet[Any], dict[str, Any]]
Sql = tuple[str, tuple[Any, ...]]


class Param(models.Expression):
    """Stand for a value that is given when the statement runs."""

    def __init__(self, name: str, output_field: models.Field[Any, Any]) -> None:
        super().__init__(output_field=output_field)
        self.name = name

    def as_sql(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper) -> Sql:
        return "%s", (self,)

    def prepared(self, value: Any) -> Any:
        return self.output_field.get_db_prep_value(value, connection, prepared=False)


class Params(Param):
    """Stand for any number of values, after `__in`."""

    def as_sqlite(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper) -> Sql:
        return "(SELECT value FROM json_each(%s))", (self,)

    def as_postgresql(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper) -> Sql:
        return f"(SELECT unnest(%s::{self.output_field.db_type(connection)}[]))", (self,)

    def prepared(self, value: Iterable[Any]) -> Any:
        values = [super(Params, self).prepared(one) for one in value]
        return json.dumps(values) if connection.vendor == "sqlite" else values


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
        sql, params = self._compiled
        with connection.cursor() as cursor:
            cursor.execute(sql, _values(params, given))
            return int(cursor.rowcount)

    @cached_property
    def _compiled(self) -> Sql:
        rows, values = self._build()
        query: Any = rows.query.chain(UpdateQuery)
        query.add_update_values(values)
        sql, params = query.get_compiler(rows.db).as_sql()
        return sql, tuple(params)


class PreparedRows:
    """The rows of the `values_list` that `build` returns."""

    def __init__(self, build: Callable[[], models.QuerySet[Any, Any]]) -> None:
        self._build = build

    def run(self, **given: Any) -> list[tuple[Any, ...]]:
        (sql, params), converted = self._compiled
        with connection.cursor() as cursor:
            cursor.execute(sql, _values(params, given))
            return [tuple(row) for row in converted(cursor.fetchall())]

    @cached_property
    def _compiled(self) -> tuple[Sql, Callable[[Any], Iterable[list[Any]]]]:
        rows = self._build()
        compiler: Any = rows.query.get_compiler(rows.db)
        sql, params = compiler.as_sql()
        converters = compiler.get_converters([column for column, *_ in compiler.select])
        return (sql, tuple(params)), lambda found: compiler.apply_converters(found, converters)


class PreparedModels(Generic[M]):
    """The whole rows of one table that `build` returns, without what belongs to them in others."""

    def __init__(self, build: Callable[[], models.QuerySet[M]]) -> None:
        self._build = build
        self._rows = PreparedRows(build)

    def run(self, **given: Any) -> list[M]:
        model, names = self._shape
        return [model.from_db(connection.alias, names, row) for row in self._rows.run(**given)]

    @cached_property
    def _shape(self) -> tuple[type[M], list[str]]:
        model = self._build().model
        return model, [field.attname for field in model._meta.concrete_fields]


def _values(params: tuple[Any, ...], given: dict[str, Any]) -> list[Any]:
    return [param.prepared(given[param.name]) if isinstance(param, Param) else param for param in params]
