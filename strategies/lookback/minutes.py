"""Minutes since 1970, by which a look back counts, and the moments that they begin at."""

from datetime import UTC, datetime, timedelta
from functools import lru_cache

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


@lru_cache(maxsize=256)
def moment(minute: int) -> datetime:
    return EPOCH + minute * MINUTE


def minute_of(at: datetime) -> int:
    """Return the first minute that does not begin before this moment."""
    return -((EPOCH - at) // MINUTE)


def minute_within(at: datetime) -> int:
    """Return the minute that the moment lies in."""
    return (at - EPOCH) // MINUTE
