"""Send an order that is written down: the authority is asked in the very statement that marks it sent."""

from datetime import datetime
from functools import partial
from typing import Any

import structlog
from django.conf import settings
from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.utils import timezone

from connections import desks, waits
from connections.models import ExchangePause, Status
from database.prepared import PreparedUpdate, Update, moment, number, text
from exchanges.client import Credentials
from exchanges.errors import ExchangeError
from exchanges.orders import (
    NewOrder,
    OrderNotSentError,
    OrderRefusedError,
    OrderReport,
    OrderSide,
    OrderUnknownError,
    RefusalReason,
)
from strategies import bookkeeping, dropping, lookups
from strategies.choices import HaltedBy, OrderState, Purpose, State, StopLevel
from strategies.models import Bot, BotQuerySet, Group, Order, StopSwitch, journal
from strategies.models.funds import RECONCILED_FOR
from strategies.models.groups import GroupQuerySet
from workers import priority

log = structlog.get_logger(__name__)
# An order that was marked sent leaves within this time or not at all.
LEAVES_WITHIN_SECONDS = 3.0
STOPPED_BY = {
    Purpose.ENTRY: (StopLevel.ENTRIES, StopLevel.ADD_ONS, StopLevel.ORDERS),
    Purpose.ADD_ON: (StopLevel.ADD_ONS, StopLevel.ORDERS),
    Purpose.EXIT: (StopLevel.ORDERS,),
}
# A finding takes the proof back, so that an Error that still has one is trouble.
PROVEN_IN = {
    Purpose.ENTRY: (Status.ONLINE,),
    Purpose.ADD_ON: (Status.ONLINE,),
    Purpose.EXIT: (Status.ONLINE, Status.ERROR),
}


def send(order_id: int) -> None:
    """Send an intended order once and write down what the exchange says; does nothing for any other order."""
    order = Order.objects.select_related("connection__owner").filter(pk=order_id).first()
    if order is not None and order.state == OrderState.INTENDED and place_intended(order):
        lookups.ask(order)


def place_intended(order: Order) -> bool:
    """Send an order whose row is at hand as it was written down; says whether to ask at once what became of it.

    In a rush of signals the tick has it asked.
    """
    # Before it is marked: whoever stands still in between finds that it is too late.
    not_after = desks.moment_in(LEAVES_WITHIN_SECONDS)
    try:
        key = _mark_and_open(order)
    except desks.KeyClosedError:
        _drop(order, OrderState.INTENDED, reason="order.not_sent")
        return False
    if key is None:
        _drop(order, OrderState.INTENDED, reason="order.no_authority")
        return False
    try:
        report = _place(order, key, not_after=not_after)
    except OrderRefusedError as error:
        _refused(order, error, now=timezone.now())
    except OrderNotSentError:
        _drop(order, OrderState.SENT, reason="order.not_sent")
    except (OrderUnknownError, ExchangeError) as error:
        log.warning("order_unknown", order=order.pk, cause=error.trouble.cause.value)
        _move(order, state=OrderState.UNKNOWN, look_at=timezone.now())
    else:
        return _taken(order, report)
    return False


def _mark_and_open(order: Order) -> Credentials | None:
    """Mark the order sent and open its key in one transaction; None without authority.

    Raises KeyClosedError, and then it is not marked.
    """
    sends = order.sends
    try:
        with transaction.atomic():
            is_marked = mark_sent(order, now=timezone.now())
            return desks.open_key(order.connection, purpose="order") if is_marked else None
    except desks.KeyClosedError:
        order.sends = sends
        raise


def _taken(order: Order, report: OrderReport) -> bool:
    """Write down that the exchange took it; says whether it is this worker's to look up."""
    now, is_rush = timezone.now(), priority.SIGNALS.is_on
    look_at = now if is_rush else now + lookups.CLAIM
    known = {"exchange_id": report.exchange_id, "answered_at": now, "look_at": look_at}
    if not _TAKEN.run(order=order.pk, sends=order.sends, **known):
        return False
    order.state, order.exchange_id = OrderState.OPEN, report.exchange_id
    return not is_rush


def _taking() -> Update:
    known = {"exchange_id": text("exchange_id"), "answered_at": moment("answered_at"), "look_at": moment("look_at")}
    sent = Order.objects.filter(pk=number("order"), state=OrderState.SENT, sends=number("sends"))
    return sent, {**known, "state": OrderState.OPEN}


_TAKEN = PreparedUpdate(_taking)


def _move(order: Order, **values: Any) -> bool:
    """Take the order from sent to where the answer has it, unless it was sent again since."""
    return Order.objects.move(order.pk, (OrderState.SENT,), attempt=order.sends, **values)


def _drop(order: Order, state: OrderState, *, reason: str) -> None:
    dropping.drop(order.pk, (state,), reason=reason, now=timezone.now(), attempt=order.sends)


def mark_sent(order: Order, *, now: datetime) -> bool:
    """Take the order from intended to sent if, at this moment, everything gives it the right to be.

    The connection Online by a fresh pass of the key now stored, the books compared within a minute, the bot running
    under the claim that decided (or the group's trader asked to close it), its owner active, no stop of the bot, the
    trader or the operators, the group still open and, for a buy, not asked to be closed. For an exit the fresh pass is
    enough: trouble that keeps us from testing the key takes it from being Online and no exit from being sent. Buys wait
    while the exchange wants to be left alone; exits only once it refuses them too, by books that were fresh before.
    """
    compared_after = now - RECONCILED_FOR
    if order.purpose == Purpose.EXIT:
        pause = waits.current(order.connection.exchange, order.connection.venue, now)
        compared_after = waits.compared_as_of(pause, now) - RECONCILED_FOR
    is_marked = (
        _MARKED[Purpose(order.purpose)].run(
            order=order.pk,
            sends=order.sends,
            sent_at=now,
            look_at=now + dropping.FIRST_LOOK,
            passed_after=now - settings.PASS_LIFETIME,
            compared_after=compared_after,
        )
        == 1
    )
    order.sends += is_marked
    return is_marked


def _marking(purpose: Purpose) -> Update:
    # Without joins: the row itself must be looked at again when somebody else has just changed it.
    intended = Order.objects.filter(pk=number("order"), state=OrderState.INTENDED, sends=number("sends"))
    allowed = intended.filter(Exists(_authority(purpose)), Exists(_groups(purpose)), ~Exists(_stops(purpose)))
    marked = {"state": OrderState.SENT, "sent_at": moment("sent_at"), "look_at": moment("look_at"), "absences": 0}
    return allowed, {**marked, "sends": F("sends") + 1}


def _authority(purpose: Purpose) -> BotQuerySet:
    running = Q(state=State.ENABLED, deleted_at=None)
    waiting = Q(state=State.HALTED, halted_by=HaltedBy.TROUBLE, deleted_at=None)
    asked = Group.objects.filter(pk=OuterRef(OuterRef("group_id")), close_asked_at__isnull=False)
    here = {"exchange": OuterRef("connection__exchange"), "venue": OuterRef("connection__venue")}
    pauses = ExchangePause.objects.filter(**here, until__gt=moment("sent_at"))
    return Bot.objects.filter(
        running | waiting | Exists(asked) if purpose == Purpose.EXIT else running,
        ~Q(paused__in=STOPPED_BY[purpose]),
        ~Exists(pauses.filter(is_total=True) if purpose == Purpose.EXIT else pauses),
        pk=OuterRef("bot_id"),
        fence=OuterRef("fence"),
        connection_id=OuterRef("connection_id"),
        connection__status__in=PROVEN_IN[purpose],
        connection__deleted_at=None,
        connection__passed_revision=F("connection__revision"),
        connection__passed_at__gt=moment("passed_after"),
        connection__owner__is_active=True,
        connection__funds__reconciled_at__gt=moment("compared_after"),
    )


def _groups(purpose: Purpose) -> GroupQuerySet:
    is_open = Group.objects.open().filter(pk=OuterRef("group_id"))
    return is_open if purpose == Purpose.EXIT else is_open.filter(close_asked_at=None)


def _stops(purpose: Purpose) -> QuerySet[StopSwitch]:
    owner = Q(owner__connections=OuterRef("connection_id"))
    return StopSwitch.objects.filter(Q(is_global=True) | owner, level__in=STOPPED_BY[purpose])


_MARKED = {purpose: PreparedUpdate(partial(_marking, purpose)) for purpose in Purpose}


def _place(order: Order, key: Credentials, *, not_after: float) -> OrderReport:
    wanted = NewOrder(
        pair=order.pair,
        side=OrderSide(order.side),
        quantity=order.quantity,
        price=order.price,
        client_id=order.client_id,
        is_immediate=order.is_immediate,
    )
    home, is_exit = order.connection, order.purpose == Purpose.EXIT
    desk = desks.desk_of_connection(home)
    # That the exchange wants to be left alone was asked in the statement that marked it sent.
    heeded = waits.heeded(home.exchange, home.venue, gives_way=False, is_exit=is_exit)
    with desks.strange_noted(home), heeded:
        return desks.ask(desk, lambda desk: desk.place(key, wanted, not_after=not_after))


def _refused(order: Order, error: OrderRefusedError, *, now: datetime) -> None:
    """Write down a refusal: nothing was accepted, and the group rests before it asks again."""
    reason = f"order.refused_{error.reason.value}"
    values = {"state": OrderState.REFUSED, "refusal": reason, "answered_at": now, "ended_at": now, "look_at": None}
    with transaction.atomic():
        locked = bookkeeping.lock(order.pk)
        if _move(order, **values):
            # An exit that the exchange's limit refused waits for the end of the limit, and counts against nobody.
            if locked.purpose != Purpose.EXIT or error.reason is not RefusalReason.RATE_LIMITED:
                dropping.rest(locked.group, now=now)
            journal.write(locked.group.bot, group=locked.group, action="refused", reason=reason, now=now)
            bookkeeping.settle_group(locked, now=now)
