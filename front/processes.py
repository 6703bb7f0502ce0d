"""Several processes on one socket: start them, start those again that were killed, hand signals on, end with them."""

import os
import signal
import socket
import subprocess
import threading
import time
from types import FrameType

# One that ends at once, again and again, must not keep a processor busy.
PAUSE_SECONDS = 1.0
# The pipe that the parent holds open as long as it lives; who is told of one is a child.
PARENT = "WEB_PARENT"


def end_with_parent(pipe: int) -> None:
    """End like after SIGTERM when the parent has ended, however it did: it would be started anew beside us."""

    def wait() -> None:
        os.read(pipe, 1)
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=wait, name="parent", daemon=True).start()


def keep(count: int, listener: socket.socket, command: list[str]) -> int:
    """Stay until a signal and return 0 when all have ended, or the code of one that gave up: it would again."""
    # The end that is written to stays with us alone, and the kernel closes it for us.
    heard, _ = os.pipe()
    told = {"BIND": f"fd://{listener.fileno()}", "WEB_PROCESSES": str(count), PARENT: str(heard)}
    environment = {**os.environ, **told}
    children: list[subprocess.Popen[bytes]] = []
    is_ending = False

    def hand_on(number: int, frame: FrameType | None) -> None:
        nonlocal is_ending
        is_ending = is_ending or number != signal.SIGHUP
        for child in children:
            if child.poll() is None:
                child.send_signal(number)

    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, hand_on)
    failure = 0
    while not is_ending and not failure:
        ended = [child for child in children if child.poll() is not None]
        # Signals that ended one are told below zero.
        failure = max([0, *(child.returncode for child in ended)])
        children[:] = [child for child in children if child not in ended]
        while len(children) < count and not is_ending and not failure:
            children.append(
                subprocess.Popen(command, env=environment, pass_fds=[listener.fileno(), heard])  # noqa: S603 - ourselves
            )
        time.sleep(PAUSE_SECONDS)
    for child in children:
        # One that was started while the signal came was not told.
        child.terminate()
        child.wait()
    return failure
