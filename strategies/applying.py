"""Write down what a step decided: intents, modes, what groups wait for, and the lines of the journal."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction

from strategies import claims, dropping, intents, journal
from strategies.choices import GroupMode, OrderState, Purpose
from strategies.engine.decision import Action, Decision
from strategies.instruments import Instrument
from strategies.intents import Wanted
from strategies.models import Bot, Group, JournalLine, Order, Signal

# What a group waits for goes into the journal when it is news: these are not.
QUIET = frozenset(
    {
        *("zone.not_reached", "ladder.done", "group.state", "group.order_open", "group.empty", "order.unknown"),
        *("books.not_compared", "market.unknown", "order.resting", "entry.no_signal"),
    }
)
# The same reason of the same group is no news again within this time, though others came between.
NEWS_AFTER = timedelta(minutes=10)
# An entry that never arrived is sent again only as long as its signal means something.
# Whom the trader took out of Recovery Mode, no alarm puts back at once.
RELEASED_FOR = timedelta(hours=1)
ENTRY_LIFETIME = timedelta(seconds=60)


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """A decision about a group, or about a pair without one; `order` is the group's live order."""

    bot: Bot
    decision: Decision
    group: Group | None = None
    pair: str = ""
    wanted: Wanted | None = None
    signal: Signal | None = None
    order: Order | None = None


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


def apply(outcomes: Sequence[Outcome], *, now: datetime) -> list[int]:
    """Write outcomes down; returns the ids of orders that wait to be sent."""
    orders = []
    for outcome in outcomes:
        if surely_absent(outcome):
            orders += _again(outcome, now)
        elif outcome.wanted is not None and outcome.order is not None:
            _make_way(outcome.order, now)
        elif outcome.wanted is not None:
            order = intents.write(outcome.wanted, now=now)
            orders += [order.pk] if order else []
        elif outcome.decision.action in {Action.ENTER_RECOVERY, Action.LEAVE_RECOVERY}:
            _switch(outcome, now)
    _note_groups([one for one in outcomes if one.group is not None], now)
    _note_entries([one for one in outcomes if one.group is None], now)
    return orders


def surely_absent(outcome: Outcome) -> bool:
    return outcome.order is not None and outcome.order.state == OrderState.ABSENT


def _make_way(order: Order, now: datetime) -> None:
    """Let a resting order be taken back: the group's exit waits for it."""
    Order.objects.filter(pk=order.pk, state=OrderState.OPEN, cancel_asked_at=None).update(
        cancel_asked_at=now, look_at=now
    )


def _again(outcome: Outcome, now: datetime) -> list[int]:
    """Send an order that never arrived once more if the decision still stands, else forget it."""
    order, wanted = outcome.order, outcome.wanted
    assert order is not None  # noqa: S101 - surely_absent
    if order.purpose == Purpose.ENTRY and now - order.created_at < ENTRY_LIFETIME and outcome.group:
        wanted = _entry_again(outcome, order)
    same = (order.purpose, order.step, order.reason)
    stands = wanted is not None and (wanted.purpose, wanted.step, wanted.reason) == same
    if stands and wanted and intents.send_again(order, wanted, now=now):
        return [order.pk]
    dropping.drop(order.pk, (OrderState.ABSENT,), reason="order.stale", now=now)
    return []


def _entry_again(outcome: Outcome, order: Order) -> Wanted | None:
    instrument = Instrument.objects.filter(
        exchange=outcome.bot.connection.exchange, venue=outcome.bot.connection.venue, pair=order.pair
    ).first()
    if instrument is None:
        return None
    return Wanted(
        bot=outcome.bot,
        purpose=Purpose.ENTRY,
        reason=order.reason,
        pair=order.pair,
        instrument=instrument,
        numbers={},
        group=outcome.group,
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


def _note_groups(outcomes: Sequence[Outcome], now: datetime) -> None:
    """Keep what each group waits for, its alarms and its best price, in few statements for many groups."""
    changed: dict[str, list[Outcome]] = defaultdict(list)
    for outcome in outcomes:
        group, decision = outcome.group, outcome.decision
        assert group is not None  # noqa: S101 - the caller's choice
        if (group.alarms, group.best) != (decision.alarms, decision.best) and _is_told(decision):
            Group.objects.filter(pk=group.pk).update(alarms=decision.alarms, best=decision.best)
        if group.reason != decision.reason and decision.reason:
            changed[decision.reason].append(outcome)
    for reason, some in changed.items():
        ids = [outcome.group.pk for outcome in some if outcome.group]
        for start in range(0, len(ids), 500):
            Group.objects.filter(pk__in=ids[start : start + 500]).update(reason=reason, reason_since=now)
        if reason not in QUIET:
            _tell(some, now)


def _is_told(decision: Decision) -> bool:
    """Say whether the engine looked at the group: what stands in for a decision knows no alarms."""
    return decision.action in {Action.WAIT, Action.BLOCK} and bool(decision.numbers)


def _tell(outcomes: Sequence[Outcome], now: datetime) -> None:
    fresh = [one for one in outcomes if one.decision.action in {Action.WAIT, Action.BLOCK} and _is_news(one, now)]
    lines = [
        journal.line(
            one.bot,
            group=one.group,
            pair=one.pair,
            action=one.decision.action,
            reason=one.decision.reason,
            numbers=one.decision.numbers,
            now=now,
        )
        for one in fresh
    ]
    JournalLine.objects.bulk_create(lines)


def _is_news(outcome: Outcome, now: datetime) -> bool:
    same = JournalLine.objects.filter(
        bot=outcome.bot, group=outcome.group, reason=outcome.decision.reason, at__gt=now - NEWS_AFTER
    )
    if outcome.group is None:
        same = same.filter(pair=outcome.pair)
    return not same.exists()


def _note_entries(outcomes: Sequence[Outcome], now: datetime) -> None:
    """Tell each signal what became of it; tell a bot's own rule only what is new."""
    by_bot: dict[int, list[Outcome]] = defaultdict(list)
    for outcome in outcomes:
        if outcome.signal is not None:
            _answer(outcome, now)
        else:
            by_bot[outcome.bot.pk].append(outcome)
    for some in by_bot.values():
        bot = some[0].bot
        reasons = {one.pair: one.decision.reason for one in some if one.wanted is None}
        if reasons != bot.entry_reasons_json:
            news = [one for one in some if bot.entry_reasons_json.get(one.pair) != one.decision.reason]
            Bot.objects.filter(pk=bot.pk).update(entry_reasons_json=reasons)
            _tell([one for one in news if one.wanted is None and one.decision.reason not in QUIET], now)


def _answer(outcome: Outcome, now: datetime) -> None:
    if outcome.wanted is None and outcome.decision.reason != "signal.done":
        decision = outcome.decision
        journal.write(
            outcome.bot,
            pair=outcome.pair,
            action=decision.action,
            reason=decision.reason,
            numbers=decision.numbers,
            now=now,
        )
