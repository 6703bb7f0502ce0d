"""Write down what a step decided: intents, modes, orders that make way or are sent again."""

import contextlib
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import structlog
from django.db import DatabaseError, transaction

from strategies import claims
from strategies.choices import GroupMode, OrderState, Purpose
from strategies.engine.decision import Action, Decision
from strategies.execution import books, intents
from strategies.execution.pricing import Wanted
from strategies.models import Bot, Group, Order, journal, ladders
from strategies.models.market import Instrument
from strategies.runner import news
from strategies.runner.outcome import Outcome

log = structlog.get_logger(__name__)
# An entry that never arrived is sent again only as long as its signal means something.
ENTRY_LIFETIME = timedelta(seconds=60)
# No alarm puts a group back at once that the trader took out of Recovery Mode.
RELEASED_FOR = timedelta(hours=1)


def wanted_of(bot: Bot, group: Group, decision: Decision, instrument: Instrument) -> Wanted | None:
    """Return the order that a decision about an open group asks for."""
    if decision.action not in {Action.ADD, Action.CLOSE}:
        return None
    is_exit = decision.action is Action.CLOSE
    return Wanted(
        bot=bot,
        purpose=Purpose.EXIT if is_exit else Purpose.ADD_ON,
        reason=decision.reason or group.close_reason,
        pair=group.pair,
        instrument=instrument,
        numbers=decision.numbers,
        cost=decision.cost or group.cost * 0,
        step=0 if is_exit else group.add_ons_done + 1,
        group=group,
    )


def apply(outcomes: Sequence[Outcome], *, now: datetime) -> list[Order]:
    """Write outcomes down; returns the orders that wait to be sent, as they are written down."""
    wanted = {place: one.wanted for place, one in enumerate(outcomes) if one.wanted is not None and one.order is None}
    written = dict(zip(wanted, intents.write(list(wanted.values()), now=now), strict=True))
    orders = [one for one in written.values() if isinstance(one, Order)]
    try:
        done = [
            _with(outcome, written[place]) if place in written else _act(outcome, now)
            for place, outcome in enumerate(outcomes)
        ]
        news.note(done, now)
    except DatabaseError as error:
        if not orders:
            raise
        # What is written down must be sent all the same; the next step decides about the rest anew.
        log.error("step_not_noted", kind=type(error).__name__)
        return orders
    return [outcome.intended for outcome in done if outcome.intended is not None]


def _with(outcome: Outcome, written: intents.Written) -> Outcome:
    """Return the outcome with the order that was written down, or why none was."""
    if isinstance(written, Order):
        return replace(outcome, intended=written)
    return replace(outcome, decision=Decision(action=Action.BLOCK, reason=written.reason or "order.overtaken"))


def _act(outcome: Outcome, now: datetime) -> Outcome:
    """Do what was decided that needs no new order."""
    if surely_absent(outcome):
        return _again(outcome, now)
    if outcome.wanted is not None and outcome.order is not None:
        _make_way(outcome, outcome.order, now)
    elif outcome.decision.action in {Action.ENTER_RECOVERY, Action.LEAVE_RECOVERY}:
        _switch(outcome, now)
    return outcome


def surely_absent(outcome: Outcome) -> bool:
    return outcome.order is not None and outcome.order.state == OrderState.ABSENT


def _make_way(outcome: Outcome, order: Order, now: datetime) -> None:
    """Let a resting order be taken back: the group's exit waits for it."""
    resting = Order.objects.filter(pk=order.pk, state=OrderState.OPEN, cancel_asked_at=None)
    with transaction.atomic():
        if claims.renew(outcome.bot):
            resting.update(cancel_asked_at=now, look_at=now)


def _again(outcome: Outcome, now: datetime) -> Outcome:
    """Send an order that never arrived once more if the decision still stands, else forget it."""
    order, wanted = outcome.order, outcome.wanted
    assert order is not None  # noqa: S101 - surely_absent
    if order.purpose == Purpose.ENTRY:
        wanted = _entry_again(outcome, order, now)
    same = (order.purpose, order.step, order.reason)
    if wanted is not None and (wanted.purpose, wanted.step, wanted.reason) == same:
        with contextlib.suppress(intents.IntentError):
            if intents.send_again(order, wanted, now=now):
                return replace(outcome, intended=Order.objects.get(pk=order.pk))
    with transaction.atomic():
        if claims.renew(outcome.bot):
            books.drop(order.pk, (OrderState.ABSENT,), reason="order.stale", now=now)
    return outcome


def _entry_again(outcome: Outcome, order: Order, now: datetime) -> Wanted | None:
    connection, group = outcome.bot.connection, outcome.group
    instrument = Instrument.objects.of_pair(connection, order.pair)
    is_recent = now - order.created_at < ENTRY_LIFETIME
    if group is None or instrument is None or not is_recent or not instrument.is_fresh(now):
        return None
    return Wanted(
        bot=outcome.bot,
        purpose=Purpose.ENTRY,
        reason=order.reason,
        pair=order.pair,
        instrument=instrument,
        numbers={},
        cost=ladders.read(group.ladder_json).base,
        group=group,
    )


def _switch(outcome: Outcome, now: datetime) -> None:
    """Take a group into Recovery Mode or out of it, if it still is where the decision saw it."""
    group, decision = outcome.group, outcome.decision
    assert group is not None  # noqa: S101 - only groups have modes
    enters = decision.action is Action.ENTER_RECOVERY
    before, after = (GroupMode.NORMAL, GroupMode.RECOVERY) if enters else (GroupMode.RECOVERY, GroupMode.NORMAL)
    values = {"mode": after, "alarms": 0, "recovery_released": False}
    values |= {"recovery_since": now if enters else None, "recovery_reason": decision.reason if enters else ""}
    if decision.reason == "recovery.released":
        values["quiet_until"] = now + RELEASED_FOR
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
