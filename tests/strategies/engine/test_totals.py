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


def test_a_sale_takes_its_share_of_what_is_held() -> None:
    """2 at 100, 1 sold, 1 at 80: the 2 that are held cost 180, not two thirds of 280."""
    fills = [
        line(0, "100", "2"),
        line(1, "110", "1", is_buy=False),
        line(2, "80", "1", is_add_on=True, step=1),
    ]

    found = totals(fills, pair="BTC/USDT")

    assert (found.held_quantity, found.at_work) == (D(2), D(180))
    assert (found.quantity, found.cost) == (D(3), D(280))


def test_what_was_sold_whole_leaves_nothing_at_work() -> None:
    fills = [line(0, "100", "1", fee=D("0.001"), fee_asset="BTC"), line(1, "110", "0.999", is_buy=False)]

    found = totals(fills, pair="BTC/USDT")

    assert (found.held, found.held_quantity, found.at_work) == (D(0), D(0), D(0))


def test_a_fee_in_a_third_coin_counts_for_what_it_was_worth() -> None:
    """Bought for 100 and sold for 110; 0.2 and 0.3 paid in BNB."""
    fills = [
        line(0, "100", "1", fee=D("0.0003"), fee_asset="BNB", fee_value=D("0.2")),
        line(1, "110", "1", is_buy=False, fee=D("0.0005"), fee_asset="BNB", fee_value=D("0.3")),
    ]

    found = totals(fills, pair="BTC/USDT")

    assert (found.fee_other, found.proceeds, found.result) == (D("0.2"), D("109.7"), D("9.5"))
    assert (found.fee_rate, found.has_unvalued_fees) == (D("0.002"), False)


def test_a_fee_of_unknown_worth_is_said_and_tells_no_rate() -> None:
    fills = [line(0, "100", "1", fee=D("0.0003"), fee_asset="BNB", fee_value=None)]

    found = totals(fills, pair="BTC/USDT")

    assert (found.fee_other, found.fee_rate, found.has_unvalued_fees) == (D(0), None, True)


def test_the_rate_is_what_was_told_of_buys_that_took_what_stood_in_the_book() -> None:
    """0.1 of 100 in money and 0.0005 coins at 200 are 0.2 of 200; a guess and a patient order tell nothing."""
    fills = [
        line(0, "100", "1", fee=D("0.1")),
        line(1, "200", "0.5", is_add_on=True, step=1, fee=D("0.0005"), fee_asset="BTC"),
        line(2, "100", "1", is_add_on=True, step=2, fee=D(9), is_fee_known=False),
        line(3, "100", "1", is_add_on=True, step=3, is_immediate=False),
    ]

    assert totals(fills, pair="BTC/USDT").fee_rate == D("0.001")


def test_the_order_in_which_fills_are_told_changes_nothing() -> None:
    fills = [line(n, str(100 - n), "1", is_add_on=n > 0, step=n) for n in range(6)]
    shuffled = random.Random(3).sample(fills, len(fills))

    assert totals(shuffled, pair="BTC/USDT") == totals(fills, pair="BTC/USDT")


def test_further_fees_of_a_fill_count_in_their_own_coins() -> None:
    more = (Fee("USDT", D("0.2")), Fee("GT", D(5)))
    fills = [line(0, "100", "2", fee=D("0.002"), fee_asset="BTC", more_fees=more)]

    found = totals(fills, pair="BTC/USDT")

    assert (found.fee_coin, found.fee_quote, found.held) == (D("0.002"), D("0.2"), D("1.998"))
