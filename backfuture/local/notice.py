"""What `./run up` says: ready lines when the pages answer, and nothing that is not so yet."""

import http.client
import json
import os
import sys
import time
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from backfuture.local.plan import StartPlan

if TYPE_CHECKING:
    from backfuture.local.child import Child

WORRY_AFTER = 20.0
# What a command beside it must know, as `./run` does, to speak to the same parts.
SHARED = ("PUBLIC_URL", "PRACTICE_URL")


def say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def state_path(var: Path) -> Path:
    return var / "run.json"


def write_state(plan: StartPlan, children: Iterable["Child"]) -> None:
    pids = {child.part.name: child.pid for child in children if child.pid}
    shared = {name: os.environ[name] for name in SHARED if name in os.environ}
    state = {"address": plan.address, "parts": pids, "environment": shared}
    state_path(Path(plan.var)).write_text(json.dumps(state))


def forget_state(plan: StartPlan) -> None:
    state_path(Path(plan.var)).unlink(missing_ok=True)


def answers(address: str, path: str) -> bool:
    """Tell whether a page of ours answers well within a second."""
    parts = urlsplit(address)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=2)
    try:
        connection.request("GET", path)
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


class Ready:
    """Wait, without getting in the way, until the pages answer; then say where to click."""

    def __init__(self, plan: StartPlan, started: float) -> None:
        self.plan = plan
        self.started = started
        self.is_waiting = True
        self._has_worried = False

    def look(self) -> None:
        if self.is_waiting and answers(self.plan.address, "/readyz"):
            self.is_waiting = False
            say("\n".join(["", *self.plan.notice, ""]))
        elif self.is_waiting and not self._has_worried and time.monotonic() - self.started > WORRY_AFTER:
            self._has_worried = True
            say(f"Still starting. The logs tell why: {self.plan.var}/log/")
