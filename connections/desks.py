"""Ask exchanges from a worker's thread: the desk of the right location, the key opened for one call."""

import time
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

import structlog
from django.db import DatabaseError, transaction
from django.utils import timezone

from connections import crowds, locations, waits
from connections.models import Connection, UnknownAnswer
from connections.secrets import opening, vault
from exchanges import registry
from exchanges.desk.desk import Desk, desk_of
from exchanges.errors import Cause, ExchangeError, Trouble
from exchanges.shape import StrangeAnswer
from exchanges.values import Credentials, OrderUnknownError
from exchanges.wire.loop import LOOP
from workers import priority

log = structlog.get_logger(__name__)
T = TypeVar("T")
# Above every deadline of the desk's own: a thread is never lost to a loop that does not answer.
PATIENCE_SECONDS = 20.0
QUESTIONS = frozenset({"look-up", "compare"})


class KeyClosedError(Exception):
    """The key could not be opened, so nothing was asked."""


def desk_at(exchange: str, venue: str) -> Desk:
    return desk_of(registry.get(exchange), locations.location_of(exchange, venue))


def ask(desk: Desk, call: Callable[[Desk], Coroutine[Any, Any, T]]) -> T:
    """Return the answer to a question that needs no key; raises ExchangeError."""
    waiting = LOOP.submit(call(desk))
    try:
        return waiting.result(timeout=PATIENCE_SECONDS)
    except TimeoutError:
        waiting.cancel()
        raise ExchangeError(Trouble(cause=Cause.UNAVAILABLE)) from None


def ask_for_all(exchange: str, venue: str, call: Callable[[Desk], Coroutine[Any, Any, T]]) -> T:
    """Return the answer to a question about an exchange's markets; raises ExchangeError.

    It gives way while the exchange wants to be left alone.
    """
    with waits.heeded(exchange, venue):
        return ask(desk_at(exchange, venue), call)


def ask_with_key(
    connection: Connection, call: Callable[[Desk, Credentials], Coroutine[Any, Any, T]], *, purpose: str
) -> T:
    """Return the answer to a question of this connection's; raises what the desk raises, or KeyClosedError.

    Questions wait for signals under way, and their turn at an exchange that is slow, and give way while it wants to be
    left alone; what takes orders back does not.
    """
    exchange, venue = connection.exchange, connection.venue
    if purpose not in QUESTIONS:
        with waits.heeded(exchange, venue, gives_way=False):
            return _ask_with_key(connection, call, purpose)
    priority.SIGNALS.give_way()
    with waits.heeded(exchange, venue), crowds.crowd_of(exchange, venue).join():
        answer = _ask_with_key(connection, call, purpose)
    priority.SIGNALS.give_way()
    return answer


def _ask_with_key(
    connection: Connection, call: Callable[[Desk, Credentials], Coroutine[Any, Any, T]], purpose: str
) -> T:
    credentials = open_key(connection, purpose=purpose)
    with strange_noted(connection):
        return ask(desk_of_connection(connection), lambda desk: call(desk, credentials))


@contextmanager
def strange_noted(connection: Connection) -> Iterator[None]:
    """Count an answer that is in no table of ours, and let its error go on: counting must never change an outcome."""
    try:
        yield
    except (ExchangeError, OrderUnknownError) as error:
        if strange := error.trouble.strange:
            _note(connection, strange, error.trouble.cause)
        raise


def _note(connection: Connection, strange: StrangeAnswer, cause: Cause) -> None:
    try:
        with transaction.atomic():
            UnknownAnswer.objects.note(connection.exchange, connection.venue, strange, cause=cause, now=timezone.now())
    except DatabaseError:
        log.warning("unknown_answer_not_noted", exchange=connection.exchange)


def desk_of_connection(connection: Connection) -> Desk:
    return desk_at(connection.exchange, connection.venue)


def open_key(connection: Connection, *, purpose: str) -> Credentials:
    """Return the key in clear, for one call; raises KeyClosedError."""
    try:
        return opening.open_key(connection, connection.revision, purpose=purpose)
    except vault.VaultError:
        raise KeyClosedError from None


def moment_in(seconds: float) -> float:
    """Return a moment of the monotonic clock, after which an order may not leave any more."""
    return time.monotonic() + seconds
