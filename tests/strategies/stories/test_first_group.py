"""A bot opens a group, adds to it, and closes it with profit, on the practice exchange."""

from decimal import Decimal

import pytest

from tests.strategies.stories.trader import Trader

pytestmark = pytest.mark.services


def test_a_signal_opens_a_group(trading: Trader) -> None:
    signal = trading.signal("long")

    assert signal is not None
    assert signal.outcome == "order.intended", trading.reasons()
    assert trading.orders() == [("entry", "filled")]
    assert trading.group.mode == "normal"
    assert trading.group.quantity == trading.bought() > 0


def test_it_takes_its_profit(trading: Trader) -> None:
    trading.signal("long")

    trading.at("61500")

    assert trading.orders() == [("entry", "filled"), ("exit", "filled")]
    assert trading.group.mode == "closed"
    assert trading.group.close_reason == "exit.take_profit"
    assert trading.group.result is not None
    assert trading.group.result > Decimal(0)
