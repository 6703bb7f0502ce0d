"""A bot's page at one moment: its state, each open group with what it waits for, its results and latest decisions."""

from __future__ import annotations

from collections.abc import Collection, Container, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from django.http import HttpResponse
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_GET

from connections import proof
from connections.models import ExchangePause
from connections.pages.listing import milliseconds_between_looks
from connections.practice import door, stories
from strategies.bots import flows
from strategies.choices import EntrySource, Purpose
from strategies.models import Bot, Group, Instrument, Order, StopSwitch
from strategies.pages import chart_panel, journal
from strategies.pages.account import AllBots, together_of
from strategies.pages.bot_form.review import own_ladder
from strategies.pages.chart import choice_asked
from strategies.pages.group_card import GroupCard, card_of
from strategies.pages.journal import JournalRow
from strategies.pages.mine import my_bot
from strategies.portfolio import results
from strategies.portfolio.results import Result
from strategies.portfolio.standing import Stood, stand
from strategies.stops import state
from strategies.stops.state import Pause
from strategies.words import numbers, reasons, stops
from strategies.words.numbers import tone_of
from web.http import AuthenticatedRequest
from web.render import render_changes

# How often the page looks again while the bot works.
EVERY = 2000
LINES_SHOWN = 8
ZERO = Decimal(0)


@dataclass(frozen=True, kw_only=True)
class ShownResult:
    """One quote currency's results as text."""

    quote: str
    realised: str
    realised_tone: str
    open: str
    open_tone: str
    fees: str
    groups: str
    unpriced: int


@dataclass(frozen=True, kw_only=True)
class Usage:
    """The money at work of the margin limit; `share` in whole percent, for a bar."""

    at_work: str
    limit: str
    share: int
    shown_share: str


@dataclass(frozen=True, kw_only=True)
class BotPage:
    bot: Bot
    refusal: proof.BotRefusal | None
    too_small: proof.BotRefusal | None
    pause: Pause | None
    groups: list[GroupCard]
    results: list[ShownResult]
    other_fees: list[str]
    usage: Usage
    lines: list[JournalRow]
    every: int
    closes_until: datetime | None
    wait: ExchangePause | None
    together: list[AllBots]
    rivals: list[Bot]

    @property
    def own_ladder(self) -> list[tuple[str, str]]:
        return own_ladder(self.bot.settings)

    @property
    def does(self) -> str:
        return reasons.does(self.bot.entry_source)

    @property
    def goes_on(self) -> str:
        return reasons.goes_on()

    @property
    def needs_address(self) -> bool:
        """Say whether it waits for alerts that have no address to come to."""
        return self.bot.entry_source == EntrySource.WEBHOOK and self.bot.signal_hash is None

    @property
    def entry_waits(self) -> list[str]:
        busy = {card.group.pair for card in self.groups}
        return entry_waits(self.bot, but=busy)

    @property
    def winds_down(self) -> str:
        return stops.winding_down(len(self.groups))

    @property
    def left_alone(self) -> int:
        return sum(card.group.is_left_alone for card in self.groups)

    @property
    def troubled(self) -> int:
        return sum(card.is_in_recovery for card in self.groups)


def page_of(bot: Bot, *, now: datetime) -> BotPage:
    """Gather the page's facts in a fixed number of queries."""
    groups = list(Group.objects.open().for_cards().filter(bot=bot))
    # Open groups are on the bot's own connection, which cannot change meanwhile.
    here = Instrument.objects.at(bot.connection.exchange, bot.connection.venue)
    instruments = here.known(group.pair for group in groups)
    orders = {order.group_id: order for order in Order.objects.live().filter(bot=bot)}
    stood = [(group, stand(group, instruments.get(group.pair), now)) for group in groups]
    others = results.unvalued_fees(bot.pk)
    # So long the last proof lets a bot that waits for trouble to end close its groups.
    still_closes = bot.is_waiting_out and bot.connection.has_proof(now)
    return BotPage(
        bot=bot,
        refusal=None if bot.opens_groups else proof.refuse_bots(bot.connection, now),
        too_small=None if groups else flows.refuse_size(bot, now),
        pause=state.pause_of(bot, StopSwitch.objects.in_force(bot.connection.owner_id)),
        groups=[
            card_of(group, standing, instrument=instruments.get(group.pair), order=orders.get(group.pk), now=now)
            for group, standing in stood
        ],
        results=shown_results(results.results_of(results.ended_of([bot.pk])[bot.pk], stood)),
        other_fees=[f"{numbers.amount(fee)} {asset}" for asset, fee in sorted(others.items())],
        usage=usage_of(bot, stood, orders.values()),
        lines=journal.latest(bot, LINES_SHOWN),
        every=_every(bot, groups),
        closes_until=bot.connection.pass_ends_at if still_closes else None,
        wait=ExchangePause.objects.current(bot.connection.exchange, bot.connection.venue, now),
        together=together_of(bot.connection, [bot.quote] if bot.quote else [], now=now),
        rivals=Bot.objects.rivals_of(bot),
    )


def entry_waits(bot: Bot, but: Container[str] = ()) -> list[str]:
    """Return why its own rule opens nothing now, a sentence per pair that has no group; [] while it has not said."""
    stored = bot.entry_reasons_json if isinstance(bot.entry_reasons_json, dict) else {}
    pairs = (pair for pair in bot.pairs if pair not in but and stored.get(pair))
    return [f"{pair}: {reasons.reason(str(stored[pair]))}" for pair in pairs if bot.opens_groups]


def usage_of(bot: Bot, stood: Sequence[Stood], orders: Collection[Order]) -> Usage:
    """Count what is held at its cost, and what buys under way may still cost."""
    held = sum((standing.at_work for _, standing in stood), ZERO)
    buys = [order for order in orders if order.purpose != Purpose.EXIT]
    ordered = sum((order.price * (order.quantity - order.filled) for order in buys), ZERO)
    return usage_from(held + ordered, bot.margin_limit)


def usage_from(at_work: Decimal, limit: Decimal) -> Usage:
    share = at_work / limit
    return Usage(
        at_work=numbers.money(at_work),
        limit=numbers.money(limit),
        share=min(100, round(share * 100)),
        shown_share=numbers.percent(share),
    )


def shown_results(found: Sequence[Result]) -> list[ShownResult]:
    return [
        ShownResult(
            quote=one.quote,
            realised=numbers.money(one.realised, signed=True),
            realised_tone=tone_of(one.realised),
            open=numbers.money(one.open, signed=True),
            open_tone=tone_of(one.open),
            fees=numbers.money(one.fees),
            groups=gettext("%(won)d of %(closed)d with a gain") % {"won": one.won, "closed": one.closed}
            if one.closed
            else gettext("none closed yet"),
            unpriced=one.unpriced,
        )
        for one in found
    ]


def _every(bot: Bot, groups: Sequence[Group]) -> int:
    """Look often while a test runs, every two seconds while the bot works, else not at all."""
    run = bot.connection.testing_run
    testing = milliseconds_between_looks([run] if run else [])
    working = EVERY if bot.is_enabled or groups else 0
    return min(filter(None, (testing, working)), default=0)


@require_GET
def detail(request: AuthenticatedRequest, public_id: UUID) -> HttpResponse:
    bot = my_bot(request, public_id)
    choice, page = choice_asked(request, bot), page_of(bot, now=timezone.now())
    context = {"bot": bot, "page": page, "chart": chart_panel.panel_of(bot, page.groups, choice)}
    if bot.connection.is_practice and bot.opens_groups and door.is_offered():
        context["try_out"] = stories
    return render_changes(request, "strategies/bot/now.html", "live", context)
