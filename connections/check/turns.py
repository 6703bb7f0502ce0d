"""Whose turn it is: as many checks run at once as an exchange, a trader and a process may have, the others wait.

What runs is counted in the database, by runs under a lease that their workers renew, over all workers of all hosts. A
dead worker's places are free when its leases end.
"""

import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from connections.models import CheckRun, RunState
from database.turns import one_at_a_time
from workers import wake

# Of one exchange at one venue, and of one trader: an exchange that hangs holds so many threads for fifteen seconds, and
# a trader leaves some of every exchange's to others.
OF_EXCHANGE, OF_TRADER = 8, 6
# Of one process: others of its threads look up orders, and some must be free for its upkeep.
OF_PROCESS = threading.BoundedSemaphore(16)
# What may begin when a check ends: its own place, and one that was refused for want of a thread.
NEXT = 2
MOST = 200
Place = tuple[str, str]
HOME = ("connection__exchange", "connection__venue", "connection__owner")


class Running:
    """What runs at a moment, by exchange and by trader."""

    def __init__(self, now: datetime) -> None:
        rows = CheckRun.objects.filter(state=RunState.RUNNING, lease_until__gt=now).values_list(*HOME)
        self._places, self._traders = Counter[Place](), Counter[int]()
        for exchange, venue, trader in rows:
            self.add(exchange, venue, trader)

    def add(self, exchange: str, venue: str, trader: int) -> None:
        self._places[exchange, venue] += 1
        self._traders[trader] += 1

    def has_room(self, exchange: str, venue: str, trader: int) -> bool:
        return self._places[exchange, venue] < OF_EXCHANGE and self._traders[trader] < OF_TRADER

    def crowded(self) -> Q:
        """Return what no waiting run may be of."""
        full = Q(connection__owner__in=[trader for trader, count in self._traders.items() if count >= OF_TRADER])
        for (exchange, venue), count in self._places.items():
            if count >= OF_EXCHANGE:
                full |= Q(connection__exchange=exchange, connection__venue=venue)
        return full


@contextmanager
def turn(run_id: int, attempt: int) -> Iterator[bool]:
    """Say whether the run is this worker's now; those that wait are woken when it ends.

    Not while its exchange, its trader or this process has too many: then it stays queued.
    """
    if not OF_PROCESS.acquire(blocking=False):
        yield False
        return
    try:
        is_mine = take(run_id, attempt, timezone.now())
        try:
            yield is_mine
        finally:
            if is_mine:
                wake_waiting(timezone.now(), most=NEXT)
    finally:
        OF_PROCESS.release()


def take(run_id: int, attempt: int, now: datetime) -> bool:
    queued = CheckRun.objects.filter(pk=run_id, attempt=attempt, state=RunState.QUEUED)
    with transaction.atomic():
        # Two that count at once would both find the last place free.
        one_at_a_time("checks")
        home = queued.values_list(*HOME).first()
        return home is not None and Running(now).has_room(*home) and CheckRun.objects.take(run_id, now)


def wake_waiting(now: datetime, *, most: int = MOST, since: datetime | None = None) -> None:
    """Wake workers for runs whose turn it is, those that wait longest first; `since`: published before that."""
    running = Running(now)
    waiting = CheckRun.objects.filter(state=RunState.QUEUED, published_at__lt=since or now).exclude(running.crowded())
    for pk, attempt, *home in waiting.order_by("queued_at", "pk").values_list("pk", "attempt", *HOME)[:MOST]:
        if most and running.has_room(*home):
            most -= 1
            running.add(*home)
            CheckRun.objects.filter(pk=pk, state=RunState.QUEUED).update(published_at=now)
            wake.publish("connections.check", pk, attempt)
