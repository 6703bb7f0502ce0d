"""Waiting for what the product does in its own time."""

import time
from collections.abc import Callable

from chaos.trading import persist


class NeverError(Exception):
    """Something did not come about in time; the message says what."""


def wait_for(is_so: Callable[[], bool], seconds: float, what: str, *, pause: float = 0.1) -> None:
    deadline = time.monotonic() + seconds
    while not persist(is_so):
        if time.monotonic() > deadline:
            raise NeverError(f"waited {seconds:g} s in vain for {what}")
        time.sleep(pause)
