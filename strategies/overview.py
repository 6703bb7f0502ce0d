"""The overview page: how many connections and bots are well, what needs the trader, and the one next step."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from accounts.models import User
from connections.check.verdict import Verdict
from connections.listing import milliseconds_between_looks
from connections.models import CheckRun, Connection, Status
from strategies.models import Bot

SHOWN = 6
DAY = timedelta(hours=24)


@dataclass(frozen=True, kw_only=True)
class Concern:
    """One connection that needs its trader: the cause, and the one next step."""

    connection: Connection
    text: str
    hint: str


@dataclass(frozen=True, kw_only=True)
class Overview:
    """`checks` and `passes` are those of the last 24 hours."""

    connections: Sequence[Connection]
    bots: Sequence[Bot]
    checks: int
    passes: int

    @property
    def online(self) -> int:
        return sum(one.status == Status.ONLINE for one in self.connections)

    @property
    def testing(self) -> int:
        return sum(one.is_testing for one in self.connections)

    @property
    def enabled(self) -> int:
        return sum(bot.is_enabled for bot in self.bots)

    @property
    def halted(self) -> int:
        return sum(bot.is_halted for bot in self.bots)

    @property
    def concerns(self) -> list[Concern]:
        return [_concern(one) for one in self.connections if one.status != Status.ONLINE and not one.is_testing]

    @property
    def shown_concerns(self) -> list[Concern]:
        return self.concerns[:SHOWN]

    @property
    def shown_bots(self) -> Sequence[Bot]:
        return self.bots[:SHOWN]

    @property
    def next_step(self) -> str:
        """Return what brings a newcomer on: connect, wait, prove, create, enable; "" when a bot is enabled."""
        if not self.connections:
            return "connect"
        if not self.online:
            return "wait" if self.testing else "prove"
        if not self.bots:
            return "create"
        return "" if self.enabled else "enable"

    @property
    def every(self) -> int:
        return milliseconds_between_looks([one.testing_run for one in self.connections if one.testing_run])


def overview_of(user: User, *, now: datetime) -> Overview:
    """Gather the page's facts in a fixed number of queries."""
    verdicts = CheckRun.objects.history().since(now - DAY).filter(connection__owner=user).order_by()
    found = list(verdicts.values_list("verdict", flat=True))
    return Overview(
        connections=list(Connection.objects.owned_by(user).for_list()),
        bots=list(Bot.objects.owned_by(user).for_list()),
        checks=len(found),
        passes=found.count(Verdict.ONLINE),
    )


def _concern(connection: Connection) -> Concern:
    worst = connection.last_run.worst if connection.last_run else None
    if connection.status == Status.ERROR and worst:
        return Concern(connection=connection, text=worst.text, hint=worst.hint)
    text = "The last pass is too old to count." if connection.passed_at else "This key was never proven."
    return Concern(connection=connection, text=text, hint="Open it and run the test.")
