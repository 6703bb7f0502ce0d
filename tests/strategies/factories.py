"""Bots for tests."""

import itertools
from decimal import Decimal
from typing import Any

from django.utils import timezone

from accounts.models import User
from connections.models import Connection
from strategies.choices import State
from strategies.models import Bot, BotSettings
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
