"""Bots for tests."""

import itertools
from decimal import Decimal
from typing import Any

from django.utils import timezone

from accounts.models import User
from connections.models import Connection
from strategies.choices import GroupMode, State
from strategies.models import Bot, BotSettings, Funds, Group, Instrument
from tests.accounts.factories import make_user
from tests.connections.factories import make_connection

_numbers = itertools.count(1)


def make_bot(
    *, connection: Connection | None = None, owner: User | None = None, state: str = State.OFF, **fields: Any
) -> Bot:
    """Make a bot as it would stand in the database; without a connection it gets one of the owner that is Online."""
    if state == State.ENABLED:
        fields = {"enabled_at": timezone.now()} | fields
    if state == State.HALTED:
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


def make_group(*, bot: Bot, pair: str = "BTC/USDT", mode: str = GroupMode.NORMAL, **fields: Any) -> Group:
    """Make a group that holds a little of its coin, on the connection of its bot."""
    values = {"side": "long", "quantity": Decimal("0.01"), "cost": Decimal(950), "first_price": Decimal(95_000)}
    return Group.objects.create(bot=bot, connection=bot.connection, pair=pair, mode=mode, **(values | fields))


def make_instrument(*, pair: str = "BTC/USDT", price: str = "95000", **fields: Any) -> Instrument:
    """Make a pair of KuCoin's practice exchange whose price came a moment ago."""
    now = timezone.now()
    values = {
        "exchange": "kucoin",
        "venue": "practice",
        "priced_at": now,
        "ruled_at": now,
        "min_cost": Decimal(1),
        "taker": Decimal("0.001"),
        "is_tradable": True,
    }
    return Instrument.objects.create(pair=pair, price=Decimal(price), **(values | fields))


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
    } | changes
