"""From the rows of a balance answer to what can be traded with: a row that cannot be read is set aside and told.

The rows are the exchange's own, so that what ccxt drops or stumbles over is not lost on the way.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from exchanges.proven import ZERO, UnreadableError, as_decimal, as_object, as_text
from exchanges.shape import shape_of_row
from exchanges.values import Balance, Balances, OddRow

# Longer than the name of any coin that these exchanges list.
LONGEST_COIN = 40
UNSHOWN = "\N{REPLACEMENT CHARACTER}"

Row = Mapping[str, object]


@dataclass(frozen=True, kw_only=True)
class Purse:
    """How an exchange tells what can be traded with.

    `rows` are the places where its answer may hold the rows, as in TradingWays.lists; `coin` is the field with the
    coin's name; `read` returns what a row adds to its coin, None when the row speaks of
    another purse of the account, which nobody trades from here.
    """

    rows: tuple[str, ...]
    coin: str
    read: Callable[[Row], Balance | None]


def as_coin(value: object, *, longest: int = LONGEST_COIN) -> str:
    """Return a coin's name, in any script; without control characters and marks that turn the writing round."""
    name = as_text(value)
    if len(name) > longest or not name.isprintable():
        raise UnreadableError
    return name


def first_told(row: Row, *names: str) -> Decimal | None:
    """Return the first of these amounts that the row tells; null and "" tell nothing."""
    told = (row.get(name) for name in names)
    value = next((one for one in told if one is not None and one != ""), None)
    return None if value is None else as_decimal(value)


def told(row: Row, *names: str) -> Decimal:
    if (amount := first_told(row, *names)) is None:
        raise UnreadableError
    return amount


def all_told(row: Row, *names: str) -> Decimal:
    """Return the sum of these amounts; one that is not told counts as nothing."""
    return sum((first_told(row, name) or ZERO for name in names), ZERO)


def held(*, free: Decimal, total: Decimal) -> Balance:
    """Return a balance as it can be used: who owes a coin has none of it, and no more is free than there is."""
    total = max(total, ZERO)
    return Balance(free=min(max(free, ZERO), total), total=total)


def free_and_locked(free: str, *locked: str) -> Callable[[Row], Balance]:
    """Return the reader of rows that tell what is free and what lies in orders."""

    def read(row: Row) -> Balance:
        available = max(told(row, free), ZERO)
        return held(free=available, total=available + max(all_told(row, *locked), ZERO))

    return read


def read_balances(rows: Iterable[object], purse: Purse, *, code_of: Callable[[str], str]) -> Balances:
    """Read all rows; `code_of` turns the exchange's name of a coin into the one in the names of its pairs."""
    coins: dict[str, Balance] = {}
    odd = []
    for row in rows:
        try:
            read = _read(row, purse, code_of)
        except UnreadableError:
            odd.append(OddRow(coin=_name(row, purse, code_of), shape=shape_of_row(row)))
            continue
        if read is not None:
            coin, more = read
            had = coins.get(coin, NOTHING)
            coins[coin] = Balance(free=had.free + more.free, total=had.total + more.total)
    return Balances(coins=coins, odd=tuple(odd))


NOTHING = Balance(free=ZERO, total=ZERO)


def _read(row: object, purse: Purse, code_of: Callable[[str], str]) -> tuple[str, Balance] | None:
    found = as_object(row)
    balance = purse.read(found)
    return None if balance is None else (as_coin(code_of(as_coin(found.get(purse.coin)))), balance)


def _name(row: object, purse: Purse, code_of: Callable[[str], str]) -> str:
    """Return the coin of a row that could not be read; a name that is none is told by what can be shown of it.

    The mark in it sees to it that it is never taken for another coin.
    """
    name = row.get(purse.coin) if isinstance(row, Mapping) else None
    if not isinstance(name, str) or not name.strip():
        return ""
    try:
        return as_coin(code_of(as_coin(name)))
    except UnreadableError:
        shown = "".join(c if c.isprintable() else UNSHOWN for c in name[: LONGEST_COIN - 1])
        return shown if UNSHOWN in shown else shown + UNSHOWN
