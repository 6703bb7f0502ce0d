"""Stops: pause entries, pause add-ons too, close at market; for a bot, a trader, everybody.

A stop is a column that every order's sending looks at, so it holds from the moment it is committed, whatever happens
to messages and workers.
"""

from collections.abc import Iterable

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext

from accounts import audit, sudo
from accounts.by import By
from accounts.models import User
from connections.models import Connection, Venue
from strategies.choices import LIVE_STATES, GroupMode, OrderState, StopLevel
from strategies.errors import BotGoneError
from strategies.execution import books
from strategies.models import Bot, Group, KeptResult, Order, StopSwitch, stops
from strategies.models.groups import NO_BAND
from strategies.stops.state import EVERYBODY, StopReach
from strategies.words.stops import count_of

# What a trader may pause; to stop exits too is for operators, when something is wrong with ours.
TRADERS_LEVELS = (StopLevel.NONE, StopLevel.ENTRIES, StopLevel.ADD_ONS)


def pause_bot(bot: Bot, level: StopLevel, *, by: By) -> None:
    """Set what is paused for one bot; StopLevel.NONE lets it go on. Raises GoneError.

    Less than before, of a live bot, raises what sudo.allow raises.
    """
    with transaction.atomic():
        owner = User.objects.hold(bot.connection.owner)
        fresh = Bot.objects.filter(pk=bot.pk, deleted_at=None).select_related("connection").first()
        if fresh is None:
            raise BotGoneError(gettext("This bot was deleted."))
        if stops.is_milder(level, fresh.paused) and not fresh.connection.is_practice:
            sudo.allow(sudo.BOT_UNPAUSED, owner, by=by)
        Bot.objects.filter(pk=bot.pk).update(paused=level, step_at=timezone.now())
        audit.record("bot.paused", target=bot, outcome=level or "none", by=by)
    bot.paused = level


def pause_trader(user: User, level: StopLevel, *, by: By) -> None:
    """Set what is paused for all bots of a trader; less than before, with a live one among them, asks sudo.allow."""
    with transaction.atomic():
        User.objects.hold(user)
        before = StopSwitch.objects.in_force(user.pk).trader_level
        is_live = Bot.objects.owned_by(user).exclude(connection__venue=Venue.PRACTICE).exists()
        if stops.is_milder(level, before) and is_live:
            sudo.allow(sudo.TRADER_UNPAUSED, user, by=by)
        values = {"level": level, "changed_at": timezone.now(), "is_restored": False}
        StopSwitch.objects.update_or_create(owner=user, is_ours=False, defaults=values)
        Bot.objects.filter(connection__owner=user).wake_all()
        audit.record("trader.paused", target=user, outcome=level or "none", by=by)


def hold_entries(user: User, *, by: By) -> None:
    """Let no bot of a trader open anything new; exits go on. Called through the settings."""
    pause_trader(user, at_least_entries(StopSwitch.objects.in_force(user.pk).trader_level), by=by)


def pause_everybody(level: StopLevel, *, by: By, reach: StopReach = EVERYBODY) -> None:
    """Set a switch of the operators', which holds for every bot in its reach; by nobody: the command line.

    Less than before raises what sudo.allow raises.
    """
    with transaction.atomic():
        switch = StopSwitch.objects.select_for_update().filter(**reach.switch).first()
        if switch and stops.is_milder(level, switch.level):
            sudo.allow(sudo.KILL_SWITCH_EASED, by.user, by=by)
        values = {"level": level, "changed_at": timezone.now()}
        StopSwitch.objects.update_or_create(**reach.switch, defaults=values)
        Bot.objects.filter(deleted_at=None, **reach.homes).wake_all()
        audit.record(reach.action, target=reach.target, outcome=level or "none", by=by)


def at_least_entries(level: str) -> StopLevel:
    """Return the level with which nothing opens again, never a milder one than there is."""
    return stops.hardest(level, StopLevel.ENTRIES)


def close_groups(groups: Iterable[Group], *, by: By) -> int:
    """Ask for groups to be closed at market; returns how many were open. The bot closes them within seconds."""
    count = 0
    with transaction.atomic():
        for group in groups:
            asked = Group.objects.open().filter(pk=group.pk, close_asked_at=None)
            if asked.update(close_asked_at=timezone.now()):
                count += 1
                Bot.objects.wake(group.bot_id)
                audit.record("group.close_asked", target=group.bot, outcome=group.pair, by=by)
    return count


def release_group(group: Group, *, by: By) -> bool:
    """Let a group go: the bot forgets it, its coins stay in the account. False while an order of it is under way.

    Where the connection is deleted, nobody will ever learn what became of an order: it keeps no group. Live coins raise
    what sudo.allow raises.
    """
    with transaction.atomic():
        if not group.connection.is_practice:
            sudo.allow(sudo.GROUP_RELEASED, group.connection.owner, by=by)
        mine = Group.objects.open().filter(pk=group.pk)
        # Before its order: everybody locks them one after the other so.
        if mine.select_for_update(of=("self",), no_key=True).first() is None:
            return True
        states = LIVE_STATES if group.connection.deleted_at else (OrderState.INTENDED, OrderState.ABSENT)
        order = Order.objects.live().filter(group=group).first()
        if order and not books.drop(order.pk, states, reason="group.released", now=timezone.now()):
            return False
        mine.update(mode=GroupMode.RELEASED, closed_at=timezone.now(), close_reason="group.released", **NO_BAND)
        KeptResult.objects.count_in(group.pk)
        Bot.objects.wake(group.bot_id)
        audit.record("group.released", target=group.bot, outcome=group.pair, by=by)
    return True


def switch_recovery(group: Group, *, is_on: bool, by: By) -> None:
    """Put a group into Recovery Mode, or take it out, because its trader says so.

    Out, where live money is at stake, raises what sudo.allow raises.
    """
    with transaction.atomic():
        if not is_on and not group.connection.is_practice:
            sudo.allow(sudo.RECOVERY_ENDED, group.connection.owner, by=by)
        Group.objects.open().filter(pk=group.pk).update(recovery_forced=is_on, recovery_released=not is_on)
        Bot.objects.wake(group.bot_id)
        outcome = "on" if is_on else "off"
        audit.record("group.recovery", target=group.bot, outcome=outcome, by=by)


def needs_key(connection: Connection) -> bool:
    """Say whether a group is open, or an order's outcome is not known. Called through the settings."""
    groups, orders = Group.objects.open(), Order.objects.doubtful()
    return groups.filter(connection=connection).exists() or orders.filter(connection=connection).exists()


def left_by_deleting(connection: Connection) -> str:
    """Return what deleting a connection leaves behind; "" when nothing is open. Called through the settings."""
    groups = Group.objects.open().filter(connection=connection)
    pairs = sorted(set(groups.values_list("pair", flat=True)))
    if not pairs:
        return ""
    count, names = groups.count(), ", ".join(pairs)
    return gettext(
        "%(groups)s will never be closed by us: %(pairs)s. What was bought stays in the account. "
        "Close the groups first, or sell the coins there yourself."
    ) % {"groups": count_of(count), "pairs": names}
