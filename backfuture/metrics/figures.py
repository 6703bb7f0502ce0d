"""What /metrics tells, read from the database and the broker at that moment: web and workers are many processes, and
what each counted for itself would be gone with it.

Counts of what happened are those of the last ten minutes; ages are of the oldest, in seconds, 0 where there is none.
"""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

import redis
from django.db import DatabaseError
from django.db.models import Count, F, Max, Min, QuerySet, Sum
from django.utils import timezone

from accounts.models import AuditLink, MailState, OutgoingMail
from accounts.trail import sealing
from backfuture import broker, health
from backfuture.messages import QUEUES
from backfuture.metrics.exposition import Family, Samples, only
from connections.models import UNDER_WAY, CheckRun, Connection, ExchangePause, KeyOpening, RunState, UnknownAnswer
from strategies.choices import LIVE_STATES, BotState, HaltedBy, SignalState
from strategies.models import Bot, Funds, Group, Instrument, Order, Signal
from strategies.models.groups import key_of
from workers.models import CLOCK, Alarm, Pulse

LATELY = timedelta(minutes=10)
# So many of what waits are counted; more is no news.
MOST = 10_000
PLACE = {"exchange": F("connection__exchange"), "venue": F("connection__venue")}


def age(moment: datetime | None, now: datetime) -> float:
    return max((now - moment).total_seconds(), 0.0) if moment else 0.0


def counted(rows: QuerySet[Any], *names: str, **renamed: F) -> Samples:
    """Return how many rows there are of each combination of these columns."""
    found = rows.order_by().values(*names, **renamed).annotate(many=Count("pk"))
    return [({name: str(row[name]) for name in (*renamed, *names)}, row["many"]) for row in found]


def processes(now: datetime) -> Iterator[Family]:
    ready = health.ask()
    yield Family("ready", "1 where /readyz says ok.", [({"part": part}, said == "ok") for part, said in ready.items()])
    pulses = Pulse.objects.seen()
    yield Family(
        "worker_seen_seconds",
        "Since when a worker was not seen.",
        [
            ({"worker": one.name, "queues": ",".join(one.queues)}, one.age.total_seconds())
            for one in pulses
            if one.name != CLOCK
        ],
    )
    ticks = [one.age.total_seconds() for one in pulses if one.name == CLOCK]
    yield Family("tick_seconds", "Since when no tick came from the clock.", [({}, ticks[0])] if ticks else [])
    off = [({"worker": one.name}, one.clock_off.total_seconds()) for one in pulses if one.name != CLOCK]
    yield Family("clock_off_seconds", "How far a worker's clock is ahead of the database's.", off)


def messages(now: datetime) -> Iterator[Family]:
    try:
        with broker.connect() as client:
            long = [({"queue": queue}, float(client.llen(queue))) for queue in QUEUES]
    except (redis.RedisError, ValueError):
        return
    yield Family("broker_messages", "Messages that no worker took yet.", long)


def checks(now: datetime) -> Iterator[Family]:
    done = CheckRun.objects.filter(state=RunState.DONE, published_at__gte=now - LATELY)
    yield Family("checks_finished", "Checks by verdict.", counted(done, "verdict", **PLACE))
    waiting = CheckRun.objects.filter(state__in=UNDER_WAY).aggregate(oldest=Min("queued_at"), again=Sum("reissues"))
    yield Family("check_oldest_seconds", "Age of the oldest check under way.", only(age(waiting["oldest"], now)))
    again = (done.aggregate(again=Sum("reissues"))["again"] or 0) + (waiting["again"] or 0)
    yield Family("check_reissues", "Checks brought back from workers that were lost.", only(again))
    due = Connection.objects.due(now).values_list("next_check_at", flat=True).first()
    yield Family("check_overdue_seconds", "How late the scheduled check is that is late most.", only(age(due, now)))
    alive = Connection.objects.filter(deleted_at=None)
    yield Family("connections", "Connections by status.", counted(alive, "exchange", "venue", "status"))


def signals(now: datetime) -> Iterator[Family]:
    waiting = Signal.objects.waiting().order_by("received_at").values_list("received_at", flat=True)[:MOST]
    first = next(iter(waiting), None)
    yield Family("signals_waiting", "Signals that nobody has answered.", only(len(waiting)))
    yield Family("signal_oldest_seconds", "Age of the oldest of them.", only(age(first, now)))
    handled = Signal.objects.since(now - LATELY).filter(state=SignalState.HANDLED)
    yield Family("signals_handled", "Signals by what was done about them.", counted(handled, "outcome"))


def orders(now: datetime) -> Iterator[Family]:
    ended = Order.objects.filter(ended_at__gte=now - LATELY)
    yield Family("orders_ended", "Orders by outcome.", counted(ended, "purpose", "state", **PLACE))
    live = Order.objects.live().values("state").annotate(many=Count("pk"), oldest=Min("created_at"))
    found = {row["state"]: row for row in live.order_by()}
    many = [({"state": str(state)}, float(found[state]["many"] if state in found else 0)) for state in LIVE_STATES]
    yield Family("orders_live", "Orders whose outcome is open.", many)
    oldest = [
        ({"state": str(state)}, age((state in found and found[state]["oldest"]) or None, now)) for state in LIVE_STATES
    ]
    yield Family("order_oldest_seconds", "Age of the oldest order in this state.", oldest)


def groups(now: datetime) -> Iterator[Family]:
    there = Group.objects.open()
    yield Family("groups_open", "Open groups by mode.", counted(there, "mode", **PLACE))
    looked_after = there.filter(bot__in=Bot.objects.running()).select_related("connection")
    known = Instrument.objects.of_groups(rows := list(looked_after.only("pair", "opened_at", "connection")[:MOST]))
    seen: dict[tuple[str, str], float] = {}
    for group in rows:
        key = key_of(group)
        at = known[key].priced_at if key in known else None
        seen[key[:2]] = max(seen.get(key[:2], 0.0), age(at or group.opened_at, now))
    places = [({"exchange": exchange, "venue": venue}, old) for (exchange, venue), old in seen.items()]
    yield Family("group_unlooked_seconds", "Age of the oldest price that an open group is looked after by.", places)


def bots(now: datetime) -> Iterator[Family]:
    alive = Bot.objects.filter(deleted_at=None)
    yield Family("bots", "Bots by state.", counted(alive, "state"))
    halted = alive.filter(state=BotState.HALTED)
    yield Family("bots_halted", "Halted bots by what halted them.", counted(halted, "halted_by", "halt_reason"))
    due = Bot.objects.enabled().filter(step_at__lt=now).aggregate(oldest=Min("step_at"))["oldest"]
    yield Family("bot_overdue_seconds", "How late the look at a bot is that is late most.", only(age(due, now)))
    late = Funds.objects.filter(look_at__lt=now).aggregate(oldest=Min("look_at"))["oldest"]
    yield Family(
        "books_overdue_seconds", "How late the comparison of books is that is late most.", only(age(late, now))
    )
    differ = halted.filter(halted_by=HaltedBy.BOOKS).values("connection").distinct().count()
    yield Family(
        "books_differ", "Connections whose books and exchange differ, until the trader says how.", only(differ)
    )


def parked(now: datetime) -> Iterator[Family]:
    rests = {"orders": Order.objects.parked().count(), "books": Funds.objects.parked().count()}
    rows = [({"questions": about}, float(many)) for about, many in rests.items()]
    yield Family("questions_parked", "Questions that ended the workers that asked them, and rest for a while.", rows)


def exchanges(now: datetime) -> Iterator[Family]:
    lasting = ExchangePause.objects.filter(until__gt=now, is_away=False)
    away = ExchangePause.objects.filter(is_away=True)
    yield Family(
        "exchange_away_seconds",
        "For how long an exchange has been left alone because it does not answer.",
        [({"exchange": one.exchange, "venue": one.venue}, age(one.since, now)) for one in away],
    )
    yield Family(
        "exchange_pause_seconds",
        "For how long an exchange has been asking us to wait, since that began.",
        [
            (
                {"exchange": one.exchange, "venue": one.venue, "exits": "refused" if one.is_total else "few"},
                age(one.since, now),
            )
            for one in lasting
        ],
    )
    strange = UnknownAnswer.objects.order_by().values("exchange", "venue")
    rows = list(strange.annotate(many=Sum("count"), newest=Max("last_at")))
    place = [{"exchange": row["exchange"], "venue": row["venue"]} for row in rows]
    told = [(labels, float(row["many"])) for labels, row in zip(place, rows, strict=True)]
    yield Family("unknown_answers_total", "Answers that are in no table of ours.", told, kind="counter")
    last = [(labels, age(row["newest"], now)) for labels, row in zip(place, rows, strict=True)]
    yield Family("unknown_answer_seconds", "Since the last of them.", last)


def vault(now: datetime) -> Iterator[Family]:
    opened = KeyOpening.objects.filter(is_told=False).order_by().values("purpose").annotate(many=Sum("count"))
    yield Family(
        "key_openings",
        "Openings of API keys in this hour, by purpose.",
        [({"purpose": row["purpose"]}, float(row["many"])) for row in opened],
    )


def alarms(now: datetime) -> Iterator[Family]:
    rows = list(Alarm.objects.order_by("name"))
    rung = [({"alarm": one.name}, float(one.count)) for one in rows]
    yield Family("alarms_total", "How often an alarm rang.", rung, kind="counter")
    yield Family("alarm_seconds", "Since it rang last.", [({"alarm": one.name}, age(one.last_at, now)) for one in rows])


def trail(now: datetime) -> Iterator[Family]:
    head = AuditLink.objects.order_by("-position").first()
    waiting = sealing.unsealed(head).values_list("at", flat=True)[:MOST]
    yield Family("audit_unsealed", "Events of the trail that are not in its chain yet.", only(len(waiting)))
    oldest = min(waiting, default=None)
    yield Family("audit_unsealed_seconds", "Age of the oldest of them.", only(age(oldest, now)))
    yield Family("audit_position", "Links of the chain.", only(head.position if head else 0), kind="counter")


def mails(now: datetime) -> Iterator[Family]:
    yield Family("mails", "Mails that are not sent.", counted(OutgoingMail.objects.all(), "state"))
    waiting = OutgoingMail.objects.filter(state=MailState.WAITING).aggregate(oldest=Min("written_at"))["oldest"]
    yield Family("mail_oldest_seconds", "Age of the oldest that waits.", only(age(waiting, now)))


PARTS: tuple[Callable[[datetime], Iterator[Family]], ...] = (
    *(processes, messages, checks, signals, orders, groups, bots, parked, exchanges, vault, alarms, trail, mails),
)


def gather() -> Iterator[Family]:
    """Return all that can be told now; a part that cannot be asked is named, and leaves the others alone."""
    now, unasked = timezone.now(), list[str]()
    for part in PARTS:
        try:
            yield from list(part(now))
        except DatabaseError:
            unasked.append(part.__name__)
    yield Family(
        "unasked", "Parts of this page that the database did not answer.", [({"part": name}, 1.0) for name in unasked]
    )
