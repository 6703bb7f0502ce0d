"""Open a stored key, in a worker, for the length of one call; every opening is counted and in the audit trail."""

import threading
import time
from collections.abc import Callable
from datetime import datetime
from functools import cache
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import F, QuerySet
from django.utils import timezone

from accounts import audit
from connections.models import Connection, Secret, VaultKey
from connections.secrets import planted, vault
from connections.secrets.openings import ALARMS, KeyOpening
from database.prepared import PreparedRows, PreparedUpdate, Update, moment, number, text
from exchanges.values import Credentials
from workers import alarms

# Never refused: what is sent was decided and written down, and may be somebody's way out.
ORDERS = "order"
ALARM_EVERY = 60.0


class Quota:
    """A bucket that fills by `rate` a second up to `burst`; each opening takes one out."""

    def __init__(self, *, rate: float, burst: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._rate, self._burst, self._clock = rate, burst, clock
        self._left, self._at = float(burst), clock()
        self._alarm_at = float("-inf")
        self._lock = threading.Lock()

    def take(self, *, alarm: Callable[[], None]) -> float:
        """Take one out and return how many were there; ring the alarm, once a minute, when half of them are gone."""
        with self._lock:
            now = self._clock()
            there = min(self._burst, self._left + (now - self._at) * self._rate)
            self._left, self._at = there - 1 if there >= 1 else there, now
            is_due = there <= self._burst / 2 and now - self._alarm_at >= ALARM_EVERY
            if is_due:
                self._alarm_at = now
        if is_due:
            alarm()
        return there if there >= 1 else 0.0


@cache
def opener() -> vault.Opener:
    """Read the private keys once, and again when one is missing; raises VaultError when there is none."""
    found = vault.load_opener(settings.VAULT_PRIVATE_KEYS_DIR)
    VaultKey.objects.note("held_at", found.ring)
    return found


@cache
def quota() -> Quota:
    return Quota(rate=settings.KEY_OPENINGS_PER_SECOND, burst=settings.KEY_OPENINGS_AT_ONCE)


def open_key(connection: Connection, revision: int, *, purpose: str) -> Credentials:
    """Return the key in clear.

    Raises SecretGoneError where it was destroyed, SealBrokenError where it was tampered with, VaultKeyMissingError
    where our own key is missing, VaultBusyError where this process opens far more than bots need.
    """
    if quota().take(alarm=_surge) <= 0 and purpose != ORDERS:
        raise vault.VaultBusyError("this process opened too many keys")
    rows = _SEALED.run(connection=connection.pk, revision=revision)
    if not rows:
        raise vault.SecretGoneError("the secret is gone")
    ((sealed,),) = rows
    hour, key_id = timezone.now().replace(minute=0, second=0, microsecond=0), sealed[3:11]
    if key_id not in opener().ring:
        # A new one was put there since this worker started.
        opener.cache_clear()
    ring = opener()
    try:
        opened = ring.open(sealed, connection.seal_context(revision))
    except vault.VaultError as error:
        is_missing = isinstance(error, vault.VaultKeyMissingError)
        alarm = "vault.key_missing" if is_missing else "secret.tampered"
        alarms.ring(alarm, "key_not_opened", connection=connection.pk, vault_key=key_id if is_missing else "")
        if is_missing:
            VaultKey.objects.note("missed_at", [key_id])
        _count(connection, purpose=alarm, hour=hour)
        raise
    if planted.is_planted(opened["api_key"]):
        # Who asked gets it and notices nothing: it opens no account anywhere.
        alarms.ring("vault.planted_key", "planted_key_opened", connection=connection.pk)
        purpose = "vault.planted_key"
    if not _ONE_MORE.run(connection=connection.pk, purpose=purpose, hour=hour):
        _count(connection, purpose=purpose, hour=hour)
    return Credentials(api_key=opened["api_key"], secret=opened["secret"], passphrase=opened.get("passphrase", ""))


def _count(connection: Connection, *, purpose: str, hour: datetime) -> None:
    """Count where there may be no row of this hour yet; its first is in the audit trail at once."""
    with transaction.atomic():
        if KeyOpening.objects.get_or_create(connection=connection, purpose=purpose, hour=hour)[1]:
            action, outcome = (purpose, ALARMS[purpose]) if purpose in ALARMS else ("secret.opened", purpose)
            audit.record(action, target=connection, outcome=outcome)
            return
    _ONE_MORE.run(connection=connection.pk, purpose=purpose, hour=hour)


def _surge() -> None:
    """Say once a minute that keys are opened faster than bots need."""
    alarms.ring("vault.surge", "keys_opened_fast", a_second=settings.KEY_OPENINGS_PER_SECOND)


def _sealed() -> QuerySet[Secret, Any]:
    return Secret.objects.filter(connection=number("connection"), revision=number("revision")).values_list("sealed")


_SEALED = PreparedRows(_sealed)


def _one_more() -> Update:
    rows = KeyOpening.objects.filter(connection=number("connection"), purpose=text("purpose"), hour=moment("hour"))
    return rows, {"count": F("count") + 1}


_ONE_MORE = PreparedUpdate(_one_more)
