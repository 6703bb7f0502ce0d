"""Connections for tests: rows written directly, each with a key sealed by a throw-away vault."""

import itertools
from datetime import datetime, timedelta
from functools import cache

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from django.utils import timezone

from accounts.models import User
from connections.models import CheckRun, Connection, RunState, Secret, Status, Trigger
from connections.secrets.vault import Sealer

_numbers = itertools.count(1)


@cache
def throw_away_sealer() -> Sealer:
    """Return a sealer whose private key nobody keeps: what it seals never opens again."""
    return Sealer(X25519PrivateKey.generate().public_key())


def make_connection(
    *,
    owner: User,
    status: str = Status.ONLINE,
    exchange: str = "kucoin",
    venue: str = "practice",
    market: str = "spot",
    name: str = "",
    passed_at: datetime | None = None,
    trouble: str = "",
    deleted: bool = False,
    **fields: object,
) -> Connection:
    """Make a connection with one key; Online means passed a minute ago by the key that is stored."""
    number = next(_numbers)
    if status == Status.ONLINE:
        passed_at = passed_at or timezone.now() - timedelta(minutes=1)
        fields = {"passed_revision": fields.get("revision", 1)} | fields
    connection = Connection.objects.create(
        owner=owner,
        status=status,
        exchange=exchange,
        venue=venue,
        market=market,
        name=name or f"Connection {number}",
        passed_at=passed_at,
        trouble=trouble,
        deleted_at=timezone.now() if deleted else None,
        **fields,
    )
    if not deleted:
        make_secret(connection=connection, api_key=f"key{number:021d}")
    return connection


def make_secret(*, connection: Connection, api_key: str = "k" * 24, revision: int = 0) -> Secret:
    """Seal a key for a connection, by default the one in use."""
    revision = revision or connection.revision
    sealed = throw_away_sealer().seal({"api_key": api_key}, connection.seal_context(revision))
    return Secret.objects.create(
        connection=connection, revision=revision, sealed=sealed, key_hint=api_key[-4:], key_fingerprint=api_key
    )


def make_run(
    *, connection: Connection, state: str = RunState.DONE, verdict: str = "online", **fields: object
) -> CheckRun:
    """Make a run of the key in use with the next attempt number; one that is not over is the one under way."""
    connection.attempt += 1
    if state == RunState.DONE:
        fields = {"finished_at": timezone.now()} | fields
    run = CheckRun.objects.create(
        connection=connection,
        attempt=connection.attempt,
        state=state,
        verdict=verdict if state == RunState.DONE else "",
        **{"revision": connection.revision, "trigger": Trigger.USER, **fields},
    )
    if state == RunState.DONE:
        connection.shown_run = run
    else:
        connection.testing_run = run
    connection.save(update_fields=["attempt", "shown_run", "testing_run"])
    return run
