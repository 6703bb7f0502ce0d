"""A sale that lacks coins sells what is free and names the rest; an entry that got too little frees its pair."""

from decimal import Decimal as D

import pytest

from accounts.by import By
from strategies.models import Group, JournalLine
from strategies.stops import flows
from tests.strategies.stories.trader import Trader

pytestmark = pytest.mark.services


@pytest.fixture
def held(trading: Trader) -> Trader:
    """Return a bot that holds BTC for 100."""
    trading.set(base_order=D(100), margin_limit=D(9000), add_on_behaviour="off")
    trading.signal("long")
    return trading


def leave(trading: Trader, amount: D) -> None:
    """Let so many of the coins be there, by other hands than ours."""
    trading.rig.control("PATCH", f"accounts/{trading.account}", balances={"spot": {"BTC": str(amount)}})


def close(trading: Trader) -> None:
    flows.close_groups([trading.group], by=By(user=trading.bot.connection.owner))


def test_a_little_that_is_missing_does_not_keep_the_rest_from_being_sold(held: Trader) -> None:
    """A thousandth of the coins is gone, as when fees of other pairs ate it."""
    whole = held.group.quantity
    missing = (whole / 1000).quantize(D("1e-8"))
    leave(held, whole - missing)
    close(held)
    held.at("60000")
    assert (held.order.state, held.order.refusal) == ("refused", "order.refused_coins")
    Group.objects.update(retry_at=None)

    held.look()

    closed = held.group
    assert (closed.mode, closed.sold) == ("closed", whole - missing)
    assert closed.result is not None


def test_coins_that_are_not_free_are_named_and_nothing_is_sent_in_vain(held: Trader) -> None:
    leave(held, D(0))
    close(held)
    held.at("60000")
    Group.objects.update(retry_at=None)
    sent = len(held.orders())

    held.look()
    held.at("59900")

    assert len(held.orders()) == sent
    assert held.group.reason == "exit.coins_locked"
    line = JournalLine.objects.filter(reason="exit.coins_locked").get()
    assert line.numbers["free_coins"] == 0
    leave(held, held.group.quantity)
    held.look()
    assert held.group.mode == "closed"


def test_an_entry_that_got_too_little_to_be_sold_again_frees_its_pair(trading: Trader) -> None:
    trading.set(base_order=D(60), margin_limit=D(9000), add_on_behaviour="off")
    trading.price("60000", liquidity="0.0000001")

    trading.signal("long")

    group = trading.group
    assert (group.mode, group.close_reason) == ("closed", "entry.too_little")
    assert group.held > 0
    assert trading.wrong() == []
    trading.price("60000")
    trading.age(61)
    trading.signal("long")
    assert (trading.group.mode, trading.order.state) == ("normal", "filled")
