"""The decisions of a trader's bots in the last 24 hours: how many of each kind, and the latest."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Subquery

from accounts.models import User
from strategies.models import Bot, JournalLine
from strategies.pages import journal
from strategies.pages.journal import JournalRow
from strategies.words import badges
from strategies.words.badges import Badge
from strategies.words.reasons import beside_badge

SHOWN = 10
REASONS_SHOWN = 2
# What a step writes down has the moment of its beginning.
STEP = timedelta(minutes=1)


@dataclass(frozen=True, kw_only=True)
class Tally:
    """One kind of action: how often, and its most frequent reasons."""

    look: Badge
    count: int
    reasons: list[tuple[str, int]]


@dataclass(frozen=True, kw_only=True)
class BotLine:
    bot: Bot
    line: JournalRow


def tallies_of(user: User, *, since: datetime) -> list[Tally]:
    """Count the decisions since then, the most frequent action first, in one query."""
    # By id too, which is what a bot's lines are found by: ids and moments grow together but for the length of a step.
    young = JournalLine.objects.filter(at__gte=since - STEP).order_by("at", "pk").values("pk")[:1]
    rows = JournalLine.objects.owned_by(user).filter(at__gte=since, pk__gte=Subquery(young)).order_by()
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for action, reason, count in rows.values_list("action", "reason").annotate(count=Count("pk")):
        counts[action][reason] += count
    tallies = []
    for action, reasons in counts.items():
        shown = [(beside_badge(code), count) for code, count in reasons.most_common(REASONS_SHOWN)]
        tallies.append(Tally(look=badges.action(action), count=reasons.total(), reasons=shown))
    return sorted(tallies, key=lambda tally: (-tally.count, tally.look.label))


def latest_of(user: User) -> list[BotLine]:
    rows = JournalLine.objects.owned_by(user).filter(bot__deleted_at=None).select_related("bot").order_by("-pk")
    return [BotLine(bot=row.bot, line=journal.line_of(row)) for row in rows[:SHOWN]]
