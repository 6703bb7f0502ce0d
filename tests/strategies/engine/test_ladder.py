"""The worked example of the product's own page, and what must hold for every ladder."""

from decimal import Decimal as D
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from strategies.engine.ladder import Ladder, rungs
from strategies.engine.position import Side
from tests.strategies.engine.builders import FEES, WORKED, ladders


def test_the_worked_ladder_waits_at_its_published_prices() -> None:
    rows = rungs(WORKED, first=D(100), side=Side.LONG, fees=FEES)

    assert [round(row.price, 2) for row in rows] == [D(100), D("98.50"), D("96.70"), D("94.54"), D("91.95"), D("88.84")]


@given(ladders)
def test_the_total_is_the_sum_of_its_orders(ladder: Ladder) -> None:
    total = sum(ladder.costs)

    assert total == pytest.approx(ladder.total)
    assert ladder.base + ladder.remaining(0) == pytest.approx(ladder.total)


@given(ladders, st.sampled_from(Side))
def test_every_rung_of_a_ladder_improves_the_average(ladder: Ladder, side: Side) -> None:
    averages = [row.average for row in rungs(ladder, first=D(100), side=side, fees=FEES)]

    assert all(side.sign * (before - after) > 0 for before, after in pairwise(averages))


def test_an_order_tells_by_its_cost_which_rungs_it_bought() -> None:
    third, last = WORKED.totals[3], WORKED.add_ons

    assert WORKED.rung_of(WORKED.costs[1], 0) == 1
    assert WORKED.rung_of((third - WORKED.totals[1]) * D("0.98"), 1) == 3
    assert WORKED.rung_of(D(1), last) == last + 1
