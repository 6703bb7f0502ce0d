"""Hosts that misbehave on the wire in ways of their own, each with a count of the requests that reached it."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

Send = Callable[[socket.socket], None]


@dataclass
class Host:
    base: str
    heads: list[bytes] = field(default_factory=list)


def says(*parts: bytes) -> Send:
    def send(peer: socket.socket) -> None:
        for part in parts:
            peer.sendall(part)

    return send


def answer(body: bytes, *headers: str, status: str = "200 OK") -> Send:
    """Answer with a correct length, whatever the body is."""
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", "Connection: close", *headers]
    return says("\r\n".join(lines).encode() + b"\r\n\r\n" + body)


@contextmanager
def serving(send: Send) -> Iterator[Host]:
    """Listen on a port of its own, answer every request with `send`, hang up."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        host = Host(base=f"http://127.0.0.1:{listener.getsockname()[1]}")
        thread = threading.Thread(target=_serve, args=(listener, host, send), daemon=True)
        thread.start()
        yield host
        listener.shutdown(socket.SHUT_RDWR)
        thread.join(5)


def _serve(listener: socket.socket, host: Host, send: Send) -> None:
    with suppress(OSError):
        while True:
            peer, _ = listener.accept()
            threading.Thread(target=_answer, args=(peer, host, send), daemon=True).start()


def _answer(peer: socket.socket, host: Host, send: Send) -> None:
    with peer, suppress(OSError):
        head = peer.recv(65536)
        if head:
            host.heads.append(head)
            send(peer)
