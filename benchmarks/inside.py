"""Measure inside a world of its own: the benchmark starts itself again in an empty directory's environment."""

import json
import os
import subprocess
import sys
from typing import Any

from django.conf import settings

from chaos import world


def rows_of(module: str, **more: str) -> list[dict[str, Any]]:
    """Return what `python -m module` prints; BENCH_DATABASE=postgresql puts a PostgreSQL in SQLite's place."""
    is_postgres = os.environ.get("BENCH_DATABASE", "") == "postgresql"
    with world.begun(more=more, is_postgres=is_postgres) as environment:
        command = [sys.executable, "-m", module]
        done = subprocess.run(command, env=environment, cwd=settings.BASE_DIR, check=True, stdout=subprocess.PIPE)
    return list(json.loads(done.stdout))


def tell(rows: list[dict[str, Any]]) -> None:
    sys.stdout.write(json.dumps(rows))


def load() -> float:
    """Return how busy the machine is: others' work is in every figure."""
    return round(os.getloadavg()[0], 1)
