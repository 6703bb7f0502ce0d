"""A server of ntfy that this machine runs for itself: it takes every message and tells when each came."""

import json
import threading
import time
from collections import defaultdict
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Sink:
    """`came` are the moments at which each text arrived, by its first line."""

    def __init__(self, port: int) -> None:
        self.came: dict[str, list[float]] = defaultdict(list)
        self._server = ThreadingHTTPServer(("127.0.0.1", port), self._handler())
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        came = self.came

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                told = json.loads(body)
                for line in str(told.get("message", "")).splitlines():
                    if line.startswith("message "):
                        came[line].append(time.time())
                self.send_response(200)
                self.send_header("Content-Length", "2")
                self.end_headers()
                self.wfile.write(b"{}")

            def log_message(self, *args: object) -> None:
                pass

        return Handler
