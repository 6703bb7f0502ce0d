"""How the web ends, and starts afresh: what has begun is finished, and nobody is refused meanwhile."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from django.conf import settings

from tests.front import app
from tests.front.asking import Asking, is_cut, read
from tests.front.conftest import Start
from tests.house.services import wait_until

WAITS = b"GET /waits HTTP/1.1\r\nHost: x\r\n\r\n"


def test_what_has_begun_is_finished_and_nobody_else_is_taken(start: Start) -> None:
    asking = start()
    with closing(asking.line(WAITS)) as begun, closing(asking.line()) as idle:
        app.BEGUN.acquire()

        asking.server.end()
        assert is_cut(idle)
        app.MAY_GO_ON.set()

        assert read(begun).status == 200


def started(listener: socket.socket, module: str = "tests.front.app", **more: str) -> subprocess.Popen[bytes]:
    number = listener.fileno()
    environment = {**os.environ, "BIND": f"fd://{number}", **more}
    command = [sys.executable, "-W", "ignore", "-m", "front", module]
    return subprocess.Popen(command, cwd=settings.BASE_DIR, env=environment, pass_fds=[number])


@contextmanager
def web(listener: socket.socket, **more: str) -> Iterator[subprocess.Popen[bytes]]:
    process = started(listener, **more)
    try:
        yield process
    finally:
        process.terminate()
        assert process.wait(20) == 0


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener


def program_at(listener: socket.socket) -> str:
    """Ask which program answers; raises when nobody does."""
    answer = Asking(int(listener.getsockname()[1])).get()
    assert answer.status == 200
    return str(answer.told["born"])


def seen(listener: socket.socket, programs: set[str], count: int) -> Callable[[], bool]:
    def look() -> bool:
        programs.add(program_at(listener))
        return len(programs) >= count

    return look


def test_a_fresh_start_refuses_nobody(listener: socket.socket) -> None:
    with web(listener) as process:
        programs = {program_at(listener)}

        process.send_signal(signal.SIGHUP)

        # The kernel keeps those that come meanwhile, and each is answered.
        wait_until(seen(listener, programs, 2), "the program that was started afresh")


def test_several_processes_share_the_work_and_one_that_died_is_replaced(listener: socket.socket) -> None:
    with web(listener, WEB_PROCESSES="2") as process:
        programs: set[str] = set()
        wait_until(seen(listener, programs, 2), "two processes")

        for child in Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split():
            os.kill(int(child), signal.SIGKILL)

        wait_until(seen(listener, programs, 3), "a process in place of one that died")


def test_the_processes_end_with_the_one_that_keeps_them_however_it_ends(listener: socket.socket) -> None:
    process = started(listener, WEB_PROCESSES="2")
    wait_until(seen(listener, set(), 2), "two processes")
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()

    process.kill()
    process.wait(20)

    wait_until(lambda: not any(Path(f"/proc/{child}").exists() for child in children), "the end of both processes")


def test_what_cannot_start_is_not_tried_for_ever(listener: socket.socket) -> None:
    process = started(listener, "tests.front.absent", WEB_PROCESSES="2")

    assert process.wait(20) == 1
