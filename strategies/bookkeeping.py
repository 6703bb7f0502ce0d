"""Write down what became of orders: fills once each, the group's sums from all its fills, ends of orders and groups.

Rows are locked in one order everywhere: group, then order.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal

import structlog
from django.db import transaction

from exchanges.orders import OrderReport, TradeFill
from exchanges.orders import OrderState as Told
from strategies import closing, journal
from strategies.choices import LIVE_STATES, GroupMode, OrderState, Purpose
from strategies.models import Fill, Group, Order
from strategies.totals import FillLine, Totals, totals

log = structlog.get_logger(__name__)
# How long after an answer to ask again, by how old the order is.
PACE = ((timedelta(seconds=5), timedelta(seconds=1)), (timedelta(seconds=60), timedelta(seconds=3)))
SLOWEST = timedelta(seconds=15)


def record(order_id: int, report: OrderReport, fills: Sequence[TradeFill], *, now: datetime) -> None:
    """Write down an exchange's answer about an order; the same answer twice, or an older one, changes nothing."""
    with transaction.atomic():
        order = lock(order_id)
        _keep_fills(order, fills)
        order.exchange_id = report.exchange_id or order.exchange_id
        _move(order, report, now)
        settle_group(order.group, now=now)


def lock(order_id: int) -> Order:
    """Return the order with its group, both locked until the transaction ends."""
    group_id = Order.objects.values_list("group_id", flat=True).get(pk=order_id)
    group = Group.objects.select_for_update(of=("self",)).select_related("bot", "connection").get(pk=group_id)
    order = Order.objects.select_for_update(of=("self",)).get(pk=order_id)
    order.group = group
    return order


def _keep_fills(order: Order, fills: Sequence[TradeFill]) -> None:
    rows = [
        Fill(
            order=order,
            connection_id=order.connection_id,
            pair=order.pair,
            trade_id=fill.trade_id,
            price=fill.price,
            quantity=fill.quantity,
            cost=fill.cost,
            fee=fill.fee,
            fee_asset=fill.fee_asset,
            at=fill.at,
        )
        for fill in fills
    ]
    Fill.objects.bulk_create(rows, ignore_conflicts=True)


def _move(order: Order, report: OrderReport, now: datetime) -> None:
    """Take the order to where the exchange has it; it ends only when all that it says was filled is in our books."""
    counted = sum((fill.quantity for fill in order.fills.all()), Decimal(0))
    if counted > order.quantity:
        log.error("fills_above_order", order=order.pk)
    is_over = report.state is not Told.OPEN and counted >= report.filled
    order.filled = max(order.filled, counted)
    order.answered_at = now
    if is_over:
        order.state = OrderState.FILLED if order.filled >= order.quantity else OrderState.CANCELED
        order.ended_at, order.look_at = order.ended_at or now, None
    else:
        order.state, order.look_at, order.ended_at = OrderState.OPEN, now + pace_of(order, now), None
    order.save(update_fields=["exchange_id", "filled", "state", "answered_at", "ended_at", "look_at"])


def pace_of(order: Order, now: datetime) -> timedelta:
    age = now - (order.sent_at or order.created_at)
    return next((pause for limit, pause in PACE if age < limit), SLOWEST)


def settle_group(group: Group, *, now: datetime) -> None:
    """Bring a locked group up to its fills, and to its end when its last order has ended with nothing left to do."""
    sums = totals(_lines(group), pair=group.pair)
    _adopt(group, sums)
    if group.mode == GroupMode.CLOSED and group.result != sums.result:
        _correct(group, sums, now)
    if group.is_open and not Order.objects.filter(group=group, state__in=LIVE_STATES).exists():
        _after_order(group, sums, now)


def _lines(group: Group) -> list[FillLine]:
    fills = Fill.objects.filter(order__group=group).select_related("order")
    return [
        FillLine(
            is_buy=fill.order.side == "buy",
            is_add_on=fill.order.purpose == Purpose.ADD_ON,
            step=fill.order.step,
            price=fill.price,
            quantity=fill.quantity,
            cost=fill.cost,
            fee=fill.fee,
            fee_asset=fill.fee_asset,
            at=fill.at,
        )
        for fill in fills
    ]


SUMS = (
    *("quantity", "cost", "fee_coin", "fee_quote", "sold", "proceeds", "add_ons_done"),
    *("first_price", "first_fill_at", "last_fill_at", "last_fill_price"),
)


def _adopt(group: Group, sums: Totals) -> None:
    for name in SUMS:
        setattr(group, name, getattr(sums, name))
    group.save(update_fields=list(SUMS))


def _correct(group: Group, sums: Totals, now: datetime) -> None:
    """An order of a closed group turned out to have been filled after all: its coins must not be forgotten."""
    others = Group.objects.open().filter(bot=group.bot, pair=group.pair, side=group.side)
    if closing.is_dust(group, sums.held):
        group.result = sums.result
        group.save(update_fields=["result"])
    elif other := others.first():
        _hand_over(group, other)
    else:
        group.mode = closing.mode_before(group)
        group.closed_at, group.close_reason, group.result = None, "", None
        group.save(update_fields=["mode", "closed_at", "close_reason", "result"])
    journal.write(group.bot, group=group, action="late", reason="order.late", now=now)


def _hand_over(group: Group, other: Group) -> None:
    """Let the pair's open group take the late buys as further add-ons of its last rung."""
    number = Order.objects.filter(group=other).count()
    for late in Order.objects.filter(group=group, side="buy", fills__isnull=False).distinct():
        number += 1
        moved = {"group": other, "number": number, "purpose": Purpose.ADD_ON, "step": other.add_ons_done}
        Order.objects.filter(pk=late.pk).update(**moved)
    for changed in (group, other):
        sums = totals(_lines(changed), pair=changed.pair)
        _adopt(changed, sums)
    Group.objects.filter(pk=group.pk).update(result=Decimal(0))


def _after_order(group: Group, sums: Totals, now: datetime) -> None:
    """Decide what an order's end means for its group; called when none of its orders is live."""
    if not sums.quantity:
        last = Order.objects.filter(group=group).order_by("-number").first()
        closing.end(group, sums, reason=closing.why_empty(last), now=now)
    elif group.mode == GroupMode.CLOSING:
        closing.after_exit(group, sums, now=now)
