"""Several processes on one socket: start them, start those again that ended, hand signals on, stop with the last."""

import os
import signal
import socket
import subprocess
import time
from types import FrameType

# One that ends at once, again and again, must not keep a processor busy.
PAUSE_SECONDS = 1.0


def keep(count: int, listener: socket.socket, command: list[str]) -> int:
    """Stay until a signal and return 0 when all have ended."""
    environment = {**os.environ, "WEB_PROCESSES": "1", "BIND": f"fd://{listener.fileno()}"}
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
    while not is_ending:
        children[:] = [child for child in children if child.poll() is None]
        while len(children) < count and not is_ending:
            children.append(
                subprocess.Popen(command, env=environment, pass_fds=[listener.fileno()])  # noqa: S603 - ourselves
            )
        time.sleep(PAUSE_SECONDS)
    for child in children:
        # One that was started while the signal came was not told.
        child.terminate()
        child.wait()
    return 0
