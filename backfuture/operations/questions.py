"""What the operators' page asks: the figures of /metrics, and a fixed number of questions more, each with a bound."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Min, Q
from django.db.models.functions import Coalesce
from django.urls import reverse

from accounts.models import MailState, OutgoingMail
from backfuture.metrics import alarms, figures
from backfuture.metrics.exposition import Family
from backfuture.operations import words
from backfuture.operations.words import NightLine, Place, Weight, seconds
from connections.models import CheckRun, Connection, ExchangePause, RunState, Status, UnknownAnswer, Venue
from connections.pauses import lasting
from exchanges import registry
from messaging.choices import DeliveryState
from messaging.models import Delivery
from strategies.models import Bot, StopSwitch
from strategies.stops.state import MEANINGS, WORDS
from workers.models import CLOCK, Alarm, Pulse

HOUR, NIGHT = timedelta(hours=1), timedelta(hours=12)
# So many rows of each kind are shown; how many there are is told beside them.
MOST = 20
# Questions beside those of the figures; tests/house/operations counts them.
WITHIN = 18
LOOK_SECONDS = 10
NO_CHECKS = [0, 0, 0]


@dataclass(frozen=True, kw_only=True)
class NightPart:
    """One subject of the page; `more` is where all of its rows are, `empty` what to say without any line.

    `reach` says how many rows there are and of how many traders, where not all are shown.
    """

    title: str
    reach: str = ""
    lines: Sequence[NightLine]
    empty: str
    more: str = ""

    @property
    def weight(self) -> Weight:
        return min((one.weight for one in self.lines), default=Weight.GOOD)


@dataclass(frozen=True, kw_only=True)
class Night:
    """`reach` says how many people depend on us at this moment."""

    at: datetime
    parts: Sequence[NightPart]
    reach: str = ""

    @property
    def weight(self) -> Weight:
        return min((part.weight for part in self.parts), default=Weight.GOOD)

    @property
    def headline(self) -> str:
        """Say what is worst, as its line says it."""
        if self.weight is Weight.GOOD:
            return "Nothing calls for anybody."
        first, *others = [one for part in self.parts for one in part.lines if one.weight is self.weight]
        if self.weight is Weight.WARN:
            return f"Nothing is urgent. {words.count(1 + len(others), 'line')} to look at."
        more = f" {words.count(len(others), 'line')} more in red below." if others else ""
        return f"{first.text}{more}"

    @property
    def step(self) -> str:
        """Return the step of the line that the headline tells, when it is in red."""
        if self.weight is not Weight.BAD:
            return ""
        return next(one.step for part in self.parts for one in part.lines if one.weight is Weight.BAD)


def alarms_now(now: datetime, families: Sequence[Family]) -> NightPart:
    rung = Alarm.objects.filter(last_at__gte=now - NIGHT).order_by("-last_at")[:MOST]
    told = [
        NightLine(
            weight=Weight.WARN,
            text=f"“{one.name}” rang last then, {words.count(one.count, 'time')} ever.",
            at=one.last_at,
        )
        for one in rung
    ]
    lines = words.alarm_lines(alarms.firing(families)) + told
    return NightPart(title="Alarms that would ring now", lines=lines, empty="None.")


def stops(now: datetime, families: Sequence[Family]) -> NightPart:
    lines = []
    for one in StopSwitch.objects.set_by_us().select_related("owner")[:MOST]:
        to = reverse("admin:kill_switch")
        if one.owner:
            to = reverse("admin:stop_person", args=[one.owner.public_id])
        elif one.exchange:
            to = reverse("admin:stop_exchange", args=[one.exchange, one.venue])
        meaning = next(MEANINGS[word] for word, level in WORDS.items() if level == one.level)
        text = f"{one.get_level_display()} for {one.whose}."
        lines.append(NightLine(weight=Weight.WARN, text=text, step=meaning, to=to, at=one.changed_at))
    return NightPart(
        title="Stops in force", lines=lines, empty="Nothing is stopped.", more=reverse("admin:kill_switch")
    )


def exchanges(now: datetime, families: Sequence[Family]) -> NightPart:
    rows: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    causes: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    alive = Connection.objects.alive().order_by().values_list("exchange", "venue", "status", "trouble")
    for exchange, venue, status, trouble, many in alive.annotate(many=Count("pk")):
        rows[exchange, venue][status] += many
        if trouble and status != Status.ONLINE:
            causes[exchange, venue][trouble] += many
    done = CheckRun.objects.filter(state=RunState.DONE, finished_at__gte=now - HOUR, queued_at__gte=now - 2 * HOUR)
    places = done.order_by().values_list("connection__exchange", "connection__venue")
    told = places.annotate(
        all_of=Count("pk"),
        unanswered=Count("pk", filter=Q(verdict="temporary")),
        refused=Count("pk", filter=Q(verdict="error")),
    )
    checks = {(exchange, venue): counts for exchange, venue, *counts in told}
    traders = Connection.objects.alive().order_by().values_list("exchange", "venue")
    many_traders = {
        (exchange, venue): many for exchange, venue, many in traders.annotate(many=Count("owner", distinct=True))
    }
    groups = words.groups_by_place(families)
    pauses = {(one.exchange, one.venue): one for one in ExchangePause.objects.filter(lasting(now))}
    found = [
        Place(
            name=f"{registry.get(place[0]).name}, {Venue(place[1]).label.lower()}",
            statuses=statuses,
            causes=causes[place],
            traders=many_traders.get(place, 0),
            groups=groups[place],
            finished=checks.get(place, NO_CHECKS)[0],
            unanswered=checks.get(place, NO_CHECKS)[1],
            refused=checks.get(place, NO_CHECKS)[2],
            pause=pauses.get(place),
            to=reverse("admin:stop_exchange", args=place),
        )
        for place, statuses in rows.items()
    ]
    lines = [words.place_line(one, now) for one in sorted(found, key=lambda one: (-one.total, one.name))]
    lines = words.silence(found) + words.worst_first(lines)
    return NightPart(title="Exchanges", lines=lines, empty="Nobody has a connection.")


def workers(now: datetime, families: Sequence[Family]) -> NightPart:
    pulses = Pulse.objects.seen()
    seen = [(one.name, one.queues, one.age.total_seconds()) for one in pulses if one.name != CLOCK]
    tick = next((one.age.total_seconds() for one in pulses if one.name == CLOCK), None)
    lines = words.worker_lines(seen, tick=tick, has_broker=any(one.name == "broker_messages" for one in families))
    return NightPart(title="Workers and their broker", lines=lines, empty="No worker was ever seen.")


def waiting(now: datetime, families: Sequence[Family]) -> NightPart:
    return NightPart(title="Work that waits", lines=words.waiting_lines(families), empty="Nothing waits.")


def halted(now: datetime, families: Sequence[Family]) -> NightPart:
    rows = Bot.objects.halted_since(now - NIGHT).select_related("connection__owner")
    there = rows.order_by().aggregate(many=Count("pk"), traders=Count("connection__owner", distinct=True))
    return NightPart(
        reach=words.reach(there["many"], "bot", there["traders"], MOST),
        title=f"Bots halted within {seconds(NIGHT.total_seconds())}",
        lines=[
            NightLine(
                weight=Weight.WARN,
                text=f"{one} of {one.connection.owner.email}, at {one.connection.spec.name}: "
                f"{one.reason.text if one.reason else one.halt_reason}",
                step="It goes on by itself." if one.is_waiting_out else "It waits for its trader.",
                to=reverse("admin:strategies_bot_change", args=[one.pk]),
                at=one.halted_at,
            )
            for one in rows[:MOST]
        ],
        empty="None.",
        more=f"{reverse('admin:strategies_bot_changelist')}?state__exact=halted",
    )


def lost(now: datetime, families: Sequence[Family]) -> NightPart:
    # One that never was Online is the matter of its trader. A key that is refused has no `trouble_since`: that is of
    # trouble that may pass.
    lately = Q(trouble_since__gte=now - NIGHT) | Q(trouble_since=None, passed_at__gte=now - NIGHT)
    rows = Connection.objects.alive().filter(lately, status=Status.ERROR, passed_at__isnull=False)
    there = rows.order_by().aggregate(many=Count("pk"), traders=Count("owner", distinct=True))
    lines = []
    for one in rows.select_related("owner", "shown_run").order_by(Coalesce("trouble_since", "passed_at").desc())[:MOST]:
        worst = one.shown_run.worst if one.shown_run else None
        lines.append(
            NightLine(
                weight=Weight.WARN,
                text=f"{one.name} of {one.owner.email}, at {one.spec.name}: {worst.text if worst else one.trouble}",
                step=worst.hint if worst else "",
                to=reverse("admin:connections_connection_change", args=[one.pk]),
                at=one.trouble_since or one.passed_at,
            )
        )
    return NightPart(
        reach=words.reach(there["many"], "connection", there["traders"], MOST),
        title=f"Connections lost within {seconds(NIGHT.total_seconds())}",
        lines=lines,
        empty="None.",
        more=f"{reverse('admin:connections_connection_changelist')}?status__exact=error",
    )


def unknown(now: datetime, families: Sequence[Family]) -> NightPart:
    rows = UnknownAnswer.objects.filter(last_at__gte=now - NIGHT).order_by("-last_at")[:MOST]
    return NightPart(
        title="Answers that are in no table of ours",
        lines=[
            NightLine(
                weight=Weight.WARN,
                text=f"{one.exchange}, {one.venue}: {one.asked} answered {one.status}"
                f"{f', code {one.code}' if one.code else ''}, {words.count(one.count, 'time')}.",
                step=f"It is taken for “{one.cause}” until somebody puts it into a table.",
                to=reverse("admin:connections_unknownanswer_change", args=[one.pk]),
                at=one.last_at,
            )
            for one in rows
        ],
        empty="None within 12 hours.",
        more=reverse("admin:connections_unknownanswer_changelist"),
    )


def messages(now: datetime, families: Sequence[Family]) -> NightPart:
    """Tell of mails and messages that were given up, and of messages that wait too long."""
    mails = OutgoingMail.objects.filter(state=MailState.DEAD, written_at__gte=now - 2 * NIGHT).order_by()
    dead = Delivery.objects.filter(state=DeliveryState.DEAD, due_at__gte=now - 2 * NIGHT).order_by()
    due = Delivery.objects.due(now).aggregate(many=Count("pk"), oldest=Min("due_at"))
    lines = [
        NightLine(
            weight=Weight.WARN,
            text=f"{words.count(many, 'mail')} given up: {trouble or 'too late'}.",
            to=f"{reverse('admin:accounts_outgoingmail_changelist')}?state__exact=dead",
        )
        for trouble, many in mails.values_list("trouble").annotate(many=Count("pk"))[:MOST]
    ]
    lines += [
        NightLine(
            weight=Weight.WARN,
            text=f"{words.count(many, 'message')} by {via} given up: {trouble or 'too late'}.",
            to=f"{reverse('admin:messaging_delivery_changelist')}?state__exact=dead",
        )
        for via, trouble, many in dead.order_by("channel__via")
        .values_list("channel__via", "trouble")
        .annotate(many=Count("pk"))[:MOST]
    ]
    if due["oldest"]:
        age = (now - due["oldest"]).total_seconds()
        weight = Weight.WARN if age > 60 else Weight.GOOD
        text = f"{words.count(due['many'], 'message')} on the way, the oldest due since {seconds(age)}."
        lines.append(NightLine(weight=weight, text=text))
    return NightPart(title="Messages to people", lines=words.worst_first(lines), empty="All that is due is sent.")


# In this order where they are as bad: causes first, since what follows of them is in red, too.
PARTS: tuple[Callable[[datetime, Sequence[Family]], NightPart], ...] = (
    *(workers, exchanges, alarms_now, stops, waiting, halted, lost, unknown, messages),
)


def look(now: datetime) -> Night:
    """Ask for everything; the parts come worst first."""
    families = list(figures.gather())
    trading = Bot.objects.running().filter(deleted_at=None)
    there = trading.aggregate(many=Count("pk"), traders=Count("connection__owner", distinct=True))
    groups = sum(words.groups_by_place(families).values())
    return Night(
        at=now,
        parts=sorted((part(now, families) for part in PARTS), key=lambda one: one.weight),
        reach=f"{words.count(there['many'], 'bot')} of {words.count(there['traders'], 'trader')} may trade, and "
        f"{words.count(groups, 'group')} {'is' if groups == 1 else 'are'} open.",
    )
