"""The security bar as data: what must hold, how severe its lack is, what proves it, and what is missing."""

import tomllib
from dataclasses import dataclass
from pathlib import Path

HOME = Path(__file__).parent
PAGE = HOME.parent / "docs" / "security-bar.md"
STATES = ("held", "part", "open")


@dataclass(frozen=True, kw_only=True)
class Demand:
    """`proof` names files or tests; `missing` says what they do not show."""

    name: str
    severity: str
    says: str
    state: str
    proof: tuple[str, ...] = ()
    missing: str = ""
    figure: str = ""


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
    ]
    return "\n".join(lines) + "\n"
