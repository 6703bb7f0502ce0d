"""Write down what a step decided: intents, modes, orders that make way or are sent again."""

import contextlib
from collections.abc import Sequence
from datetime import datetime, timedelta

import structlog
from django.db import DatabaseError, transaction

from strategies import claims, messages
from strategies.choices import GroupMode, OrderState, Purpose
from strategies.engine import recovery
from strategies.engine.decision import Action
from strategies.execution import books, intents
from strategies.execution.pricing import Wanted
from strategies.models import Bot, Group, Order, journal
from strategies.models.market import Instrument
from strategies.runner import news, snapshot
from strategies.runner.outcome import EntryOutcome, GroupOutcome, Outcome, block
from strategies.runner.snapshot import Snapshot

log = structlog.get_logger(__name__)
# An entry that never arrived is sent again only as long as its signal means something.
ENTRY_LIFETIME = timedelta(seconds=60)


def apply(outcomes: Sequence[Outcome], this: Snapshot) -> list[Order]:
    """Write outcomes down and give the bots back; returns the orders that wait to be sent, as they are written down.

    Bots about which nothing else was decided are given back with their order, the others with the news of them.
    """
    now = this.now
    new = [one for one in outcomes if one.wanted and (isinstance(one, EntryOutcome) or one.order is None)]
    alone = {one.bot.pk for one in new if isinstance(one, EntryOutcome) and one.is_alone}
    written = intents.write([one.wanted for one in new if one.wanted], give_back=alone, now=now) if new else []
    for one, order in zip(new, written, strict=True):
        if isinstance(order, Order):
            one.intended = order
        else:
            block(one, order.reason or "order.overtaken", order.numbers)
    try:
        for one in outcomes:
            if isinstance(one, GroupOutcome):
                _act(one, now)
        gone = {one.bot.pk for one in new if one.intended and one.bot.pk in alone}
        if kept := [bot for bot in this.bots if bot.pk not in gone]:
            with transaction.atomic():
                # What a signal asked for and got is told with the order itself.
                told = [one for one in outcomes if isinstance(one, GroupOutcome) or not (one.signal and one.intended)]
                news.note(told, now)
                _give_back(kept, outcomes, this)
    except DatabaseError as error:
        if not any(one.intended for one in outcomes):
            raise
        # What is written down must be sent all the same; the claims end by themselves, and the next step decides anew.
        log.error("step_not_noted", kind=type(error).__name__)
    return [one.intended for one in outcomes if one.intended is not None]


def _give_back(bots: Sequence[Bot], outcomes: Sequence[Outcome], this: Snapshot) -> None:
    """Give bots back, to be looked at again as soon as something may have changed for them."""
    banded = {one.group.pk: one.order for one in outcomes if isinstance(one, GroupOutcome) and one.band}
    entered = {one.bot.pk for one in outcomes if isinstance(one, EntryOutcome) and one.intended}
    awake, asleep, settled, buying = list[Bot](), list[Bot](), list[Bot](), list[Bot]()
    for bot in bots:
        groups = this.groups.get(bot.pk, [])
        has_free_pair = bool(set(bot.pairs) - {group.pair for group in groups})
        waits_for_pair = snapshot.enters_by_rule(bot) and has_free_pair
        if waits_for_pair or not all(one.pk in banded for one in groups):
            awake.append(bot)
        elif bot.pk in entered or any(banded[one.pk] for one in groups):
            buying.append(bot)
        else:
            (settled if groups else asleep).append(bot)
    claims.let_go(awake, asleep, settled, buying, now=this.now)


def _act(outcome: GroupOutcome, now: datetime) -> None:
    """Do what was decided that needs no new order."""
    order = outcome.order
    if order is not None and order.state == OrderState.ABSENT:
        _again(outcome, order, now)
    elif order is not None and outcome.wanted is not None:
        # Let a resting order be taken back: the group's exit waits for it.
        resting = Order.objects.filter(pk=order.pk, state=OrderState.OPEN, cancel_asked_at=None)
        with transaction.atomic():
            if claims.renew(outcome.bot):
                resting.update(cancel_asked_at=now, look_at=now)
    elif outcome.decision.action in {Action.ENTER_RECOVERY, Action.LEAVE_RECOVERY}:
        _switch(outcome, now)


def _again(outcome: GroupOutcome, order: Order, now: datetime) -> None:
    """Send an order that never arrived once more if the decision still stands, else forget it."""
    wanted = outcome.wanted
    if order.purpose == Purpose.ENTRY:
        instrument = Instrument.objects.of_pair(outcome.bot.connection, order.pair)
        is_recent = now - order.created_at < ENTRY_LIFETIME
        if instrument is not None and is_recent and instrument.is_fresh(now):
            wanted = Wanted(
                bot=outcome.bot,
                purpose=Purpose.ENTRY,
                reason=order.reason,
                pair=order.pair,
                instrument=instrument,
                numbers={},
                cost=outcome.group.ladder.base,
                group=outcome.group,
            )
    same = (order.purpose, order.step, order.reason)
    if wanted is not None and (wanted.purpose, wanted.step, wanted.reason) == same:
        with contextlib.suppress(intents.IntentError):
            if intents.send_again(order, wanted, now=now):
                outcome.intended = Order.objects.get(pk=order.pk)
                return
    with transaction.atomic():
        if claims.renew(outcome.bot):
            books.drop(order.pk, (OrderState.ABSENT,), reason="order.stale", now=now)


def _switch(outcome: GroupOutcome, now: datetime) -> None:
    """Take a group into Recovery Mode or out of it, if it still is where the decision saw it."""
    group, decision = outcome.group, outcome.decision
    enters = decision.action is Action.ENTER_RECOVERY
    before, after = (GroupMode.NORMAL, GroupMode.RECOVERY) if enters else (GroupMode.RECOVERY, GroupMode.NORMAL)
    values = {"mode": after, "recovery_reason": decision.reason if enters else ""}
    values |= recovery.marks(group, decision.action, decision.reason, now)
    with transaction.atomic():
        if not claims.renew(outcome.bot):
            return
        if Group.objects.filter(pk=group.pk, mode=before).update(**values):
            journal.write(
                outcome.bot,
                group=group,
                action=decision.action,
                reason=decision.reason,
                numbers=decision.numbers,
                now=now,
            )
            messages.tell_recovery(group, decision.action, why=decision.reason, now=now)
