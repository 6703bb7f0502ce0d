"""What one trader may have and ask for: the pages tell it before it is reached, the flows refuse beyond it."""

from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.db.models import Count, Q
from django.utils import timezone
from django.utils.translation import gettext

from accounts.models import User
from connections.errors import TooManyChecksError, TooManyConnectionsError
from connections.models import CheckRun, Connection, Trigger

# From this share of a quota on the pages tell it.
TOLD_FROM = 0.8
MINUTE = timedelta(minutes=1)


def is_told(count: int, most: int) -> bool:
    return count >= TOLD_FROM * most


def refuse_another_connection(owner: User) -> None:
    """Raise TooManyConnectionsError; the owner's row is held, so that two windows add one."""
    most = settings.CONNECTIONS_PER_USER
    if Connection.objects.owned_by(owner).count() >= most:
        text = gettext("You have %(most)d connections, as many as one account may. Delete one first.")
        raise TooManyConnectionsError(text % {"most": most})


@dataclass(frozen=True, kw_only=True)
class Allowance:
    """How many tests an account may start in a minute, how many of them now, and how many of one connection."""

    most: int
    left: int
    each: int


def room_of(owner: User) -> Allowance:
    most = settings.CHECKS_PER_USER
    asked = CheckRun.objects.since(timezone.now() - MINUTE).exclude(trigger=Trigger.SCHEDULE)
    count = asked.filter(connection__owner=owner).count()
    return Allowance(most=most, left=max(0, most - count), each=settings.CHECKS_PER_MINUTE)


def ration(connection: Connection) -> None:
    """Raise TooManyChecksError when this connection, or its owner, had enough tests within a minute.

    Tests of connections to the same exchange that the owner has deleted since count too: a key that is deleted and
    added again is tested no oftener.
    """
    here = Q(connection__exchange=connection.exchange, connection__venue=connection.venue)
    counted_here = here & (Q(connection=connection.pk) | Q(connection__deleted_at__isnull=False))
    lately = CheckRun.objects.since(timezone.now() - MINUTE).filter(connection__owner=connection.owner_id)
    counts = lately.aggregate(
        here=Count("pk", filter=counted_here), all=Count("pk", filter=~Q(trigger=Trigger.SCHEDULE))
    )
    if counts["here"] >= settings.CHECKS_PER_MINUTE:
        raise TooManyChecksError(gettext("Too many tests in one minute. Wait a moment, then test again."))
    if counts["all"] >= settings.CHECKS_PER_USER:
        most = settings.CHECKS_PER_USER
        text = gettext("%(most)d tests in one minute are as many as one account may. Wait a moment.")
        raise TooManyChecksError(text % {"most": most})
