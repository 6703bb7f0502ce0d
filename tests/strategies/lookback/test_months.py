"""Months of candles come back as they were packed, and are put together in order."""

from datetime import date
from decimal import Decimal
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as some

from strategies.lookback.answer import fingerprint
from strategies.lookback.candles import Candles
from strategies.lookback.months import between, joined, minutes_of, pack, unpack

STEP = Decimal("0.01")
HIGHEST = 2**31 - 1


def candles(rows: list[tuple[int, int, int, int, int]], step: Decimal = STEP) -> Candles:
    table = np.array(rows, dtype=np.int32).reshape(-1, 5)
    columns: dict[str, Any] = dict(zip(("minute", "open", "high", "low", "close"), table.T, strict=True))
    return Candles(step=step, **columns)


ticks = some.integers(1, HIGHEST)
rows = some.lists(
    some.tuples(some.integers(0, HIGHEST), ticks, ticks, ticks, ticks), unique_by=lambda row: row[0], max_size=30
).map(sorted)


@given(rows)
def test_what_is_packed_comes_back(rows: list[tuple[int, int, int, int, int]]) -> None:
    made = candles(rows)

    assert fingerprint(unpack(pack(made), step=STEP)) == fingerprint(made)


def test_a_month_of_minutes_takes_a_tenth_of_a_csv() -> None:
    random = np.random.default_rng(1)
    opened = 9_000_000 + np.cumsum(random.normal(0, 500, 43_200)).astype(np.int64)
    made = candles([(n, int(o), int(o) + 300, int(o) - 300, int(o) + 100) for n, o in enumerate(opened)])

    assert len(pack(made)) < 43_200 * 6


@pytest.mark.parametrize("data", [b"", b"\x02", b"\x01", b"\x01abc", b"abc"])
def test_what_nobody_packed_is_refused(data: bytes) -> None:
    with pytest.raises(ValueError, match="not a month"):
        unpack(data, step=STEP)


def test_parts_are_put_in_order_and_the_later_one_counts() -> None:
    first, again = candles([(1, 5, 5, 5, 5), (2, 6, 6, 6, 6)]), candles([(2, 7, 8, 6, 7), (0, 4, 4, 4, 4)])

    found = joined([first, candles(sorted([(2, 7, 8, 6, 7), (0, 4, 4, 4, 4)]))])

    assert again.step == found.step
    assert found.minute.tolist() == [0, 1, 2]
    assert found.open.tolist() == [4, 5, 7]
    assert found.high.tolist() == [4, 5, 8]


def test_parts_of_another_step_are_told_in_the_finer_one() -> None:
    found = joined([candles([(1, 5, 6, 4, 5)], Decimal("0.1")), candles([(2, 51, 61, 41, 51)])])

    assert found.step == STEP
    assert found.open.tolist() == [50, 51]


def test_steps_without_a_common_measure_are_refused() -> None:
    with pytest.raises(ValueError, match="no common measure"):
        joined([candles([(1, 5, 6, 4, 5)], Decimal("0.03")), candles([(2, 5, 6, 4, 5)], Decimal("0.02"))])


def test_a_price_that_does_not_fit_the_finer_step_is_refused() -> None:
    with pytest.raises(ValueError, match="room"):
        joined([candles([(1, HIGHEST, HIGHEST, HIGHEST, HIGHEST)], Decimal("1")), candles([(2, 5, 6, 4, 5)])])


def test_a_part_of_the_time_is_cut_out() -> None:
    made = candles([(n, 5, 6, 4, 5) for n in range(10)])

    assert between(made, 3, 6).minute.tolist() == [3, 4, 5]


def test_months_begin_and_end_where_the_calendar_says() -> None:
    assert minutes_of(date(1970, 1, 1)) == (0, 31 * 1440)
    first, end = minutes_of(date(2024, 2, 1))
    assert end - first == 29 * 1440
    assert minutes_of(date(2023, 12, 1))[1] == minutes_of(date(2024, 1, 1))[0]
