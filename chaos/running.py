"""The whole product as a rehearsal runs it: database, broker, practice exchange, two workers and two clocks."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from chaos.processes import Fork, Forks, Process
from chaos.world import bases


@contextmanager
def world(var: Path) -> Iterator[list[Process | Fork]]:
    """Start everything and yield what may be killed; stop it all afterwards."""
    log = var / "workers.log"
    try:
        with bases(var) as started, _forks(log) as forks:
            children = [Fork(name, name, forks) for name in ("worker", "worker", "beat", "beat")]
            for child in children:
                child.start()
            yield [*started, *children]
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
