"""The rows of the list of bots: what each has at work, what it won and lost, and what it does or waits for."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.core.paginator import Page, Paginator
from django.utils.translation import gettext, ngettext

from accounts.models import User
from connections import proof, quotas
from connections.pages.listing import milliseconds_between_looks
from strategies.bots import flows
from strategies.choices import GroupMode, StopLevel
from strategies.models import Bot, Group, StopSwitch
from strategies.models.stops import Stops
from strategies.pages import bot as bot_page
from strategies.pages.bot import ShownResult, Usage
from strategies.pages.bot_list.asked import LEFT_ALONE, STATES, WINDING_DOWN
from strategies.pages.group_card import waits_for
from strategies.portfolio import results
from strategies.portfolio.results import Result
from strategies.portfolio.standing import Stood, standings_of
from strategies.stops import state
from strategies.stops.state import Pause
from strategies.words import reasons
from web.asked import ListQuery, StateFilter, states_of

# A page of many rows is looked at again less often than one bot's own.
EVERY = 5000
ZERO = Decimal(0)


@dataclass(frozen=True, kw_only=True)
class BotFigures:
    """A bot with its open groups and its results as numbers: what the list is filtered and sorted by."""

    bot: Bot
    opened: Sequence[Stood]
    results: Sequence[Result]

    @property
    def left_alone(self) -> int:
        return sum(group.is_left_alone for group, _ in self.opened)

    @property
    def state(self) -> str:
        return WINDING_DOWN if self.bot.is_enabled and self.bot.is_winding_down else self.bot.state

    @property
    def open(self) -> Decimal:
        return sum((one.open for one in self.results), ZERO)

    @property
    def realised(self) -> Decimal:
        return sum((one.realised for one in self.results), ZERO)

    def fits(self, asked: ListQuery) -> bool:
        home = self.bot.connection
        told = f"{self.bot.name} {' '.join(self.bot.pairs)} {home.name} {home.spec.name} {home.venue}".casefold()
        state = asked.filters["state"]
        is_of_state = self.state == state or (state == LEFT_ALONE and self.left_alone > 0)
        return (not state or is_of_state) and all(word in told for word in asked.words.casefold().split())


BY: dict[str, Callable[[BotFigures], Any]] = {
    "name": lambda one: one.bot.name.casefold(),
    "connection": lambda one: one.bot.connection.name.casefold(),
    "groups": lambda one: len(one.opened),
    "open": lambda one: one.open,
    "realised": lambda one: one.realised,
}


@dataclass(frozen=True, kw_only=True)
class BotRow:
    """`cannot_trade` is why no group of it can open, with what would be enough."""

    bot: Bot
    pause: Pause | None
    groups: int
    troubled: int
    left_alone: int
    usage: Usage
    results: list[ShownResult]
    doing: str
    cannot_trade: proof.BotRefusal | None


@dataclass(frozen=True, kw_only=True)
class BotList:
    """`rows` are those of the `page`; the counts are of all bots, whatever is asked for."""

    rows: list[BotRow]
    page: Page[BotFigures]
    asked: ListQuery
    counts: Mapping[str, int]
    total: int
    groups: int
    left_alone: int
    every: int

    @property
    def states(self) -> list[StateFilter]:
        return states_of(STATES, self.counts, self.asked.filters["state"])

    @property
    def told(self) -> str:
        return ngettext("%(count)s open group", "%(count)s open groups", self.groups) % {"count": self.groups}

    @property
    def nearly_full(self) -> int:
        """Return how many bots one account may have, once that is near; else 0."""
        most = settings.BOTS_PER_USER
        return most if quotas.is_told(self.total, most) else 0


def figures_of(user: User, *, now: datetime) -> list[BotFigures]:
    """Return all bots of a trader, those first that need them, in a fixed number of queries."""
    bots = list(Bot.objects.owned_by(user).for_list())
    opened: dict[int, list[Stood]] = defaultdict(list)
    for group, standing in standings_of(user, now):
        opened[group.bot_id].append((group, standing))
    ended = results.ended_of([bot.pk for bot in bots])
    return [
        BotFigures(bot=bot, opened=opened[bot.pk], results=results.results_of(ended.get(bot.pk, []), opened[bot.pk]))
        for bot in bots
    ]


def list_of(user: User, asked: ListQuery, *, now: datetime) -> BotList:
    """Filter, sort and cut rows that are loaded: the counts stay true, and only what is shown is put into words."""
    known = figures_of(user, now=now)
    counts = Counter(one.state for one in known) | Counter({LEFT_ALONE: sum(one.left_alone > 0 for one in known)})
    counts[""] = len(known)
    fitting = [one for one in known if one.fits(asked)]
    if asked.column:
        fitting.sort(key=BY[asked.column], reverse=asked.is_descending)
    page = Paginator(fitting, asked.size).get_page(asked.page)
    stops = StopSwitch.objects.in_force(user.pk)
    idle = [one.bot for one in page.object_list if one.bot.opens_groups and not one.opened]
    lacks = flows.refusals_of_size(idle, now)
    return BotList(
        rows=[_row(one, stops, lacks.get(one.bot.pk)) for one in page.object_list],
        page=page,
        asked=asked,
        counts=counts,
        total=len(known),
        groups=sum(len(one.opened) for one in known),
        left_alone=sum(one.left_alone for one in known),
        every=_every(known, len(page.object_list)),
    )


def _row(one: BotFigures, stops: Stops, cannot_trade: proof.BotRefusal | None) -> BotRow:
    bot, pause = one.bot, state.pause_of(one.bot, stops)
    at_work = sum((standing.at_work for _, standing in one.opened), ZERO)
    return BotRow(
        bot=bot,
        pause=pause,
        groups=len(one.opened),
        troubled=sum(group.mode == GroupMode.RECOVERY for group, _ in one.opened),
        left_alone=one.left_alone,
        usage=bot_page.usage_from(at_work, bot.margin_limit),
        results=bot_page.shown_results(one.results),
        doing=cannot_trade.text if cannot_trade else _doing(bot, pause, [group for group, _ in one.opened]),
        cannot_trade=cannot_trade,
    )


def _doing(bot: Bot, pause: Pause | None, groups: Sequence[Group]) -> str:
    """Return what it does or waits for; of several groups the one that changed last speaks."""
    if groups:
        loudest = max(groups, key=lambda group: (group.reason_since or group.opened_at, group.pk))
        return f"{loudest.pair}: {waits_for(loudest)}"
    if bot.is_winding_down:
        return gettext("Its last group is closed; it goes off.")
    if not bot.is_enabled:
        return "" if bot.is_halted else gettext("It does nothing until you enable it.")
    if pause is not None and pause.level != StopLevel.NONE:
        return gettext("Nothing is open, and no new group is opened while it is paused.")
    return next(iter(bot_page.entry_waits(bot)), reasons.does(bot.entry_source))


def _every(known: Sequence[BotFigures], shown: int) -> int:
    """Look often while connections are being tested, every few seconds while a bot works, else not at all."""
    runs = {one.bot.connection_id: run for one in known if (run := one.bot.connection.testing_run)}
    testing = milliseconds_between_looks(list(runs.values()), rows=shown)
    working = EVERY if any(one.bot.is_enabled or one.opened for one in known) else 0
    return min(filter(None, (testing, working)), default=0)
