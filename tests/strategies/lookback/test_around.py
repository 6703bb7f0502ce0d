"""A map of results around what is set: which settings move, what a place stands on, and what choosing came to."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal as D
from typing import Any

import numpy as np
import pytest

from strategies.lookback.around import AS_SET, FACTORS, around, axes_of, forward, quarters
from strategies.lookback.figures import figures
from strategies.lookback.variants import few
from strategies.lookback.walk import CancelledError, Extremes, run
from strategies.lookback.wishes import BotWish
from tests.strategies.lookback.test_walk import TERMS, make_wish
from tests.strategies.lookback.worlds import START, make_candles, trending

SAW = [(1000, 1001, 900, 901), (901, 1001, 900, 1000)] * 40
PAIRS = {"BTC/USDT": (make_candles(SAW), replace(TERMS, paid=D("0.001")))}


def wish_of(**changes: Any) -> BotWish:
    settings = {"re_entry_pause": timedelta(0), "take_profit": D("0.02")}
    return make_wish(settings={**settings, **changes.pop("settings", {})}, **changes)


def mapped(wish: BotWish | None = None, **more: Any) -> dict[str, Any]:
    wish = wish or wish_of()
    axes = axes_of(wish)
    assert axes is not None
    return around(wish, PAIRS, axes, order=Extremes.FALLS_FIRST, **{"watch": lambda _share: True, **more})


def test_the_first_two_settings_that_a_bot_uses_are_moved() -> None:
    assert axes_of(wish_of()) == ("take_profit", "first_step")
    assert axes_of(wish_of(add_ons_off=True, settings={"stop_loss": D("0.1")})) == ("take_profit", "stop_loss")


def test_each_place_is_run_on_four_quarters_and_the_middle_is_what_is_set() -> None:
    told = mapped()

    assert len(told["places"]) == 49
    assert {len(some) for some in told["places"] if some} == {4}
    assert sum(len(some) for some in told["places"] if some) <= 200
    assert told["values"][0][3] == "0.02"
    assert told["values"][1][3] == "0.1"
    for part, found in zip(quarters(PAIRS), told["places"][AS_SET], strict=True):
        one = few(figures(wish_of(), run(wish_of(), part), part))
        assert found == {name: one[name] for name in ("net", "drawdown", "groups")}


def test_rows_are_of_the_second_setting_and_columns_of_the_first() -> None:
    told = mapped()
    wish = wish_of(settings={"take_profit": D("0.02") * FACTORS[6]})

    last_of_the_middle_row = told["places"][AS_SET + 3]

    assert [one["net"] for one in last_of_the_middle_row] == [
        few(figures(wish, run(wish, part), part))["net"] for part in quarters(PAIRS)
    ]


def test_what_nobody_could_set_has_no_result() -> None:
    wish = wish_of(settings={"trailing": D("0.015")})

    told = mapped(wish)

    # The take profit must lie beyond the distance by which it is followed.
    assert [some is None for some in told["places"][:7]] == [True, True, False, False, False, False, False]


def test_quarters_part_the_time_without_a_gap_and_know_what_came_before() -> None:
    life = trending(3, length=400)
    parts = list(quarters(life.pairs))

    for pair, (candles, _) in life.pairs.items():
        minutes = np.concatenate([part[pair][0].minute for part in parts])
        assert minutes.tolist() == candles.minute.tolist()
        begins = int((candles.earlier or candles).minute[0])
        assert {int((part[pair][0].earlier or part[pair][0]).minute[0]) for part in parts} == {begins}


def test_a_pair_that_is_new_takes_part_from_its_first_candle_on() -> None:
    late = make_candles(SAW[:20], minutes=list(range(START + 60, START + 80)))
    parts = list(quarters({**PAIRS, "ETH/USDT": (late, TERMS)}))

    assert [sorted(part) for part in parts] == [["BTC/USDT"]] * 3 + [["BTC/USDT", "ETH/USDT"]]


def test_it_ends_when_nobody_waits_and_tells_how_far_it_is() -> None:
    told = list[float]()

    def watch(share: float) -> bool:
        told.append(share)
        return len(told) < 50

    with pytest.raises(CancelledError):
        mapped(watch=watch)

    assert (told[0], len(told)) == (0.0, 50)
    assert told[-1] == pytest.approx(49 / 196)


def places_of(**nets: list[float]) -> list[Any]:
    found: list[Any] = [None] * 49
    for name, some in nets.items():
        found[int(name.removeprefix("at"))] = [{"net": net} for net in some]
    return found


def test_choosing_is_by_the_worst_quarter_before_and_is_judged_by_the_next() -> None:
    places = places_of(at24=[1, 2, 3, 4], at10=[9, -5, 50, 7], at30=[5, 5, -8, 6])

    assert list(forward(places)) == [
        {"quarter": 1, "place": 10, "net": -5, "as_set": 2},
        {"quarter": 2, "place": 30, "net": -8, "as_set": 3},
        {"quarter": 3, "place": 24, "net": 4, "as_set": 4},
    ]


def test_of_places_alike_the_nearest_to_what_is_set_is_chosen() -> None:
    assert [one["place"] for one in forward(places_of(at24=[1, 1], at0=[3, 2], at25=[3, 9]))] == [25]
    assert [one["place"] for one in forward(places_of(at24=[1, 1], at0=[1, 2]))] == [24]


def test_a_stretch_too_short_for_quarters_is_told_as_it_is() -> None:
    short = {"BTC/USDT": (make_candles(SAW[:3]), TERMS)}

    assert [len(part["BTC/USDT"][0]) for part in quarters(short)] == [1, 1, 1]
