"""The first steps: what a newcomer did already, judged from what really happened, and the one that comes next."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Exists
from django.utils.translation import gettext_lazy as _

from accounts.models import AuditEvent, FirstSteps, User
from connections.check.findings import CAN_WITHDRAW
from connections.models import CheckRun, Connection, Status, Venue
from connections.practice import door
from messaging.models import Message
from strategies.choices import GroupMode
from strategies.models import Bot, Group, Signal

# Who has more knows the way.
FEW = 5


@dataclass(frozen=True, kw_only=True)
class Happened:
    """What happened on an account, as far as the first steps ask for it."""

    was_refused: bool
    is_online: bool
    has_bot: bool
    was_signalled: bool
    was_told: bool
    was_closed: bool
    has_message: bool


@dataclass(frozen=True, kw_only=True)
class FirstStep:
    code: str
    title: Any
    text: Any
    is_done: bool
    is_next: bool = False


@dataclass(frozen=True, kw_only=True)
class FirstVisit:
    """`home` is the connection, `bot` the bot, that the next step is done with."""

    steps: Sequence[FirstStep]
    home: Connection | None
    bot: Bot | None

    @property
    def done(self) -> int:
        return sum(step.is_done for step in self.steps)

    @property
    def is_done(self) -> bool:
        return self.done == len(self.steps)


def steps_of(facts: Happened) -> list[FirstStep]:
    """Return the steps in their order; the first that is not done comes next."""
    rows = (
        (
            "refused",
            _("See a key refused"),
            _("A practice key that can withdraw: the test finds it, and our copy is destroyed."),
            facts.was_refused,
        ),
        ("good", _("Prove a good key"), _("One that reads and trades, and cannot withdraw."), facts.is_online),
        ("bot", _("Make a bot and enable it"), _("Pick a pair from the list. All else is filled in."), facts.has_bot),
        (
            "signal",
            _("Send it a test signal"),
            _("It goes the way of every alert, and the bot opens a group within seconds."),
            facts.was_signalled,
        ),
        (
            "story",
            _("Let the price live through a story"),
            _("In one minute the price dips and rises. The bot adds on, and takes its profit."),
            facts.was_told,
        ),
        (
            "exit",
            _("Read what it brought"),
            _("The group is closed, and a message says with which result after all fees."),
            facts.was_closed and facts.has_message,
        ),
    )
    first = next((code for code, _title, _text, is_done in rows if not is_done), "")
    return [
        FirstStep(code=code, title=title, text=text, is_done=is_done, is_next=code == first)
        for code, title, text, is_done in rows
    ]


def first_visit_of(user: User, connections: Sequence[Connection], bots: Sequence[Bot]) -> FirstVisit | None:
    """Gather what happened, in one query beside what the overview knows already.

    None where no steps are shown: they were put away, or a live account needs the room and did not ask for them.
    """
    is_new = len(connections) <= FEW and all(one.is_practice for one in connections)
    is_wanted = user.first_steps == FirstSteps.SHOWN or (is_new and user.first_steps != FirstSteps.AWAY)
    if not (door.is_offered() and is_wanted):
        return None
    home = next((one for one in connections if one.is_practice and one.status == Status.ONLINE), None)
    bot = next((one for one in bots if one.connection.is_practice and one.opens_groups), None)
    mine = {"connection__owner": user, "connection__venue": Venue.PRACTICE}
    closed = Group.objects.filter(**mine, mode=GroupMode.CLOSED)
    of_bot = {f"bot__{name}": value for name, value in mine.items()}
    refused, signalled, told, was_closed, has_message = (
        User.objects.filter(pk=user.pk)
        .values_list(
            Exists(CheckRun.objects.filter(**mine, findings_json__icontains=CAN_WITHDRAW)),
            Exists(Signal.objects.filter(**of_bot)),
            Exists(AuditEvent.objects.filter(actor=user, action="practice.story")),
            Exists(closed),
            Exists(Message.objects.filter(user=user, kind="group.closed")),
        )
        .get()
    )
    facts = Happened(
        was_refused=refused,
        is_online=home is not None,
        has_bot=bot is not None or was_closed,
        was_signalled=signalled,
        was_told=told,
        was_closed=was_closed,
        has_message=has_message,
    )
    return FirstVisit(
        steps=steps_of(facts), home=home, bot=bot or next((b for b in bots if b.connection.is_practice), None)
    )
