"""A column of exact decimals: SQLite would keep 15 digits of a number, and a fill has more."""

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper

from exchanges.proven import plain

if TYPE_CHECKING:  # what it holds, for the type checker only
    DecimalColumn = models.DecimalField
else:
    DecimalColumn = models.Field


class ExactField(DecimalColumn):  # type: ignore[type-arg] # generic for the type checker only
    """A finite Decimal with all its digits: numeric on PostgreSQL, text on SQLite. Sums are made in Python."""

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
