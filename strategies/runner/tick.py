"""Each second: wake workers for what is due in the database, among it what a lost message never told anybody."""

import random
from datetime import datetime, timedelta

from django.db.models import Q

from accounts.models import served
from strategies.choices import OPEN_MODES, BotState
from strategies.execution import lookup, reconcile
from strategies.models import Bot, Feed, Group, Signal
from strategies.models.funds import Funds
from strategies.runner import equity, parking, retention, summaries, winding_down
from workers import wake

MOST = 200
# A signal's own message has had its chance. In a rush many still have theirs, so that few are sent again.
SIGNAL_WAITS, SIGNALS_AT_ONCE = timedelta(seconds=1), 20
# The next ticks say it again.
FEED_WAITS_SECONDS = 3.0
# Whether books are looked after is asked of all accounts, so not each second.
BOOKS_SECONDS = 10


def wake_feeds(now: datetime) -> None:
    due = Feed.objects.filter(Q(look_at=None) | Q(look_at__lte=now), Q(claim_until=None) | Q(claim_until__lt=now))
    for pk in due.values_list("pk", flat=True):
        wake.publish("strategies.watch", pk, expires=FEED_WAITS_SECONDS)


def wake_signals(now: datetime) -> None:
    waiting = Signal.objects.waiting().filter(received_at__lt=now - SIGNAL_WAITS).order_by("received_at")
    # They are handled in the order in which they came: one message per bot and pair is enough.
    first: dict[tuple[int, str], int] = {}
    for pk, bot, pair in waiting.values_list("pk", "bot", "pair")[:MOST]:
        first.setdefault((bot, pair), pk)
    # By chance: those that wait for an exchange that is away must not keep the others from being woken.
    for pk in random.sample(sorted(first.values()), min(len(first), SIGNALS_AT_ONCE)):
        wake.publish("strategies.handle_signal", pk)


def wake_orders(_now: datetime) -> None:
    for pk in lookup.DUE.due():
        wake.publish("strategies.look_up", pk)


def wake_books(_now: datetime) -> None:
    for pk in reconcile.DUE.due():
        wake.publish("strategies.reconcile", pk)


def look_after_books(now: datetime) -> None:
    """Let books be compared wherever bots run or groups are open, also where nobody asked for it."""
    if now.second % BOOKS_SECONDS:
        return
    running = Bot.objects.filter(state=BotState.ENABLED, deleted_at=None).values("connection_id")
    holding = Group.objects.filter(mode__in=OPEN_MODES).values("connection_id")
    watched = Funds.objects.filter(look_at__isnull=False).values("connection_id")
    needed = Q(connection_id__in=running) | Q(connection_id__in=holding)
    bots = Bot.objects.filter(needed, served("connection__owner__"), connection__deleted_at=None)
    missing = bots.exclude(connection_id__in=watched).values_list("connection_id", flat=True).distinct()
    for connection_id in missing[:MOST]:
        Funds.objects.look_after(connection_id, now=now)


PARTS = (
    wake_signals,
    wake_orders,
    wake_feeds,
    look_after_books,
    wake_books,
    winding_down.end,
    equity.note,
    parking.park,
    parking.park_books,
    retention.sweep,
    summaries.tell,
)
