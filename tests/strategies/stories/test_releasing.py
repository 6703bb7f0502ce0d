"""Groups that their trader lets go, also when an order of theirs is in question."""

import pytest

from accounts.by import PRODUCT, By
from connections import flows as connection_flows
from strategies.models import Group, Order
from strategies.stops import flows
from tests.strategies.stories.trader import Trader

pytestmark = pytest.mark.services


def release(trading: Trader) -> bool:
    group = Group.objects.select_related("bot__connection", "connection").get(pk=trading.group.pk)
    return flows.release_group(group, by=By(user=group.connection.owner))


def test_a_group_whose_order_may_be_at_the_exchange_is_not_released(trading: Trader) -> None:
    trading.signal("long")
    trading.lose("late_accept")
    trading.at("61500")
    assert trading.order.state == "unknown"

    assert not release(trading)

    assert trading.group.is_open


def test_an_order_that_is_only_written_down_goes_with_its_group(trading: Trader) -> None:
    trading.signal("long")
    trading.price("61500")
    trading.step()
    assert trading.order.state == "intended"

    assert release(trading)
    trading.work()

    assert trading.group.mode == "released"
    assert (trading.order.state, trading.order.refusal, trading.order.sends) == ("dropped", "group.released", 0)
    assert [row["side"] for row in trading.truth()["orders"]] == ["buy"]


def test_an_order_that_is_proven_absent_goes_with_its_group_and_is_asked_about(trading: Trader) -> None:
    trading.signal("long")
    trading.lose()
    trading.at("61500")
    trading.never_arrived()

    assert release(trading)

    assert trading.group.mode == "released"
    assert (trading.order.state, trading.order.look_at is not None) == ("dropped", True)


def test_a_deleted_connection_keeps_no_group_for_ever(trading: Trader) -> None:
    trading.signal("long")
    trading.lose("late_accept")
    trading.at("61500")
    connection_flows.delete_connection(trading.bot.connection, by=PRODUCT)

    assert release(trading)

    assert trading.group.mode == "released"
    trading.ask()
    assert (trading.order.state, trading.order.look_at) == ("dropped", None)


def test_releasing_twice_is_releasing_once(trading: Trader) -> None:
    trading.signal("long")

    assert release(trading)
    assert release(trading)

    assert Group.objects.get().mode == "released"
    assert not Order.objects.live().exists()
