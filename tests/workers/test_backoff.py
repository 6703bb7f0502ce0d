"""What fails again and again rests longer each time, up to a limit."""

from datetime import timedelta

from workers.backoff import backoff


def test_it_rests_twice_as_long_each_time_up_to_a_limit() -> None:
    first, last = timedelta(seconds=30), timedelta(minutes=15)

    rests = [backoff(times, first, last).total_seconds() for times in (0, 1, 2, 5, 6, 10_000)]

    assert rests == [30, 30, 60, 480, 900, 900]
