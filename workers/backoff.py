"""How long to rest after what failed again and again."""

from datetime import timedelta


def backoff(times: int, first: timedelta, last: timedelta) -> timedelta:
    """Return `first` after the first time in a row, twice as long after each further one, and `last` at most."""
    # More doublings than these are beyond any `last`, and in the end beyond what a timedelta holds.
    doubled: int = 2 ** min(max(times - 1, 0), 10)
    return min(first * doubled, last)
