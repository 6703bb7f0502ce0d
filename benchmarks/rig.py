"""What benchmarks share: a practice exchange of their own, with a set latency, and its try-out keys."""

import json
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

LATENCY_MS = 100


@dataclass(frozen=True)
class Practice:
    url: str
    keys: dict[str, dict[str, dict[str, str]]]


@contextmanager
def practice(latency_ms: int = LATENCY_MS, *more: str) -> Iterator[Practice]:
    """Start a practice exchange that answers after the latency, with `more` options; stop it afterwards."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = int(probe.getsockname()[1])
    with tempfile.TemporaryDirectory() as directory:
        state = Path(directory) / "practice.sqlite3"
        options = ["--port", str(port), "--state", str(state), "--seed", "7", "--latency", str(latency_ms), *more]
        server = subprocess.Popen(
            [sys.executable, "-m", "practice", *options], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        try:
            url = f"http://127.0.0.1:{port}"
            yield Practice(url, _keys(url))
        finally:
            server.terminate()
            server.wait(timeout=10)


def _keys(url: str) -> dict[str, dict[str, dict[str, str]]]:
    for _ in range(600):
        try:
            with urllib.request.urlopen(f"{url}/keys.json") as answer:  # noqa: S310 - our own loopback server
                return dict(json.load(answer))
        except OSError:
            time.sleep(0.05)
    raise RuntimeError("the practice exchange did not start")
