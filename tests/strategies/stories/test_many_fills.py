"""One order that takes what hundreds of others put at one price: more trades in a millisecond than a page holds."""

from collections.abc import Iterator
from decimal import Decimal as D

import pytest
from django.utils import timezone

from exchanges.values import OrderReport, ReportedState
from strategies.execution import remainder
from strategies.models import Fill, Order
from strategies.pages.orders import shown
from tests.practice.rig import Rig
from tests.strategies.stories.conftest import make_trading
from tests.strategies.stories.test_fills import fill, make_order, tell
from tests.strategies.stories.trader import Trader

pytestmark = pytest.mark.services


@pytest.fixture
def mexc(transactional_db: None, rig: Rig, published: list[object], woken: list[tuple[str, int]]) -> Iterator[Trader]:
    """Return a bot at the one exchange that shows no way to what a millisecond has more of than a page holds."""
    rig.control("DELETE", "price")
    trading = make_trading(rig, woken, exchange="mexc")
    trading.set(margin_limit=5000, base_order=200)
    rig.control("POST", "price", pair="BTC/USDT", parts=250)
    yield trading
    rig.control("DELETE", "price")


def test_what_nobody_can_read_is_reckoned_from_the_orders_own_totals(mexc: Trader) -> None:
    mexc.signal("long")
    mexc.look()

    (truth,) = mexc.truth()["orders"]
    order = mexc.order
    fills = Fill.objects.filter(order=order)
    assert len(truth["fills"]) == 250
    assert (order.state, order.filled) == ("filled", D(truth["filled"]))
    assert (fills.count(), fills.filter(is_fee_known=False).count()) == (101, 1)
    assert sum(one.quantity for one in fills) == D(truth["filled"])
    assert sum(one.cost for one in fills) == D(truth["spent"])


def test_such_a_group_is_sold_at_its_take_profit(mexc: Trader) -> None:
    mexc.signal("long")
    mexc.look()

    mexc.at("61800")
    mexc.look()

    assert mexc.orders() == [("entry", "filled"), ("exit", "filled")]
    assert (mexc.group.mode, mexc.group.close_reason) == ("closed", "exit.take_profit")
    # 200 bought at 60,003 and sold at 61,796.91: 205.98, less a twentieth of a percent twice.
    assert mexc.group.result is not None
    assert mexc.group.result > D("5.7")


def test_the_page_and_the_journal_say_what_was_reckoned(mexc: Trader) -> None:
    mexc.signal("long")
    mexc.look()

    told = shown(mexc.order)

    assert [fill.is_reckoned for fill in told.fills].count(True) == 1
    assert mexc.reasons().count("fill.reckoned") == 1
    mexc.ask()
    assert mexc.reasons().count("fill.reckoned") == 1


@pytest.mark.django_db
def test_fills_that_can_be_read_after_all_take_the_place_of_what_was_reckoned() -> None:
    order = make_order()
    rest = fill(remainder.REST, "6", is_fee_known=False)
    tell(order, [fill("t1", "4"), rest], filled="10")

    told = tell(order, [fill("t1", "4"), fill("t2", "3"), fill("t3", "3")], filled="10")

    assert (told.state, told.filled) == ("filled", 10)
    assert sorted(Fill.objects.values_list("trade_id", "quantity")) == [("t1", D(4)), ("t2", D(3)), ("t3", D(3))]


@pytest.mark.django_db
def test_what_was_reckoned_shrinks_as_more_is_read() -> None:
    order = make_order()
    tell(order, [fill("t1", "4"), fill(remainder.REST, "6", is_fee_known=False)], filled="10")

    tell(order, [fill("t1", "4"), fill("t2", "3")], filled="10")

    assert Fill.objects.get(trade_id=remainder.REST).quantity == 3
    assert Fill.objects.get(trade_id=remainder.REST).cost == 90_000
    assert Order.objects.get().filled == 10


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("cost", "price"),
    [
        # 4 at 30,000 are read, 6 are not: 299,400 - 120,000 = 179,400 = 6 x 29,900.
        ("299400", "29900"),
        # Not told, or told so that the rest would be dearer than the order's limit: then that is what it cost at most.
        (None, "30000"),
        ("310000", "30000"),
        ("100000", "30000"),
    ],
)
def test_the_rest_is_priced_by_what_the_order_cost_in_all(cost: str | None, price: str) -> None:
    order = make_order()
    report = OrderReport(
        exchange_id="x1",
        client_id=order.client_id,
        state=ReportedState.FILLED,
        filled=D(10),
        cost=D(cost) if cost else None,
        at=timezone.now(),
    )

    (_, rest) = remainder.with_rest(order, report, [fill("t1", "4")])

    assert (rest.quantity, rest.price, rest.cost) == (D(6), D(price), 6 * D(price))
    assert not rest.is_fee_known
