"""How groups end: closed with their result, or back to waiting when an exit took only a part."""

from contextlib import suppress
from datetime import datetime, timedelta
from decimal import Decimal

from django.db.models import Max

from database.prepared import PreparedRows, PreparedSave, number
from strategies import messages
from strategies.choices import LIVE_STATES, GroupMode, OrderState, Purpose
from strategies.engine.decide import PART
from strategies.engine.totals import FillLine, Totals, totals
from strategies.execution import dust
from strategies.execution.pricing import PRICED
from strategies.models import Bot, Fill, Group, KeptResult, Order, journal, orders
from strategies.models.groups import NO_BAND
from strategies.models.market import Instrument
from strategies.pairs import quote_of
from workers.backoff import backoff


def goes_on(group: Group) -> bool:
    """Say whether a group that is being closed is sold on at whatever price it takes; a part is asked for anew."""
    return group.close_asked_at is not None or group.close_reason not in {*PRICED, PART}


def mode_before(group: Group) -> GroupMode:
    return GroupMode.RECOVERY if group.recovery_since else GroupMode.NORMAL


def is_dust(group: Group, held: Decimal) -> bool:
    """Say whether nothing of what is held can be sold; of a pair that is not known only nothing is dust."""
    found = Instrument.objects.of_pair(group.connection, group.pair)
    return found.is_dust(held) if found else held <= 0


def end(group: Group, sums: Totals, *, reason: str, now: datetime) -> None:
    """Close a locked group; what it still holds is dust and stays in the account."""
    group.mode, group.closed_at, group.close_reason = GroupMode.CLOSED, now, reason
    group.result = sums.result
    for name in NO_BAND:
        setattr(group, name, None)
    group.save(update_fields=["mode", "closed_at", "close_reason", "result", *NO_BAND])
    numbers = {"result": sums.result, "dust": group.held} if sums.quantity else {}
    if sums.quantity:
        numbers |= {"average": sums.cost / sums.quantity, "cost": sums.cost, "proceeds": sums.proceeds}
    journal.write(group.bot, group=group, action="closed", reason=reason, numbers=numbers, now=now)
    if sums.quantity:
        messages.tell_closed(group, now=now)


def settle_group(order: Order, *, now: datetime) -> None:
    """Bring a locked order's group up to its fills, and to its end when nothing of it is live or left to do."""
    group = order.group
    sums, before, added = _sums(group), (group.quantity, group.sold), group.add_ons_done
    is_first = group.is_open and group.is_empty and sums.quantity > 0
    _adopt(group, sums)
    if group.sell_to is not None and is_dust(group, group.sell_to - group.sold):
        group.sell_to = None
        group.save(update_fields=["sell_to"])
    if is_first:
        # Nothing is sold yet: what it takes over changes none of the sums.
        dust.take(group, now=now)
        messages.tell_opened(group, why=order.reason, now=now)
    elif group.is_open and group.add_ons_done > added:
        messages.tell_added(group, now=now)
    if group.mode == GroupMode.CLOSED and group.result != sums.result:
        if before == (sums.quantity, sums.sold):
            # A fee is told that was only reckoned when the group closed.
            Group.objects.filter(pk=group.pk).update(result=sums.result)
            numbers = {"result": sums.result}
            journal.write(group.bot, group=group, action="fee", reason="fee.told", numbers=numbers, now=now)
        else:
            _correct(order, sums, now)
    is_done = not sums.quantity or group.mode == GroupMode.CLOSING or order.side == "sell"
    # An entry that got too little to be sold again must not keep its pair taken.
    is_done |= order.purpose == Purpose.ENTRY and order.filled < order.quantity and not order.is_live
    if group.is_open and is_done and not _LIVE.run(group=group.pk):
        _after_order(group, sums, now)
    if not group.is_open or group.counted_on:
        KeptResult.objects.count_in(group.pk)


TRADED = ("price", "quantity", "cost", "fee", "fee_asset", "at", "fee_value", "is_fee_known")
MORE_FEES = "more_fees_json"


def lines_of(group: Group) -> list[FillLine]:
    """Return all fills of a group, in no order, with what each order was for."""
    return [
        FillLine(
            is_buy=side == "buy",
            is_immediate=is_immediate,
            is_add_on=purpose == Purpose.ADD_ON,
            step=step,
            order=order,
            ordered=ordered,
            more_fees=orders.read_more(more),
            **dict(zip(TRADED, row, strict=True)),
        )
        for side, purpose, step, order, ordered, is_immediate, more, *row in _FILLS.run(group=group.pk)
    ]


def begin(group: Group) -> None:
    """Give a new group that is not saved yet the sums of the coins that it adopts."""
    sums = _sums(group, [])
    for name in SUMS:
        setattr(group, name, getattr(sums, name))


def _sums(group: Group, fills: list[FillLine] | None = None) -> Totals:
    """Add up a group's fills, those that the books have where none are told, and the coins that it adopted."""
    lines = lines_of(group) if fills is None else fills
    if group.adopted is not None and (adoption := group.adoption):
        # It is no fill of an order, and tells nothing of what the exchange takes as a fee.
        lines.append(
            FillLine(
                is_buy=True,
                is_immediate=False,
                is_add_on=False,
                step=0,
                order=0,
                ordered=adoption.quantity,
                price=adoption.price,
                quantity=adoption.quantity,
                cost=adoption.cost,
                fee=ZERO,
                fee_asset=quote_of(group.pair),
                at=adoption.at,
            )
        )
    # A ladder that is not ours: what was bought still counts.
    planned: tuple[Decimal, ...] = ()
    with suppress(ArithmeticError, LookupError, TypeError, ValueError):
        planned = group.ladder.costs
    return totals(lines, pair=group.pair, planned=planned, carried=group.carried)


_FILLS = PreparedRows(
    lambda: Fill.objects.filter(order__group=number("group")).values_list(
        *("order__side", "order__purpose", "order__step", "order_id", "order__quantity", "order__is_immediate"),
        *(MORE_FEES, *TRADED),
    )
)


_LIVE = PreparedRows(lambda: Order.objects.filter(group=number("group"), state__in=LIVE_STATES).values_list("pk"))
ZERO = Decimal(0)
SUMS = (
    *("quantity", "cost", "fee_coin", "fee_quote", "fee_other", "fee_rate", "has_unvalued_fees", "sold", "proceeds"),
    *("fees", "held_quantity", "at_work", "add_ons_done"),
    *("first_price", "first_fill_at", "last_fill_at", "last_fill_price"),
)
_SUMS = PreparedSave(Group, (*SUMS, "refusals", "retry_at"))


def _adopt(group: Group, sums: Totals) -> None:
    """Keep a locked group's sums, and how often in a row the exchange refused.

    New sums are decided upon anew, and so are the bot's other groups beside them.
    """
    has_changed = any(getattr(group, name) != getattr(sums, name) for name in SUMS)
    for name in SUMS:
        setattr(group, name, getattr(sums, name))
    _SUMS.run(group)
    if has_changed:
        Bot.objects.wake(group.bot_id)


def _correct(order: Order, sums: Totals, now: datetime) -> None:
    """An order of a closed group turned out to have been filled after all: its coins must not be forgotten.

    What was bought goes to the pair's open group; without one the closed group is opened again.
    """
    group = order.group
    Group.objects.filter(pk=group.pk).update(result=sums.result)
    if order.side == "buy" and not is_dust(group, group.held):
        alike = {"bot": group.bot, "connection": group.connection, "pair": group.pair, "side": group.side}
        if other := Group.objects.open().select_for_update(of=("self",), no_key=True).filter(**alike).first():
            _hand_over(order, other)
        elif group.bot.deleted_at or group.bot.connection_id != group.connection_id:
            # Its bot is gone or trades elsewhere now: its coins are the trader's own.
            group.mode, group.close_reason, group.result = GroupMode.RELEASED, "group.released", None
            group.save(update_fields=["mode", "close_reason", "result"])
        else:
            group.mode = mode_before(group)
            group.closed_at, group.close_reason, group.stop_since, group.result = None, "", None, None
            Bot.objects.wake(group.bot_id)
            group.save(update_fields=["mode", "closed_at", "close_reason", "result", "stop_since"])
    journal.write(group.bot, group=order.group, action="late", reason="order.late", now=now)


def _hand_over(order: Order, other: Group) -> None:
    """Let the pair's open group take a late buy as a further add-on of its last rung, or as its first."""
    group, is_first = order.group, not other.quantity
    order.group, order.number = other, Order.objects.next_number(other.pk)
    order.purpose, order.step = Purpose.ENTRY if is_first else Purpose.ADD_ON, other.add_ons_done
    order.save(update_fields=["group", "number", "purpose", "step"])
    left = _sums(group)
    _adopt(group, left)
    # What it had passed on of this order's coins is with a later group, or sold by now: the order does not bring it.
    beyond = min(max(-group.held, ZERO), group.passed_on)
    group.passed_on, other.carried = group.passed_on - beyond, other.carried - beyond
    Group.objects.filter(pk=group.pk).update(result=left.result, passed_on=group.passed_on)
    KeptResult.objects.count_in(group.pk)
    other.save(update_fields=["carried"])
    _adopt(other, _sums(other))


def _after_order(group: Group, sums: Totals, now: datetime) -> None:
    """End a group of which nothing that can be sold is left; else let it wait, or be sold on.

    Called when it bought nothing or was to be sold, and none of its orders is live.
    """
    if not sums.quantity:
        last = Order.objects.filter(group=group).order_by("-number").first()
        is_refused = last is not None and last.state == OrderState.REFUSED
        end(group, sums, reason="entry.refused" if is_refused else "entry.not_filled", now=now)
    elif is_dust(group, group.held):
        was_wanted = group.close_asked_at is not None or sums.sold > 0
        end(group, sums, reason=group.close_reason or ("exit.asked" if was_wanted else "entry.too_little"), now=now)
    elif not goes_on(group):
        group.mode = mode_before(group)
        group.save(update_fields=["mode"])


# After the first refusal in a row, and after the last.
BACK_OFF = (timedelta(seconds=30), timedelta(minutes=15))


def rest(group: Group, *, now: datetime) -> None:
    """Let a locked group rest after a refusal, longer each time."""
    group.refusals += 1
    group.retry_at = now + backoff(group.refusals, *BACK_OFF)
    group.save(update_fields=["refusals", "retry_at"])


# So many orders of a kind may find nobody in a row, each a second after the one before; then they rest for so long.
MISSES, MISSED = 3, (timedelta(seconds=2), timedelta(seconds=10))


def miss(order: Order, *, now: datetime) -> None:
    """Let the group of a locked order that found nobody rest a moment, from the fourth of its kind in a row on.

    Nothing else bounds how often a group may try to sell. The caller saves the group.
    """
    others = Order.objects.filter(group=order.group_id).exclude(purpose=order.purpose, filled=Decimal(0))
    in_a_row = order.number - (others.aggregate(last=Max("number"))["last"] or 0)
    order.group.retry_at = now + backoff(in_a_row - MISSES, *MISSED) if in_a_row > MISSES else None
