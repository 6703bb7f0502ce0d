"""Clients that take their time, over bare sockets: python -m benchmarks.slow KIND PORT COUNT SECONDS."""

import socket
import sys
import time

HEAD = b"Host: 127.0.0.1\r\nUser-Agent: slow\r\n"
LARGE = b"GET /static/vendor/lightweight-charts/lightweight-charts.standalone.production.js HTTP/1.1\r\n"
# What is sent at once, and what follows again and again; a kilobyte is read as often.
KINDS: dict[str, tuple[bytes, bytes]] = {
    "slow heads": (b"GET /account/login/ HTTP/1.1\r\n" + HEAD + b"X-a: ", b"a"),
    "slow bodies": (b"POST /signals/abc/ HTTP/1.1\r\n" + HEAD + b"Content-Length: 60000\r\n\r\n", b"a"),
    "silent": (b"", b""),
    "slow readers": ((LARGE + HEAD + b"\r\n") * 20, b""),
}
EVERY_SECONDS = 1.0


class Client:
    """One connection, made again as soon as the server has ended it."""

    def __init__(self, kind: str, port: int) -> None:
        self.first, self.more = KINDS[kind]
        self.port = port
        self.connections = 0
        self.socket: socket.socket | None = None

    def act(self) -> None:
        try:
            if self.socket is None:
                self._connect()
            else:
                self.socket.send(self.more)
                if self.socket.recv(1024) == b"":
                    self.leave()
        except BlockingIOError:
            pass
        except OSError:
            self.leave()

    def _connect(self) -> None:
        self.connections += 1
        self.socket = socket.socket()
        # Little room, so that an answer stays with the server.
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
        self.socket.settimeout(0.2)
        self.socket.connect(("127.0.0.1", self.port))
        self.socket.send(self.first)
        self.socket.setblocking(False)

    def leave(self) -> None:
        if self.socket is not None:
            self.socket.close()
            self.socket = None


def attack(kind: str, port: int, count: int, seconds: float) -> int:
    """Hold `count` connections for so long; return how many were made."""
    clients = [Client(kind, port) for _ in range(count)]
    until = time.monotonic() + seconds
    while (started := time.monotonic()) < until:
        for client in clients:
            client.act()
        time.sleep(max(0.0, EVERY_SECONDS - (time.monotonic() - started)))
    for client in clients:
        client.leave()
    return sum(client.connections for client in clients)


if __name__ == "__main__":
    kind, port, count, seconds = sys.argv[1:]
    sys.stdout.write(str(attack(kind, int(port), int(count), float(seconds))))
