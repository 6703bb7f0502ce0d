"""When a message leaves: at once, or when somebody's quiet hours are over."""

from datetime import UTC, datetime, time, timedelta, tzinfo


def leaves_at(now: datetime, quiet: tuple[time, time] | None, clock: tzinfo) -> datetime:
    """Return `now`, or within the quiet hours the moment in UTC at which they end.

    `quiet` is from when until when by the clock on the wall, also over midnight. On the night in which clocks are put
    forward an end that does not exist is the moment after.
    """
    if quiet is None:
        return now
    begin, end = quiet
    here = now.astimezone(clock)
    at = here.time()
    is_quiet = begin <= at < end if begin < end else at >= begin or at < end
    if not is_quiet:
        return now
    day = here.date() if at < end else here.date() + timedelta(days=1)
    return datetime.combine(day, end, tzinfo=clock).astimezone(UTC)
