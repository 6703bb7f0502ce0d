"""Send an order that is written down: the authority is asked in the very statement that marks it sent."""

import time
from datetime import datetime
from typing import Any

import structlog
from django.db import transaction
from django.utils import timezone

from accounts.person import factors
from connections import desks
from connections.crowds import FREE_WITHIN_SECONDS, HALF, CrowdedError, crowd_of
from database import commits
from database.prepared import PreparedUpdate, Update, moment, number, text
from exchanges.errors import ExchangeError
from exchanges.values import (
    Credentials,
    NewOrder,
    OrderNotSentError,
    OrderRefusedError,
    OrderReport,
    OrderSide,
    OrderUnknownError,
    RefusalReason,
)
from strategies import messages
from strategies.choices import OrderState, Purpose
from strategies.execution import books, lookup, settlement
from strategies.execution.authority import mark_sent
from strategies.models import Order, journal, signals

log = structlog.get_logger(__name__)
# An order that was marked sent leaves within this time or not at all.
LEAVES_WITHIN_SECONDS = 3.0
# Why an order that was marked certainly did not leave: nothing was sent in time, its key did not open, or, of many that
# were decided upon together, it found no place before the exchange.
NOT_LEFT: dict[type[Exception], str] = {
    OrderNotSentError: "order.not_sent",
    desks.KeyClosedError: "order.not_sent",
    CrowdedError: "order.exchange_slow",
}


def send(order_id: int) -> None:
    """Send an intended order once and write down what the exchange says; does nothing for any other order."""
    order = Order.objects.select_related("connection__owner").filter(pk=order_id).first()
    if order is not None and order.state == OrderState.INTENDED and (key := place_intended(order)):
        lookup.ask(order, key=key)


def place_intended(order: Order) -> Credentials | None:
    """Send an order whose row is at hand as it was written down; returns the key to ask with at once what became of it.

    That is the same opening of the key. In a rush of signals, and where nothing was taken, there is nothing to ask: the
    tick has it looked up.
    """
    if order.purpose != Purpose.EXIT and crowd_of(order.connection.exchange, order.connection.venue).is_full(HALF):
        _drop(order, OrderState.INTENDED, reason="order.exchange_slow")
        return None
    # Before it is marked: a worker that stands still in between finds that it is too late.
    not_after = time.monotonic() + LEAVES_WITHIN_SECONDS
    if not mark_sent(order, now=timezone.now()):
        home = order.connection
        lacks = order.purpose != Purpose.EXIT and not home.is_practice and not factors.has_factor(home.owner)
        _drop(order, OrderState.INTENDED, reason="order.no_factor" if lacks else "order.no_authority")
        return None
    try:
        # After the mark, not in its transaction: there the orders of a connection, which count their openings in one
        # row, would wait for each other's mark to be on the disk.
        key = desks.open_key(order.connection, purpose="order")
        report = _place(order, key, not_after=not_after)
    except OrderRefusedError as error:
        _refused(order, error, now=timezone.now())
    except (OrderNotSentError, CrowdedError, desks.KeyClosedError) as error:
        _drop(order, OrderState.SENT, reason=NOT_LEFT[type(error)])
    except (OrderUnknownError, ExchangeError) as error:
        log.warning("order_unknown", order=order.pk, cause=error.trouble.cause.value)
        _move(order, state=OrderState.UNKNOWN, look_at=timezone.now())
    else:
        return key if _taken(order, report) else None
    return None


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
    crowd = crowd_of(home.exchange, home.venue)
    return desks.ask_with_key(
        home,
        lambda desk, key: desk.place(key, wanted, not_after=not_after),
        purpose="order",
        key=key,
        is_exit=is_exit,
        turn=crowd.join(gives_way=not is_exit, few=HALF, patience=FREE_WITHIN_SECONDS),
    )


def _taken(order: Order, report: OrderReport) -> bool:
    """Write down that the exchange took it; says whether it is this worker's to look up."""
    now = timezone.now()
    is_rush = signals.is_rush(now)
    look_at = now if is_rush else now + lookup.CLAIM
    known = {"exchange_id": report.exchange_id, "answered_at": now, "look_at": look_at}
    # No disk is waited for: an order that still stands as sent is looked up.
    with commits.asynchronous():
        is_written = _TAKEN.run(order=order.pk, sends=order.sends, **known)
    if not is_written:
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
    books.drop(order.pk, (state,), reason=reason, now=timezone.now(), attempt=order.sends)


def _refused(order: Order, error: OrderRefusedError, *, now: datetime) -> None:
    """Write down a refusal: nothing was accepted, and the group rests before it asks again."""
    # A sale takes coins, and no money.
    lacks_coins = order.purpose == Purpose.EXIT and error.reason is RefusalReason.FUNDS
    reason = "order.refused_coins" if lacks_coins else f"order.refused_{error.reason.value}"
    values = {"state": OrderState.REFUSED, "refusal": reason, "answered_at": now, "ended_at": now, "look_at": None}
    with transaction.atomic():
        locked = books.lock(order.pk)
        if _move(order, **values):
            # An exit that the exchange's limit refused waits for the end of the limit, and counts against nobody.
            if locked.purpose != Purpose.EXIT or error.reason is not RefusalReason.RATE_LIMITED:
                settlement.rest(locked.group, now=now)
                if locked.purpose == Purpose.EXIT:
                    messages.tell_exit_refused(locked.group, why=reason, now=now)
            journal.write(locked.group.bot, group=locked.group, action="refused", reason=reason, now=now)
            settlement.settle_group(locked, now=now)
