"""A small application for the server under test: what it was told, a large answer, one that waits, one that breaks."""

import json
import threading
import uuid
from collections.abc import Callable, Iterable
from typing import Any

PROTECTION = [("X-Content-Type-Options", "nosniff"), ("Strict-Transport-Security", "max-age=63072000")]
LARGE = 400_000
# Set while an answer may be given by /waits.
MAY_GO_ON = threading.Event()
# Which program this is: another one after a fresh start.
BORN = str(uuid.uuid4())
# One for each request that has begun to wait.
BEGUN = threading.Semaphore(0)


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    path = environ["PATH_INFO"]
    if path == "/breaks":
        raise RuntimeError("a-secret-of-ours")
    if path == "/waits":
        BEGUN.release()
        MAY_GO_ON.wait(30)
    if path == "/streams":
        start_response("200 OK", [*PROTECTION, ("Content-Type", "text/plain")])
        return iter([b"one", b"two"])
    body = b"x" * LARGE if path == "/large" else json.dumps(_told(environ)).encode()
    start_response("200 OK", [*PROTECTION, ("Content-Length", str(len(body))), ("Content-Type", "text/plain")])
    return [body]


def _told(environ: dict[str, Any]) -> dict[str, Any]:
    names = ("REQUEST_METHOD", "PATH_INFO", "CONTENT_LENGTH", "HTTP_X_FORWARDED_FOR", "REMOTE_ADDR")
    told = {name: environ[name] for name in names if name in environ}
    return {**told, "body": len(environ["wsgi.input"].read()), "born": BORN}
