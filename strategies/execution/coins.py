"""Coins that no order of ours bought: which of them are free to be adopted, and whether adopted ones are there."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.db.models import Q

from connections.models import Connection
from database.prepared import PreparedModels, number
from strategies import messages
from strategies.account import Pools
from strategies.choices import LIVE_STATES, GroupMode
from strategies.execution.dust import SURE_AFTER
from strategies.models import Bot, Group, KeptResult, Order, journal
from strategies.models.funds import Funds
from strategies.models.groups import NO_BAND

ZERO = Decimal(0)


@dataclass(frozen=True, kw_only=True)
class FreeCoins:
    """Coins of an account that no group claims; `refusal` is the code of why that is not known at this moment."""

    quantity: Decimal = ZERO
    refusal: str = ""


def free_of(home: Connection, base: str, accounts: Pools, *, now: datetime) -> FreeCoins:
    """Return what of a coin is free and no open group's: of no bot of this connection, nor of one to the same account.

    What an order moved of late may not be in the balances yet, so that nothing is said of it. Money that is set aside
    in this coin is taken.
    """
    funds = Funds.objects.filter(connection=home).first()
    if funds is None or funds.read_at is None or not funds.is_reconciled(now) or not funds.tells(base):
        return FreeCoins(refusal="adopt.not_read")
    if funds.restored_from is not None:
        return FreeCoins(refusal="books.behind")
    homes = _homes_of(home)
    if _is_moving(homes, base, funds.read_at - SURE_AFTER):
        return FreeCoins(refusal="adopt.moving")
    claimed = sum((group.held for group in _of_coin(homes, base)), ZERO)
    return FreeCoins(quantity=max(ZERO, funds.free(base) - claimed - accounts.of((home.pk, base)).set_aside))


def look_for_adopted(funds: Funds, *, now: datetime) -> None:
    """Let groups of adopted coins be traded once the account shows the coins; where it has them no more, let them go.

    By a reading that was asked for after they were adopted. In the order in which they were, beside what all others
    hold.
    """
    if funds.read_at is None or funds.restored_from is not None:
        return
    for group in _UNSEEN.run(connection=funds.connection_id):
        base, homes = group.pair.partition("/")[0], _homes_of(funds.connection)
        too_early = group.adopted_at is None or group.adopted_at >= funds.read_at or not funds.tells(base)
        if too_early or _is_moving(homes, base, funds.read_at - SURE_AFTER):
            continue
        before = (one for one in _of_coin(homes, base) if not one.is_unseen or one.pk < group.pk)
        is_there = funds.total(base) >= sum((one.held for one in before), group.held)
        with transaction.atomic():
            mine = Group.objects.open().filter(pk=group.pk, is_unseen=True)
            if is_there:
                mine.update(is_unseen=False, reason="", reason_since=None)
                Bot.objects.wake(group.bot_id)
            elif mine.update(mode=GroupMode.RELEASED, closed_at=now, close_reason="coins.gone", **NO_BAND):
                KeptResult.objects.count_in(group.pk)
                journal.write(group.bot, group=group, action="released", reason="coins.gone", now=now)
                messages.tell_not_adopted(group, now=now)


def _homes_of(home: Connection) -> list[int]:
    """Return all connections to the same account."""
    return [home.pk, *Connection.objects.beside(home).values_list("pk", flat=True)]


def _of_coin(homes: Collection[int], base: str) -> list[Group]:
    return list(Group.objects.open().filter(connection__in=homes, pair__startswith=f"{base}/"))


def _is_moving(homes: Collection[int], coin: str, since: datetime) -> bool:
    """Say whether an order of the coin is under way, or moved some since then."""
    of_coin = Q(pair__startswith=f"{coin}/") | Q(pair__endswith=f"/{coin}")
    orders = Order.objects.filter(of_coin, connection__in=homes)
    moved = orders.filter(ended_at__gte=since).exclude(filled=ZERO)
    return orders.filter(state__in=LIVE_STATES).exists() or moved.exists()


_UNSEEN = PreparedModels(
    lambda: Group.objects.open().filter(connection=number("connection"), is_unseen=True).order_by("pk")
)
