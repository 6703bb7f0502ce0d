"""Write an order down before it is sent: in one transaction with the decision, and only by whoever holds the bot."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

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


def write(wanted: Wanted, *, now: datetime) -> Order | None:
    """Commit the intent, its group and its line in the journal; None when it may not be or is too small.

    The database refuses a second open group of a pair and a second live order of a group, whoever writes them.
    """
    price = price_of(wanted)
    quantity = quantity_of(wanted, price)
    if quantity <= 0 or not may_order(wanted.bot, now):
        return None
    try:
        with transaction.atomic():
            if not claims.renew(wanted.bot):
                return None
            return _write(wanted, price, quantity, now)
    except IntegrityError:
        log.warning("intent_refused_by_database", bot=wanted.bot.pk, purpose=wanted.purpose)
        return None


def _write(wanted: Wanted, price: Decimal, quantity: Decimal, now: datetime) -> Order | None:
    group = wanted.group or _open_group(wanted, now)
    if wanted.purpose == Purpose.EXIT:
        closing = {"mode": GroupMode.CLOSING, "close_reason": wanted.reason}
        if not Group.objects.open().filter(pk=group.pk).update(**closing):
            return None
    order = Order.objects.create(
        bot=wanted.bot,
        group=group,
        connection_id=wanted.bot.connection_id,
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
    """Let an order that is proven absent be sent once more under its own id, at today's price."""
    with transaction.atomic():
        return claims.renew(wanted.bot) and Order.objects.move(
            order.pk,
            (OrderState.ABSENT,),
            state=OrderState.INTENDED,
            fence=wanted.bot.fence,
            look_at=now + dropping.FIRST_LOOK,
            price=price_of(wanted),
        )


def may_order(bot: Bot, now: datetime) -> bool:
    """Say whether the bot is within what a bot can sensibly send: more than this is a fault of ours."""
    today = Order.objects.filter(bot=bot, created_at__gt=now - timedelta(days=1))
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
