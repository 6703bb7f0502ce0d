import threading
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from front.__main__ import listen
from front.limits import Patience
from front.server import Server
from tests.front import app
from tests.front.asking import Asking

Start = Callable[..., Asking]
PATIENT = Patience(threads=2, connections=60, ending_seconds=5)


@pytest.fixture
def start() -> Iterator[Start]:
    """Give a function that starts a server, with limits of its own, in a thread of this process."""
    servers: list[tuple[Server, threading.Thread]] = []
    app.MAY_GO_ON.clear()

    def begin(application: object = app.application, **limits: float) -> Asking:
        server = Server(application, listen("127.0.0.1:0"), replace(PATIENT, **limits))  # type: ignore[arg-type]
        thread = threading.Thread(target=server.run)
        thread.start()
        servers.append((server, thread))
        return Asking(server.socket.getsockname()[1], server)

    yield begin
    app.MAY_GO_ON.set()
    for server, thread in servers:
        server.end()
        thread.join()
        server.close()
