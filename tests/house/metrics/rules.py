"""A reader of Prometheus' text format, for the rules of docs/alarms.yml to be held against.

`promtool check rules docs/alarms.yml` says that Prometheus reads the same; no test needs it.
"""

import re

from backfuture.metrics.alarms import FILE as FILE
from backfuture.metrics.alarms import LABELS, holding, labels_in, rules
from backfuture.metrics.alarms import Sample as Sample


def samples(page: str) -> list[Sample]:
    """Read a page of /metrics; a line that is none of the format fails."""
    found = []
    for line in page.splitlines():
        if line.startswith("#"):
            assert re.fullmatch(r"# (?:HELP \w+ .+|TYPE \w+ (?:gauge|counter))", line), line
            continue
        match = re.fullmatch(rf"(\w+)(?:{LABELS})? ([-+\d.e]+)", line)
        assert match, line
        found.append(Sample(match[1], labels_in(match[2]), float(match[6])))
    return found


def alarms() -> dict[str, str]:
    """Return the expression of each alarm by its name."""
    return {rule.name: rule.expression for rule in rules()}


def fires(expression: str, there: list[Sample]) -> bool:
    return bool(holding(expression, there))
