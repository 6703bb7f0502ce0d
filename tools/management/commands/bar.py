"""bar: what must hold for security, and whether it does: ./run bar [ROW …] [--long] [--write]."""

import importlib.util
import os
import shlex
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Sequence

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from tools import bar


class Command(BaseCommand):
    help = "Print the security bar; with rows, run their proofs and say whether each holds."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("names", nargs="*", metavar="ROW", help="such as S4; all of a letter by S")
        parser.add_argument("--long", action="store_true", help="run what takes too long for every change")
        parser.add_argument("--write", action="store_true", help="write docs/security-bar.md")

    def handle(self, *args: object, names: list[str], long: bool, write: bool, **options: object) -> None:
        rows = bar.rows()
        if long:
            self._run_long([row for row in rows if row.long and (not names or _is_meant(row, names))], write=write)
            return
        if write:
            bar.PAGE.write_text(bar.page())
        if not names:
            for row in rows:
                self.stdout.write(f"{row.name:<4} {row.severity:<9} {row.state:<5} {row.says}")
            counts = Counter(row.state for row in rows)
            self.stdout.write(", ".join(f"{counts[state]} {state}" for state in bar.STATES))
            return
        chosen = [row for row in rows if _is_meant(row, names)]
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
        run = subprocess.run(command, cwd=settings.BASE_DIR, env=_clean(), check=False)  # noqa: S603 - paths of ours
        is_held = run.returncode == 0 and row.state == "held"
        why = "" if is_held else f" ({row.missing or 'a proof failed'})"
        self.stdout.write(f"{row.name} {'held' if is_held else 'not held'}{why} {row.figure}".rstrip())
        return is_held

    def _run_long(self, rows: Sequence[bar.Demand], *, write: bool) -> None:
        """Run each row's long form, then print them all; raises CommandError when one does not hold."""
        if not rows:
            raise CommandError("No such row has a long form (tools/bar.toml, `long`).")
        runs = {row.name: self._long(row) for row in rows}
        for name, run in runs.items():
            self.stdout.write(f"{name:<4} {'held' if run.is_held else 'NOT HELD':<8} {run.seconds:>5} s")
            for figure in run.figures:
                self.stdout.write(f"     {figure}")
        if write:
            bar.keep(runs)
            bar.PAGE.write_text(bar.page())
        if failed := [name for name, run in runs.items() if not run.is_held]:
            raise CommandError(f"Not held: {', '.join(failed)}.")

    def _long(self, row: bar.Demand) -> bar.LongRun:
        """Run one, its output passed on as it comes."""
        words = shlex.split(row.long)
        given = dict(word.split("=", 1) for word in words if _is_variable(word))
        command = [word for word in words if not _is_variable(word)]
        self.stdout.write(f"{row.name}: {row.long}")
        began, lines = time.monotonic(), list[str]()
        process = subprocess.Popen(  # noqa: S603 - commands of ours
            command, cwd=settings.BASE_DIR, env={**_clean(), **given}, stdout=subprocess.PIPE, text=True
        )
        with process:
            for line in process.stdout or ():
                self.stdout.write(line, ending="")
                lines.append(line.strip())
        figures = tuple(line.removeprefix(bar.FIGURE) for line in lines if line.startswith(bar.FIGURE))
        return bar.LongRun(
            on=f"{timezone.now():%Y-%m-%d}",
            is_held=process.returncode == 0,
            seconds=round(time.monotonic() - began),
            figures=figures or tuple(lines[-1:]),
        )


def _is_meant(row: bar.Demand, names: Sequence[str]) -> bool:
    return row.name in names or row.name.rstrip("0123456789") in names


def _is_variable(word: str) -> bool:
    return "=" in word and word.split("=", 1)[0].isupper()


def _clean() -> dict[str, str]:
    """Return the environment without what tests and rehearsals make for themselves."""
    return {name: value for name, value in os.environ.items() if name not in {"DATABASE_URL", "REDIS_URL"}}
