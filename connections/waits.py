"""What an exchange that asks to be left alone hears of bots meanwhile: nothing but exits, and what they need."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

import structlog
from django.db import DatabaseError, models, transaction
from django.utils import timezone

from connections.models import ExchangePause
from database.prepared import PreparedModels, moment, text
from exchanges.errors import Cause, ExchangeError, Trouble
from exchanges.wire.ask import heard

log = structlog.get_logger(__name__)
# Of a limit without a moment: most are counted anew within seconds.
SHORT = timedelta(seconds=5)
# So long after the exchange was last asked, books that were compared just before may still be sold by.
BOOKS_FOR = timedelta(minutes=10)


def current(exchange: str, venue: str, now: datetime) -> ExchangePause | None:
    """Return the pause that lasts still, or None when the exchange may be asked."""
    return next(iter(_CURRENT.run(exchange=exchange, venue=venue, now=now)), None)


def _lasting() -> models.QuerySet[ExchangePause]:
    return ExchangePause.objects.filter(exchange=text("exchange"), venue=text("venue"), until__gt=moment("now"))


_CURRENT = PreparedModels(_lasting)


def compared_as_of(pause: ExchangePause | None, now: datetime) -> datetime:
    """Return the moment as of which books must have been fresh for an exit: in a pause nobody can compare them."""
    return max(min(pause.since, now), now - BOOKS_FOR) if pause else now


@contextmanager
def heeded(exchange: str, venue: str, *, gives_way: bool = True, is_exit: bool = False) -> Iterator[None]:
    """Ask within; raises ExchangeError at once while the exchange wants to be left alone, if this `gives_way`.

    What it says about that is noted for every process, whatever becomes of the question; that it refuses even an exit
    keeps exits away too.
    """
    now = timezone.now()
    if gives_way and (pause := current(exchange, venue, now)):
        raise ExchangeError(Trouble(cause=Cause.RATE_LIMITED, retry_after=pause.seconds_left(now), until=pause.until))
    said: list[Trouble] = []
    try:
        with heard(said):
            yield
    finally:
        if said:
            _note(exchange, venue, said, is_exit=is_exit)


def _note(exchange: str, venue: str, said: list[Trouble], *, is_exit: bool) -> None:
    """Write down until when; that this fails must never change what became of an order."""
    now = timezone.now()
    wait = max((timedelta(seconds=one.retry_after) if one.retry_after else SHORT for one in said), default=SHORT)
    log.warning("exchange_asks_to_wait", exchange=exchange, venue=venue, seconds=wait.total_seconds())
    try:
        with transaction.atomic():
            ExchangePause.objects.extend(exchange, venue, now + wait, now=now, is_total=is_exit)
    except DatabaseError:
        log.error("pause_not_noted", exchange=exchange, venue=venue)
