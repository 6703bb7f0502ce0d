"""Write an order down before it is sent: in one transaction with the decision, and only by whoever holds the bot."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from typing import Any

import structlog
from django.db import IntegrityError, transaction
from django.db.models import Count, Q

from strategies import claims, closing, dropping, journal
from strategies.choices import GroupMode, OrderKind, OrderState, Purpose
from strategies.engine.ladder import Ladder
from strategies.instruments import Instrument
from strategies.ladders import as_json
from strategies.models import Bot, Group, Order, Signal

log = structlog.get_logger(__name__)
# How much worse than the price decided upon an order may be filled.
SLIPPAGE = Decimal("0.005")
# Whoever asks to be sold out at market means it.
SLIPPAGE_OUT = Decimal("0.02")
MOST_IN_A_MINUTE, MOST_IN_A_DAY = 12, 500
# A group that may still buy.
BUYING: dict[str, Any] = {"mode__in": (GroupMode.NORMAL, GroupMode.RECOVERY), "close_asked_at": None}
# These exits may wait for their price. The other that has one, a trailing take profit, follows a price that falls.
PATIENT = ("exit.take_profit", "exit.recovery")


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """One order that the engine asked for; `cost` in quote money for buys, `numbers` are the decision's."""

    bot: Bot
    purpose: Purpose
    reason: str
    pair: str
    instrument: Instrument
    numbers: Mapping[str, Decimal]
    cost: Decimal = Decimal(0)
    step: int = 0
    group: Group | None = None
    ladder: Ladder | None = None
    signal: Signal | None = None


class IntentError(Exception):
    """An order was not written down; `reason` says why, "" when the bot is another worker's by now."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def write(wanted: Wanted, *, now: datetime) -> Order:
    """Commit the intent, its group and its line in the journal; raises IntentError.

    The database refuses a second open group of a pair and a second live order of a group, whoever writes them.
    """
    try:
        with transaction.atomic():
            return _write(_as_it_is_now(wanted), now)
    except IntegrityError:
        log.warning("intent_refused_by_database", bot=wanted.bot.pk, purpose=wanted.purpose)
    raise IntentError("order.overtaken")


def _as_it_is_now(wanted: Wanted) -> Wanted:
    """Return it with its group as it is by now, locked: what was decided may have been overtaken since."""
    if not claims.renew(wanted.bot):
        raise IntentError("")
    if wanted.group is None:
        return wanted
    open_ones = Group.objects.open().select_for_update(of=("self",), no_key=True).filter(pk=wanted.group.pk)
    group = open_ones.first() if wanted.purpose == Purpose.EXIT else open_ones.filter(**BUYING).first()
    if group is None or (wanted.purpose == Purpose.ADD_ON and wanted.step != group.add_ons_done + 1):
        raise IntentError("order.overtaken")
    return replace(wanted, group=group)


def _write(wanted: Wanted, now: datetime) -> Order:
    price = price_of(wanted)
    quantity = quantity_of(wanted, price)
    if quantity <= 0:
        raise IntentError("order.too_small")
    if not may_order(wanted.bot, wanted.purpose, now):
        raise IntentError("order.too_many")
    group = wanted.group or _open_group(wanted, now)
    if wanted.purpose == Purpose.EXIT:
        Group.objects.filter(pk=group.pk).update(mode=GroupMode.CLOSING, close_reason=wanted.reason)
    order = Order.objects.create(
        bot=wanted.bot,
        group=group,
        connection=wanted.bot.connection,
        number=Order.objects.next_number(group.pk) if wanted.group else 1,
        purpose=wanted.purpose,
        step=wanted.step,
        reason=wanted.reason,
        pair=wanted.pair,
        side="sell" if wanted.purpose == Purpose.EXIT else "buy",
        quantity=quantity,
        price=price,
        is_immediate=is_immediate(wanted),
        fence=wanted.bot.fence,
        created_at=now,
        look_at=now + dropping.FIRST_LOOK,
    )
    numbers = {**wanted.numbers, "quantity": quantity, "limit": price}
    journal.write(wanted.bot, group=group, action=wanted.purpose, reason=wanted.reason, numbers=numbers, now=now)
    return order


def _open_group(wanted: Wanted, now: datetime) -> Group:
    assert wanted.ladder is not None  # noqa: S101 - an entry comes with the ladder it begins
    return Group.objects.create(
        bot=wanted.bot,
        connection_id=wanted.bot.connection_id,
        pair=wanted.pair,
        side="long",
        ladder_json=as_json(wanted.ladder),
        opened_by=wanted.signal,
        opened_at=now,
    )


def send_again(order: Order, wanted: Wanted, *, now: datetime) -> bool:
    """Let an order that is proven absent be sent once more under its own id, at today's price; may raise IntentError.

    What it may cost has not changed with the price.
    """
    with transaction.atomic():
        wanted = _as_it_is_now(wanted)
        price = price_of(wanted)
        quantity = quantity_of(wanted, price)
        again: dict[str, Any] = {"price": price, "quantity": quantity, "fence": wanted.bot.fence}
        again |= {"state": OrderState.INTENDED, "look_at": now + dropping.FIRST_LOOK}
        return quantity > 0 and Order.objects.move(order.pk, (OrderState.ABSENT,), attempt=order.sends, **again)


def may_order(bot: Bot, purpose: str, now: datetime) -> bool:
    """Say whether the bot is within what a bot can sensibly send: more than this is a fault of ours.

    Exits count for themselves: however much was bought, it can be sold.
    """
    is_exit = Q(purpose=Purpose.EXIT)
    kind = is_exit if purpose == Purpose.EXIT else ~is_exit
    today = Order.objects.filter(kind, bot=bot, created_at__gt=now - timedelta(days=1))
    lately = Count("pk", filter=Q(created_at__gt=now - timedelta(minutes=1)))
    counts: dict[str, int] = today.aggregate(minute=lately, day=Count("pk"))
    return counts["minute"] < MOST_IN_A_MINUTE and counts["day"] < MOST_IN_A_DAY


def is_immediate(wanted: Wanted) -> bool:
    """Stops and closing are market orders whatever the bot's setting says."""
    is_patient = wanted.purpose != Purpose.EXIT or wanted.reason in PATIENT
    return not (wanted.bot.order_kind == OrderKind.LIMIT and is_patient)


def price_of(wanted: Wanted) -> Decimal:
    """Return the worst acceptable price, on the exchange's price step; rounded, an exit's own price is not missed."""
    instrument, step = wanted.instrument, wanted.instrument.price_step
    if wanted.purpose == Purpose.EXIT:
        rounding = ROUND_CEILING if wanted.reason in closing.PRICED else ROUND_FLOOR
        return _stepped(_exit_price(wanted, instrument.bid or instrument.price or Decimal(0)), step, rounding)
    ask = instrument.ask or instrument.price or Decimal(0)
    worst = ask * (1 + SLIPPAGE) if is_immediate(wanted) else ask
    return _stepped(worst, step, ROUND_CEILING)


def _exit_price(wanted: Wanted, bid: Decimal) -> Decimal:
    worst = bid * (1 - (SLIPPAGE if wanted.reason in PATIENT else SLIPPAGE_OUT))
    if wanted.reason not in closing.PRICED:
        return worst
    target = min(wanted.numbers.get(closing.PRICED[wanted.reason], bid), bid)
    return max(target, worst) if is_immediate(wanted) else target


def quantity_of(wanted: Wanted, price: Decimal) -> Decimal:
    """Return the quantity on the exchange's step: what the money buys at the worst price, or all that is held."""
    step = wanted.instrument.amount_step
    if wanted.purpose == Purpose.EXIT:
        return _stepped(wanted.group.held if wanted.group else Decimal(0), step, ROUND_FLOOR)
    return _stepped(wanted.cost / price, step, ROUND_FLOOR) if price > 0 else Decimal(0)


def _stepped(value: Decimal, step: Decimal | None, rounding: str) -> Decimal:
    return (value / step).to_integral_value(rounding) * step if step else value
