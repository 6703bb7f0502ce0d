from datetime import UTC, datetime, time
from zoneinfo import ZoneInfo

import pytest

from messaging.quiet import leaves_at

OSLO = ZoneInfo("Europe/Oslo")
NIGHT = (time(22), time(7))


def at(hour: int, minute: int = 0, *, day: int = 15, month: int = 1) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=OSLO)


@pytest.mark.parametrize(
    ("now", "leaves"),
    [
        (at(21, 59), at(21, 59)),
        (at(22), at(7, day=16)),
        (at(23, 30), at(7, day=16)),
        (at(0, 10), at(7)),
        (at(6, 59), at(7)),
        (at(7), at(7)),
        (at(12), at(12)),
    ],
)
def test_what_comes_at_night_leaves_in_the_morning(now, leaves):
    assert leaves_at(now, NIGHT, OSLO) == leaves


def test_quiet_hours_may_lie_within_a_day():
    noon = (time(12), time(13, 30))

    assert leaves_at(at(12, 15), noon, OSLO) == at(13, 30)
    assert leaves_at(at(13, 30), noon, OSLO) == at(13, 30)


def test_who_has_none_is_told_at_once():
    assert leaves_at(at(3), None, OSLO) == at(3)


def test_the_morning_is_the_one_of_the_clock_on_the_wall():
    # On 29 March 2026 clocks are put forward at two: seven o'clock is 05:00 in UTC, the day before it was 06:00.
    assert leaves_at(at(23, day=28, month=3), NIGHT, OSLO) == datetime(2026, 3, 29, 5, tzinfo=UTC)
    assert leaves_at(at(23, day=27, month=3), NIGHT, OSLO) == datetime(2026, 3, 28, 6, tzinfo=UTC)


def test_an_end_that_the_clock_leaps_over_is_later_than_now_all_the_same():
    leaps = (time(22), time(2, 30))
    now = at(1, 30, day=29, month=3)

    assert leaves_at(now, leaps, OSLO) > now
