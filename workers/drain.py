"""Go through what is due, one after the other: one message per row would bury the signals under them."""

import random
import threading
import time
from collections.abc import Callable


class Drain:
    """Rows of one kind that are due, of which at most `at_once` are worked on in this process.

    `due` returns the numbers of those that were due first; `one` works on one of them, if it still is due, and must
    take it so that nobody else does meanwhile.
    """

    # Then a worker is free for signals again; the next tick sends others.
    FOR_SECONDS = 2.0
    # So many, for each that may be at work, are asked for at once: what is due is no quick question.
    EACH = 4

    def __init__(self, due: Callable[[int], list[int]], one: Callable[[int], None], *, at_once: int) -> None:
        self._due, self._one, self._at_once = due, one, at_once
        self._places = threading.BoundedSemaphore(at_once)

    def due(self) -> list[int]:
        return self._due(self._at_once)

    def work(self) -> None:
        """Work on what is due until nothing is, or for a while; leave it to others when enough are at it."""
        if not self._places.acquire(blocking=False):
            return
        try:
            until = time.monotonic() + self.FOR_SECONDS
            while time.monotonic() < until and (ids := self._due(self.EACH * self._at_once)):
                # By chance: several go through the same list, and all would meet at its head.
                for row_id in random.sample(ids, len(ids)):
                    if time.monotonic() >= until:
                        return
                    self._one(row_id)
        finally:
            self._places.release()
