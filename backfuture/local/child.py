"""One part's process: its log, its end, and when it may start again."""

import ctypes
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

from backfuture.local.plan import Part, StartPlan

FIRST_PAUSE, LONGEST_PAUSE = 0.5, 15.0
# Who lived this long is healthy again: the next pause is short.
GOOD_LIFE = 30.0
LOG_LIMIT = 10_000_000
_PR_SET_PDEATHSIG = 1


def _die_with_parent() -> None:
    """On Linux, be told to stop when the supervisor is killed; elsewhere the next start tidies up."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


class Child:
    def __init__(self, part: Part, plan: StartPlan) -> None:
        self.part = part
        self.plan = plan
        self.log = Path(plan.var) / "log" / f"{part.name}.log"
        self.end = ""
        self._process: subprocess.Popen[bytes] | None = None
        self._pause = FIRST_PAUSE
        self._started_at = self._start_at = 0.0

    @property
    def is_running(self) -> bool:
        return self._process is not None

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process else None

    def is_due(self) -> bool:
        return not self.is_running and time.monotonic() >= self._start_at

    def seconds_to_start(self) -> float:
        return self._start_at - time.monotonic()

    def start(self) -> None:
        if self.log.exists() and self.log.stat().st_size > LOG_LIMIT:
            self.log.replace(self.log.with_suffix(".log.1"))
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(  # noqa: S603 - our own command; preexec_fn is safe with one thread
                self.part.command,
                env={
                    **{name: value for name, value in os.environ.items() if name not in self.part.without},
                    **self.part.environment,
                },
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                pass_fds=(self.plan.locks["parts"], *self.part.keeps),
                preexec_fn=_die_with_parent,
            )
        self._started_at = time.monotonic()

    def is_alive(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def is_ready(self) -> bool:
        """Tell whether a base answers on its socket."""
        if not self.is_alive():
            return False
        with socket.socket(socket.AF_UNIX) as probe:
            return probe.connect_ex(self.plan.base_socket) == 0

    def has_ended(self) -> bool:
        """Notice an end once, and say when to start again."""
        if self._process is None or self.is_alive():
            return False
        code, self._process = self._process.returncode, None
        self.end = f"exit {code}" if code >= 0 else f"signal {-code}"
        lived = time.monotonic() - self._started_at
        self._pause = FIRST_PAUSE if lived > GOOD_LIFE else min(self._pause * 2, LONGEST_PAUSE)
        self._start_at = time.monotonic() + self._pause
        return True

    def send(self, number: signal.Signals) -> None:
        """Signal the whole group: a part's own children must not outlive it."""
        if self._process is not None and self.is_alive():
            os.killpg(self._process.pid, number)

    def wait(self) -> None:
        if self._process is not None:
            self._process.wait()
