"""Ask exchanges from a worker's thread: the desk of the right location, the key opened for one call."""

from collections.abc import Callable, Coroutine
from contextlib import nullcontext
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
from exchanges.wire.session import LOOP
from workers import priority

log = structlog.get_logger(__name__)
T = TypeVar("T")
# Above every deadline of the desk's own: a thread is never lost to a loop that does not answer.
PATIENCE_SECONDS = 20.0
QUESTIONS = frozenset({"look-up", "compare", "recount"})


class KeyClosedError(Exception):
    """The key could not be opened, so nothing was asked."""


def ask(exchange: str, venue: str, call: Callable[[Desk], Coroutine[Any, Any, T]], *, gives_way: bool = True) -> T:
    """Return the answer to a question about an exchange's markets; raises ExchangeError.

    It `gives_way` while the exchange wants to be left alone, but where prices are for exits.
    """
    with waits.heeded(exchange, venue, gives_way=gives_way):
        return answer(exchange, venue, call)


def ask_with_key(
    connection: Connection,
    call: Callable[[Desk, Credentials], Coroutine[Any, Any, T]],
    *,
    purpose: str,
    key: Credentials | None = None,
    is_exit: bool = False,
) -> T:
    """Return the answer to a question of this connection's; raises what the desk raises, or KeyClosedError.

    Questions wait for signals under way, and their turn at an exchange that is slow, and give way while it wants to be
    left alone; what takes orders back does not, and of an order that was asked in the statement that marked it sent.
    Its `key` was opened with that mark.
    """
    exchange, venue, is_question = connection.exchange, connection.venue, purpose in QUESTIONS
    if is_question:
        priority.SIGNALS.give_way()
    turn = crowds.crowd_of(exchange, venue).join() if is_question else nullcontext()
    try:
        with waits.heeded(exchange, venue, gives_way=is_question, is_exit=is_exit), turn:
            opened = key or open_key(connection, purpose=purpose)
            told = answer(exchange, venue, lambda desk: call(desk, opened))
    except (ExchangeError, OrderUnknownError) as error:
        if error.trouble.strange:
            _note_strange(exchange, venue, error.trouble.strange, error.trouble.cause)
        raise
    if is_question:
        priority.SIGNALS.give_way()
    return told


def answer(exchange: str, venue: str, call: Callable[[Desk], Coroutine[Any, Any, T]]) -> T:
    """Let the desk of an exchange answer, inside the loop, and wait for that; behind both doors."""
    waiting = LOOP.submit(call(desk_of(registry.get(exchange), locations.location_of(exchange, venue))))
    try:
        return waiting.result(timeout=PATIENCE_SECONDS)
    except TimeoutError:
        waiting.cancel()
        raise ExchangeError(Trouble(cause=Cause.UNAVAILABLE)) from None


def open_key(connection: Connection, *, purpose: str) -> Credentials:
    """Return the key in clear, for one call; raises KeyClosedError."""
    try:
        return opening.open_key(connection, connection.revision, purpose=purpose)
    except vault.VaultError:
        raise KeyClosedError from None


def _note_strange(exchange: str, venue: str, strange: StrangeAnswer, cause: Cause) -> None:
    """Count an answer that is in no table of ours: that must never change an outcome."""
    try:
        with transaction.atomic():
            UnknownAnswer.objects.note(exchange, venue, strange, cause=cause, now=timezone.now())
    except DatabaseError:
        log.warning("unknown_answer_not_noted", exchange=exchange)
