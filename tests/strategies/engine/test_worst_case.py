"""The worst-case card: what "20 per order" really means, before anything is placed."""

from dataclasses import replace
from decimal import Decimal as D
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from strategies.engine.ladder import Ladder
from strategies.engine.position import Fees, Side
from strategies.engine.worst_case import FALLS, WorstCase, of_groups, together, worst_case
from tests.strategies.engine.builders import FEES, WORKED, ladders


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


FREE = Fees(entry=D(0), exit=D(0))
# 100 at 100, at 90 and at 80.
THREE = Ladder(base=D(100), add_on=D(100), step=D("0.1"), step_scale=D(1), volume_scale=D(1), add_ons=2)


@pytest.mark.parametrize(
    ("stop", "add_ons", "price", "loss"),
    [
        # 92 comes before 90.
        ("0.08", 0, "92", "8"),
        # 90 is the first add-on's price and the stop: what sells comes first.
        ("0.10", 0, "90", "10"),
        # At 88 the first add-on is bought: 200 for 2.1111, average 94.74, 12 % below it 83.37, before 80.
        ("0.12", 1, "83.37", "24"),
        # With it 75.79, so the second is bought: 300 for 3.3611, average 89.26, 20 % below it 71.40.
        ("0.20", 2, "71.40", "60"),
    ],
)
def test_a_stop_loss_ends_the_ladder_where_the_falling_price_meets_it(
    stop: str, add_ons: int, price: str, loss: str
) -> None:
    found = worst_case(THREE, first=D(100), side=Side.LONG, fees=FREE, minimum_cost=D(0), stop_loss=D(stop))

    assert found.stop is not None
    assert (found.stop.add_ons, round(found.stop.price, 2), round(found.stop.loss, 6)) == (add_ons, D(price), D(loss))
    # The price goes on to half; the loss does not.
    assert round(found.losses[2].with_fees, 6) == D(loss)


def test_a_fall_that_does_not_reach_the_stop_loses_as_if_there_were_none() -> None:
    """At 90 the first add-on has just been bought: 100 have lost 10."""
    found = worst_case(THREE, first=D(100), side=Side.LONG, fees=FREE, minimum_cost=D(0), stop_loss=D("0.12"))

    assert [round(one.with_fees, 6) for one in found.losses] == [10, 24, 24]


def test_a_short_is_stopped_by_a_rise() -> None:
    found = worst_case(THREE, first=D(100), side=Side.SHORT, fees=FREE, minimum_cost=D(0), stop_loss=D("0.08"))

    assert found.stop is not None
    assert (found.stop.add_ons, found.stop.price, found.stop.loss) == (0, D(108), D(8))


def case_of(ladder: Ladder, **changes: Any) -> WorstCase:
    return worst_case(ladder, first=D(1), side=Side.LONG, fees=FREE, minimum_cost=D(0), **changes)


def test_as_many_groups_as_can_be_open_lose_together_the_largest_first() -> None:
    """300 at work each but one of 30: two of three groups are the large ones."""
    small = replace(THREE, base=D(10), add_on=D(10))
    cases = [case_of(THREE), case_of(small), case_of(THREE)]

    found = of_groups(cases, groups=2, most=D(10**6), side=Side.LONG, fees=FREE)

    assert (found.groups, found.wanted, found.at_work) == (2, D(600), D(600))
    # At -25 %: 25 of 100, 15/90 and 5/80 of the others.
    assert round(found.losses[1], 4) == round(2 * (D(25) + D(100) * 15 / 90 + D(100) * 5 / 80), 4)


def test_no_more_is_lost_than_may_be_at_work() -> None:
    """Of 900 wanted 250 may be at work: at half the price they lose 125 at most."""
    found = of_groups([case_of(THREE)] * 3, groups=3, most=D(250), side=Side.LONG, fees=FREE)

    assert (found.wanted, found.at_work, found.losses[2]) == (D(900), D(250), D(125))


def test_the_bots_of_an_account_lose_together_and_no_more_than_it_has() -> None:
    one = of_groups([case_of(THREE)], groups=1, most=D(1000), side=Side.LONG, fees=FREE)

    found = together([one, one, one], most=D(400))

    assert (found.groups, found.wanted, found.at_work) == (3, D(900), D(400))
    assert found.losses[0] == 3 * one.losses[0]
    assert found.losses[2] == min(3 * one.losses[2], D(400))


@given(
    st.lists(ladders, min_size=1, max_size=4),
    st.integers(1, 4),
    st.decimals("10", "5000", places=2),
    st.sampled_from(range(len(FALLS))),
)
def test_groups_that_fall_in_step_and_stop_buying_at_a_limit_never_lose_more_than_is_shown(
    shapes: list[Ladder], groups: int, most: D, which: int
) -> None:
    """Buy rung after rung of all groups in the order of their prices, until the limit has no room; then count."""
    shapes = [one for one in shapes if one.deviations[-1] < 1] or [WORKED]
    groups, fall, spent, lost = min(groups, len(shapes)), FALLS[which], D(0), D(0)
    rungs = sorted(
        (far, cost)
        for shape in shapes[:groups]
        for far, cost in zip(shape.deviations, shape.costs, strict=True)
        if far <= fall
    )
    for far, cost in rungs:
        if spent + cost <= most:
            spent += cost
            lost += cost * D("1.001") - cost / (1 - far) * (1 - fall) * D("0.999")

    cases = [worst_case(one, first=D(1), side=Side.LONG, fees=FEES, minimum_cost=D(0)) for one in shapes]
    shown = of_groups(cases, groups=groups, most=most, side=Side.LONG, fees=FEES)

    assert lost <= shown.losses[which] + D("1e-9")
    assert spent <= shown.at_work + D("1e-9")
