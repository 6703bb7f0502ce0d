"""Where names are misled to: it speaks TLS with a certificate of its choice and notes all that a client then sends."""

import contextlib
import socket
import ssl
import threading
from pathlib import Path


class Trap:
    """Listens until closed. `shaken` counts finished handshakes; `heard` is what came after them."""

    def __init__(self, address: str, chain: Path, key: Path, *, port: int = 443) -> None:
        self.heard: list[bytes] = []
        self.shaken = self.met = 0
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.load_cert_chain(chain, key)
        self._listener = socket.create_server((address, port))
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def port(self) -> int:
        return int(self._listener.getsockname()[1])

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                peer, _ = self._listener.accept()
                self.met += 1
                threading.Thread(target=self._listen, args=(peer,), daemon=True).start()

    def _listen(self, peer: socket.socket) -> None:
        """Take what is sent, answer as a web server that knows nothing, hang up."""
        peer.settimeout(5)
        with contextlib.suppress(OSError), peer, self._context.wrap_socket(peer, server_side=True) as secure:
            self.shaken += 1
            if sent := secure.recv(65536):
                self.heard.append(sent)
                secure.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok")
