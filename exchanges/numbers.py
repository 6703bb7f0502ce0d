"""Numbers that an exchange sends, its own digits, finite and of a sensible size, or nothing; and how we write ours."""

import re
from decimal import Decimal

from exchanges.proven import UnreadableError

# 40 digits and exponents of two: what money needs, and far from what makes arithmetic slow or infinite.
NUMBER = re.compile(r"-?[0-9]{1,40}(\.[0-9]{0,40})?([eE][+-]?[0-9]{1,2})?", re.ASCII)
ZERO = Decimal(0)


def as_decimal(value: object) -> Decimal:
    """Return a finite number of a sensible size; raise UnreadableError for anything else."""
    if isinstance(value, bool) or not isinstance(value, str | int | float | Decimal):
        raise UnreadableError
    if not NUMBER.fullmatch(text := str(value).strip()[:200]):
        raise UnreadableError
    return Decimal(text)


def as_amount(value: object) -> Decimal:
    if (number := as_decimal(value)) < 0:
        raise UnreadableError
    return number


def as_price(value: object) -> Decimal:
    if (number := as_decimal(value)) <= 0:
        raise UnreadableError
    return number


def plain(number: Decimal) -> str:
    """Write a decimal without an exponent and without the zeros behind it."""
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
