"""The overview page: how many connections and bots are well, what needs the trader, and the one next step."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import redirect_to_login
from django.http import HttpResponse
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_GET

from accounts.models import User
from connections.models import Connection, Status
from connections.pages.listing import milliseconds_between_looks
from strategies.models import Bot
from strategies.pages.decisions import BotLine, Tally, latest_of, tallies_of
from strategies.pages.first_visit.steps import first_visit_of
from strategies.pages.first_visit.welcome import welcome
from strategies.pages.money import panel
from strategies.pages.money.panel import MoneyPanel
from strategies.portfolio.standing import Stood, standings_of
from strategies.portfolio.worth import Worth, worth_of
from strategies.words import numbers
from web.http import WebRequest
from web.render import render_changes

SHOWN = 6
DAY = timedelta(hours=24)
# How often the page looks again while a bot works.
EVERY = 5000


@dataclass(frozen=True, kw_only=True)
class Concern:
    """One connection that needs its trader: the cause, and the one next step."""

    connection: Connection
    text: str
    hint: str


@dataclass(frozen=True, kw_only=True)
class LeftAlone:
    """A bot that is off or halted, and how many of its open groups nobody looks after."""

    bot: Bot
    groups: int


@dataclass(frozen=True, kw_only=True)
class ShownWorth:
    """One purse as text; `worth` has the numbers."""

    worth: Worth
    equity: str
    money: str
    coins: str
    cost: str
    result: str
    result_tone: str
    fallen: str


@dataclass(frozen=True, kw_only=True)
class Overview:
    """`tallies` are those of the last 24 hours."""

    connections: Sequence[Connection]
    bots: Sequence[Bot]
    worth: Sequence[ShownWorth]
    panel: MoneyPanel
    left: Sequence[LeftAlone]
    tallies: Sequence[Tally]
    lines: Sequence[BotLine]

    @property
    def online(self) -> int:
        return sum(one.status == Status.ONLINE for one in self.connections)

    @property
    def testing(self) -> int:
        return sum(one.is_testing for one in self.connections)

    @property
    def enabled(self) -> int:
        return sum(bot.opens_groups for bot in self.bots)

    @property
    def halted(self) -> int:
        return sum(bot.is_halted for bot in self.bots)

    @property
    def concerns(self) -> list[Concern]:
        """Return what is not well, before it what waits for its trader."""
        found = [_concern(one) for one in self.connections if one.status != Status.ONLINE and not one.is_testing]
        return sorted(found, key=lambda one: one.connection.is_in_trouble)

    @property
    def actions(self) -> int:
        """Count the connections that wait for their trader, and the bots whose open groups nobody looks after."""
        return sum(one.waits_for_trader for one in self.connections) + len(self.left)

    @property
    def left_alone(self) -> int:
        return sum(one.groups for one in self.left)

    @property
    def shown_left(self) -> Sequence[LeftAlone]:
        return self.left[:SHOWN]

    @property
    def shown_concerns(self) -> list[Concern]:
        return self.concerns[:SHOWN]

    @property
    def more_concerns(self) -> int:
        return max(len(self.concerns) - SHOWN, 0)

    @property
    def more_halted(self) -> int:
        return self.halted - sum(bot.is_halted for bot in self.shown_bots)

    @property
    def shown_bots(self) -> Sequence[Bot]:
        return self.bots[:SHOWN]

    @property
    def next_step(self) -> str:
        """Return what brings a newcomer on: connect, wait, prove, create, move, enable; "" when a bot is enabled.

        "move": no bot stands on a connection that is Online, so that none can be enabled where it is.
        """
        if not self.connections:
            return "connect"
        if not self.online:
            return "wait" if self.testing else "prove"
        if not self.bots:
            return "create"
        if self.enabled or self.left or any(bot.is_winding_down for bot in self.bots):
            return ""
        return "enable" if any(bot.connection.status == Status.ONLINE for bot in self.bots) else "move"

    @property
    def every(self) -> int:
        testing = milliseconds_between_looks([one.testing_run for one in self.connections if one.testing_run])
        is_working = self.enabled or any(one.worth.groups for one in self.worth)
        return min(filter(None, (testing, EVERY if is_working else 0)), default=0)


def overview_of(user: User, *, now: datetime) -> Overview:
    """Gather the page's facts in a fixed number of queries."""
    # No key is shown here.
    with_funds = Connection.objects.owned_by(user).for_list().select_related("funds")
    connections = list(with_funds.prefetch_related(None))
    bots = list(Bot.objects.owned_by(user).for_list())
    stood = standings_of(user, now)
    return Overview(
        connections=connections,
        bots=bots,
        worth=[_shown(one) for one in worth_of(connections, bots, stood)],
        panel=panel.panel_of(user, stood, {(bot.connection.venue, bot.quote) for bot in bots if bot.quote}, now=now),
        left=_left_alone(bots, stood),
        tallies=tallies_of(user, since=now - DAY),
        lines=latest_of(user),
    )


def _left_alone(bots: Sequence[Bot], stood: Sequence[Stood]) -> list[LeftAlone]:
    counts = Counter(group.bot_id for group, _ in stood if group.is_left_alone)
    return [LeftAlone(bot=bot, groups=counts[bot.pk]) for bot in bots if counts[bot.pk]]


def _shown(worth: Worth) -> ShownWorth:
    return ShownWorth(
        worth=worth,
        equity=numbers.money(worth.equity),
        money=numbers.money(worth.money),
        coins=numbers.money(worth.coins),
        cost=numbers.money(worth.cost),
        result=numbers.money(worth.result, signed=True),
        result_tone=numbers.tone_of(worth.result),
        fallen=numbers.money(worth.fallen, signed=True),
    )


def _concern(connection: Connection) -> Concern:
    worst = connection.shown_run.worst if connection.shown_run else None
    if connection.status == Status.ERROR and worst:
        return Concern(connection=connection, text=worst.text, hint=worst.hint)
    too_old, never = gettext("The last pass is too old to count."), gettext("This key was never proven.")
    text = too_old if connection.passed_at else never
    return Concern(connection=connection, text=text, hint=gettext("Open it and run the test."))


@login_not_required
@require_GET
def overview(request: WebRequest) -> HttpResponse:
    """Show a trader's overview, and to a visitor what the product is; a page whose session ended is led to sign in."""
    if not request.user.is_authenticated:
        return redirect_to_login("/") if request.htmx else welcome(request)
    found = overview_of(request.user, now=timezone.now())
    context = {"overview": found, "first": first_visit_of(request.user, found.connections, found.bots)}
    return render_changes(request, "strategies/overview.html", "live", context)
