"""Ask exchanges from a worker's thread, by two doors: without a key, and with one that is opened for one call.

An exchange that asks to be left alone hears of bots nothing but exits, and what they need. While one lets callers
wait, few threads at once wait for it: the others work for those that answer.
"""

from collections.abc import Callable, Coroutine
from contextlib import AbstractContextManager, nullcontext
from datetime import datetime, timedelta
from functools import cache
from typing import Any, TypeVar

import structlog
from django.db import DatabaseError, models, transaction
from django.utils import timezone

from connections import breaker, locations
from connections.crowds import crowd_of
from connections.models import Connection, ExchangePause, UnknownAnswer
from connections.pauses import lasting
from connections.secrets import opening, vault
from database.prepared import PreparedModels, moment, text
from exchanges import registry
from exchanges.desk.desk import Desk, desk_of
from exchanges.errors import Cause, ExchangeError, Trouble
from exchanges.shape import StrangeAnswer
from exchanges.values import Credentials, OrderRefusedError, OrderUnknownError
from exchanges.wire.ask import heard
from exchanges.wire.pace import URGENCY, Urgency
from exchanges.wire.session import LOOP
from workers import priority

log = structlog.get_logger(__name__)
T = TypeVar("T")
# Above every deadline of the desk's own: a thread is never lost to a loop that does not answer.
PATIENCE_SECONDS = 20.0
QUESTIONS = frozenset({"look-up", "compare", "recount"})
# Of a limit without a moment: most are counted anew within seconds.
SHORT = timedelta(seconds=5)
# So long after the exchange was last asked, books that were compared just before may still be sold by.
BOOKS_FOR = timedelta(minutes=10)


class KeyClosedError(Exception):
    """The key could not be opened, so nothing was asked."""


@cache
def desk_at(exchange: str, venue: str) -> Desk:
    """Return this process's desk, at the addresses that the settings gave when it was first asked."""
    return desk_of(registry.get(exchange), locations.location_of(exchange, venue))


def _lasting() -> models.QuerySet[ExchangePause]:
    return ExchangePause.objects.filter(lasting(moment("now")), exchange=text("exchange"), venue=text("venue"))


_PAUSES = PreparedModels(_lasting)


def pause_of(exchange: str, venue: str, now: datetime) -> ExchangePause | None:
    """Return the pause that lasts still, or None when the exchange may be asked."""
    return next(iter(_PAUSES.run(exchange=exchange, venue=venue, now=now)), None)


def compared_as_of(pause: ExchangePause | None, now: datetime) -> datetime:
    """Return the moment as of which books must have been fresh for an exit: in a pause nobody can compare them."""
    return max(min(pause.since, now), now - BOOKS_FOR) if pause else now


def ask(
    exchange: str,
    venue: str,
    call: Callable[[Desk], Coroutine[Any, Any, T]],
    *,
    gives_way: bool = True,
    waits_its_turn: bool = False,
) -> T:
    """Return the answer to a question about an exchange's markets; raises ExchangeError.

    It `gives_way` while the exchange wants to be left alone, but where prices are for exits. What many may ask at once
    `waits_its_turn` at an exchange that is slow.
    """
    turn = crowd_of(exchange, venue).join() if waits_its_turn else nullcontext()
    return answer(exchange, venue, call, gives_way=gives_way, is_exit=False, turn=turn)


def ask_with_key(
    connection: Connection,
    call: Callable[[Desk, Credentials], Coroutine[Any, Any, T]],
    *,
    purpose: str,
    key: Credentials | None = None,
    is_exit: bool = False,
    turn: AbstractContextManager[None] | None = None,
) -> T:
    """Return the answer to a question of this connection's; raises what the desk raises, or KeyClosedError.

    Questions wait for signals under way, and their turn at an exchange that is slow, and give way while it wants to be
    left alone; what takes orders back does not, and of an order that was asked in the statement that marked it sent.
    Its `key` was opened behind that mark; of many orders at once its `turn` lets no more ask than may wait.
    """
    exchange, venue, is_question = connection.exchange, connection.venue, purpose in QUESTIONS
    if is_question:
        priority.SIGNALS.give_way()
    try:
        told = answer(
            exchange,
            venue,
            lambda desk: call(desk, key or open_key(connection, purpose=purpose)),
            gives_way=is_question,
            is_exit=is_exit,
            turn=turn or crowd_of(exchange, venue).join(gives_way=is_question),
        )
    except (ExchangeError, OrderUnknownError) as error:
        if error.trouble.strange:
            _note_strange(exchange, venue, error.trouble.strange, error.trouble.cause)
        raise
    if is_question:
        priority.SIGNALS.give_way()
    return told


def open_key(connection: Connection, *, purpose: str) -> Credentials:
    """Return the key in clear, for one call, or for an order and the question about it; raises KeyClosedError."""
    try:
        return opening.open_key(connection, connection.revision, purpose=purpose)
    except vault.VaultError:
        raise KeyClosedError from None


def answer(
    exchange: str,
    venue: str,
    call: Callable[[Desk], Coroutine[Any, Any, T]],
    *,
    gives_way: bool,
    is_exit: bool,
    turn: AbstractContextManager[None],
) -> T:
    """Let the desk of an exchange answer, inside the loop, and wait for that; behind both doors.

    Raises ExchangeError at once while the exchange wants to be left alone, if this `gives_way`. What it says about that
    is noted for every process, whatever becomes of the question; that it refuses even an exit keeps exits away too.
    """
    now = timezone.now()
    if gives_way and (pause := pause_of(exchange, venue, now)) and not pause.let_probe(now):
        raise ExchangeError(pause.trouble(now))
    said: list[Trouble] = []
    is_urgent = URGENCY.set(Urgency.EXIT if is_exit else Urgency.QUESTION if gives_way else Urgency.ORDER)
    try:
        with turn:
            return _answer_of(exchange, venue, call, said)
    finally:
        URGENCY.reset(is_urgent)
        if said:
            _note_pause(exchange, venue, said, is_exit=is_exit)


def _answer_of(exchange: str, venue: str, call: Callable[[Desk], Coroutine[Any, Any, T]], said: list[Trouble]) -> T:
    """Ask, and note for every process whether there was an answer at all, whatever it says.

    Nothing is noted of what was never asked: a key that could not be opened, an order that came too late, a question
    that got no turn.
    """
    has_answered = None
    try:
        with heard(said):
            waiting = LOOP.submit(call(desk_at(exchange, venue)))
            try:
                told = waiting.result(timeout=PATIENCE_SECONDS)
            except TimeoutError:
                waiting.cancel()
                raise ExchangeError(Trouble(cause=Cause.UNAVAILABLE)) from None
        has_answered = True
        return told
    except (ExchangeError, OrderUnknownError, OrderRefusedError) as error:
        if error.trouble.cause is not Cause.KEY_MALFORMED and not error.trouble.is_ours:
            has_answered = error.trouble.cause is not Cause.UNAVAILABLE
        raise
    finally:
        if has_answered is not None:
            breaker.note(exchange, venue, has_answered=has_answered)


def _note_pause(exchange: str, venue: str, said: list[Trouble], *, is_exit: bool) -> None:
    """Write down until when; that this fails must never change what became of an order."""
    now = timezone.now()
    wait = max((timedelta(seconds=one.retry_after) if one.retry_after else SHORT for one in said), default=SHORT)
    log.warning("exchange_asks_to_wait", exchange=exchange, venue=venue, seconds=wait.total_seconds())
    try:
        with transaction.atomic():
            ExchangePause.objects.extend(exchange, venue, now + wait, now=now, is_total=is_exit)
    except DatabaseError:
        log.error("pause_not_noted", exchange=exchange, venue=venue)


def _note_strange(exchange: str, venue: str, strange: StrangeAnswer, cause: Cause) -> None:
    """Count an answer that is in no table of ours: that must never change an outcome."""
    try:
        with transaction.atomic():
            UnknownAnswer.objects.note(exchange, venue, strange, cause=cause, now=timezone.now())
    except DatabaseError:
        log.warning("unknown_answer_not_noted", exchange=exchange)
