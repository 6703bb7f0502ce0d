"""Ask an exchange what became of an order: before it is sent again, before it counts as over, and until it is over.

"Not found" is not "canceled": an order counts as absent only when every way of asking said so twice, both times asked
later than the exchange could still have taken it.

A look-up that never ends is lost, most likely with its worker. After three in a row nobody asks about the order for a
while, after each further one for twice as long, and the operators are told: one order must not end all workers.
"""

import random
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import structlog
from django.conf import settings
from django.db import transaction
from django.db.models import Q, QuerySet, Value
from django.db.models.functions import Concat
from django.utils import timezone

from accounts.models import User
from connections import crowds, desks
from connections.models import Connection
from connections.pauses import paused_homes
from database.prepared import PreparedModels, PreparedRows, PreparedUpdate, moment, number, texts
from exchanges.desk.desk import Desk
from exchanges.errors import ExchangeError
from exchanges.values import Credentials, FillsMissingError, OrderReport, ReportedState, TradeFill
from strategies import choices as words
from strategies import claims
from strategies.execution import books, remainder
from strategies.models import Bot, Order, signals
from strategies.models.funds import Funds
from workers import alarms
from workers.drain import Drain

log = structlog.get_logger(__name__)
# The worker that takes a look-up has this long before another may, and a moment by chance: what a worker lost together
# is not tried together again.
CLAIM, SPREAD = timedelta(seconds=15), timedelta(seconds=5)
# Until then the worker that sent an order may still be waiting for its answer.
ANSWERED_WITHIN = timedelta(seconds=10)
PATIENCE_OF_LIMITS = timedelta(seconds=60)
# So late at most are look-ups in a rush of signals.
PATIENCE_IN_RUSH = timedelta(seconds=10)
# More are not asked for at once.
MOST_DUE = 50
LOOK_BACK = timedelta(minutes=2)
# An order with an id of the exchange's that it does not know any more is settled by its trades after so many answers.
# What is read lags behind what was written, so that early answers count as little here.
FORGOTTEN_AFTER = 6
# Of these no exchange is asked: the time in which they could have been sent is over.
UNASKED = (words.OrderState.INTENDED, words.OrderState.ABSENT)


def look_up(order_id: int) -> None:
    """Ask about one order and write down the answer; two workers never ask about the same one at once."""
    now = timezone.now()
    order = next(iter(_ORDERS.run(order=order_id, now=now)), None)
    if order is None:
        return
    (order.connection,) = _CONNECTIONS.run(connection=order.connection_id)
    (order.connection.owner,) = _OWNERS.run(owner=order.connection.owner_id)
    if not _take(order, now):
        return
    if order.state == words.OrderState.INTENDED:
        books.drop(order.pk, (words.OrderState.INTENDED,), reason="order.not_sent", now=now)
    elif order.state == words.OrderState.ABSENT:
        books.drop(order.pk, (words.OrderState.ABSENT,), reason="order.stale", now=now)
    elif may_ask(order.connection):
        ask(order)
    elif order.is_live:
        _later(order, now)
    else:
        # It was given up, and nobody can be asked about it any more.
        Order.objects.filter(pk=order.pk).update(look_at=None)


_ORDERS = PreparedModels(lambda: Order.objects.filter(pk=number("order"), look_at__lte=moment("now")))
_CONNECTIONS = PreparedModels(lambda: Connection.objects.filter(pk=number("connection")))
_OWNERS = PreparedModels(lambda: User.objects.filter(pk=number("owner")))


def _take(order: Order, now: datetime) -> bool:
    """Make the look-up this worker's; False where somebody else has it, or where it has ended too many workers."""
    was_lost = order.look_until is not None and order.look_at == order.look_until
    lost = order.lost_looks + 1 if was_lost else order.lost_looks if order.is_parked else 0
    is_parked = was_lost and lost >= words.MOST_LOST
    until = now + CLAIM + SPREAD * random.random()  # noqa: S311 - to spread them
    mark: dict[str, datetime | None] = {"next": until, "until": until}
    if is_parked:
        mark = {"next": now + claims.rest_after(lost), "until": None}
    taken = _TAKEN.run(order=order.pk, was_due=order.look_at, lost=lost, **mark)
    if taken and is_parked:
        alarms.ring("order.parked", "order_parked", order=order.pk)
    return bool(taken) and not is_parked


_TAKEN = PreparedUpdate(
    lambda: (
        Order.objects.filter(pk=number("order"), look_at=moment("was_due")),
        {"look_at": moment("next"), "look_until": moment("until"), "lost_looks": number("lost")},
    )
)


def due(count: int) -> list[int]:
    """Return the orders that were to be asked about first.

    In a rush of signals they wait until they are late, but for those that somebody waits to be out of. Those of an
    exchange that wants to be left alone wait for its next answer, whenever that is.
    """
    now = timezone.now()
    # Those would be refused, and stand in the way of those that wait for exchanges that answer.
    full = [f"{exchange} {venue}" for exchange, venue in crowds.full()]
    rows = _DUE_IN_RUSH if signals.is_rush(now) else _DUE
    return [order for (order,) in rows.run(now=now, full=full, late=now - PATIENCE_IN_RUSH)][:count]


def _due_rows(*, is_rush: bool) -> QuerySet[Order, Any]:
    orders = Order.objects.to_look_up(moment("now")).filter(Q(state__in=UNASKED) | ~paused_homes(moment("now")))
    place = Concat("connection__exchange", Value(" "), "connection__venue")
    orders = orders.annotate(place=place).exclude(place__in=texts("full"))
    if is_rush:
        is_leaving = Q(purpose=words.Purpose.EXIT) | Q(cancel_asked_at__isnull=False)
        is_leaving |= Q(group__close_asked_at__isnull=False)
        orders = orders.filter(is_leaving | Q(look_at__lte=moment("late")))
    return orders.values_list("pk")[:MOST_DUE]


_DUE, _DUE_IN_RUSH = (PreparedRows(partial(_due_rows, is_rush=is_rush)) for is_rush in (False, True))
DUE = Drain(due, look_up, at_once=6)


def look_up_due(_order_id: int) -> None:
    """Look up what is due, whichever order the message was for."""
    DUE.work()


def may_ask(connection: Connection) -> bool:
    """Reading needs no proof, but a key that still exists and an owner who is still here."""
    return connection.deleted_at is None and connection.owner.is_served


def ask(order: Order, *, key: Credentials | None = None) -> None:
    """Ask about an order whose look-up is this worker's; a `key` is one that was opened to send it."""
    asked_at = timezone.now()
    try:
        report, fills = desks.ask_with_key(
            order.connection, lambda desk, key: _report_and_fills(desk, key, order), purpose="look-up", key=key
        )
    except ExchangeError as error:
        _later(order, timezone.now(), seconds=error.trouble.wait)
        return
    except desks.KeyClosedError:
        _later(order, timezone.now())
        return
    now = timezone.now()
    if report is None:
        _not_found(order, asked_at)
    elif order.state == words.OrderState.DROPPED and report.state is ReportedState.OPEN:
        # Nobody waits for it any more, and it arrived after all and rests: take it back, then count what it got.
        soon = now if not order.exchange_id else now + books.SLOWEST
        Order.objects.filter(pk=order.pk).update(exchange_id=report.exchange_id, look_at=soon)
        order.exchange_id = report.exchange_id
        _cancel(order)
    else:
        with transaction.atomic():
            # First: who writes a buy down holds the connection's money before any group.
            _COMPARED_SOON.run(connection=order.connection_id, now=now)
            kept = books.record(order.pk, report, fills, now=now)
        kept.connection = order.connection
        _cancel_if_due(kept, now)


LATER = Q(look_at=None) | Q(look_at__gt=moment("now"))
_COMPARED_SOON = PreparedUpdate(
    lambda: (Funds.objects.filter(LATER, connection=number("connection")), {"look_at": moment("now")})
)


async def _report_and_fills(desk: Desk, key: Credentials, order: Order) -> tuple[OrderReport | None, list[TradeFill]]:
    since = (order.sent_at or order.created_at) - LOOK_BACK
    report = await desk.find(
        key, pair=order.pair, client_id=order.client_id, exchange_id=order.exchange_id, since=since
    )
    if report is None or not report.filled:
        return report, []
    try:
        return report, await desk.fills(key, pair=order.pair, exchange_id=report.exchange_id, since=since)
    except FillsMissingError as error:
        if report.state is ReportedState.OPEN:
            raise
        return report, remainder.with_rest(order, report, error.fills)


def _later(order: Order, now: datetime, *, seconds: int = 0) -> None:
    """Ask again by the usual pace, and not before the exchange wants to be asked."""
    if not order.is_live and now - (order.sent_at or order.created_at) > books.FEES_FOR:
        # What is still open of it, nobody will tell.
        Order.objects.filter(pk=order.pk).update(look_at=None)
        return
    pause = max(books.pace_of(order, now), timedelta(seconds=seconds))
    Order.objects.filter(pk=order.pk, look_at__isnull=False).update(look_at=now + pause)


def _not_found(order: Order, asked_at: datetime) -> None:
    """Count an absence that is late enough to mean something; the second one makes the order absent.

    Of an order that the exchange took and has forgotten since, what it traded is all that there is.
    """
    with transaction.atomic():
        fresh = books.lock(order.pk)
        sent_at = fresh.sent_at or fresh.created_at
        age = asked_at - sent_at
        fresh.absences += age > settings.ORDER_ABSENT_AFTER
        fresh.look_at = asked_at + books.pace_of(fresh, asked_at)
        if not fresh.is_live and age > books.LATE_FOR:
            fresh.look_at = None
        if fresh.is_doubtful and fresh.absences >= 2:
            fresh.state, fresh.look_at = words.OrderState.ABSENT, timezone.now() + books.FIRST_LOOK
            # Whether it is sent again is decided at once: a moment later its signal means nothing any more.
            Bot.objects.wake(fresh.bot_id)
        fresh.save(update_fields=["absences", "state", "look_at"])
    if fresh.state != words.OrderState.OPEN or fresh.absences < FORGOTTEN_AFTER:
        return
    pair, exchange_id = fresh.pair, fresh.exchange_id
    try:
        fills = desks.ask_with_key(
            fresh.connection,
            lambda desk, key: desk.fills(key, pair=pair, exchange_id=exchange_id, since=sent_at - LOOK_BACK),
            purpose="look-up",
        )
    except FillsMissingError as error:
        # Nobody tells more of it any more, and its group must not wait for ever.
        fills = error.fills
    except (ExchangeError, desks.KeyClosedError):
        return
    filled = sum((fill.quantity for fill in fills), start=fresh.quantity * 0)
    report = OrderReport(
        exchange_id=exchange_id, client_id=fresh.client_id, state=ReportedState.CANCELED, filled=filled, at=None
    )
    now = timezone.now()
    books.record(fresh.pk, report, fills, now=now, is_sure=True)
    # Should it remember after all, no coin is forgotten.
    Order.objects.filter(pk=fresh.pk).update(look_at=now + books.LATE_PACE)


def _cancel_if_due(order: Order, now: datetime) -> None:
    """Cancel an order that has waited long enough; its end is looked up like any other.

    Also one that should have ended at once: an exchange that lets it rest must not hold its group for ever.
    """
    waited = order.sent_at is not None and now - order.sent_at > PATIENCE_OF_LIMITS
    is_asked = not order.is_immediate and (order.cancel_asked_at or order.group.close_asked_at)
    if order.state != words.OrderState.OPEN or not (waited or is_asked):
        return
    if order.cancel_asked_at is None or order.cancel_asked_at > now - books.SLOWEST:
        # The first time its end is looked for at once; an exchange that goes on refusing is asked by the usual pace.
        Order.objects.filter(pk=order.pk).update(cancel_asked_at=order.cancel_asked_at or now, look_at=now)
    _cancel(order)


def _cancel(order: Order) -> None:
    try:
        desks.ask_with_key(
            order.connection,
            lambda desk, key: desk.cancel(
                key, pair=order.pair, exchange_id=order.exchange_id, client_id=order.client_id
            ),
            purpose="cancel",
        )
    except (ExchangeError, desks.KeyClosedError):
        log.warning("cancel_failed", order=order.pk)
