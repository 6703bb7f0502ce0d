"""A file whose age tells whether a worker or the beat lives: `python -m backfuture.heartbeat 60` exits 1 when older."""

import os
import sys
import time
from pathlib import Path


def _path() -> Path | None:
    name = os.environ.get("HEARTBEAT_FILE", "")
    return Path(name) if name else None


def beat() -> None:
    if path := _path():
        path.touch()


def is_alive(seconds: float) -> bool:
    path = _path()
    return path is not None and path.exists() and time.time() - path.stat().st_mtime < seconds


if __name__ == "__main__":
    sys.exit(not is_alive(float(sys.argv[1])))
