"""The whole product as a rehearsal runs it: database, broker, practice exchange, two workers and two clocks."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings

from chaos.processes import Fork, Forks, Standstill, Victim
from chaos.world import bases

# By so much a pause is longer than what the worker had claimed.
OVERSLEEPS_SECONDS = 0.5


@contextmanager
def world(var: Path) -> Iterator[list[Victim]]:
    """Start everything and yield what may be killed, and the workers, which may stand still; stop it all afterwards."""
    log = var / "workers.log"
    try:
        with bases(var) as started, _forks(log) as forks:
            children = [Fork(name, name, forks) for name in ("worker", "worker", "beat", "beat")]
            beyond = settings.TRADING_LEASE.total_seconds() + OVERSLEEPS_SECONDS
            try:
                for child in children:
                    child.start()
                standstills = [Standstill(child, beyond) for child in children if child.kind == "worker"]
                yield [*started, *children, *standstills]
            finally:
                for child in children:
                    child.kill()
    finally:
        if log.exists() and (sys.exc_info()[0] or os.environ.get("CHAOS_SHOW")):
            sys.stderr.write(log.read_text(errors="replace")[-3000:])


@contextmanager
def _forks(log: Path) -> Iterator[Forks]:
    forks = Forks(log)
    try:
        yield forks
    finally:
        forks.close()
