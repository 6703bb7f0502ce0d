"""Signals under way in this process go first: what can wait, waits for them."""

import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager

# So many signals that were acted upon within a second are a rush.
MANY = 10
# So long at most does each piece of other work wait for signals under way: also when they never end, it goes on.
GIVES_WAY_SECONDS = 0.25


class Rush:
    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._changed = threading.Condition()
        self._count = 0
        self._latest: deque[float] = deque(maxlen=MANY)

    @contextmanager
    def joined(self) -> Iterator[None]:
        """Count one signal more as under way for as long as the block lasts."""
        with self._changed:
            self._count += 1
        try:
            yield
        finally:
            with self._changed:
                self._count -= 1
                if not self._count:
                    self._changed.notify_all()

    def acted(self) -> None:
        """Note that a signal is acted upon: those that are looked at in vain, again and again, are no rush."""
        self._latest.append(self._clock())

    @property
    def is_on(self) -> bool:
        """Say whether many signals were acted upon within the last second."""
        latest = list(self._latest)
        return len(latest) == self._latest.maxlen and self._clock() - latest[0] < 1

    def give_way(self) -> None:
        """Wait until no signal is under way, or for a moment; a thread that has joined never calls it."""
        with self._changed:
            self._changed.wait_for(lambda: self._count == 0, timeout=GIVES_WAY_SECONDS)


SIGNALS = Rush()
