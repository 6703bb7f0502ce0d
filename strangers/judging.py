"""How a row says that something is wrong: plain comparisons that name what was found."""

import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from decimal import Decimal

from strangers.shapes import DiffersError, Order, RefusedError, Stranger


def same(what: str, found: object, expected: object) -> None:
    if found != expected:
        raise DiffersError(f"{what} is {_short(found)}, not {_short(expected)}")


def holds(what: str, is_so: object) -> None:
    """Raise unless it is so; `what` says what ought to be."""
    if not is_so:
        raise DiffersError(f"not so: {what}")


def near(what: str, found: Decimal, expected: Decimal, within: Decimal) -> None:
    if abs(found - expected) > within:
        raise DiffersError(f"{what} is {found}, not about {expected}")


def one_with(orders: Iterable[Order], identity: str, what: str) -> Order:
    found = [order for order in orders if order.id == identity]
    same(f"orders with that id among {what}", len(found), 1)
    return found[0]


@contextmanager
def refusal(stranger: Stranger, name: str) -> Iterator[None]:
    """Expect to be refused in the exchange's words for `name`."""
    try:
        yield
    except RefusedError as refused:
        pattern = stranger.refusals[name]
        if not re.search(pattern, str(refused)):
            raise DiffersError(f"refused with {_short(refused)}, not {pattern}") from None
    else:
        raise DiffersError(f"taken, not refused with {stranger.refusals[name]}")


def refuses(stranger: Stranger, name: str, act: Callable[[], object]) -> None:
    with refusal(stranger, name):
        act()


def _short(value: object) -> str:
    text = str(value)
    return text if len(text) <= 160 else text[:157] + "…"
