"""Wherever fees are taken, in quote money or in the coin: what really traded has no difference."""

from collections.abc import Iterator
from decimal import Decimal as D

import pytest

from recount import account
from tests.practice.rig import Rig
from tests.strategies.stories.conftest import make_trading
from tests.strategies.stories.trader import Trader

pytestmark = pytest.mark.services


# Fees in quote money, in the coin, and in quote money where our ids are found in lists alone.
@pytest.fixture(params=["kucoin", "binance", "coinbase"])
def traded(
    request: pytest.FixtureRequest,
    transactional_db: None,
    rig: Rig,
    published: list[object],
    woken: list[tuple[str, int]],
) -> Iterator[Trader]:
    """Return a bot that lived through a group with two add-ons and its exit, and holds another."""
    rig.control("DELETE", "price")
    trading = make_trading(rig, woken, exchange=request.param)
    trading.set(cool_down_minutes=0)
    trading.signal("long")
    trading.at("58400")
    trading.at("56400")
    trading.at("61900")
    trading.age(10_000)
    trading.signal("long")
    yield trading
    rig.control("DELETE", "price")


def test_books_that_are_right_have_no_difference(traded: Trader) -> None:
    found = account.recount(traded.bot.connection)

    assert traded.orders()[:4] == [("entry", "filled"), ("add_on", "filled"), ("add_on", "filled"), ("exit", "filled")]
    assert (found.differences, found.unread, found.notes) == ([], [], [])
    assert (found.groups, found.orders, found.fills) == (2, 5, 5)
    (coin,) = found.coins
    assert coin.account == coin.orders >= coin.groups > D(0)
