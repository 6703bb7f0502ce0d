"""Run the product under an even load for an hour, and say whether memory, rows and open files stay as they are."""

import os
import random
import statistics
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks import inside, load

PEOPLE, BOTS = 20, 40
SAMPLE_SECONDS = 10.0
# The first quarter is warming up; the last may be so much above the second.
MOST_MORE, FEW_FILES, FEW_ROWS = 1.1, 3, 50
# What grows with what happens, and is kept: books, trail and journal (docs/configuration.md, "What is kept").
HISTORY = (
    *("accounts_auditevent", "accounts_auditlink", "connections_checkrun", "connections_keyopening"),
    *("strategies_order", "strategies_fill", "strategies_group", "strategies_journalline", "strategies_signal"),
    *("strategies_journalday", "django_admin_log"),
    *("messaging_message", "strategies_equitypoint", "strategies_dayprice", "strategies_keptresult"),
)


@dataclass
class Series:
    """One thing that was looked at every ten seconds."""

    name: str
    kind: str
    values: list[float] = field(default_factory=list)

    def quarter(self, number: int) -> float:
        size = max(1, len(self.values) // 4)
        return statistics.median(self.values[number * size : (number + 1) * size] or self.values[-1:])

    @property
    def is_flat(self) -> bool:
        second, last = self.quarter(1), self.quarter(3)
        room = {"memory": second * (MOST_MORE - 1), "files": FEW_FILES, "rows": max(FEW_ROWS, second * 0.1)}
        return last - second <= room[self.kind]


def measure_for(minutes: float) -> list[dict[str, Any]]:
    """Return a row for each process and table; run in a world of its own."""
    return inside.rows_of("benchmarks.soak", SOAK_MINUTES=str(minutes))


def rows() -> list[dict[str, Any]]:
    from django.conf import settings

    from benchmarks.signal import product
    from chaos.control import Control
    from chaos.world import bases

    minutes, series = float(os.environ["SOAK_MINUTES"]), dict[str, Series]()
    rng, control = random.Random(1), Control(settings.PRACTICE_URL)  # noqa: S311 - prices that move, no secret
    with bases(settings.VAR_DIR), product(settings.VAR_DIR) as (port, parts):
        people = load.prepare(PEOPLE, BOTS)
        load.wait_for_books(people)
        until, number, clicks = time.monotonic() + minutes * 60, 0, 0
        while time.monotonic() < until:
            number += 1
            for pair, price in (("BTC/USDT", 60000), ("ETH/USDT", 3000), ("SOL/USDT", 150)):
                control("POST", "price", pair=pair, price=f"{price * rng.uniform(0.9, 1.1):.2f}", liquidity="1000")
            load.click(people, port, SAMPLE_SECONDS, seed=number)
            clicks += sum(len(person.took) for person in people)
            wrong = [text for person in people for text in person.wrong]
            for person in people:
                person.took.clear()
                person.wrong.clear()
            for name, kind, value in (*_processes(parts), *_tables()):
                series.setdefault(f"{kind} {name}", Series(name, kind)).values.append(value)
            if wrong:
                sys.stderr.write(f"{wrong[:3]}\n")
            if number % 6 == 0:
                sys.stderr.write(f"{number * SAMPLE_SECONDS / 60:.0f} min, {clicks} pages\n")
    return [_row(one) for one in series.values()]


def _row(one: Series) -> dict[str, Any]:
    first, last = one.quarter(1), one.quarter(3)
    return {
        "what": one.kind,
        "of": one.name,
        "second quarter": round(first, 1),
        "last quarter": round(last, 1),
        "ratio": round(last / first, 2) if first else None,
        "flat": "yes" if one.is_flat else "NO",
        "samples": len(one.values),
    }


def _processes(parts: dict[str, Any]) -> Iterator[tuple[str, str, float]]:
    for name, part in parts.items():
        pids = list(_family(part.running.pid))
        told = [Path(f"/proc/{pid}/smaps_rollup").read_text() for pid in pids]
        kilobytes = [int(line.split()[1]) for text in told for line in text.splitlines() if line.startswith("Pss:")]
        yield name, "memory", sum(kilobytes) / 1024
        yield name, "files", sum(len(list(Path(f"/proc/{pid}/fd").iterdir())) for pid in pids)


def _family(pid: int) -> Iterator[int]:
    yield pid
    for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
        yield from _family(int(child))


def _tables() -> Iterator[tuple[str, str, float]]:
    """Yield the rows of tables that must not grow with what happens."""
    from django.db import connection

    with connection.cursor() as cursor:
        for table in sorted(set(connection.introspection.table_names(cursor)) - set(HISTORY)):
            cursor.execute(f"SELECT count(*) FROM {connection.ops.quote_name(table)}")  # noqa: S608 - names of ours
            yield table, "rows", float(cursor.fetchone()[0])


if __name__ == "__main__":
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "backfuture.settings")
    django.setup()
    inside.tell(rows())
