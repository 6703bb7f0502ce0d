"""Who asks an exchange hears when it asks to be left alone, whatever becomes of the question itself."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from exchanges.errors import Cause, Trouble

# Tasks that a question starts share the list of the one that started them.
_HEARD: ContextVar[list[Trouble] | None] = ContextVar("heard_limits", default=None)


@contextmanager
def heard(limits: list[Trouble]) -> Iterator[None]:
    """Add to the list each rate limit that an answer tells of within the block."""
    token = _HEARD.set(limits)
    try:
        yield
    finally:
        _HEARD.reset(token)


def tell(trouble: Trouble | None) -> Trouble | None:
    """Return the trouble; a rate limit is told to all that listen."""
    limits = _HEARD.get()
    if limits is not None and trouble is not None and trouble.cause is Cause.RATE_LIMITED:
        limits.append(trouble)
    return trouble
