"""All orders of a pair, with the ids that they were given: open ones, those that are over, and beyond one page."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from exchanges.desk import list_orders
from exchanges.desk.list_orders import ListedOrder
from exchanges.errors import Cause, ExchangeError
from tests.exchanges.trading import PAIR, Trader, new_order, run


def history(trader: Trader) -> set[ListedOrder]:
    since = datetime.now(tz=UTC) - timedelta(hours=1)
    return set(run(trader.desk.history(trader.credentials, pair=PAIR, since=since)))


def test_open_orders_and_those_that_are_over_are_listed(trader: Trader) -> None:
    orders = [new_order(), new_order(price="50010", is_immediate=True), new_order(price="49000", is_immediate=True)]

    placed = [trader.place(order) for order in orders]

    listed = {(one.exchange_id, one.client_id) for one in history(trader)}
    assert listed >= {(report.exchange_id, order.client_id) for order, report in zip(orders, placed, strict=True)}


@pytest.mark.parametrize("slug", ["kucoin", "coinbase", "bybit"])
def test_full_pages_are_followed(traders: Callable[..., Trader], slug: str) -> None:
    trader = traders(slug)
    orders = [new_order(quantity="0.0001", price="50010", is_immediate=True) for _ in range(105)]

    for order in orders:
        trader.place(order)

    assert {one.client_id for one in history(trader)} >= {order.client_id for order in orders}


def test_a_list_that_goes_on_is_no_answer(traders: Callable[..., Trader], monkeypatch: pytest.MonkeyPatch) -> None:
    trader = traders("kucoin")
    monkeypatch.setattr(list_orders, "MOST_PAGES", 1)
    for _ in range(101):
        trader.place(new_order(quantity="0.0001", price="49000", is_immediate=True))

    with pytest.raises(ExchangeError) as refused:
        history(trader)

    assert refused.value.trouble.cause is Cause.UNREADABLE
