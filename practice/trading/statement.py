"""What went in and out of an account's coins, from its fills: the statement that some exchanges tell."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from practice.trading.matching import Desk
from practice.trading.orders import Fill


@dataclass(frozen=True)
class Entry:
    """`kind` is trade or fee; `balance` is what was there of the coin afterwards, held money included."""

    n: int
    time: int
    asset: str
    change: Decimal
    balance: Decimal
    kind: str
    order_id: str


def entries(desk: Desk, account: str) -> Iterator[Entry]:
    """Yield the newest first, going back from what is there now."""
    left = {balance.asset: balance.total for balance in desk.balances(account, "spot")}
    for fill in reversed(desk.fills(account)):
        for at, (asset, change, kind) in enumerate(_parts(fill)):
            balance = left.get(asset, Decimal(0))
            left[asset] = balance - change
            if change:
                yield Entry(3 * fill.n + 2 - at, fill.time, asset, change, balance, kind, fill.order_id)


def _parts(fill: Fill) -> list[tuple[str, Decimal, str]]:
    """Return what a fill moved, the last first."""
    base, _, quote = fill.pair.partition("/")
    sign = 1 if fill.side == "buy" else -1
    bought, paid = (base, sign * fill.amount, "trade"), (quote, -sign * fill.cost, "trade")
    return [(fill.fee_asset, -fill.fee, "fee"), bought, paid]
