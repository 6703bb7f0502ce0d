"""bar: what must hold for security, and whether it does: ./run bar [ROW …] [--write]."""

import importlib.util
import os
import subprocess
import sys
from collections import Counter

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from tools import bar


class Command(BaseCommand):
    help = "Print the security bar; with rows, run their proofs and say whether each holds."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("names", nargs="*", metavar="ROW", help="such as S4; all of a letter by S")
        parser.add_argument("--write", action="store_true", help="write docs/security-bar.md")

    def handle(self, *args: object, names: list[str], write: bool, **options: object) -> None:
        rows = bar.rows()
        if write:
            bar.PAGE.write_text(bar.page())
        if not names:
            for row in rows:
                self.stdout.write(f"{row.name:<4} {row.severity:<9} {row.state:<5} {row.says}")
            counts = Counter(row.state for row in rows)
            self.stdout.write(", ".join(f"{counts[state]} {state}" for state in bar.STATES))
            return
        chosen = [row for row in rows if row.name in names or row.name.rstrip("0123456789") in names]
        if not chosen:
            raise CommandError(f"There is no row {', '.join(names)}.")
        if importlib.util.find_spec("pytest") is None:
            raise CommandError("The tests' packages are missing: ./run test --version brings them.")
        failed = [row.name for row in chosen if not self._is_held(row)]
        if failed:
            raise CommandError(f"Not held: {', '.join(failed)}.")

    def _is_held(self, row: bar.Demand) -> bool:
        """Run the proofs; a row that lacks something is not held, however green they are."""
        if not row.proof:
            self.stdout.write(f"{row.name} not held ({row.missing})")
            return False
        command = [sys.executable, "-m", "pytest", "-q", *row.proof]
        # The tests make their own.
        clean = {name: value for name, value in os.environ.items() if name not in {"DATABASE_URL", "REDIS_URL"}}
        run = subprocess.run(command, cwd=settings.BASE_DIR, env=clean, check=False)  # noqa: S603 - paths of ours
        is_held = run.returncode == 0 and row.state == "held"
        why = "" if is_held else f" ({row.missing or 'a proof failed'})"
        self.stdout.write(f"{row.name} {'held' if is_held else 'not held'}{why} {row.figure}".rstrip())
        return is_held
