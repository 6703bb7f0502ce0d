"""Risk levels: the presets, the stress they are measured by, and the size that an accepted loss allows."""

from dataclasses import replace
from decimal import Decimal as D

import pytest
from hypothesis import given
from hypothesis import strategies as st

from strategies.engine.ladder import Ladder, full_position, stress_of, stress_price
from strategies.engine.position import Side
from strategies.engine.sizing import LEVELS, Room
from strategies.engine.state import MarginLimit
from tests.strategies.engine.builders import FEES, WORKED, ladders


def room_of(ladder: Ladder, side: Side, stress: D, *, accepted_loss: D, equity: D) -> Room:
    level = replace(LEVELS["low"], accepted_loss=accepted_loss)
    margin = MarginLimit(amount=D(10**9), soft=D(1), hard=D(1))
    return Room(level=level, shape=ladder, side=side, stress=stress, equity=equity, margin=margin, minimum=D(0))


@pytest.mark.parametrize(
    ("name", "figures"),
    [
        ("low", ("0.02", 2, 3, "0.025", "1.3", "1.0", "0.5", "0.7")),
        ("medium", ("0.04", 4, 5, "0.018", "1.25", "1.15", "0.6", "0.8")),
        ("high", ("0.07", 6, 7, "0.015", "1.2", "1.25", "0.7", "0.9")),
    ],
)
def test_the_levels_are_those_of_the_product(name: str, figures: tuple[str | int, ...]) -> None:
    level = LEVELS[name]

    shape = (level.add_ons, level.step, level.step_scale, level.volume_scale)
    found = (level.accepted_loss, level.groups, *shape, level.soft, level.hard)

    assert [D(figure) for figure in found] == [D(figure) for figure in figures]


def test_an_accepted_loss_of_five_percent_solves_the_base_order() -> None:
    base = room_of(WORKED, Side.LONG, D("0.25"), accepted_loss=D("0.05"), equity=D(1000)).by_risk

    assert round(base, 1) == D("29.5")
    assert round(WORKED.scaled(base).total, 1) == D("248.7")


def test_a_ladder_past_the_stress_is_measured_half_as_far_again() -> None:
    steep = LEVELS["high"].ladder(D(10))
    last = steep.deviations[-1]

    at = stress_price(steep, first=D(100), side=Side.LONG, stress=D("0.10"))

    assert last > D("0.10")
    assert at == 100 * (1 - last * D("1.5"))


def test_a_stress_price_is_never_below_nothing() -> None:
    endless = replace(WORKED, step=D("0.2"), add_ons=4)

    assert stress_price(endless, first=D(100), side=Side.LONG, stress=D("0.25")) == 0
    assert stress_price(endless, first=D(100), side=Side.SHORT, stress=D("0.25")) > 200


def test_bitcoin_and_ether_fall_less_than_others_under_stress() -> None:
    assert (stress_of("btc"), stress_of("ETH"), stress_of("DOGE")) == (D("0.25"), D("0.25"), D("0.5"))


@given(ladders, st.sampled_from(Side), st.decimals("0.01", "0.2", places=3), st.decimals("100", "100000", places=0))
def test_the_solved_ladder_loses_what_was_accepted(ladder: Ladder, side: Side, loss: D, equity: D) -> None:
    base = room_of(ladder, side, D("0.5"), accepted_loss=loss, equity=equity).by_risk
    solved = ladder.scaled(base)

    at = stress_price(solved, first=D(100), side=side, stress=D("0.5"))

    assert full_position(solved, first=D(100), side=side, fees=FEES).stress_loss(at) == pytest.approx(loss * equity)
