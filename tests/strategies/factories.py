"""Bots for tests, and what they did."""

import itertools
from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from connections.models import Connection
from strategies.choices import BotState, GroupMode, OrderState, Purpose
from strategies.models import Bot, BotSettings, Fill, Funds, Group, Instrument, JournalLine, KeptResult, Order
from strategies.models.groups import ladder_json
from tests.accounts.factories import make_user
from tests.connections.factories import make_connection
from tests.strategies.engine.builders import WORKED

_numbers = itertools.count(1)


def make_bot(
    *, connection: Connection | None = None, owner: User | None = None, state: str = BotState.OFF, **fields: Any
) -> Bot:
    """Make a bot as it would stand in the database; without a connection it gets one of the owner that is Online."""
    if state == BotState.ENABLED:
        fields = {"enabled_at": timezone.now()} | fields
    if state == BotState.HALTED:
        fields = {"halted_at": timezone.now(), "halt_reason": "key.invalid"} | fields
    values = {"name": f"Bot {next(_numbers)}", "pairs_json": ["BTC/USDT"], "margin_limit": Decimal(500)} | fields
    connection = connection or make_connection(owner=owner or make_user())
    return Bot.objects.create(connection=connection, state=state, **values)


def make_settings(*, connection: Connection, **changes: Any) -> BotSettings:
    values: dict[str, Any] = {
        "name": f"Bot {next(_numbers)}",
        "pairs": ("BTC/USDT",),
        "direction": "long",
        "risk_level": "low",
        "margin_limit": Decimal(500),
        "add_on_behaviour": "reserve",
        "recovery_mode": True,
    }
    return BotSettings(connection=connection, **(values | changes))


def make_instrument(
    *, connection: Connection | None = None, pair: str = "BTC/USDT", price: str = "", **fields: Any
) -> Instrument:
    """Make what is known of a pair: priced this moment, with the rules; without a connection at KuCoin's practice."""
    now = timezone.now()
    price = price or ("95" if connection else "95000")
    values = {
        "price": Decimal(price),
        "bid": Decimal(price),
        "ask": Decimal(price),
        "priced_at": now,
        "ruled_at": now,
        "taker": Decimal("0.001"),
        "price_step": Decimal("0.01"),
        "min_cost": Decimal(1),
        "is_tradable": True,
    }
    where = {"exchange": "kucoin", "venue": "practice", "pair": pair}
    if connection is not None:
        where |= {"exchange": connection.exchange, "venue": connection.venue}
    return Instrument.objects.create(**(where | values | fields))


def make_group(*, bot: Bot, mode: str = GroupMode.NORMAL, pair: str = "BTC/USDT", **fields: Any) -> Group:
    """Make a group that bought 1 coin for 100, with the ladder of the worked example; a closed one sold it at 102."""
    now = timezone.now()
    values: dict[str, Any] = {
        "side": "long",
        "ladder_json": ladder_json(WORKED),
        "opened_at": now - timedelta(hours=1),
        "first_price": Decimal(100),
        "first_fill_at": now - timedelta(hours=1),
        "last_fill_at": now - timedelta(hours=1),
        "last_fill_price": Decimal(100),
        "quantity": Decimal(1),
        "cost": Decimal(100),
        "fee_quote": Decimal("0.1"),
        "fees": Decimal("0.1"),
    }
    if mode == GroupMode.CLOSED:
        sold = {
            "sold": Decimal(1),
            "proceeds": Decimal("101.898"),
            "result": Decimal("1.798"),
            "fees": Decimal("0.202"),
        }
        values |= sold | {"closed_at": now, "close_reason": "exit.take_profit"}
    values |= fields
    home = {"bot": bot, "connection": bot.connection, "pair": pair, "mode": mode}
    group = Group.objects.create(**home, **(unsold(values) | values))
    with transaction.atomic():
        KeptResult.objects.count_in(group.pk)
    return group


def unsold(values: dict[str, Any]) -> dict[str, Decimal]:
    """Return what of a group's buys is not sold, as if every buy came before every sale."""
    left = 1 - values.get("sold", Decimal(0)) / values["quantity"] if values["quantity"] else Decimal(0)
    return {"held_quantity": values["quantity"] * left, "at_work": values["cost"] * left}


def make_order(*, group: Group, purpose: str = Purpose.ENTRY, state: str = OrderState.FILLED, **fields: Any) -> Order:
    values: dict[str, Any] = {
        "number": group.orders.count() + 1,
        "reason": "entry.signal",
        "pair": group.pair,
        "side": "sell" if purpose == Purpose.EXIT else "buy",
        "quantity": Decimal(1),
        "price": Decimal(100),
        "is_immediate": True,
        "fence": 1,
        "filled": Decimal(1) if state == OrderState.FILLED else Decimal(0),
    }
    places = {"bot": group.bot, "connection": group.connection, "group": group}
    return Order.objects.create(**places, purpose=purpose, state=state, **(values | fields))


def make_fill(*, order: Order, **fields: Any) -> Fill:
    values: dict[str, Any] = {
        "trade_id": f"trade-{next(_numbers)}",
        "price": order.price,
        "quantity": order.quantity,
        "fee": Decimal("0.1"),
        "fee_asset": "USDT",
        "at": timezone.now(),
    } | fields
    values.setdefault("cost", values["price"] * values["quantity"])
    return Fill.objects.create(order=order, connection=order.connection, pair=order.pair, **values)


def make_line(*, bot: Bot, action: str = "block", reason: str = "average.worse", **fields: Any) -> JournalLine:
    values: dict[str, Any] = {"pair": "BTC/USDT", "numbers_json": {"price": "95", "average": "100"}} | fields
    return JournalLine.objects.create(bot=bot, action=action, reason=reason, **values)


def make_funds(*, connection: Connection, **totals: str) -> Funds:
    """Say what the account holds, all of it free, as read a moment ago."""
    balances = {asset: {"free": total, "total": total} for asset, total in totals.items()}
    return Funds.objects.create(connection=connection, balances_json=balances, read_at=timezone.now())


def typed(connection: Connection, **changes: str) -> dict[str, str]:
    """Return what the form of a bot sends."""
    return {
        "name": "Night owl",
        "connection": str(connection.public_id),
        "pairs": "btc/usdt, eth-usdt",
        "direction": "long",
        "risk_level": "medium",
        "margin_limit": "250.5",
        "add_on_behaviour": "first_come",
        "recovery_mode": "on",
        "entry_source": "webhook",
        "entry_rule": "any",
        "take_profit": "1.5",
        "order_kind": "market",
        "cool_down_minutes": "5",
        "stop_timeout_seconds": "0",
    } | changes
