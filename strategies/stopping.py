"""Stops: pause entries, pause add-ons too, close at market; for a bot, a trader, everybody.

A stop is a column that every order's sending looks at, so it holds from the moment it is committed, whatever happens
to messages and workers.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone

from accounts import audit
from accounts.models import User
from strategies import dropping, switches, waking
from strategies.choices import LIVE_STATES, GroupMode, OrderState, StopLevel
from strategies.errors import GoneError
from strategies.instruments import Instrument
from strategies.models import Bot, Group, Order, StopSwitch

ZERO = Decimal(0)
# What a trader may pause; to stop exits too is for operators, when something is wrong with ours.
TRADERS_LEVELS = (StopLevel.NONE, StopLevel.ENTRIES, StopLevel.ADD_ONS)


@dataclass(frozen=True, kw_only=True)
class ClosePreview:
    """What closing a group at market would bring now: `result` in quote money after fees.

    `price` and `result` are None without a price of the last seconds; `least` is what the exchange takes at least.
    """

    group: Group
    price: Decimal | None
    held: Decimal
    result: Decimal | None
    is_dust: bool
    least: Decimal


def pause_bot(bot: Bot, level: StopLevel, *, request: HttpRequest | None = None) -> None:
    """Set what is paused for one bot; StopLevel.NONE lets it go on. Raises GoneError."""
    with transaction.atomic():
        if not Bot.objects.filter(pk=bot.pk, deleted_at=None).update(paused=level):
            raise GoneError("This bot was deleted.")
        audit.record("bot.paused", actor=bot.connection.owner, target=bot, outcome=level or "none", request=request)
    bot.paused = level


def pause_trader(user: User, level: StopLevel, *, request: HttpRequest | None = None) -> None:
    """Set what is paused for all bots of a trader."""
    with transaction.atomic():
        StopSwitch.objects.update_or_create(owner=user, defaults={"level": level, "changed_at": timezone.now()})
        audit.record("trader.paused", actor=user, target=user, outcome=level or "none", request=request)


def pause_everybody(operator: User | None, level: StopLevel, *, request: HttpRequest | None = None) -> None:
    """Set the operators' switch, which holds for every bot of the product; None is the command line."""
    with transaction.atomic():
        values = {"level": level, "changed_at": timezone.now()}
        StopSwitch.objects.update_or_create(is_global=True, owner=None, defaults=values)
        audit.record("everybody.paused", actor=operator, target="everybody", outcome=level or "none", request=request)


def at_least_entries(level: str) -> StopLevel:
    """Return the level with which nothing opens again, never a milder one than there is."""
    return switches.hardest(level, StopLevel.ENTRIES)


def preview(
    groups: Iterable[Group], prices: dict[tuple[str, str, str], Instrument], *, now: datetime
) -> list[ClosePreview]:
    """Say what closing would bring; `prices` are keyed by exchange, venue and pair."""
    return [_preview(group, prices.get(key_of(group)), now) for group in groups]


def prices_of(groups: Iterable[Group]) -> dict[tuple[str, str, str], Instrument]:
    """Return what is known of the groups' markets, in one query."""
    keys = {key_of(group) for group in groups}
    found = Instrument.objects.filter(
        exchange__in={key[0] for key in keys}, venue__in={key[1] for key in keys}, pair__in={key[2] for key in keys}
    )
    return {(one.exchange, one.venue, one.pair): one for one in found}


def key_of(group: Group) -> tuple[str, str, str]:
    return group.connection.exchange, group.connection.venue, group.pair


def _preview(group: Group, instrument: Instrument | None, now: datetime) -> ClosePreview:
    price = (instrument.bid or instrument.price) if instrument and instrument.is_fresh(now) else None
    if instrument is None or price is None:
        return ClosePreview(group=group, price=None, held=group.held, result=None, is_dust=False, least=ZERO)
    gained = group.held * price * (1 - (instrument.taker or ZERO))
    least = max(instrument.min_cost or ZERO, (instrument.min_amount or ZERO) * price)
    step = instrument.amount_step
    sellable = group.held - group.held % step if step else group.held
    return ClosePreview(
        group=group,
        price=price,
        held=group.held,
        result=group.proceeds + gained - group.cost - group.fee_quote,
        is_dust=sellable <= 0 or sellable * price < least,
        least=least,
    )


def close_groups(groups: Iterable[Group], *, actor: User, request: HttpRequest | None = None) -> int:
    """Ask for groups to be closed at market; returns how many were open. The bot closes them within seconds."""
    count = 0
    with transaction.atomic():
        for group in groups:
            asked = Group.objects.open().filter(pk=group.pk, close_asked_at=None)
            if asked.update(close_asked_at=timezone.now()):
                count += 1
                waking.wake_bot(group.bot_id)
                audit.record("group.close_asked", actor=actor, target=group.bot, outcome=group.pair, request=request)
    return count


def release_group(group: Group, *, actor: User, request: HttpRequest | None = None) -> bool:
    """Let a group go: the bot forgets it, its coins stay in the account. False while an order of it is under way.

    Where the connection is deleted, nobody will ever learn what became of an order: it keeps no group.
    """
    with transaction.atomic():
        mine = Group.objects.open().filter(pk=group.pk)
        # Before its order: everybody locks them one after the other so.
        if mine.select_for_update(of=("self",), no_key=True).first() is None:
            return True
        states = LIVE_STATES if group.connection.deleted_at else (OrderState.INTENDED, OrderState.ABSENT)
        order = Order.objects.live().filter(group=group).first()
        if order and not dropping.drop(order.pk, states, reason="group.released", now=timezone.now()):
            return False
        mine.update(mode=GroupMode.RELEASED, closed_at=timezone.now(), close_reason="group.released")
        audit.record("group.released", actor=actor, target=group.bot, outcome=group.pair, request=request)
    return True


def switch_recovery(group: Group, *, is_on: bool, actor: User, request: HttpRequest | None = None) -> None:
    """Put a group into Recovery Mode, or take it out, because its trader says so."""
    with transaction.atomic():
        Group.objects.open().filter(pk=group.pk).update(recovery_forced=is_on, recovery_released=not is_on)
        waking.wake_bot(group.bot_id)
        outcome = "on" if is_on else "off"
        audit.record("group.recovery", actor=actor, target=group.bot, outcome=outcome, request=request)
