"""The trend rule: averages by the standard formula, crosses on the last candle, and a higher time frame that agrees."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal as D

import pytest
from hypothesis import given
from hypothesis import strategies as st

from strategies.engine.position import Side
from strategies.engine.trend import CLOSES, asks, crossed, ema, trend
from strategies.models.market import CANDLES_KEPT

SOME = st.lists(st.decimals("1", "1000", places=2), min_size=0, max_size=80)


def closes(*values: int) -> list[D]:
    return [D(value) for value in values]


UP_AT_THE_END = closes(*range(60, 30, -1), 300)
DOWN_AT_THE_END = closes(*range(130, 160), 1)
RISING, FALLING = closes(*range(1, 61)), closes(*range(61, 1, -1))


def test_an_average_begins_with_the_mean_and_moves_by_two_over_n_plus_one() -> None:
    assert ema(closes(1, 2, 3, 7, 5), 3) == [*closes(2), D("4.5"), D("4.75")]


@pytest.mark.parametrize(("values", "length"), [(closes(1, 2), 3), ([], 1), (closes(1), 0)])
def test_too_few_values_have_no_average(values: list[D], length: int) -> None:
    assert ema(values, length) == []


@given(SOME.filter(bool), st.integers(1, 10))
def test_an_average_stays_between_the_extremes(values: list[D], length: int) -> None:
    assert all(min(values) - D("1e-20") <= average <= max(values) + D("1e-20") for average in ema(values, length))


def test_a_cross_is_seen_on_the_candle_that_made_it_and_not_again() -> None:
    assert crossed(UP_AT_THE_END[:-1]) is None
    assert crossed(UP_AT_THE_END) is Side.LONG
    assert crossed([*UP_AT_THE_END, D(310)]) is None
    assert crossed(DOWN_AT_THE_END) is Side.SHORT


def test_a_cross_needs_one_candle_more_than_the_slow_average() -> None:
    values = closes(*range(60, 34, -1), 200)

    assert len(values) == 27
    assert crossed(values) is Side.LONG
    assert crossed(values[1:]) is None


@pytest.mark.parametrize(("last", "side"), [(6, Side.LONG), (4, Side.SHORT), (5, None)])
def test_leaving_a_flat_stretch_is_a_cross(last: int, side: Side | None) -> None:
    assert crossed([D(5)] * 30 + [D(last)]) is side


def test_a_flat_price_never_crosses() -> None:
    assert crossed([D(5)] * 60) is None


def test_the_lengths_can_be_chosen() -> None:
    assert crossed(closes(5, 4, 3, 9), fast=2, slow=3) is Side.LONG


@pytest.mark.parametrize(
    ("side", "lower", "higher"),
    [
        (Side.LONG, UP_AT_THE_END, RISING),
        (Side.SHORT, DOWN_AT_THE_END, FALLING),
        (None, UP_AT_THE_END, FALLING),
        (None, DOWN_AT_THE_END, RISING),
        (None, UP_AT_THE_END[:-1], RISING),
        (None, UP_AT_THE_END, RISING[:50]),
        (None, [], []),
    ],
)
def test_a_cross_counts_when_the_higher_time_frame_agrees(side: Side | None, lower: list[D], higher: list[D]) -> None:
    assert trend(lower, higher) is side


def test_a_close_just_beyond_a_flat_average_agrees() -> None:
    flat = [D(100)] * 55

    assert trend(UP_AT_THE_END, flat) is None
    assert trend(UP_AT_THE_END, [*flat, D(101)]) is Side.LONG


@given(SOME, SOME)
def test_the_trend_is_a_cross_or_nothing(lower: list[D], higher: list[D]) -> None:
    assert trend(lower, higher, fast=2, slow=4, higher=3) in {crossed(lower, fast=2, slow=4), None}


def test_what_lies_before_the_closes_that_it_stands_on_counts_nothing() -> None:
    """Otherwise a bot would decide by how long its candles were kept."""
    last = [*[D(1000)] * (CLOSES - 1), D(1001)]

    assert trend(last, last) is trend([D(1), *last], [D(1), *last]) is Side.LONG


def test_the_candles_that_are_kept_are_enough_with_the_one_that_still_runs() -> None:
    assert CANDLES_KEPT > CLOSES


def test_a_trend_asks_once_and_only_upwards() -> None:
    closed_at = datetime(2026, 5, 1, tzinfo=UTC)
    before, after = closed_at - timedelta(seconds=1), closed_at + timedelta(seconds=1)

    assert [asks(Side.LONG, closed_at=closed_at, opened_at=at) for at in (None, before, closed_at, after)] == [
        True,
        True,
        False,
        False,
    ]
    assert not asks(Side.SHORT, closed_at=closed_at, opened_at=None)
    assert not asks(None, closed_at=closed_at, opened_at=None)
