"""Clients of the server under test, over bare sockets: they may stop in the middle of a word."""

import json
import socket
from contextlib import closing
from dataclasses import dataclass
from typing import Any

PATIENCE = 20.0


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def told(self) -> dict[str, Any]:
        return dict(json.loads(self.body))


@dataclass(frozen=True)
class Asking:
    port: int
    # That of a process of its own cannot be looked into.
    server: Any = None

    def line(self, *sent: bytes, room: int = 0) -> socket.socket:
        """Connect and send; with little room, what is not read stays with the server."""
        line = socket.socket()
        if room:
            line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, room)
        line.settimeout(PATIENCE)
        line.connect(("127.0.0.1", self.port))
        for part in sent:
            line.sendall(part)
        return line

    def __call__(self, *sent: bytes) -> Answer:
        with closing(self.line(*sent)) as line:
            return read(line)

    def get(self, path: bytes = b"/") -> Answer:
        return self(b"GET " + path + b" HTTP/1.1\r\nHost: x\r\n\r\n")


def read(line: socket.socket) -> Answer:
    """Read one answer, by its length."""
    head, body = b"", b""
    while not head.endswith(b"\r\n\r\n"):
        head += _more(line, 1)
    first, *lines = head.decode().strip().split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    while len(body) < int(headers["content-length"]):
        body += _more(line, int(headers["content-length"]) - len(body))
    return Answer(int(first.split()[1]), headers, body)


def _more(line: socket.socket, most: int) -> bytes:
    data = line.recv(most)
    if not data:
        raise ConnectionError("the server hung up")
    return data


def is_cut(line: socket.socket) -> bool:
    """Wait until the server hangs up; say whether it did, and without a word."""
    try:
        return line.recv(1) == b""
    except ConnectionError:
        return True
