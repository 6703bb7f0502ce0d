"""Acts on a group by hand. Orders are the bot's own: a step decides, writes down and sends them as all others."""

from decimal import Decimal

from django.db import IntegrityError, transaction
from django.db.models import Max
from django.utils import timezone

from accounts import audit, sudo
from accounts.by import By
from accounts.models import User
from strategies import account, messages
from strategies.bots import raising
from strategies.choices import GroupMode, SignalWish
from strategies.hands import adopting, plans
from strategies.models import Bot, Funds, Group, Instrument, Order, Signal, journal
from strategies.models.groups import NO_BAND, Exits
from strategies.models.signals import BY_HAND
from workers import wake


def sell_part(group: Group, share: Decimal, *, by: By) -> str:
    """Ask for a share of a group to be sold at market; returns the code of why it cannot be, "" when it is asked for.

    A part that was asked for before and is not sold yet is asked for no more. The bot sells within seconds, also one
    that is off.
    """
    with transaction.atomic():
        mine = Group.objects.open().filter(pk=group.pk)
        fresh = mine.select_for_update(of=("self",), no_key=True).select_related("bot", "connection").first()
        if fresh is None or fresh.close_asked_at or fresh.mode == GroupMode.CLOSING:
            return "group.state"
        part = plans.part_of(fresh, Instrument.objects.of_pair(fresh.connection, fresh.pair), share, timezone.now())
        if part.refusal:
            return part.refusal
        mine.update(sell_to=fresh.sold + part.quantity, **NO_BAND)
        Bot.objects.wake(group.bot_id)
        audit.record("group.part_asked", target=group.bot, outcome=group.pair, by=by)
    return ""


def last_signal(bot: Bot) -> int:
    """Return the number of the bot's last signal, 0 without any."""
    return bot.signals.aggregate(last=Max("pk"))["last"] or 0


def open_now(bot: Bot, pair: str, *, seen: int, by: By) -> str:
    """Send the bot a signal of its trader's own, which goes every alert's way; returns why not, "" when it is sent.

    `seen` is the number of the bot's last signal when its trader saw what this comes to: of one look comes one signal.
    """
    now = timezone.now()
    with transaction.atomic():
        fresh = _hold_bot(bot, pair, sudo.GROUP_OPENED, by=by)
        if fresh is None:
            return "bot.not_running"
        key = f"{BY_HAND}{seen}"
        if bot.signals.filter(key=key, pair=pair).exists():
            # The second click, or another tab: the first one stands.
            return ""
        if seen != last_signal(fresh):
            return "more.signal_between"
        if refusal := plans.of_opening(
            fresh, Instrument.objects.of_pair(fresh.connection, pair), pair, now=now
        ).refusal:
            return refusal
        signal = Signal.objects.create(bot=fresh, key=key, pair=pair, wish=SignalWish.LONG, received_at=now)
        audit.record("bot.open_asked", target=fresh, outcome=pair, by=by)
        wake.after_commit("strategies.handle_signal", signal.pk)
    return ""


def _hold_bot(bot: Bot, pair: str, act: sudo.Act, *, by: By) -> Bot | None:
    """Return the bot as it is now, its owner's row held first; None: it is gone, or trades the pair no more.

    Where money is live it takes what sudo.allow asks for the act.
    """
    owner = User.objects.hold(bot.connection.owner)
    fresh = Bot.objects.filter(pk=bot.pk, deleted_at=None).select_related("connection__testing_run").first()
    if fresh is None or pair not in fresh.pairs:
        return None
    if not fresh.connection.is_practice:
        sudo.allow(act, owner, by=by)
    return fresh


def adopt_coins(bot: Bot, pair: str, *, quantity: Decimal, price: Decimal, seen: str, by: By) -> str:
    """Open a group with coins that the account has already; returns the code of why not, "" when it is open.

    No order is written down. Nothing is sent for it before a reading of the account after this shows the coins. `seen`
    is the mark of what its trader saw that it comes to (plan.seen): what would come to something else is not done.
    """
    now = timezone.now()
    try:
        with transaction.atomic():
            fresh = _hold_bot(bot, pair, sudo.COINS_ADOPTED, by=by)
            if fresh is None:
                return "bot.not_running"
            # As for a buy: nobody else writes one down for this account meanwhile.
            account.hold({fresh.connection_id}, now=now)
            there = fresh.groups.open().filter(pair=pair).first()
            if there and (there.adopted, there.adopted_price) == (quantity, price):
                # The second click, or another tab: the first one stands.
                return ""
            instrument = Instrument.objects.of_pair(fresh.connection, pair)
            plan = adopting.of_coins(fresh, instrument, pair, quantity=quantity, price=price, now=now)
            if plan.group is None:
                return plan.refusal
            if plan.seen != seen:
                return "adopt.changed"
            plan.group.save()
            figures = {"quantity": quantity, "average": price, "cost": plan.group.cost}
            journal.write(fresh, group=plan.group, action="adopt", reason="coins.adopted", numbers=figures, now=now)
            audit.record("group.adopted", target=fresh, outcome=pair, by=by)
            messages.tell_adopted(plan.group, now=now)
            Funds.objects.look_after(fresh.connection_id, now=now)
            Bot.objects.wake(fresh.pk)
    except IntegrityError:
        # A worker opened a group of the pair meanwhile.
        return "entry.group_open"
    return ""


def add_now(group: Group, cost: Decimal, *, seen: int, by: By) -> str:
    """Ask for so much quote money to be bought for at once; returns the code of why not, "" when it is asked for.

    The bot's next step decides by its rules and writes the order down, or tells why not. `seen` is the number of the
    group's last order when its trader saw what this comes to: what was seen before another order is not bought.
    """
    now = timezone.now()
    with transaction.atomic():
        owner = User.objects.hold(group.connection.owner)
        mine = Group.objects.open().filter(pk=group.pk)
        of_all = ("bot", "connection__testing_run")
        fresh = mine.select_for_update(of=("self",), no_key=True).select_related(*of_all).first()
        if fresh is None or fresh.close_asked_at:
            return "group.state"
        if not fresh.connection.is_practice:
            sudo.allow(sudo.GROUP_ADDED, owner, by=by)
        if fresh.to_add is not None:
            # The second click, or another tab: the first one stands.
            return "" if fresh.to_add == cost else "more.asked_already"
        if seen != Order.objects.next_number(fresh.pk) - 1:
            return "more.seen_before"
        instrument = Instrument.objects.of_pair(fresh.connection, fresh.pair)
        if refusal := plans.of_add(fresh, instrument, cost, now=now).refusal:
            return refusal
        mine.update(to_add=cost, to_add_at=now, add_refusal="", **NO_BAND)
        Bot.objects.wake(group.bot_id)
        audit.record("group.add_asked", target=group.bot, outcome=group.pair, by=by)
    return ""


def move_exits(group: Group, exits: Exits | None, *, by: By) -> bool:
    """Give a group a take profit and a stop loss of its own; None: those of its bot again. False: it is closed by now.

    A higher take profit and a stop loss further away, or none, raise what sudo.allow raises where money is live.
    """
    now = timezone.now()
    with transaction.atomic():
        owner = User.objects.hold(group.connection.owner)
        mine = Group.objects.open().filter(pk=group.pk)
        fresh = mine.select_for_update(of=("self",), no_key=True).select_related("bot").first()
        if fresh is None:
            return False
        before, after = fresh.exits, exits or Exits(fresh.bot.take_profit, fresh.bot.stop_loss)
        is_raised = raising.higher(*(one.take_profit for one in (before, after)))
        is_raised |= raising.further(*(one.stop_loss for one in (before, after)))
        if is_raised and not group.connection.is_practice:
            sudo.allow(sudo.EXITS_MOVED, owner, by=by)
        target, stop = exits or (None, None)
        # What was reached, and between which prices nothing changes, was so by the exits before.
        forgotten = {**NO_BAND, "best": None, "stop_since": None}
        mine.update(own_take_profit=target, own_stop_loss=stop, **forgotten)
        numbers = {"take_profit_share": after.take_profit / 100}
        if after.stop_loss is not None:
            numbers["stop_loss_share"] = after.stop_loss / 100
        reason = "exits.moved" if exits else "exits.as_bot"
        journal.write(fresh.bot, group=fresh, action="exits", reason=reason, numbers=numbers, now=now)
        Bot.objects.wake(group.bot_id)
        audit.record("group.exits", target=group.bot, outcome=group.pair, by=by)
    return True
