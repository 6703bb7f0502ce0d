"""The trend rule of a look back: the engine's answer on candles that had ended, found by floats that miss nothing."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal as D

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from strategies.engine import trend
from strategies.engine.decision import Action
from strategies.engine.position import Side
from strategies.lookback.answer import fingerprint
from strategies.lookback.candles import Candles
from strategies.lookback.months import between
from strategies.lookback.trends import Trend, trend_of
from strategies.lookback.walk import run
from tests.strategies.lookback.test_walk import TERMS, make_wish
from tests.strategies.lookback.worlds import START, make_candles, trending

BEGAN, ZERO = START - START % 60, timedelta(0)


def turning(each: int = 1) -> Candles:
    """Make prices that rise slowly, fall fifteen times, and rise fast; each stays for so many minutes."""
    rise = [1000 + place // 3 for place in range(300)]
    fall = [rise[-1] - place for place in range(1, 16)]
    again = [fall[-1] + 4 * place for place in range(1, 21)]
    rows = [(at, at, at, at) for at in (*rise, *fall, *again) for _ in range(each)]
    return make_candles(rows, minutes=[*range(BEGAN, BEGAN + len(rows))])


def test_earlier_minutes_are_a_part_of_what_tells_candles_from_others() -> None:
    whole = turning()
    half = BEGAN + len(whole) // 2
    late = between(whole, half, BEGAN + len(whole))

    first, second = (replace(late, earlier=between(whole, half - count, half)) for count in (1, 2))

    assert len({fingerprint(late), fingerprint(first), fingerprint(second)}) == 3


def closed(candles: Candles, length: int, at: int) -> list[D]:
    """Return the closes of all candles of so many minutes that had ended at this minute, one by one."""
    rows = list(zip(candles.minute.tolist(), candles.close.tolist(), strict=True))
    if candles.earlier is not None:
        rows = [*zip(candles.earlier.minute.tolist(), candles.earlier.close.tolist(), strict=True), *rows]
    found = {minute // length: close for minute, close in rows if (minute // length + 1) * length <= at}
    if rows[0][0] % length:
        found.pop(rows[0][0] // length, None)
    return [close * candles.step for close in found.values()]


def is_stale(candles: Candles, length: int, at: int) -> bool:
    parts = [candles] if candles.earlier is None else [candles.earlier, candles]
    ends = [(minute // length + 1) * length for part in parts for minute in part.minute.tolist()]
    return at - max((end for end in ends if end <= at), default=0) > 2 * length


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2**32))
def test_it_says_what_the_engine_says_of_what_had_closed_and_is_found_wherever_it_asks(seed: int) -> None:
    life = trending(seed, length=120)
    frames = life.wish.frames or (1, 1)
    for candles, _ in life.pairs.values():
        found = Trend(candles, frames)
        for i, minute in enumerate(candles.minute.tolist()):
            closes = (closed(candles, length, minute) for length in frames)
            told = None if any(is_stale(candles, length, minute) for length in frames) else trend.trend(*closes)
            assert found.at(i)[0] is told
            assert told is not Side.LONG or found.following(i, None) == i


def test_runs_on_the_same_candles_share_what_the_rule_says_of_them() -> None:
    candles = turning(5)

    assert trend_of(candles, (5, 10)) is trend_of(candles, (5, 10))
    assert trend_of(candles, (5, 10)) is not trend_of(candles, (5, 15))
    # Other candles are made of them without it.
    assert trend_of(replace(candles), (5, 10)) is not trend_of(candles, (5, 10))


def test_a_candle_counts_once_it_has_ended_and_not_before() -> None:
    candles = turning(5)
    rule = Trend(candles, (5, 10))
    asked = [i for i in range(len(candles)) if rule.at(i)[0] is Side.LONG]

    # From the end of a candle of five minutes on, until the next one ends.
    assert asked == list(range(asked[0], asked[0] + 5))
    assert candles.minute[asked[0]] % 5 == 0
    # Whatever comes afterwards, the answer was the same then.
    for i in asked:
        known = between(candles, BEGAN, int(candles.minute[i]) + 1)
        assert Trend(known, (5, 10)).at(i) == rule.at(i)


def test_a_trend_opens_one_group_although_its_candle_stays_the_last_for_minutes() -> None:
    candles = turning(5)
    i = Trend(candles, (5, 10)).following(0, None) or 0
    # It is sold at once.
    candles.high[i + 1] += 100
    wish = make_wish(frames=(5, 10), reason="entry.trend", settings={"take_profit": D("0.05"), "re_entry_pause": ZERO})
    trace = run(wish, {"BTC/USDT": (candles, TERMS)})

    told = [(one.action, one.reason, one.minute - int(candles.minute[i])) for one in trace.events]
    assert told == [(Action.OPEN, "entry.trend", 0), (Action.CLOSE, "exit.take_profit", 1)]


def test_without_minutes_before_the_beginning_the_first_candles_have_no_average() -> None:
    whole, begins = turning(), BEGAN + 290
    late = between(whole, begins, BEGAN + len(whole))
    warm = replace(late, earlier=between(whole, BEGAN, begins))

    assert Trend(late, (1, 2)).following(0, None) is None
    assert Trend(warm, (1, 2)).following(0, None) is not None


@pytest.mark.parametrize(("gap", "side"), [(0, Side.LONG), (2, Side.LONG), (3, None)])
def test_candles_that_stopped_coming_ask_for_nothing(gap: int, side: Side | None) -> None:
    whole = turning()
    i = Trend(whole, (1, 2)).following(0, None) or 0
    late = replace(whole, minute=whole.minute + np.where(np.arange(len(whole)) < i, 0, gap).astype(np.int32))

    assert Trend(late, (1, 2)).at(i)[0] is side
