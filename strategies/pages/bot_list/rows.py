"""The list of bots: what each has at work, what it won and lost, and what it does or waits for in one line."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.conf import settings
from django.http import HttpResponse
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_GET

from accounts.models import User
from connections import quotas
from connections.models import Connection
from connections.pages.listing import milliseconds_between_looks
from strategies.choices import BotState, GroupMode, StopLevel
from strategies.models import Bot, Group, StopSwitch
from strategies.pages import bot as bot_page
from strategies.pages.bot import ShownResult, Usage
from strategies.pages.group_card import waits_for
from strategies.portfolio import results
from strategies.portfolio.results import Ended
from strategies.portfolio.standing import Stood, standings_of
from strategies.stops import state
from strategies.stops.state import Pause
from strategies.words import reasons
from web.http import AuthenticatedRequest
from web.render import render_partial

# A page of many cards is looked at again less often than one bot's own.
EVERY = 5000
ZERO = Decimal(0)


@dataclass(frozen=True, kw_only=True)
class BotRow:
    bot: Bot
    pause: Pause | None
    groups: int
    troubled: int
    left_alone: int
    usage: Usage
    results: list[ShownResult]
    doing: str


@dataclass(frozen=True, kw_only=True)
class BotList:
    rows: list[BotRow]
    counts: Mapping[str, int]
    every: int

    @property
    def enabled(self) -> int:
        return self.counts[BotState.ENABLED]

    @property
    def halted(self) -> int:
        return self.counts[BotState.HALTED]

    @property
    def nearly_full(self) -> int:
        """Return how many bots one account may have, once that is near; else 0."""
        most = settings.BOTS_PER_USER
        return most if quotas.is_told(len(self.rows), most) else 0

    @property
    def winding_down(self) -> int:
        return self.counts["winding down"]

    @property
    def left_alone(self) -> int:
        return sum(row.left_alone for row in self.rows)

    @property
    def off(self) -> int:
        return self.counts[BotState.OFF]

    @property
    def groups(self) -> int:
        return sum(row.groups for row in self.rows)


def list_of(user: User, *, now: datetime) -> BotList:
    """Gather the page's facts in a fixed number of queries."""
    bots = list(Bot.objects.owned_by(user).for_list())
    opened: dict[int, list[Stood]] = defaultdict(list)
    for group, standing in standings_of(user, now):
        opened[group.bot_id].append((group, standing))
    ended = results.ended_of([bot.pk for bot in bots])
    stops = StopSwitch.objects.in_force(user.pk)
    rows = [_row(bot, state.pause_of(bot, stops), opened[bot.pk], ended.get(bot.pk, [])) for bot in bots]
    counts = Counter("winding down" if bot.is_enabled and bot.is_winding_down else bot.state for bot in bots)
    return BotList(rows=rows, counts=counts, every=_every(rows))


def _row(bot: Bot, pause: Pause | None, opened: Sequence[Stood], ended: Sequence[Ended]) -> BotRow:
    at_work = sum((standing.at_work for _, standing in opened), ZERO)
    return BotRow(
        bot=bot,
        pause=pause,
        groups=len(opened),
        troubled=sum(group.mode == GroupMode.RECOVERY for group, _ in opened),
        left_alone=sum(group.is_left_alone for group, _ in opened),
        usage=bot_page.usage_from(at_work, bot.margin_limit),
        results=bot_page.shown_results(results.results_of(ended, opened)),
        doing=_doing(bot, pause, [group for group, _ in opened]),
    )


def _doing(bot: Bot, pause: Pause | None, groups: Sequence[Group]) -> str:
    """Return what it does or waits for; of several groups the one that changed last speaks."""
    if groups:
        loudest = max(groups, key=lambda group: (group.reason_since or group.opened_at, group.pk))
        return f"{loudest.pair}: {waits_for(loudest)}"
    if bot.is_winding_down:
        return gettext("Its last group is closed; it goes off.")
    if not bot.is_enabled:
        return "" if bot.is_halted else "It does nothing until you enable it."
    if pause is not None and pause.level != StopLevel.NONE:
        return "Nothing is open, and no new group is opened while it is paused."
    return next(iter(bot_page.entry_waits(bot)), reasons.does(bot.entry_source))


def _every(rows: Sequence[BotRow]) -> int:
    """Look often while connections are being tested, every few seconds while a bot works, else not at all."""
    runs = [row.bot.connection.testing_run for row in rows if row.bot.connection.testing_run]
    testing = milliseconds_between_looks(runs, rows=len(rows))
    working = EVERY if any(row.bot.is_enabled or row.groups for row in rows) else 0
    return min(filter(None, (testing, working)), default=0)


@require_GET
def bots(request: AuthenticatedRequest) -> HttpResponse:
    found = list_of(request.user, now=timezone.now())
    has_connections = bool(found.rows) or Connection.objects.owned_by(request.user).exists()
    context = {"page": found, "has_connections": has_connections}
    return render_partial(request, "strategies/bots/list.html", "rows", context)
