"""The whole product as a rehearsal runs it: database, broker, practice exchange, two workers and the clock."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from django.conf import settings
from django.core.management import call_command

from chaos import processes
from chaos.processes import Fork, Forks, Process


@contextmanager
def world(var: Path) -> Iterator[list[Process | Fork]]:
    """Start everything and yield what may be killed; stop it all afterwards."""
    bases = [processes.broker(var), processes.practice(var, urlsplit(settings.PRACTICE_URL).port or 0)]
    host = settings.DATABASES["default"].get("PORT")
    database = processes.postgres(var, int(host)) if host else None
    started: list[Process] = []
    forks: Forks | None = None
    try:
        for base in [*([database] if database else []), *bases]:
            base.start()
            started.append(base)
        call_command("migrate", verbosity=0)
        forks = Forks(var / "workers.log")
        children = [Fork("worker", "worker", forks), Fork("worker", "worker", forks), Fork("beat", "beat", forks)]
        for child in children:
            child.start()
        yield [*started, *children]
        for child in children:
            child.kill()
    finally:
        if forks:
            forks.close()
        for base in reversed(started):
            base.kill()
        if sys.exc_info()[0] or os.environ.get("CHAOS_SHOW"):
            _show((var / "workers.log").read_text(errors="replace")[-3000:])


def _show(text: str) -> None:
    sys.stderr.write(text)
