"""Keep what a step decided: what groups and pairs wait for, what became of signals, and the news in the journal."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import transaction

from strategies import claims
from strategies.engine.decision import Action, Decision
from strategies.models import Bot, Group, JournalLine, journal, signals
from strategies.runner import bands
from strategies.runner.outcome import Outcome

# What a group waits for goes into the journal when it is news: these are not.
QUIET = frozenset(
    {
        *("zone.not_reached", "ladder.done", "group.state", "group.order_open", "group.empty", "order.unknown"),
        *("books.not_compared", "market.unknown", "order.resting", "order.overtaken", "entry.no_signal"),
    }
)
# The same reason of the same group is no news again within this time, though others came between.
NEWS_AFTER = timedelta(minutes=10)
# Of these nothing is left in a moment: a signal that asks to close waits for it, as long as signals last.
PASSING = frozenset(
    {
        *("order.unknown", "group.order_open", "group.empty", "market.stale", "market.no_price", "market.unknown"),
        *("books.not_compared", "order.resting", "order.overtaken", "step.failed", "exchange.paused"),
    }
)


def note(outcomes: Sequence[Outcome], now: datetime) -> None:
    """Write for those bots only that are still this worker's: one that stood still too long changes nothing."""
    # What a signal asked for and got is told with the order itself.
    outcomes = [one for one in outcomes if one.signal is None or one.intended is None]
    if not outcomes:
        return
    with transaction.atomic():
        mine = claims.hold({outcome.bot.pk: outcome.bot for outcome in outcomes}.values())
        kept = [outcome for outcome in outcomes if outcome.bot.pk in mine]
        bands.keep(kept)
        _note_groups([one for one in kept if one.group is not None], now)
        _note_entries([one for one in kept if one.group is None], now)
        _answer_signals(kept, now)


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
    journal.keep(lines)


def _is_news(outcome: Outcome, now: datetime) -> bool:
    same = JournalLine.objects.filter(
        bot=outcome.bot, group=outcome.group, reason=outcome.decision.reason, at__gt=now - NEWS_AFTER
    )
    if outcome.group is None:
        same = same.filter(pair=outcome.pair)
    return not same.exists()


def _note_entries(outcomes: Sequence[Outcome], now: datetime) -> None:
    """Tell of a bot's own rule only what is new; signals are answered one by one."""
    by_bot: dict[int, list[Outcome]] = defaultdict(list)
    for outcome in outcomes:
        if outcome.signal is None:
            by_bot[outcome.bot.pk].append(outcome)
    for some in by_bot.values():
        bot = some[0].bot
        reasons = {one.pair: one.decision.reason for one in some if one.intended is None}
        if reasons != bot.entry_reasons_json:
            news = [one for one in some if bot.entry_reasons_json.get(one.pair) != one.decision.reason]
            Bot.objects.filter(pk=bot.pk).update(entry_reasons_json=reasons)
            _tell([one for one in news if one.intended is None and one.decision.reason not in QUIET], now)


def _answer_signals(outcomes: Sequence[Outcome], now: datetime) -> None:
    """Tell each signal what became of it; one that asks to close what cannot be closed this moment waits on."""
    groups = {(one.bot.pk, one.group.pair): one for one in outcomes if one.group is not None}
    for outcome in outcomes:
        if outcome.signal is not None and (reply := _reply(outcome, groups.get((outcome.bot.pk, outcome.pair)))):
            signals.answer(outcome.signal.pk, reply, now=now)
            if reply == outcome.decision.reason:
                _write(outcome, now)


def _reply(outcome: Outcome, of_group: Outcome | None) -> str:
    """Return what became of a signal that opened nothing, "" while it waits."""
    if outcome.decision.reason != "signal.done" or of_group is None:
        return outcome.decision.reason
    if of_group.intended is not None:
        return "order.intended"
    if of_group.decision.reason == "group.state":
        return "signal.done"
    # An exit that is wanted and not written down has to wait for another order of the group.
    return "" if of_group.wanted or of_group.decision.reason in PASSING else of_group.decision.reason


def _write(outcome: Outcome, now: datetime) -> None:
    decision = outcome.decision
    journal.write(
        outcome.bot,
        pair=outcome.pair,
        action=decision.action,
        reason=decision.reason,
        numbers=decision.numbers,
        now=now,
    )
