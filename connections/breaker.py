"""Tell every process which exchange does not answer: faults are counted in the database, and end with an answer."""

import time

import structlog
from django.db import DatabaseError, models, transaction
from django.utils import timezone

from connections.models import ExchangePause
from database.prepared import PreparedUpdate, Update, moment, text

log = structlog.get_logger(__name__)
# Answers come many a second: so often at most does a process say that there was one. While prices flow, no single
# account's trouble is taken for the exchange's.
TOLD_EVERY_SECONDS = 2.0
Place = tuple[str, str]
_told: dict[Place, float] = {}


def note(exchange: str, venue: str, *, has_answered: bool) -> None:
    """Note what became of a question; that this fails must never change what became of it."""
    moment_ = time.monotonic()
    if has_answered and moment_ - _told.get((exchange, venue), float("-inf")) < TOLD_EVERY_SECONDS:
        return
    try:
        with transaction.atomic():
            if has_answered:
                _told[exchange, venue] = moment_
                if _ANSWERED.run(exchange=exchange, venue=venue, now=timezone.now()):
                    log.info("exchange_answers", exchange=exchange, venue=venue)
            else:
                _told.pop((exchange, venue), None)
                if ExchangePause.objects.note_fault(exchange, venue, timezone.now()):
                    log.warning("exchange_away", exchange=exchange, venue=venue)
    except DatabaseError:
        log.error("outcome_not_noted", exchange=exchange, venue=venue)


def _answering() -> Update:
    doubted = ExchangePause.objects.filter(exchange=text("exchange"), venue=text("venue"), faults__gt=0)
    # What it asked for itself stays.
    until = models.Case(models.When(is_away=True, then=moment("now")), default=models.F("until"))
    return doubted, {"faults": 0, "is_away": False, "until": until}


_ANSWERED = PreparedUpdate(_answering)
