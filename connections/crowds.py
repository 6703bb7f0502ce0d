"""The threads of this process that wait for an exchange: few of them, while it lets them wait."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from exchanges.errors import Cause, ExchangeError, Trouble
from exchanges.values import OrderUnknownError

# So many while it answers: of a worker's threads some are left for the others.
# While it does not, few questions wait, and half of those that would wait for orders.
MANY, HALF, FEW = 12, 6, 2
# An answer that did not come within this time is one that was waited for; so long the exchange counts as slow then.
SLOW_SECONDS, SLOW_FOR_SECONDS = 2.0, 10.0


# So long at most an order waits for a place that was free when it was decided: an exchange that answers gives it back.
FREE_WITHIN_SECONDS = 1.5


class CrowdedError(ExchangeError):
    """Nothing was asked: enough threads wait for the exchange."""


class Crowd:
    """The threads of this process that wait for one exchange at one venue."""

    def __init__(self) -> None:
        self._slow_until = float("-inf")
        self._guard = threading.Condition()
        # When each of them began to wait.
        self._since: list[float] = []

    def is_full(self, few: int = FEW) -> bool:
        """Say whether one more would be one too many; `few` are enough while it lets them wait."""
        with self._guard:
            now = time.monotonic()
            is_slow = now < self._slow_until or (bool(self._since) and now - self._since[0] >= SLOW_SECONDS)
            return len(self._since) >= (few if is_slow else MANY)

    @contextmanager
    def join(self, *, gives_way: bool = True, few: int = FEW, patience: float = 0.0) -> Iterator[None]:
        """Ask within; raises CrowdedError when this `gives_way` and enough threads wait for it.

        The place is taken as it is found free, so that of many who come at once no more get in. It is waited for with
        `patience`, in seconds.
        """
        with self._guard:
            if gives_way and not self._guard.wait_for(lambda: not self.is_full(few), timeout=patience):
                raise CrowdedError(Trouble(cause=Cause.UNAVAILABLE))
            began = time.monotonic()
            self._since.append(began)
        try:
            yield
        except (ExchangeError, OrderUnknownError):
            if (now := time.monotonic()) - began >= SLOW_SECONDS:
                self._slow_until = now + SLOW_FOR_SECONDS
            raise
        finally:
            with self._guard:
                self._since.remove(began)
                self._guard.notify()


_CROWDS: dict[tuple[str, str], Crowd] = {}


def crowd_of(exchange: str, venue: str) -> Crowd:
    return _CROWDS.setdefault((exchange, venue), Crowd())


def full() -> list[tuple[str, str]]:
    """Return the exchanges and venues for which enough threads of this process wait."""
    return [place for place, crowd in _CROWDS.items() if crowd.is_full()]
