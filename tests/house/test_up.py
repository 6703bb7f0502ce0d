"""`./run up`, as a person runs it: a second start, taken ports, killed parts, a killed supervisor, a clean end."""

import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from backfuture.keys import make_keys
from backfuture.local.notice import answers
from tests.house.services import free_port, wait_until

pytestmark = pytest.mark.services
STOPS_WITHIN = 10
PORT = 20000 + os.getpid() % 200 * 50


class Up:
    """One `./run up` in a directory of its own."""

    def __init__(self, var: Path) -> None:
        self.var = var
        self.output = var.parent / "output"
        environment = {**os.environ, "BACKFUTURE_VAR": str(var)}
        for name in ("SECRET_KEY", "FINGERPRINT_KEY", "PUBLIC_URL", "PRACTICE_URL", "REDIS_URL", "DATABASE_URL"):
            environment.pop(name, None)
        self.environment = environment
        self.processes: list[subprocess.Popen[bytes]] = []

    def command(self, port: int) -> list[str]:
        manage = [sys.executable, "-W", "ignore", str(settings.BASE_DIR / "manage.py")]
        return [*manage, "up", "--port", str(port), "--practice-port", str(port + 1)]

    def start_and_wait(self, port: int = PORT) -> subprocess.Popen[bytes]:
        make_keys(self.var / "keys")
        with self.output.open("wb") as output:
            process = subprocess.Popen(self.command(port), env=self.environment, stdout=output, stderr=output)
        self.processes.append(process)
        wait_until(lambda: "is running" in self.said(), "the ready lines", 60)
        wait_until(lambda: len(self.parts()) == 8, "all parts")
        return process

    def start_again(self) -> str:
        done = subprocess.run(self.command(PORT), env=self.environment, capture_output=True, text=True, check=True)
        return done.stdout

    def said(self) -> str:
        return self.output.read_text()

    def state(self) -> dict[str, Any]:
        try:
            return dict(json.loads((self.var / "run.json").read_text()))
        except (OSError, ValueError):
            return {}

    def parts(self) -> dict[str, int]:
        return dict(self.state().get("parts", {}))

    def address(self) -> str:
        return str(self.state().get("address", ""))

    def is_up(self) -> bool:
        return bool(self.address()) and answers(self.address(), "/readyz")

    def end(self) -> None:
        for process in self.processes:
            if process.poll() is None:
                process.terminate()
            process.wait(STOPS_WITHIN + 5)


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    stat = Path(f"/proc/{pid}/stat")
    return not stat.exists() or stat.read_text().rpartition(")")[2].split()[0] != "Z"


@contextmanager
def begun() -> Iterator[Up]:
    with tempfile.TemporaryDirectory(prefix="up ") as directory:
        this = Up(Path(directory) / "var")
        try:
            yield this
        finally:
            # Also what never said that it was ready: nothing must go on after its test.
            this.end()


@pytest.fixture
def up() -> Iterator[Up]:
    with begun() as this:
        yield this


@pytest.fixture(scope="module")
def running() -> Iterator[Up]:
    """Share one that runs between tests that leave it running."""
    with begun() as this:
        this.start_and_wait()
        yield this


def test_it_says_where_to_click_and_how_to_sign_in_when_the_pages_answer(running: Up) -> None:
    assert running.is_up()
    assert running.address() in running.said()
    assert "demo@example.com   password " in running.said()


def test_it_tells_commands_beside_it_where_its_parts_are(running: Up) -> None:
    told = running.state()["environment"]

    assert told["PUBLIC_URL"] == running.address()
    assert f"{told['PRACTICE_URL']}   (the practice exchange)" in running.said()


def test_a_second_start_says_where_the_first_one_is_and_ends_well(running: Up) -> None:
    parts = running.parts()

    said = running.start_again()

    assert f"already running: {running.address()}" in said
    assert running.parts() == parts


def test_whatever_is_killed_comes_back(running: Up) -> None:
    first = running.parts()

    for pid in first.values():
        os.kill(pid, signal.SIGKILL)

    wait_until(lambda: all(running.parts().get(name) not in (None, pid) for name, pid in first.items()), "new ones")
    wait_until(running.is_up, "the pages")
    assert "worker-orders stopped (signal 9); starting it again" in running.said()


def test_taken_ports_are_stepped_over_and_ctrl_c_ends_all(up: Up) -> None:
    port = free_port()
    with closing(socket.create_server(("127.0.0.1", port))):
        process = up.start_and_wait(port)
        parts = up.parts()
        assert up.address() != f"http://127.0.0.1:{port}"
        assert f"{up.address()}   (the first port was taken)" in up.said()

        process.send_signal(signal.SIGINT)

        assert process.wait(STOPS_WITHIN) == 0
        assert up.said().rstrip().endswith("Stopped.")
        assert not any(is_alive(pid) for pid in parts.values())


def test_a_killed_supervisor_leaves_nothing_behind_and_the_next_start_works(up: Up) -> None:
    supervisor = up.start_and_wait()
    parts = up.parts()

    supervisor.kill()
    supervisor.wait()
    process = up.start_and_wait()

    assert not any(is_alive(pid) for pid in parts.values())
    assert up.is_up()
    process.terminate()
    assert process.wait(STOPS_WITHIN) == 0
