"""While an exchange lets callers wait, few threads at once wait for it: the others work for those that answer."""

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
        if time.monotonic() >= self._slow_until:
            with self._timed():
                yield
        elif self._places.acquire(blocking=False):
            try:
                with self._timed():
                    yield
            finally:
                self._places.release()
        else:
            raise ExchangeError(Trouble(cause=Cause.UNAVAILABLE))

    @contextmanager
    def _timed(self) -> Iterator[None]:
        began = time.monotonic()
        try:
            yield
        except ExchangeError:
            if (now := time.monotonic()) - began >= SLOW_SECONDS:
                self._slow_until = now + SLOW_FOR_SECONDS
            raise


@cache
def crowd_of(exchange: str, venue: str) -> Crowd:
    return Crowd()
