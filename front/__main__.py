"""Start the web: python -m front backfuture.wsgi (BIND, WEB_THREADS, WEB_PROCESSES, WEB_CONNECTIONS).

SIGTERM finishes what has begun and ends; SIGHUP does the same and starts afresh on the same socket, so that nobody is
refused meanwhile.
"""

import importlib
import os
import resource
import signal
import socket
import sys
from typing import Any

from front import processes
from front.limits import Patience, limits_of_environment
from front.server import Server

# Answers that wait for slow readers are files, too.
OPEN_FILES = 8192


def main(module: str) -> None:
    limits = limits_of_environment()
    listener = listen(os.environ.get("BIND", "").strip() or "127.0.0.1:8000")
    if processes.PARENT in os.environ:
        processes.end_with_parent(int(os.environ[processes.PARENT]))
    elif limits.processes > 1:
        sys.exit(processes.keep(limits.processes, listener, [sys.executable, "-m", "front", module]))
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = OPEN_FILES if most == resource.RLIM_INFINITY else min(OPEN_FILES, most)
    resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, most))
    application = importlib.import_module(module).application
    if serve(application, listener, limits):
        os.set_inheritable(listener.fileno(), True)
        os.environ["BIND"] = f"fd://{listener.fileno()}"
        os.execv(sys.executable, [sys.executable, "-m", "front", module])  # noqa: S606 - our own interpreter


def listen(bind: str) -> socket.socket:
    """Open host:port, or take over a socket that was opened for us: fd://3."""
    if bind.startswith("fd://"):
        return socket.socket(fileno=int(bind.removeprefix("fd://")))
    host, _, port = bind.rpartition(":")
    if not host or not port.isdecimal():
        sys.exit("BIND must be host:port or fd://number")
    host = host.strip("[]")
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    return socket.create_server((host, int(port)), family=family, backlog=1024)


def serve(application: Any, listener: socket.socket, limits: Patience) -> bool:
    """Serve until a signal; return whether it asked for a fresh start."""
    server = Server(application, listener, limits)
    wishes: list[int] = []

    def end(number: int, frame: object) -> None:
        wishes.append(number)
        server.end()

    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, end)
    server.run()
    return wishes == [signal.SIGHUP]


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "backfuture.wsgi")
