"""Write down what became of orders: fills once each, the group's sums from all its fills, ends of orders and groups.

Rows are locked in one order everywhere: group, then order.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import TypeVar

from django.db import models, transaction

from database.prepared import PreparedInsert, PreparedModels, PreparedRows, PreparedSave, number
from exchanges.values import OrderReport, TradeFill
from exchanges.values import ReportedState as Told
from strategies.choices import OrderState
from strategies.execution import charges, excess, remainder, settlement
from strategies.models import Fill, Group, Order, journal
from strategies.models.funds import Funds

M = TypeVar("M", bound=models.Model)
ZERO = Decimal(0)
# How long after an answer to ask again, by how old the order is.
PACE = ((timedelta(seconds=5), timedelta(seconds=1)), (timedelta(seconds=60), timedelta(seconds=3)))
SLOWEST = timedelta(seconds=15)
# Where what is read of orders lags, a young one is told to have ended with nothing filled, and is filled a moment
# later. Who orders again meanwhile has both: such an end is believed when it is told again after so long, of an exit
# sooner, since it has to leave. Of one that got a part, the exchange has seen the end.
BELIEVED_AFTER = {"buy": timedelta(seconds=5), "sell": timedelta(seconds=1)}
# Where the account has more of the coin than an exit sells, a second one would take that: it is believed later there.
BESIDE_OTHERS, ALONE = timedelta(seconds=3), Decimal("1.01")
# An order that was given up may arrive late, and one that ended unfilled may have been filled after all, where the
# exchange's answer lags: both are asked about for so long, after pauses of half their age, none shorter than this.
LATE_FOR, LATE_PACE = timedelta(hours=1), timedelta(seconds=5)
# A fee that is not told with its trade is asked for at that pace, later at this one, for so long.
FEES_PACE, FEES_FOR = timedelta(minutes=15), timedelta(days=1)


def record(
    order_id: int, report: OrderReport, fills: Sequence[TradeFill], *, now: datetime, is_sure: bool = False
) -> Order:
    """Write down an exchange's answer about an order; the same answer twice, or an older one, changes nothing.

    Returns the order as it is now. Nobody needs to tell an end again that `is_sure`. In the caller's transaction, where
    there is one.
    """
    with transaction.atomic(savepoint=False):
        order = lock(order_id)
        order.exchange_id = report.exchange_id or order.exchange_id
        kept = [Kept(*row) for row in _KEPT.run(order=order.pk)]
        known = {one.trade_id for one in kept}
        kept += _keep_fills(order, [fill for fill in fills if fill.trade_id not in known])
        if any(one.trade_id == remainder.REST for one in kept):
            if remainder.REST not in known:
                remainder.tell(order, now)
            others = (one.quantity for one in kept if one.trade_id != remainder.REST)
            remainder.fit(order, max(report.filled, order.filled), sum(others, Decimal(0)))
            kept = [Kept(*row) for row in _KEPT.run(order=order.pk)]
        _move(order, report, sum((one.quantity for one in kept), Decimal(0)), now, is_sure=is_sure)
        if (
            _untold(order, kept, fills, now)
            and order.look_at is None
            and now - (order.sent_at or order.created_at) < FEES_FOR
        ):
            # Over, with a fee that is not told: asked about again for as long as that makes sense.
            order.look_at = now + pace_of(order, now)
        _TOLD.run(order)
        settlement.settle_group(order, now=now)
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


def _keep_fills(order: Order, fills: Sequence[TradeFill]) -> list["Kept"]:
    """Write down the fills that are new; who holds the order's row is the only one that does."""
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
    if rows:
        _FILLS.run(rows)
    return [Kept(row.trade_id, row.quantity, row.is_fee_known, row.fee_value) for row in rows]


_FILLS = PreparedInsert(Fill, ignore_conflicts=True)


@dataclass(frozen=True)
class Kept:
    """A fill of an order as it is in our books."""

    trade_id: str
    quantity: Decimal
    is_fee_known: bool
    fee_value: Decimal | None


def _untold(order: Order, kept: Sequence[Kept], fills: Sequence[TradeFill], now: datetime) -> bool:
    """Write down fees that were only reckoned and are told now, and what those in a third coin were worth.

    Says whether some are still to come; a price of then comes within moments or not at all.
    """
    reckoned = {one.trade_id for one in kept if not one.is_fee_known}
    unvalued = {one.trade_id for one in kept if one.is_fee_known and one.fee_value is None}
    # The price of a moment that is gone comes no more.
    recent = {fill.trade_id for fill in fills if now - fill.at <= charges.OF_ITS_MOMENT}
    told = [fill for fill in fills if fill.trade_id in reckoned | (unvalued & recent) and fill.is_fee_known]
    has_more = len([fill for fill in told if fill.trade_id in reckoned]) < len(reckoned)
    for fill in told:
        fields = charges.fields_of(fill, order)
        Fill.objects.filter(order=order, trade_id=fill.trade_id).update(**fields)
        has_more |= fields["fee_value"] is None and now - fill.at <= charges.OF_ITS_MOMENT
    return has_more


def _move(order: Order, report: OrderReport, counted: Decimal, now: datetime, *, is_sure: bool) -> None:
    """Take the order to where the exchange has it; it ends only when all that it says was filled is in our books.

    What has ended stays so: an answer that is older than the end must not make the order live again.
    """
    if counted > max(order.quantity, order.filled):
        excess.tell(order, now=now)
    is_complete = counted >= report.filled
    if counted > order.filled:
        # The exchange takes its orders again: refusals count in a row.
        order.group.refusals, order.group.retry_at = 0, None
    order.filled = max(order.filled, counted)
    order.answered_at = now
    has_ended = is_complete and report.state is not Told.OPEN
    # An exit waits for no proof about a buy: what it would wait for is told to make way, and its end is believed.
    may_doubt = not is_sure and order.is_live and not order.filled and order.cancel_asked_at is None
    if has_ended and may_doubt and (not order.end_told_at or now - order.end_told_at < _believed_after(order)):
        order.end_told_at = order.end_told_at or now
        order.state, order.look_at, order.absences = OrderState.OPEN, order.end_told_at + _believed_after(order), 0
    elif has_ended:
        order.state = OrderState.FILLED if order.filled >= order.quantity else OrderState.CANCELED
        if order.ended_at is None and not order.filled:
            settlement.miss(order, now=now)
        order.ended_at, order.refusal = order.ended_at or now, ""
        may_be_more = order.state == OrderState.CANCELED and now - (order.sent_at or order.created_at) < LATE_FOR
        order.look_at = now + pace_of(order, now) if may_be_more else None
    elif order.is_live:
        order.state, order.look_at, order.absences = OrderState.OPEN, now + pace_of(order, now), 0
        order.end_told_at = None
    elif not is_complete:
        order.look_at = now + pace_of(order, now)


def _believed_after(order: Order) -> timedelta:
    """Return how long after it was told first an end with nothing filled is believed when it is told again."""
    if order.side != "sell":
        return BELIEVED_AFTER[order.side]
    base = order.pair.partition("/")[0]
    groups = Group.objects.open().filter(connection=order.connection_id, pair__startswith=f"{base}/")
    funds = Funds.objects.filter(connection=order.connection_id).first()
    # What was read may be older than what groups bought since.
    there = max(funds.total(base) if funds else ZERO, sum((group.held for group in groups), ZERO))
    is_alone = funds is not None and funds.tells(base) and there <= order.quantity * ALONE
    return BELIEVED_AFTER["sell"] if is_alone else BESIDE_OTHERS


_KEPT = PreparedRows(
    lambda: Fill.objects.filter(order=number("order")).values_list("trade_id", "quantity", "is_fee_known", "fee_value")
)
_TOLD = PreparedSave(
    Order,
    (
        *("exchange_id", "filled", "state", "answered_at", "end_told_at", "ended_at", "look_at", "refusal"),
        "absences",
    ),
)


def pace_of(order: Order, now: datetime) -> timedelta:
    age = now - (order.sent_at or order.created_at)
    if not order.is_live:
        return max(LATE_PACE, age / 2) if age < LATE_FOR else FEES_PACE
    return next((pause for limit, pause in PACE if age < limit), SLOWEST)


# Above the desk's deadline: the worker that marked an order sent has had its answer by then, or is gone.
FIRST_LOOK = timedelta(seconds=10)


def drop(order_id: int, come_from: tuple[str, ...], *, reason: str, now: datetime, attempt: int | None = None) -> bool:
    """End an order that is certainly not at the exchange; the next step decides anew.

    One that had been sent may arrive late all the same: it is asked about for a while.
    """
    with transaction.atomic():
        order = lock(order_id)
        # An attempt that is dropped while it counts as sent has not left; one before it may be at the exchange.
        has_left = order.sends > (order.state == OrderState.SENT)
        look_at = now + LATE_PACE if has_left else None
        values = {"state": OrderState.DROPPED, "refusal": reason, "ended_at": now, "look_at": look_at}
        if not Order.objects.move(order_id, come_from, attempt=attempt, **values):
            return False
        settlement.miss(order, now=now)
        journal.write(order.group.bot, group=order.group, action="dropped", reason=reason, now=now)
        settlement.settle_group(order, now=now)
    return True
