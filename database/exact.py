"""A column of exact decimals: SQLite would keep 15 digits of a number, and a fill has more."""

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created

from exchanges.proven import plain

if TYPE_CHECKING:  # what it holds, for the type checker only
    DecimalColumn = models.DecimalField
else:
    DecimalColumn = models.Field

ONE = Decimal(1)


class ExactField(DecimalColumn):  # type: ignore[type-arg] # generic for the type checker only
    """A finite Decimal with all its digits: numeric on PostgreSQL, text on SQLite. Sums are ExactSum's."""

    description = "Exact decimal"

    def db_type(self, connection: BaseDatabaseWrapper) -> str:
        return "numeric" if connection.vendor == "postgresql" else "text"

    def from_db_value(self, value: object, expression: object, connection: object) -> Decimal | None:
        return None if value is None else Decimal(str(value))

    def to_python(self, value: Any) -> Decimal | None:
        return None if value is None else Decimal(str(value))

    def get_prep_value(self, value: Any) -> Any:
        number = super().get_prep_value(value)
        return None if number is None else Decimal(str(number))

    def get_db_prep_value(self, value: Any, connection: BaseDatabaseWrapper, prepared: bool = False) -> Any:
        number = value if prepared or isinstance(value, Decimal) else self.get_prep_value(value)
        if not isinstance(number, Decimal):
            return number
        if not number.is_finite():
            raise ValueError("a number that is stored must be finite")
        return number if connection.vendor == "postgresql" else plain(number)


class ExactSum(models.Aggregate):
    """The sum of a column, or of the products of several, with all digits; None where there is nothing to add."""

    function, name, arg_joiner = "SUM", "ExactSum", " * "

    def __init__(self, *columns: str, **more: Any) -> None:
        super().__init__(*columns, output_field=ExactField(), **more)

    def as_sqlite(self, compiler: Any, connection: BaseDatabaseWrapper, **more: Any) -> Any:
        return self.as_sql(compiler, connection, function="exact_sum", arg_joiner=", ", **more)


class _Sum:
    """What SQLite adds up with; a row with nothing in one of the columns counts as nothing, as in SQL."""

    def __init__(self) -> None:
        self._total: Decimal | None = None

    def step(self, *columns: str | None) -> None:
        # In a loop of its own: a page adds up thousands of rows.
        product = ONE
        for column in columns:
            if column is None:
                return
            product *= Decimal(column)
        self._total = product if self._total is None else self._total + product

    def finalize(self) -> str | None:
        return None if self._total is None else plain(self._total)


def _teach(connection: BaseDatabaseWrapper, **_: object) -> None:
    if connection.vendor == "sqlite":
        connection.connection.create_aggregate("exact_sum", -1, _Sum)


connection_created.connect(_teach)
