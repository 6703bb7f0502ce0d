"""Write down what became of orders: fills once each, the group's sums from all its fills, ends of orders and groups.

Rows are locked in one order everywhere: group, then order.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, TypeVar

import structlog
from django.db import models, transaction

from database.prepared import PreparedModels, PreparedRows, number
from exchanges.orders import OrderReport, TradeFill
from exchanges.orders import OrderState as Told
from strategies import charges, closing
from strategies.choices import LIVE_STATES, GroupMode, OrderState, Purpose
from strategies.engine.totals import FillLine, Totals, totals
from strategies.models import Bot, Fill, Group, Order, journal, orders

M = TypeVar("M", bound=models.Model)
log = structlog.get_logger(__name__)
# How long after an answer to ask again, by how old the order is.
PACE = ((timedelta(seconds=5), timedelta(seconds=1)), (timedelta(seconds=60), timedelta(seconds=3)))
SLOWEST = timedelta(seconds=15)
# Some orders that were given up arrive late: they are asked about this often, for so long.
LATE_PACE, LATE_FOR = timedelta(seconds=30), timedelta(hours=1)
# A fee that is not told with its trade is asked for at that pace, later at this one, for so long.
FEES_PACE, FEES_FOR = timedelta(minutes=15), timedelta(days=1)


def record(order_id: int, report: OrderReport, fills: Sequence[TradeFill], *, now: datetime) -> Order:
    """Write down an exchange's answer about an order; the same answer twice, or an older one, changes nothing.

    Returns the order as it is now.
    """
    with transaction.atomic():
        order = lock(order_id)
        _keep_fills(order, fills)
        order.exchange_id = report.exchange_id or order.exchange_id
        kept = [Kept(*row) for row in _KEPT.run(order=order.pk)]
        _move(order, report, sum((one.quantity for one in kept), Decimal(0)), now)
        _ask_for_fees(order, _untold(order, kept, fills), now)
        order.save(update_fields=TOLD)
        settle_group(order, now=now)
    return order


def lock(order_id: int) -> Order:
    """Return the order with its group, both locked until the transaction ends."""
    (group,) = _GROUP.run(order=order_id)
    (order,) = _ORDER.run(order=order_id)
    if order.group_id != group.pk:
        # Handed over to another group while we waited for this one.
        return lock(order_id)
    order.group = group
    return order


def _locked(rows: models.QuerySet[M]) -> models.QuerySet[M]:
    return rows.select_for_update(of=("self",), no_key=True)


_GROUP = PreparedModels(lambda: _locked(Group.objects.filter(orders=number("order"))))
_ORDER = PreparedModels(lambda: _locked(Order.objects.filter(pk=number("order"))))


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
            at=fill.at,
            **charges.fields_of(fill, order),
        )
        for fill in fills
    ]
    Fill.objects.bulk_create(rows, ignore_conflicts=True)


@dataclass(frozen=True)
class Kept:
    """A fill of an order as it is in our books."""

    trade_id: str
    quantity: Decimal
    is_fee_known: bool


def _untold(order: Order, kept: Sequence[Kept], fills: Sequence[TradeFill]) -> bool:
    """Write down fees that were only reckoned and are told now; say whether some are still to come."""
    reckoned = {one.trade_id for one in kept if not one.is_fee_known}
    told = [fill for fill in fills if fill.trade_id in reckoned and fill.is_fee_known]
    for fill in told:
        mine = Fill.objects.filter(order=order, trade_id=fill.trade_id, is_fee_known=False)
        mine.update(**charges.fields_of(fill, order))
    return len(told) < len(reckoned)


def _move(order: Order, report: OrderReport, counted: Decimal, now: datetime) -> None:
    """Take the order to where the exchange has it; it ends only when all that it says was filled is in our books.

    What has ended stays so: an answer that is older than the end must not make the order live again.
    """
    if counted > order.quantity:
        log.error("fills_above_order", order=order.pk)
    is_complete = counted >= report.filled
    if counted > order.filled:
        _count_no_refusals(order.group)
    order.filled = max(order.filled, counted)
    order.answered_at = now
    if is_complete and report.state is not Told.OPEN:
        order.state = OrderState.FILLED if order.filled >= order.quantity else OrderState.CANCELED
        order.ended_at, order.look_at, order.refusal = order.ended_at or now, None, ""
    elif order.is_live:
        order.state, order.look_at, order.absences = OrderState.OPEN, now + pace_of(order, now), 0
    elif not is_complete:
        order.look_at = now + pace_of(order, now)


def _ask_for_fees(order: Order, is_untold: bool, now: datetime) -> None:
    """Let an order that is over be asked about again while a fee of it is not told, for as long as that makes sense."""
    if is_untold and order.look_at is None and now - (order.sent_at or order.created_at) < FEES_FOR:
        order.look_at = now + pace_of(order, now)


_KEPT = PreparedRows(
    lambda: Fill.objects.filter(order=number("order")).values_list("trade_id", "quantity", "is_fee_known")
)
TOLD = ("exchange_id", "filled", "state", "answered_at", "ended_at", "look_at", "refusal", "absences")


def _count_no_refusals(group: Group) -> None:
    """The exchange takes its orders again: refusals count in a row."""
    group.refusals, group.retry_at = 0, None
    group.save(update_fields=["refusals", "retry_at"])


def pace_of(order: Order, now: datetime) -> timedelta:
    age = now - (order.sent_at or order.created_at)
    if not order.is_live:
        return LATE_PACE if age < LATE_FOR else FEES_PACE
    return next((pause for limit, pause in PACE if age < limit), SLOWEST)


def settle_group(order: Order, *, now: datetime) -> None:
    """Bring a locked order's group up to its fills, and to its end when nothing of it is live or left to do."""
    group = order.group
    sums, before = totals(_lines(group), pair=group.pair), (group.quantity, group.sold)
    _adopt(group, sums)
    if group.mode == GroupMode.CLOSED and group.result != sums.result:
        if before == (sums.quantity, sums.sold):
            _tell_fee(group, sums, now)
        else:
            _correct(order, sums, now)
    if group.is_open and not Order.objects.filter(group=group, state__in=LIVE_STATES).exists():
        _after_order(order, sums, now)


TRADED = ("price", "quantity", "cost", "fee", "fee_asset", "at")
MORE_FEES = "more_fees_json"


def _lines(group: Group) -> list[FillLine]:
    return [
        FillLine(
            is_buy=side == "buy",
            is_add_on=purpose == Purpose.ADD_ON,
            step=step,
            more_fees=orders.read_more(more),
            **dict(zip(TRADED, row, strict=True)),
        )
        for side, purpose, step, more, *row in _FILLS.run(group=group.pk)
    ]


def _fills_of_group() -> models.QuerySet[Fill, Any]:
    fills = Fill.objects.filter(order__group=number("group"))
    return fills.values_list("order__side", "order__purpose", "order__step", MORE_FEES, *TRADED)


_FILLS = PreparedRows(_fills_of_group)


SUMS = (
    *("quantity", "cost", "fee_coin", "fee_quote", "sold", "proceeds", "add_ons_done"),
    *("first_price", "first_fill_at", "last_fill_at", "last_fill_price"),
)


def _adopt(group: Group, sums: Totals) -> None:
    for name in SUMS:
        setattr(group, name, getattr(sums, name))
    group.save(update_fields=list(SUMS))


def _tell_fee(group: Group, sums: Totals, now: datetime) -> None:
    """A fee of a closed group is told that was only reckoned when it closed."""
    numbers = {"result": sums.result}
    Group.objects.filter(pk=group.pk).update(result=sums.result)
    journal.write(group.bot, group=group, action="fee", reason="fee.told", numbers=numbers, now=now)


def _correct(order: Order, sums: Totals, now: datetime) -> None:
    """An order of a closed group turned out to have been filled after all: its coins must not be forgotten."""
    group = order.group
    Group.objects.filter(pk=group.pk).update(result=sums.result)
    if order.side == "buy" and not closing.is_dust(group, sums.held):
        alike = {"bot": group.bot, "connection": group.connection, "pair": group.pair, "side": group.side}
        if other := Group.objects.open().select_for_update(of=("self",), no_key=True).filter(**alike).first():
            _hand_over(order, other)
        else:
            _take_back(group)
    journal.write(group.bot, group=order.group, action="late", reason="order.late", now=now)


def _take_back(group: Group) -> None:
    """Open a closed group again; where its bot is gone or trades elsewhere now, its coins are the trader's own."""
    bot = group.bot
    if bot.deleted_at or bot.connection_id != group.connection_id:
        group.mode, group.close_reason = GroupMode.RELEASED, "group.released"
    else:
        group.mode = closing.mode_before(group)
        group.closed_at, group.close_reason = None, ""
        Bot.objects.wake(bot.pk)
    group.result = None
    group.save(update_fields=["mode", "closed_at", "close_reason", "result"])


def _hand_over(order: Order, other: Group) -> None:
    """Let the pair's open group take a late buy as a further add-on of its last rung, or as its first."""
    group, is_first = order.group, not other.quantity
    order.group, order.number = other, Order.objects.next_number(other.pk)
    order.purpose, order.step = Purpose.ENTRY if is_first else Purpose.ADD_ON, other.add_ons_done
    order.save(update_fields=["group", "number", "purpose", "step"])
    _adopt(other, totals(_lines(other), pair=other.pair))
    left = totals(_lines(group), pair=group.pair)
    _adopt(group, left)
    Group.objects.filter(pk=group.pk).update(result=left.result)


def _after_order(order: Order, sums: Totals, now: datetime) -> None:
    """Decide what an order's end means for its group; called when none of its orders is live."""
    group = order.group
    if not sums.quantity:
        last = Order.objects.filter(group=group).order_by("-number").first()
        closing.end(group, sums, reason=closing.why_empty(last), now=now)
    elif group.mode == GroupMode.CLOSING or order.side == "sell":
        closing.after_exit(group, sums, now=now)
