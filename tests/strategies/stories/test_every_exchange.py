"""On each of the ten exchanges: a signal, an entry, an add-on and an exit, and books that equal the exchange's own."""

from collections.abc import Iterator
from decimal import Decimal as D

import pytest

from exchanges import registry
from strategies.models import Fill
from tests.practice.rig import Rig
from tests.strategies.stories.conftest import make_trading
from tests.strategies.stories.trader import Trader

pytestmark = pytest.mark.services
WALKS = [*(spec.slug for spec in registry.ALL), "bitget unified"]


@pytest.fixture(params=WALKS)
def abroad(
    request: pytest.FixtureRequest,
    transactional_db: None,
    rig: Rig,
    published: list[object],
    woken: list[tuple[str, int]],
) -> Iterator[Trader]:
    rig.control("DELETE", "price")
    exchange, _, kind = request.param.partition(" ")
    trading = make_trading(rig, woken, exchange=exchange, kind=kind)
    trading.set(cool_down_minutes=0)
    yield trading
    rig.control("DELETE", "price")


def test_a_group_lives_from_signal_to_exit_with_exact_books(abroad: Trader) -> None:
    abroad.signal("long")
    abroad.at("58400")
    abroad.at("61900")

    group = abroad.group
    assert abroad.orders() == [("entry", "filled"), ("add_on", "filled"), ("exit", "filled")], abroad.reasons()
    assert (group.mode, group.close_reason, group.add_ons_done) == ("closed", "exit.take_profit", 1)
    assert abroad.wrong() == []
    assert all(order.filled <= order.quantity for order in group.orders.all())
    assert group.result == money_there(abroad) > 0


def test_an_order_whose_answer_was_lost_is_found_once(abroad: Trader) -> None:
    abroad.lose("late_accept")
    abroad.signal("long")

    assert abroad.ask().state == "filled", abroad.order.absences

    assert abroad.wrong() == []
    assert len(abroad.truth()["orders"]) == 1


def test_an_order_that_never_arrived_is_proven_absent_and_sent_again(abroad: Trader) -> None:
    abroad.lose("502")
    abroad.signal("long")
    abroad.never_arrived()

    abroad.watch()

    assert (abroad.order.state, abroad.order.sends) == ("filled", 2)
    assert abroad.wrong() == []


def test_a_resting_order_is_taken_back_after_its_minute(abroad: Trader) -> None:
    abroad.set(order_kind="limit")
    abroad.intend()
    abroad.price("60600")
    abroad.work()
    assert (abroad.order.state, bool(abroad.order.exchange_id)) == ("open", True)

    abroad.age(61)
    abroad.ask()

    assert abroad.ask().state == "canceled"
    assert abroad.group.close_reason == "entry.not_filled"
    assert abroad.wrong() == []


def money_there(abroad: Trader) -> D:
    """Return what all trades together brought at the exchange, in USDT; fees in coins are coins less to sell."""
    rows = abroad.truth()["orders"]
    got = sum((D(row["spent"]) - fee(row) for row in rows if row["side"] == "sell"), D(0))
    paid = sum((D(row["spent"]) + fee(row) for row in rows if row["side"] == "buy"), D(0))
    assert Fill.objects.count() == sum(len(row["fills"]) for row in rows)
    return got - paid


def fee(row: dict[str, str]) -> D:
    return D(row["fee"]) if row["fee_asset"] == "USDT" else D(0)
