"""Go through what is due, one after the other: one message per row would bury the signals under them."""

import random
import time
from collections.abc import Callable
from datetime import datetime, timedelta

from django.utils import timezone

from strategies import rush

# So many workers go through the same list at once; each is free again after so long.
AT_ONCE, FOR_SECONDS = 6, 10.0
# In a rush of signals, what is due waits until it is late by so much.
PATIENCE = timedelta(seconds=10)
# The numbers of rows that were due at a moment, the longest waiting first.
Due = Callable[[datetime], list[int]]


def moment() -> datetime:
    """Return the moment since when a row must be due to be done now."""
    now = timezone.now()
    return now - PATIENCE if rush.SIGNALS.is_on else now


def drain(first: int, due: Due, one: Callable[[int], None]) -> None:
    """Do the first, then what else is due by now; `one` must take a row so that nobody else does it meanwhile."""
    until = time.monotonic() + FOR_SECONDS
    if not rush.SIGNALS.is_on:
        one(first)
    while time.monotonic() < until and (ids := due(moment())):
        # By chance: several go through the same list, and all would meet at its head.
        one(random.choice(ids))  # noqa: S311 - nothing depends on it
