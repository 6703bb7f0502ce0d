"""A group's sums come from its fills alone, whatever order they are told in."""

import random
from datetime import UTC, datetime, timedelta
from decimal import Decimal as D
from typing import Any

from exchanges.values import Fee
from strategies.engine.totals import FillLine, totals

START = datetime(2026, 1, 1, tzinfo=UTC)


def line(minute: int, price: str, quantity: str, **changes: Any) -> FillLine:
    values: dict[str, Any] = {"is_buy": True, "is_add_on": False, "step": 0, "fee": D(0), "fee_asset": "USDT"}
    values |= {"price": D(price), "quantity": D(quantity), "cost": D(price) * D(quantity)}
    return FillLine(**(values | {"at": START + timedelta(minutes=minute)} | changes))


def test_nothing_adds_up_to_nothing() -> None:
    empty = totals([], pair="BTC/USDT")

    assert empty.first_price is None
    assert [empty.quantity, empty.held, empty.result] == [0, 0, 0]


def test_fees_count_where_the_exchange_took_them() -> None:
    fills = [
        line(0, "100", "1", fee=D("0.001"), fee_asset="BTC"),
        line(1, "90", "2", is_add_on=True, step=1, fee=D("0.18"), fee_asset="USDT"),
        line(2, "80", "1", is_add_on=True, step=2, fee=D("0.01"), fee_asset="BNB"),
    ]

    found = totals(fills, pair="BTC/USDT")

    assert (found.quantity, found.cost) == (D(4), D(360))
    assert (found.fee_coin, found.fee_quote) == (D("0.001"), D("0.18"))
    assert found.held == D("3.999")
    assert found.add_ons_done == 2


def test_a_sell_brings_in_its_cost_less_its_fee() -> None:
    fills = [line(0, "100", "1"), line(5, "110", "1", is_buy=False, fee=D("0.11"))]

    found = totals(fills, pair="BTC/USDT")

    assert (found.sold, found.proceeds, found.held) == (D(1), D("109.89"), D(0))
    assert found.result == D("9.89")


def test_a_sells_fee_taken_in_the_coin_is_gone_from_what_is_held() -> None:
    fills = [line(0, "100", "2"), line(5, "110", "1", is_buy=False, fee=D("0.002"), fee_asset="BTC")]

    assert totals(fills, pair="BTC/USDT").held == D("0.998")


def test_the_first_price_is_the_average_of_the_entry_alone() -> None:
    fills = [line(0, "100", "1"), line(0, "102", "1"), line(9, "90", "5", is_add_on=True, step=1)]

    found = totals(fills, pair="BTC/USDT")

    assert (found.first_price, found.last_fill_price) == (D(101), D(90))
    assert (found.first_fill_at, found.last_fill_at) == (START, START + timedelta(minutes=9))


def test_the_order_in_which_fills_are_told_changes_nothing() -> None:
    fills = [line(n, str(100 - n), "1", is_add_on=n > 0, step=n) for n in range(6)]
    shuffled = random.Random(3).sample(fills, len(fills))

    assert totals(shuffled, pair="BTC/USDT") == totals(fills, pair="BTC/USDT")


def test_further_fees_of_a_fill_count_in_their_own_coins() -> None:
    more = (Fee("USDT", D("0.2")), Fee("GT", D(5)))
    fills = [line(0, "100", "2", fee=D("0.002"), fee_asset="BTC", more_fees=more)]

    found = totals(fills, pair="BTC/USDT")

    assert (found.fee_coin, found.fee_quote, found.held) == (D("0.002"), D("0.2"), D("1.998"))
