"""What trading leaves behind, for tests: groups with their orders and fills, signals, prices, decisions."""

import itertools
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils import timezone

from strategies.models import Bot, Fill, Funds, Group, Instrument, JournalLine, KeptResult, Order, Signal
from tests.strategies.factories import unsold

D = Decimal
_numbers = itertools.count(1)


def make_group(*, bot: Bot, pair: str = "BTC/USDT", **fields: Any) -> Group:
    """Make a group that bought 0.01 for 300 and paid 0.3 for it; `quantity=D(0)` has bought nothing yet."""
    values = {
        "quantity": D("0.01"),
        "cost": D(300),
        "fee_quote": D("0.3"),
        "fees": D("0.3"),
        "first_price": D(30000),
    } | fields
    home = {"bot": bot, "connection": bot.connection, "pair": pair, "side": "long"}
    group = Group.objects.create(**home, **(unsold(values) | values))
    with transaction.atomic():
        KeptResult.objects.count_in(group.pk)
    return group


def make_order(*, group: Group, **fields: Any) -> Order:
    number = next(_numbers)
    values = {
        "purpose": "entry",
        "reason": "entry.signal",
        "side": "buy",
        "quantity": D("0.01"),
        "price": D(30000),
        "is_immediate": True,
        "fence": 1,
        "state": "filled",
    } | fields
    home = {"bot": group.bot, "connection": group.connection, "pair": group.pair}
    return Order.objects.create(group=group, number=number, **home, **values)


def make_fill(*, order: Order, **fields: Any) -> Fill:
    values = {
        "price": order.price,
        "quantity": order.quantity,
        "cost": order.price * order.quantity,
        "fee": D("0.3"),
        "fee_asset": "USDT",
        "at": timezone.now(),
        "trade_id": f"t{next(_numbers)}",
    } | fields
    return Fill.objects.create(order=order, connection=order.connection, pair=order.pair, **values)


def make_signal(*, bot: Bot, **fields: Any) -> Signal:
    return Signal.objects.create(
        bot=bot, **{"key": f"id:{next(_numbers)}", "pair": "BTC/USDT", "wish": "long"} | fields
    )


def make_line(*, bot: Bot, **fields: Any) -> JournalLine:
    return JournalLine.objects.create(bot=bot, **{"action": "open", "reason": "entry.signal"} | fields)


def make_price(
    *, pair: str = "BTC/USDT", price: str = "31000", at: datetime | None = None, **fields: Any
) -> Instrument:
    """Make what is known of a pair at KuCoin's practice copy: a price of now, and the exchange's rules."""
    values = {
        "price": D(price),
        "bid": D(price),
        "ask": D(price),
        "priced_at": at or timezone.now(),
        "min_cost": D(1),
        "min_amount": D("0.00001"),
        "amount_step": D("0.00000001"),
        "taker": D("0.001"),
        "ruled_at": timezone.now(),
        "is_tradable": True,
    } | fields
    return Instrument.objects.create(exchange="kucoin", venue="practice", pair=pair, **values)


def make_funds(*, bot: Bot, **fields: Any) -> Funds:
    balances = {"USDT": {"free": "500", "total": "800"}}
    return Funds.objects.create(connection=bot.connection, balances_json=balances, read_at=timezone.now(), **fields)
