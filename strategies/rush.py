"""How many signals are being answered in this process at this moment: what can wait, waits for them."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager


class Rush:
    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._count = 0

    @contextmanager
    def joined(self) -> Iterator[None]:
        """Count one more for as long as the block lasts."""
        self._add(1)
        try:
            yield
        finally:
            self._add(-1)

    @property
    def is_on(self) -> bool:
        """Say whether more than one is under way: whoever asks may be one of them."""
        return self._count > 1

    def _add(self, more: int) -> None:
        with self._lock:
            self._count += more


SIGNALS = Rush()
