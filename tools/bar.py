"""The security bar as data: what must hold, how severe its lack is, what proves it, and what is missing."""

import json
import tomllib
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

HOME = Path(__file__).parent
PAGE = HOME.parent / "docs" / "security-bar.md"
# What the long runs measured when they were last run with --write.
MEASURED = HOME / "bar_long.json"
STATES = ("held", "part", "open")
# A line of a long run that begins so is a figure for the table.
FIGURE = "figure: "


@dataclass(frozen=True, kw_only=True)
class Demand:
    """`proof` names files or tests; `missing` says what they do not show. `long` is a command for `--long`, which may
    begin with variables (`LONG=1 ./run test …`); what it prints behind "figure: " is told."""

    name: str
    severity: str
    says: str
    state: str
    proof: tuple[str, ...] = ()
    missing: str = ""
    figure: str = ""
    long: str = ""


@dataclass(frozen=True, kw_only=True)
class LongRun:
    """What a row's long form came to; `on` is its day."""

    on: str
    is_held: bool
    seconds: int
    figures: tuple[str, ...]


def measured() -> dict[str, LongRun]:
    """Return what is known of long runs, by row."""
    found = json.loads(MEASURED.read_text()) if MEASURED.exists() else {}
    return {name: LongRun(**{**run, "figures": tuple(run["figures"])}) for name, run in found.items()}


def keep(runs: Mapping[str, LongRun]) -> None:
    """Keep these beside those of other rows, for the page."""
    known = {**measured(), **runs}
    told = {row.name: asdict(known[row.name]) for row in rows() if row.name in known}
    MEASURED.write_text(json.dumps(told, indent=2, ensure_ascii=False) + "\n")


def rows() -> list[Demand]:
    """Read the bar in its order."""
    found = tomllib.loads((HOME / "bar.toml").read_text())
    return [Demand(name=name, **{**values, "proof": tuple(values.get("proof", ()))}) for name, values in found.items()]


def page() -> str:
    """Return docs/security-bar.md as the data say it."""
    lines = [
        "# The security bar",
        "",
        "`./run bar S4` runs the proofs of a row and says whether it holds.",
        "Made by `./run bar --write` out of `tools/bar.toml`.",
        "",
        "| row | severity | what must hold | state | what is missing, or its figure |",
        "|---|---|---|---|---|",
        *(
            f"| {row.name} | {row.severity} | {row.says} | {row.state} | {row.missing or row.figure} |"
            for row in rows()
        ),
        *_long_table(),
    ]
    return "\n".join(lines) + "\n"


def _long_table() -> list[str]:
    runs, long = measured(), {row.name: row.long for row in rows() if row.long}
    return [
        "",
        "## The long runs",
        "",
        "What takes too long for every change: `./run bar --long [ROW …]` runs it, and with `--write` keeps it here.",
        "",
        "| row | command | last run | what it told |",
        "|---|---|---|---|",
        *(f"| {name} | `{command}` | {_last(runs.get(name))} |" for name, command in long.items()),
    ]


def _last(run: LongRun | None) -> str:
    if run is None:
        return "never | "
    return f"{run.on}, {run.seconds} s: {'held' if run.is_held else '**not held**'} | {'; '.join(run.figures)}"
