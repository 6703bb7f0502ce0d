"""Markets: what one really pays and gets, and amounts in the exchange's steps."""

from datetime import timedelta
from decimal import Decimal as D
from random import Random

import pytest

from strategies.engine.position import Side
from tests.strategies.engine.builders import NOW, make_market


def test_without_a_book_the_price_stands_for_both_sides() -> None:
    market = make_market("100")

    assert {market.entry_price(side) for side in Side} | {market.exit_price(side) for side in Side} == {D(100)}


def test_a_long_pays_the_ask_and_gets_the_bid_and_a_short_the_other_way_round() -> None:
    market = make_market("100", bid=D(99), ask=D(101))

    assert (market.entry_price(Side.LONG), market.exit_price(Side.LONG)) == (D(101), D(99))
    assert (market.entry_price(Side.SHORT), market.exit_price(Side.SHORT)) == (D(99), D(101))


@pytest.mark.parametrize(("seconds", "is_fresh"), [(0, True), (15, True), (16, False), (-15, True), (-16, False)])
def test_a_price_is_fresh_near_our_own_time(seconds: int, is_fresh: bool) -> None:
    assert make_market("100", at=NOW - timedelta(seconds=seconds)).is_fresh(NOW) is is_fresh


@pytest.mark.parametrize("price", ["0", "-1", "NaN", "Infinity"])
def test_a_price_that_is_none_is_not_usable(price: str) -> None:
    assert not make_market(price).has_price
    assert not make_market("100", bid=D(price)).has_price


def test_in_5000_cases_an_amount_is_a_multiple_of_the_step_and_the_largest_not_above() -> None:
    random = Random(7)

    for _ in range(5000):
        step = D(random.choice((1, 2, 5))).scaleb(random.randint(-8, 2))
        quantity = D(random.randint(0, 10**12)).scaleb(random.randint(-12, 0))
        amount = make_market("100", amount_step=step).amount(quantity)

        assert amount % step == 0
        assert amount <= quantity < amount + step


def test_in_5000_cases_an_order_is_taken_only_at_the_minimums() -> None:
    random = Random(8)

    for _ in range(5000):
        amount, price, least_amount, least_cost = (D(random.randint(0, 500)) / 100 for _ in range(4))
        market = make_market("100", min_amount=least_amount, minimum_cost=least_cost)

        is_taken = market.takes(amount, price)

        assert is_taken is (amount > 0 and amount >= least_amount and amount * price >= least_cost)


def test_a_division_that_rounds_up_does_not_sell_more_than_there_is() -> None:
    step = D("0.3333333333333333333333333333")
    quantity = D("0.9999999999999999999999999998")

    assert quantity / step == 3
    assert make_market("100", amount_step=step).amount(quantity) == 2 * step
