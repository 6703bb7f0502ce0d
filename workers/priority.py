"""Signals under way in this process go first: what can wait, waits for them."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

# So long at most does each piece of other work wait for signals under way: also when they never end, it goes on.
GIVES_WAY_SECONDS = 0.25


class UnderWay:
    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._count = 0

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

    def give_way(self) -> None:
        """Wait until no signal is under way, or for a moment; a thread that has joined never calls it."""
        with self._changed:
            self._changed.wait_for(lambda: self._count == 0, timeout=GIVES_WAY_SECONDS)


SIGNALS = UnderWay()
