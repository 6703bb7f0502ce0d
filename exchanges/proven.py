"""Read what an exchange says strictly: a field is there and of its kind, or nothing is proven.

Numbers are read in the exchange's own digits, finite and of a sensible size; `plain` is how we write ours.
"""

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal


class UnreadableError(Exception):
    """The answer lacks a field that the exchange always sends: it proves nothing."""


def as_object(body: object) -> Mapping[str, object]:
    """Return the body as a JSON object; raise UnreadableError otherwise."""
    if not isinstance(body, Mapping):
        raise UnreadableError
    return body


def as_switch(value: object) -> bool | None:
    """Return a switch that an exchange may leave out; anything but true and false tells nothing."""
    return value if isinstance(value, bool) else None


def as_list(body: object) -> list[object]:
    if not isinstance(body, list):
        raise UnreadableError
    return body


def as_rows(value: object, *fields: str) -> list[Mapping[str, object]]:
    """Return those of a list that are objects with these fields, and pass over the odd ones between them.

    An empty list has them all; one that holds odd rows alone is nobody's.
    """
    found = as_list(value)
    rows = [row for row in found if isinstance(row, Mapping) and all(field in row for field in fields)]
    if found and not rows:
        raise UnreadableError
    return rows


def rows_in(holder: Mapping[str, object], name: str, *fields: str) -> list[Mapping[str, object]]:
    """Return the rows that an object holds under a name; null there is an empty list, nothing there is unreadable."""
    if name not in holder:
        raise UnreadableError
    return as_rows([] if holder[name] is None else holder[name], *fields)


def as_text(value: object) -> str:
    """Return a non-empty string; raise UnreadableError otherwise."""
    if not isinstance(value, str) or not value.strip():
        raise UnreadableError
    return value.strip()


def as_uid(value: object) -> str:
    """Return an account's number or name as a text; raise UnreadableError for anything else, and for 0."""
    return as_text(str(value) if isinstance(value, int) and not isinstance(value, bool) and value > 0 else value)


def as_ip_list(value: object) -> tuple[str, ...]:
    """Return the addresses of a list joined by commas; None and "" are a key that is open to every address."""
    if not isinstance(value, str | None):
        raise UnreadableError
    return split_words(value or "")


def as_days(value: object, *, permanent: int) -> int | None:
    """Return the days that a key has left, 0 when they are over, None for the exchange's own sign of a lasting key."""
    if not isinstance(value, int) or isinstance(value, bool):
        raise UnreadableError
    return None if value == permanent else max(value, 0)


def as_millis(value: object) -> int:
    """Return a plausible epoch time in milliseconds (2020 to 2100), given as number or digits."""
    text = str(value)
    if isinstance(value, bool) or not text.isascii() or not text.isdigit() or len(text) != 13:
        raise UnreadableError
    if not 1_577_836_800_000 <= int(text) <= 4_102_444_800_000:
        raise UnreadableError
    return int(text)


def printable(text: str, *, most: int) -> str:
    """Return foreign text without control characters and surrogates, cut: it goes into our database and pages."""
    return "".join(c for c in text if c.isprintable())[:most]


def split_words(text: str) -> tuple[str, ...]:
    return tuple(word.strip() for word in text.split(",") if word.strip())


def date_of(millis: int) -> date:
    return datetime.fromtimestamp(millis / 1000, tz=UTC).date()


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


ABSENT = object()


def at(body: object, path: str, absent: object = None) -> object:
    """Return what stands at a path of names and numbers, joined by dots; the empty path is the body itself."""
    for name in path.split(".") if path else ():
        if isinstance(body, list) and name.isdigit():
            body = body[int(name)] if int(name) < len(body) else absent
        else:
            body = body.get(name, absent) if isinstance(body, Mapping) else absent
    return body


def is_own(body: object, proof: tuple[str, str] | None) -> bool:
    """Say whether an answer has the exchange's own shape (TradingWays.proof).

    ccxt takes a bare text for the id of an order.
    """
    return str(at(body, proof[0])) == proof[1] if proof else isinstance(body, Mapping | list)
