"""The worst-case card: what "20 per order" really means, before anything is placed."""

from decimal import Decimal as D
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from strategies.engine.position import Side
from strategies.engine.worst_case import WorstCase, worst_case
from tests.strategies.engine.builders import FEES, WORKED


def card(**changes: Any) -> WorstCase:
    given_ = {"first": D(100), "side": Side.LONG, "fees": FEES, "minimum_cost": D(5)}
    return worst_case(WORKED, **{**given_, **changes})


def test_twenty_per_order_really_means_169() -> None:
    found = card()

    assert [round(row.price, 2) for row in found.rungs] == [
        D(price) for price in ("100", "98.50", "96.70", "94.54", "91.95", "88.84")
    ]
    assert (round(found.total, 2), round(found.average, 2)) == (D("168.83"), D("93.87"))
    assert (round(found.break_even, 2), round(found.bounce, 4)) == (D("94.06"), D("0.0588"))


def test_at_a_quarter_down_the_full_ladder_loses_34() -> None:
    quarter = card(equity=D(1000)).losses[1]

    assert (quarter.fall, quarter.price) == (D("0.25"), D(75))
    assert (round(quarter.before_fees, 1), round(quarter.with_fees, 1)) == (D("33.9"), D("34.2"))
    assert quarter.share == quarter.with_fees / 1000


def test_a_price_that_has_not_reached_the_last_orders_loses_without_them() -> None:
    tenth, _, half = card().losses
    reached = sum(row.cost * (row.price - 90) / row.price for row in card().rungs[:5])

    assert tenth.before_fees == pytest.approx(reached)
    assert half.before_fees > D(78)


def test_without_equity_there_is_no_share() -> None:
    assert {loss.share for loss in card().losses} == {None}


def test_orders_below_the_minimum_and_its_margin_are_marked() -> None:
    marked = [row.is_too_small for row in card(minimum_cost=D("19.1")).rungs]

    assert marked == [True, True, False, False, False, False]


def test_a_short_loses_on_a_rise() -> None:
    found = card(side=Side.SHORT)

    assert [loss.price for loss in found.losses] == [D("110.00"), D("125.00"), D("150.00")]
    assert found.break_even > 100


@given(st.sampled_from(Side), st.decimals("0.0001", "100000", places=4))
def test_a_further_fall_loses_more_and_fees_more_still(side: Side, first: D) -> None:
    losses = card(side=side, first=first).losses

    assert 0 < losses[0].before_fees < losses[1].before_fees < losses[2].before_fees
    assert all(loss.with_fees > loss.before_fees for loss in losses)
