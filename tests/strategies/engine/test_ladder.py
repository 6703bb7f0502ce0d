"""The worked example of the product's own page, and what must hold for every ladder."""

from decimal import Decimal as D
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from strategies.engine.ladder import Ladder, full_position, rungs
from strategies.engine.risk import LEVELS, largest_base, stress_loss, stress_of, stress_price
from strategies.engine.side import Side
from tests.strategies.engine.builders import FEES, WORKED

shares = st.decimals("0.001", "0.03", places=4)
scales = st.decimals("1", "1.5", places=2)
ladders = st.builds(
    Ladder,
    base=st.decimals("5", "500", places=2),
    add_on=st.decimals("5", "500", places=2),
    step=shares,
    step_scale=scales,
    volume_scale=scales,
    add_ons=st.integers(0, 7),
)


def cents(value: D) -> D:
    return round(value, 2)


def test_the_worked_ladder_waits_at_its_published_prices() -> None:
    rows = rungs(WORKED, first=D(100), side=Side.LONG, fees=FEES)

    assert [cents(row.price) for row in rows] == [D(100), D("98.50"), D("96.70"), D("94.54"), D("91.95"), D("88.84")]


def test_twenty_per_order_really_means_169() -> None:
    last = rungs(WORKED, first=D(100), side=Side.LONG, fees=FEES)[-1]

    assert cents(last.total) == cents(WORKED.total()) == D("168.83")
    assert (cents(last.average), cents(last.break_even)) == (D("93.87"), D("94.06"))
    assert round(last.bounce * 100, 2) == D("5.88")


def test_an_accepted_loss_of_five_percent_solves_the_base_order() -> None:
    base = largest_base(WORKED, side=Side.LONG, stress=D("0.25"), accepted_loss=D("0.05"), equity=D(1000))

    assert round(base, 1) == D("29.5")
    assert round(WORKED.scaled(base).total(), 1) == D("248.7")


def test_a_ladder_past_the_stress_is_measured_half_as_far_again() -> None:
    steep = LEVELS["high"].ladder(D(10))
    last = steep.deviation(steep.add_ons)

    at = stress_price(steep, first=D(100), side=Side.LONG, stress=D("0.10"))

    assert last > D("0.10")
    assert at == 100 * (1 - last * D("1.5"))


def test_bitcoin_and_ether_fall_less_than_others_under_stress() -> None:
    assert (stress_of("btc"), stress_of("ETH"), stress_of("DOGE")) == (D("0.25"), D("0.25"), D("0.5"))


@given(ladders)
def test_the_total_is_the_sum_of_its_orders(ladder: Ladder) -> None:
    total = sum(ladder.cost(k) for k in range(ladder.add_ons + 1))

    assert total == pytest.approx(ladder.total())
    assert ladder.base + ladder.remaining(0) == pytest.approx(ladder.total())


@given(ladders, st.sampled_from(Side))
def test_every_rung_of_a_ladder_improves_the_average(ladder: Ladder, side: Side) -> None:
    averages = [row.average for row in rungs(ladder, first=D(100), side=side, fees=FEES)]

    assert all(side.sign * (before - after) > 0 for before, after in pairwise(averages))


@given(ladders, st.sampled_from(Side), st.decimals("0.01", "0.2", places=3), st.decimals("100", "100000", places=0))
def test_the_solved_ladder_loses_what_was_accepted(ladder: Ladder, side: Side, loss: D, equity: D) -> None:
    base = largest_base(ladder, side=side, stress=D("0.5"), accepted_loss=loss, equity=equity)
    solved = ladder.scaled(base)

    at = stress_price(solved, first=D(100), side=side, stress=D("0.5"))

    assert stress_loss(full_position(solved, first=D(100), side=side, fees=FEES), at) == pytest.approx(loss * equity)


@given(ladders, st.sampled_from(Side))
def test_closing_at_break_even_neither_wins_nor_loses(ladder: Ladder, side: Side) -> None:
    position = full_position(ladder, first=D(100), side=side, fees=FEES)

    assert abs(position.result_at(position.break_even)) < D("1e-15")
