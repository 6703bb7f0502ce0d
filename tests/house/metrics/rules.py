"""A reader of Prometheus' text format, and of the few forms of expressions that docs/alarms.yml uses.

`promtool check rules docs/alarms.yml` says that Prometheus reads the same; no test needs it.
"""

import re
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from operator import eq, ge, gt, lt
from pathlib import Path

import yaml
from django.conf import settings

FILE: Path = settings.BASE_DIR / "docs" / "alarms.yml"
LABEL = r'(\w+)(=~|!=|=)"((?:[^"\\]|\\.)*)"'
LABELS = rf"\{{((?:{LABEL},?)*)\}}"
SELECTOR = re.compile(rf"(\w+)(?:{LABELS})?")
EXPRESSION = re.compile(rf"(?:(sum)(?: by \((\w+)\))? ?\()?(\w+(?:{LABELS})?)\)? (==|>=|>|<) ([\d.]+)")
COMPARE: dict[str, Callable[[float, float], bool]] = {"==": eq, ">=": ge, ">": gt, "<": lt}


@dataclass(frozen=True)
class Sample:
    name: str
    labels: dict[str, str]
    value: float


def samples(page: str) -> list[Sample]:
    """Read a page of /metrics; a line that is none of the format fails."""
    found = []
    for line in page.splitlines():
        if line.startswith("#"):
            assert re.fullmatch(r"# (?:HELP \w+ .+|TYPE \w+ (?:gauge|counter))", line), line
            continue
        match = re.fullmatch(rf"(\w+)(?:{LABELS})? ([-+\d.e]+)", line)
        assert match, line
        found.append(Sample(match[1], _labels(match[2]), float(match[6])))
    return found


def _labels(text: str | None) -> dict[str, str]:
    return {name: value for name, _, value in re.findall(LABEL, text or "")}


def alarms() -> dict[str, str]:
    """Return the expression of each alarm by its name."""
    (group,) = yaml.safe_load(FILE.read_text())["groups"]
    return {rule["alert"]: rule["expr"] for rule in group["rules"]}


def fires(expression: str, there: list[Sample]) -> bool:
    """Say whether an expression holds for any series, as Prometheus would; one of another form fails."""
    if absent := re.fullmatch(r"absent\((\w+)\)", expression):
        return not _selected(absent[1], there)
    match = EXPRESSION.fullmatch(expression)
    assert match, f"a form that this reader does not know: {expression}"
    total, by, selector, comparison, number = match[1], match[2], match[3], match[8], float(match[9])
    sums: dict[object, float] = defaultdict(float)
    for place, one in enumerate(_selected(selector, there)):
        sums[one.labels.get(by, "") if total else place] += one.value
    return any(COMPARE[comparison](value, number) for value in sums.values())


def _selected(selector: str, there: list[Sample]) -> list[Sample]:
    match = SELECTOR.fullmatch(selector)
    assert match, selector
    wanted = re.findall(LABEL, match[2] or "")
    return [one for one in there if one.name == match[1] and all(_fits(one, *want) for want in wanted)]


def _fits(one: Sample, name: str, how: str, value: str) -> bool:
    told = one.labels.get(name, "")
    return bool(re.fullmatch(value, told)) if how == "=~" else (told == value) is (how == "=")
