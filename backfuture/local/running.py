"""Only one `./run up` per var directory: locks that end with their processes, and what a killed one left behind."""

import json
import os
import signal
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

from backfuture.local.notice import answers, state_path
from backfuture.local.places import take_lock

PATIENCE = 10.0


def take(var: Path) -> dict[str, int] | None:
    """Return the locks, or None when another one runs; ends the parts that a killed supervisor left."""
    supervisor = take_lock(var / "up.lock")
    if supervisor is None:
        return None
    parts = _take_from_leftovers(var)
    for descriptor in (supervisor, parts):
        os.set_inheritable(descriptor, True)
    for path in (*var.glob("*.alive"), state_path(var)):
        path.unlink(missing_ok=True)
    return {"supervisor": supervisor, "parts": parts}


def _take_from_leftovers(var: Path) -> int:
    """Every part holds this lock, so taking it proves that all are gone."""
    deadline = time.monotonic() + PATIENCE
    lock = take_lock(var / "parts.lock")
    while lock is None:
        number = signal.SIGTERM if time.monotonic() < deadline else signal.SIGKILL
        for pid in _read_state(var).get("parts", {}).values():
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(pid, number)
        time.sleep(0.2)
        lock = take_lock(var / "parts.lock")
    return lock


def describe(var: Path) -> str:
    """Say where the one that runs can be found; waits a little for one that is still starting."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        address = _read_state(var).get("address", "")
        if address and answers(address, "/healthz"):
            return f"BackFuture AI is already running: {address}  (Ctrl-C in its terminal stops it)"
        time.sleep(0.2)
    return f"BackFuture AI is already being started. Its logs: {var}/log/"


def _read_state(var: Path) -> dict[str, Any]:
    try:
        return dict(json.loads(state_path(var).read_text()))
    except (OSError, ValueError):
        return {}
