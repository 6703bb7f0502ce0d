"""/healthz says that the process answers; /readyz which dependencies do, in two seconds and not a word more."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from datetime import timedelta
from functools import cache

import redis
from django.conf import settings
from django.db import DatabaseError, connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django.http import JsonResponse
from django.utils import timezone

from backfuture import broker
from backfuture.messages import NEEDED
from connections.models import VaultKey
from connections.secrets import vault
from workers.models import CLOCK, Pulse, Seen

PATIENCE_SECONDS = 1.5
# Of a pulse that is written every five seconds, by a process that may be in the middle of much.
MISSED_AFTER = timedelta(seconds=20)
# Exchanges take a request's time within five seconds, and a code of a second factor within thirty.
CLOCKS_APART = timedelta(seconds=3)
# Without these pages work, stops among them, and what was asked for waits in the database: they are named, and the web
# is not taken away.
MAY_BE_DOWN = {"broker", "workers", "clock", "time"}

_pool = ThreadPoolExecutor(max_workers=8, thread_name_prefix="readyz")


def readiness() -> JsonResponse:
    """Tell the state of everything; 503 where pages cannot work."""
    states = ask()
    is_ready = all(state == "ok" for name, state in states.items() if name not in MAY_BE_DOWN)
    return JsonResponse(states, status=200 if is_ready else 503)


def ask() -> dict[str, str]:
    """Ask every dependency at once; one that has not answered in time is down."""
    questions: dict[str, Callable[[], bool | str]] = {
        "database": is_database_up,
        "migrations": is_migrated,
        "vault": can_seal,
        "broker": is_broker_up,
        "workers": are_workers_there,
        "clock": does_clock_tick,
        "time": is_time_the_same,
    }
    futures: dict[str, Future[bool | str]] = {name: _pool.submit(question) for name, question in questions.items()}
    wait(futures.values(), timeout=PATIENCE_SECONDS)
    return {name: _told(future) for name, future in futures.items()}


def _told(future: Future[bool | str]) -> str:
    """Return "ok", "down", or what an answer says in words of its own."""
    answer = future.done() and future.result()
    return answer if isinstance(answer, str) else "ok" if answer else "down"


def is_database_up() -> bool:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
            return True
    except DatabaseError:
        return False
    finally:
        connection.close()


@cache
def _known_migrations() -> frozenset[tuple[str, str]]:
    loader = MigrationLoader(None, ignore_no_migrations=True)
    return frozenset(loader.disk_migrations or ())


def is_migrated() -> bool | str:
    """Say whether the tables are those of this code, and name the first that is missing."""
    try:
        applied = MigrationRecorder(connection).applied_migrations()
        missing = sorted(_known_migrations() - applied.keys())
        return f"not run: {'.'.join(missing[0])}" if missing else True
    except DatabaseError:
        return False
    finally:
        connection.close()


def can_seal() -> bool | str:
    """Say whether this process can seal, and name the keys that workers miss: what those sealed opens nowhere."""
    try:
        vault.load_sealer(settings.VAULT_PUBLIC_KEY_FILE)
        missed = VaultKey.objects.missed()
    except (vault.VaultError, DatabaseError):
        return False
    finally:
        connection.close()
    return f"key missing: {', '.join(missed)}" if missed else True


def is_broker_up() -> bool:
    try:
        with broker.connect() as client:
            return bool(client.ping())
    except (redis.RedisError, ValueError):
        return False


def _seen() -> list[Seen] | None:
    """Return who was seen lately; None when nobody can be asked."""
    try:
        return [one for one in Pulse.objects.seen() if one.age < MISSED_AFTER]
    except DatabaseError:
        return None
    finally:
        connection.close()


def are_workers_there() -> bool | str:
    """Say whether each queue is served by a worker that was seen lately, and which are not."""
    if (seen := _seen()) is None:
        return False
    served = {queue for one in seen for queue in one.queues}
    missing = [queue for queue in NEEDED if queue not in served]
    return f"none for {', '.join(missing)}" if missing else True


def does_clock_tick() -> bool | str:
    """Say whether a tick came lately; without any worker nobody would have noticed it."""
    if (seen := _seen()) is None:
        return False
    if any(one.name == CLOCK for one in seen):
        return True
    return "no tick" if any(one.queues for one in seen) else "not known: no worker"


def is_time_the_same() -> bool | str:
    """Say whether the web's and the workers' clocks agree with the database's, and which does not, by how much."""
    try:
        started = timezone.now()
        rows = Pulse.objects.seen()
    except DatabaseError:
        return False
    finally:
        connection.close()
    off = [("web", started - rows[0].now)] if rows else []
    off += [("a worker", row.clock_off) for row in rows if row.queues and row.age < MISSED_AFTER]
    return ", ".join(f"{who} off by {by.total_seconds():+.0f} s" for who, by in off if abs(by) > CLOCKS_APART) or True
