"""/healthz says that the process answers; /readyz which dependencies do, in two seconds and not a word more."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from functools import cache

import redis
from django.conf import settings
from django.db import DatabaseError, connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse

from backfuture import broker
from connections.models import VaultKey
from connections.secrets import vault

PATIENCE_SECONDS = 1.5
# Without the broker pages work and checks wait in the database, so it is named but does not take the web away.
MAY_BE_DOWN = {"broker"}

_pool = ThreadPoolExecutor(max_workers=4, thread_name_prefix="readyz")


class HealthMiddleware:
    """Answer both before hosts, sessions and sign-in are looked at."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if request.path == "/healthz":
            return _plain(HttpResponse("ok", content_type="text/plain"))
        if request.path == "/readyz":
            return _plain(readiness())
        return self.get_response(request)


def _plain(response: HttpResponse) -> HttpResponse:
    response["Cache-Control"] = "no-store"
    return response


def readiness() -> JsonResponse:
    """Ask every dependency at once; one that has not answered in time is down."""
    questions: dict[str, Callable[[], bool | str]] = {
        "database": is_database_up,
        "migrations": is_migrated,
        "vault": can_seal,
        "broker": is_broker_up,
    }
    futures: dict[str, Future[bool | str]] = {name: _pool.submit(question) for name, question in questions.items()}
    wait(futures.values(), timeout=PATIENCE_SECONDS)
    states = {name: _told(future) for name, future in futures.items()}
    is_ready = all(state == "ok" for name, state in states.items() if name not in MAY_BE_DOWN)
    return JsonResponse(states, status=200 if is_ready else 503)


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


def is_migrated() -> bool:
    try:
        applied = MigrationRecorder(connection).applied_migrations()
        return _known_migrations() <= applied.keys()
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
