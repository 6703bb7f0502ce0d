"""The run that skips comes to what the run comes to that asks the engine at every tick of every candle's path.

`LOOK_BACK_SEEDS=0-2000 pytest …/test_same.py` tries as many as you like, `LOOK_BACK_YEARS=2` two years of minutes, each
against the run that passes over none of them: a minute or two for each.
"""

import os
from collections import Counter
from collections.abc import Callable

import pytest

from benchmarks.simulate import YEARS, Year
from strategies.lookback.walk import Extremes, Stride, run
from tests.strategies.lookback.worlds import Life, alerted, difference, random_life, told, trending

FIRST, _, LAST = os.environ.get("LOOK_BACK_SEEDS", "0-48").partition("-")
SEEDS = range(int(FIRST), int(LAST))
WHOLE = YEARS[1:][: int(os.environ.get("LOOK_BACK_YEARS", "0"))]


@pytest.mark.parametrize("make", [random_life, trending, alerted])
@pytest.mark.parametrize("seed", SEEDS)
def test_skipping_comes_to_the_same_as_asking_at_each_tick(seed: int, make: Callable[..., Life]) -> None:
    skipping, asking = difference(seed, length=200, make=make)

    assert told(skipping) == told(asking)
    assert skipping.looks < asking.looks


@pytest.mark.parametrize("make", [random_life, trending, alerted])
@pytest.mark.parametrize("seed", SEEDS[: len(SEEDS) // 3])
def test_pairs_that_share_a_purse_and_a_limit_come_to_the_same(seed: int, make: Callable[..., Life]) -> None:
    skipping, asking = difference(seed, pairs=2 + seed % 2, length=100, make=make)

    assert told(skipping) == told(asking)


@pytest.mark.parametrize("make", [random_life, trending, alerted])
@pytest.mark.parametrize("seed", SEEDS[: len(SEEDS) // 3])
def test_passing_over_no_candle_comes_to_the_same(seed: int, make: Callable[..., Life]) -> None:
    skipping, walking = difference(seed, length=400, stride=Stride.POINTS, make=make)

    assert told(skipping) == told(walking)


@pytest.mark.parametrize("year", WHOLE, ids=lambda year: year.what)
def test_a_whole_year_comes_to_the_same(year: Year) -> None:
    (wish, terms), order = year.bot, Extremes.RISES_FIRST
    skipping, walking = (
        run(wish, {"BTC/USDT": (year.candles, terms)}, order=order, stride=stride)
        for stride in (Stride.SKIP, Stride.POINTS)
    )

    assert told(skipping) == told(walking)
    assert skipping.groups > 10


@pytest.mark.parametrize(
    ("make", "seed", "pairs"), [(alerted, 1190, 1), (random_life, 1459, 3), (random_life, 1728, 1)]
)
def test_lives_that_once_came_to_something_else_come_to_the_same(
    make: Callable[..., Life], seed: int, pairs: int
) -> None:
    skipping, asking = difference(seed, pairs=pairs, length=200 if pairs == 1 else 100, make=make)

    assert told(skipping) == told(asking)


def test_these_lives_meet_nearly_every_rule() -> None:
    """What no life meets is not proven: rare rules need lives of their own."""
    reasons = Counter[str]()
    for seed in range(150):
        trace = difference(seed, length=200, stride=Stride.SKIP)[0]
        reasons.update(event.reason for event in trace.events)
        reasons.update(reason for _, _, _, reason in trace.blocked)

    assert {
        "add_on.fall",
        "add_on.zone",
        "average.worse",
        "cool_down",
        "exit.recovery",
        "exit.stop_loss",
        "exit.take_profit",
        "exit.trailing",
        "recovery.age",
        "recovery.average",
        "recovery.last_add_ons",
        "recovery.left_break_even",
        "recovery.left_calm",
        "recovery.loss",
        "recovery.usage",
        "risk.stress_loss",
        "size.below_minimum",
        "spacing.too_close",
        "zone.below_floor",
    } <= set(reasons)
