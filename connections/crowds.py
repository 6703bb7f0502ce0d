"""The threads of this process that wait for an exchange: few of them, while it lets them wait."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

from exchanges.errors import Cause, ExchangeError, Trouble

FEW = 2
# An answer that did not come within this time is one that was waited for; so long the exchange counts as slow then.
SLOW_SECONDS, SLOW_FOR_SECONDS = 2.0, 10.0


class Crowd:
    """The threads of this process that wait for one exchange at one venue."""

    def __init__(self) -> None:
        self._slow_until = float("-inf")
        self._places = threading.BoundedSemaphore(FEW)

    @contextmanager
    def join(self) -> Iterator[None]:
        """Ask within; raises ExchangeError at once when the exchange is slow and enough threads wait for it."""
        began = time.monotonic()
        is_slow = began < self._slow_until
        if is_slow and not self._places.acquire(blocking=False):
            raise ExchangeError(Trouble(cause=Cause.UNAVAILABLE))
        try:
            yield
        except ExchangeError:
            if (now := time.monotonic()) - began >= SLOW_SECONDS:
                self._slow_until = now + SLOW_FOR_SECONDS
            raise
        finally:
            if is_slow:
                self._places.release()


@cache
def crowd_of(exchange: str, venue: str) -> Crowd:
    return Crowd()
