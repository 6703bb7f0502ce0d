"""bench: run the benchmarks, each a ratio to a floor or a peer of the same run."""

import importlib
import json
import pkgutil
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

import benchmarks

Rows = list[dict[str, Any]]


def names() -> list[str]:
    """Return the modules of benchmarks/ that measure something."""
    modules = (module.name for module in pkgutil.iter_modules(benchmarks.__path__))
    return [name for name in modules if hasattr(importlib.import_module(f"benchmarks.{name}"), "measure")]


def table(rows: Rows) -> str:
    heads = list(dict.fromkeys(head for row in rows for head in row))
    lines = [heads, *([_cell(row.get(head)) for head in heads] for row in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(heads))]
    return "\n".join("  ".join(cell.rjust(width) for cell, width in zip(line, widths, strict=True)) for line in lines)


def _cell(value: object) -> str:
    return "–" if value is None else f"{value:g}" if isinstance(value, float) else str(value)


class Command(BaseCommand):
    help = "Measure: all benchmarks, or the one named."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", nargs="?", help="one of benchmarks/")
        parser.add_argument("--json", action="store_true", help="print one JSON object, benchmark by name")

    def handle(self, *args: object, name: str | None, **options: object) -> None:
        known = names()
        if name and name not in known:
            raise CommandError(f"There is no benchmark {name}; there are: {', '.join(known)}")
        results = {}
        for each in [name] if name else known:
            self.stderr.write(f"Measuring {each}…")
            results[each] = list(importlib.import_module(f"benchmarks.{each}").measure())
        tables = "\n\n".join(f"{name}\n{table(rows)}" for name, rows in results.items())
        self.stdout.write(json.dumps(results) if options["json"] else tables)
