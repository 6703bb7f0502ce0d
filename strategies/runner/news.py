"""Keep what a step decided: what groups and pairs wait for, what became of signals, and the news in the journal."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import transaction

from strategies import claims
from strategies.engine.decision import Action, Trait, having
from strategies.models import Bot, Group, JournalLine, journal, signals
from strategies.runner import bands
from strategies.runner.outcome import EntryOutcome, GroupOutcome, Outcome

NO_NEWS = having(Trait.NO_NEWS)
# The same reason of the same group is no news again within this time, though others came between.
NEWS_AFTER = timedelta(minutes=10)
# What a decision hands on to the next one about the group.
REMEMBERED = ("alarms", "best", "stop_since")
# Decisions that leave things as they are.
WAITING = frozenset({Action.WAIT, Action.BLOCK})


def note(outcomes: Sequence[Outcome], now: datetime) -> None:
    """Write for those bots only that are still this worker's: one that stood still too long changes nothing.

    Each signal is told what became of it; one that asks to close what cannot be closed this moment waits on. In the
    caller's transaction, where there is one.
    """
    with transaction.atomic(savepoint=False):
        mine = claims.hold({outcome.bot.pk: outcome.bot for outcome in outcomes}.values())
        groups = [one for one in outcomes if isinstance(one, GroupOutcome) and one.bot.pk in mine]
        entries = [one for one in outcomes if isinstance(one, EntryOutcome) and one.bot.pk in mine]
        bands.keep(groups)
        for held in groups:
            if held.refused and Group.objects.refuse_to_add(held.group, held.refused.reason):
                told, numbers = {"action": "not_added", "reason": held.refused.reason}, held.refused.numbers
                journal.write(held.bot, group=held.group, numbers=numbers, now=now, **told)
        _note_groups(groups, now)
        if entries:
            _note_entries(entries, now)
        of_pair = {(one.bot.pk, one.group.pair): one for one in groups}
        for one in entries:
            if one.signal is None or not (reply := one.reply(of_pair.get((one.bot.pk, one.pair)))):
                continue
            signals.answer(one.signal.pk, reply, now=now)
            if reply == one.decision.reason:
                what, numbers = one.decision.action, one.decision.numbers
                journal.write(one.bot, pair=one.pair, action=what, reason=reply, numbers=numbers, now=now)


def _note_groups(outcomes: Sequence[GroupOutcome], now: datetime) -> None:
    """Keep what each group waits for and what it remembers, in few statements for many groups."""
    changed: dict[str, list[GroupOutcome]] = defaultdict(list)
    for outcome in outcomes:
        group, decision = outcome.group, outcome.decision
        # What stands in for a decision of the engine's remembers nothing.
        is_decided = decision.action in WAITING and bool(decision.numbers)
        if is_decided and any(getattr(group, name) != getattr(decision, name) for name in REMEMBERED):
            # What was reached says nothing of exits that its trader has moved since.
            own = {"own_take_profit": group.own_take_profit, "own_stop_loss": group.own_stop_loss}
            same = Group.objects.filter(pk=group.pk, **own)
            same.update(**{name: getattr(decision, name) for name in REMEMBERED})
        if group.reason != decision.reason and decision.reason:
            changed[decision.reason].append(outcome)
    for reason, some in changed.items():
        ids = [outcome.group.pk for outcome in some]
        for start in range(0, len(ids), 500):
            Group.objects.filter(pk__in=ids[start : start + 500]).update(reason=reason, reason_since=now)
        if reason not in NO_NEWS:
            _tell(some, now)


def _note_entries(outcomes: Sequence[EntryOutcome], now: datetime) -> None:
    """Tell of a bot's own rule only what is new; signals are answered one by one."""
    by_bot: dict[int, list[EntryOutcome]] = defaultdict(list)
    for outcome in outcomes:
        if outcome.signal is None:
            by_bot[outcome.bot.pk].append(outcome)
    for some in by_bot.values():
        bot = some[0].bot
        reasons = {one.pair: one.decision.reason for one in some if one.intended is None}
        if reasons != bot.entry_reasons_json:
            news = [one for one in some if bot.entry_reasons_json.get(one.pair) != one.decision.reason]
            Bot.objects.filter(pk=bot.pk).update(entry_reasons_json=reasons)
            _tell([one for one in news if one.intended is None and one.decision.reason not in NO_NEWS], now)


def _tell(outcomes: Sequence[Outcome], now: datetime) -> None:
    """Write lines for the journal, where the same was not said a moment ago."""
    lines = []
    for one in outcomes:
        group, pair = (one.group, "") if isinstance(one, GroupOutcome) else (None, one.pair)
        decision, of_pair = one.decision, {} if group else {"pair": pair}
        lately = JournalLine.objects.filter(bot=one.bot, group=group, at__gt=now - NEWS_AFTER)
        if decision.action in WAITING and not lately.filter(reason=decision.reason, **of_pair).exists():
            what, numbers = {"action": decision.action, "reason": decision.reason}, decision.numbers
            lines.append(journal.line(one.bot, group=group, pair=pair, numbers=numbers, now=now, **what))
    journal.keep(lines)
