"""The practice exchange as a program of its own, started, killed and started again."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from tests.practice.rig import Rig

ROOT = Path(__file__).parent.parent.parent


class Process:
    """A practice server of its own on one state file."""

    def __init__(self, state: Path | str) -> None:
        self.state = state

    def start(self, *more: str) -> Rig:
        port = free_port()
        command = [sys.executable, "-m", "practice", "--port", str(port), "--state", str(self.state), *more]
        self.running = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL)
        rig = Rig(f"http://127.0.0.1:{port}")
        wait(lambda: rig.send("GET", "/healthz").status == 200)
        return rig

    def kill(self) -> None:
        os.kill(self.running.pid, signal.SIGKILL)
        self.running.wait()


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def wait(is_so: Callable[[], bool], seconds: float = 15) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        with suppress(OSError):
            if is_so():
                return
        time.sleep(0.02)
    raise TimeoutError
