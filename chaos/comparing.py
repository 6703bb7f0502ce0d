"""Our books against the exchange's own: every order once, every fill, every coin, and none without authority."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from connections.models import Connection
from strategies.choices import Purpose
from strategies.models import Fill, Group, Order

# An order that was marked sent in the last moment of a bot's authority leaves within seconds (X8: 5 s).
GRACE_SECONDS = 5.0
# By bot, from when to when: seconds since 1970.
Windows = Mapping[int, Sequence[tuple[float, float]]]


@dataclass
class Found:
    fills: int = 0
    wrong: list[str] = field(default_factory=list)


def compare(
    connection: Connection,
    truth: Mapping[str, Any],
    without: Mapping[Purpose, Windows],
    *,
    is_short: bool = False,
) -> Found:
    """Compare everything of one account exactly, in decimals.

    `without` tells, by purpose and bot, from when to when (seconds since 1970) it might send no such order.
    `is_short`: coins were taken out by hand for a while. What an exit could not sell then is left to the trader.
    """
    found = Found()
    ours = {order.client_id: order for order in Order.objects.filter(connection=connection)}
    theirs = [row | {"client_id": _ours(row["client_id"], connection)} for row in truth["orders"]]
    found.wrong += _doubled(theirs, ours)
    for row in theirs:
        if order := ours.get(row["client_id"]):
            found.wrong += _order(row, order)
            found.wrong += _authority(row, order, without.get(Purpose(order.purpose), {}))
            found.fills += len(row["fills"])
    known = {row["client_id"] for row in theirs}
    for order in ours.values():
        if order.filled and order.client_id not in known:
            found.wrong.append(f"{order.client_id}: we count a fill of an order that was never accepted")
    found.wrong += _coins(connection, truth["balances"], is_short=is_short)
    return found


def _ours(client_id: str, connection: Connection) -> str:
    """Return our id of an order as we spell it: some exchanges want something of their own before it."""
    return client_id.removeprefix(connection.spec.trading.id_prefix)


def _doubled(theirs: Iterable[Mapping[str, Any]], ours: Mapping[str, Order]) -> list[str]:
    wrong = []
    for client_id, count in Counter(row["client_id"] for row in theirs).items():
        if count > 1:
            wrong.append(f"{client_id}: accepted {count} times")
        if client_id not in ours:
            wrong.append(f"{client_id}: accepted without a row of ours")
    steps = Counter(
        (order.group_id, order.step)
        for row in theirs
        if (order := ours.get(row["client_id"])) and order.purpose == "entry" and Decimal(row["filled"])
    )
    return wrong + [f"group {group}: entered {count} times" for (group, _), count in steps.items() if count > 1]


def _order(row: Mapping[str, Any], order: Order) -> list[str]:
    """Compare one order: its state, what was filled, and each fill with its fee."""
    wrong = []
    if row["status"] != "open" and order.is_live:
        wrong.append(f"{order}: {row['status']} there, {order.state} here")
    if Decimal(row["filled"]) != order.filled:
        wrong.append(f"{order}: filled {row['filled']} there, {order.filled} here ({order.state})")
    there = sorted(
        (Decimal(fill["price"]), Decimal(fill["amount"]), Decimal(fill["fee"]), fill["fee_asset"])
        for fill in row["fills"]
    )
    here = sorted((fill.price, fill.quantity, fill.fee, fill.fee_asset) for fill in Fill.objects.filter(order=order))
    if there != here:
        wrong.append(f"{order}: {len(there)} fills there, {len(here)} here, or not the same")
    return wrong


def _authority(row: Mapping[str, Any], order: Order, without: Windows) -> list[str]:
    moment = row["created"] / 1000
    return [
        f"{order}: {order.purpose} accepted {moment - since:.1f} s after its bot was stopped"
        for since, until in without.get(order.bot_id, ())
        if since + GRACE_SECONDS < moment < until
    ]


def _coins(connection: Connection, balances: Iterable[Mapping[str, Any]], *, is_short: bool) -> list[str]:
    """The account began with no coins: what it has now is what all groups together bought and did not sell."""
    there = {row["asset"]: Decimal(row["free"]) + Decimal(row["locked"]) for row in balances if row["wallet"] == "spot"}
    here: dict[str, Decimal] = {}
    for group in Group.objects.filter(connection=connection):
        asset = group.pair.partition("/")[0]
        here[asset] = here.get(asset, Decimal(0)) + group.held
    return [
        f"{asset}: {there.get(asset, 0)} in the account, {held} in our books"
        for asset, held in here.items()
        if (there.get(asset, Decimal(0)) < held if is_short else there.get(asset, Decimal(0)) != held)
    ]
