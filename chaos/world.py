"""A world of its own for programs that are the whole product: a directory, keys, a database, a broker and ports."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from django.conf import settings
from django.core.management import call_command

from chaos import processes
from chaos.processes import Process

# What this machine's own installation is told must not reach the world.
NOT_OURS = ("DATABASE_URL", "REDIS_URL", "SECRET_KEY", "FINGERPRINT_KEY", "EXCHANGE_URLS")


@contextmanager
def begun(*, more: Mapping[str, str], is_postgres: bool) -> Iterator[dict[str, str]]:
    """Make an empty directory with keys of its own; yield the environment of programs that are to live there."""
    with tempfile.TemporaryDirectory(prefix="backfuture-world-") as directory:
        given = {name: value for name, value in os.environ.items() if name not in NOT_OURS}
        practice = f"http://127.0.0.1:{processes.free_port()}"
        made = {**given, "BACKFUTURE_VAR": directory, "EMBEDDED": "1", "PRACTICE_URL": practice, **more}
        if is_postgres:
            made["DATABASE_URL"] = f"postgres://postgres@127.0.0.1:{processes.free_port()}/postgres"
        make_keys = [sys.executable, "manage.py", "make_keys"]
        subprocess.run(make_keys, env=made, cwd=settings.BASE_DIR, check=True, stdout=subprocess.DEVNULL)
        yield made


def has_postgres() -> bool:
    """Say whether a PostgreSQL of our own can be started: only a database of its own process can be killed."""
    return any(Path("/usr/lib/postgresql").glob("*/bin/postgres"))


@contextmanager
def bases(var: Path) -> Iterator[list[Process]]:
    """Start database, broker and practice exchange inside the world and migrate; stop them afterwards."""
    port = settings.DATABASES["default"].get("PORT")
    wanted = [processes.broker(var), processes.practice(var, urlsplit(settings.PRACTICE_URL).port or 0)]
    # Last: the broker makes the directory private, into which another user's database must find its way.
    database = processes.postgres(var, int(port)) if port else None
    started: list[Process] = []
    try:
        for base in [*([database] if database else []), *wanted]:
            # First: what does not come up in time must not be left behind.
            started.append(base)
            base.start()
        call_command("migrate", verbosity=0)
        yield started
    finally:
        for base in reversed(started):
            base.kill()
