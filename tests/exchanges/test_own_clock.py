"""Our own clock is wrong: a check says so or gets by, and never blames the key; an order says what became of it."""

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from exchanges.errors import ExchangeError
from exchanges.values import OrderNotSentError, OrderRefusedError, OrderUnknownError
from tests.exchanges.asking import FIELDS, check
from tests.exchanges.trading import Trader, new_order

pytestmark = pytest.mark.services
OFFSETS = [timedelta(hours=-1), timedelta(seconds=-10), timedelta(seconds=10), timedelta(hours=1)]


@pytest.mark.parametrize("offset", OFFSETS, ids=str)
def test_a_wrong_clock_of_ours_never_blames_the_key(trader: Trader, offset: timedelta) -> None:
    keys = {name: getattr(trader.credentials, name) for name in FIELDS}
    right = check(trader.rig.base, trader.slug, keys).decisive
    with time_machine.travel(timezone.now() + offset):
        outcome = check(trader.rig.base, trader.slug, keys)

    assert outcome.decisive in (right, ["reach.clock"])


@pytest.mark.parametrize("offset", OFFSETS, ids=str)
def test_an_order_by_a_wrong_clock_is_there_or_said_not_to_be(trader: Trader, offset: timedelta) -> None:
    order = new_order()
    with time_machine.travel(timezone.now() + offset):
        try:
            trader.place(order)
            is_told: bool | None = True
        except (ExchangeError, OrderRefusedError, OrderNotSentError):
            is_told = False
        except OrderUnknownError:
            is_told = None

    there = bool(trader.journal(order))
    assert is_told in (there, None)
