"""soak: run everything under an even load, and fail when memory, rows or open files grow: ./run soak [--minutes 60]."""

import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from benchmarks import soak
from benchmarks.management.commands.bench import table


class Command(BaseCommand):
    help = "Click, check and trade for an hour; say of each process and table whether it stays as large as it was."
    # It starts a world of its own, with settings of its own.
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--minutes", type=float, default=60)

    def handle(self, *args: Any, minutes: float, **options: Any) -> None:
        rows = soak.measure_for(minutes)
        self.stdout.write(table(rows))
        growing = [f"{row['what']} of {row['of']}" for row in rows if row["flat"] != "yes"]
        self.stdout.write(f"Growing: {', '.join(growing)}." if growing else "Flat.")
        sys.exit(1 if growing else 0)
