"""The alarms of docs/alarms.yml held against our own figures, for a page that tells which would fire now.

Prometheus waits for some of them before it calls somebody (`for`); this does not. It reads the few forms of expressions
that the file uses, and refuses any other.
"""

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from operator import eq, ge, gt, lt
from pathlib import Path

import yaml
from django.conf import settings

from backfuture.metrics.exposition import PREFIX, Family
from exchanges import registry

FILE: Path = settings.BASE_DIR / "docs" / "alarms.yml"
LABEL = r'(\w+)(=~|!=|=)"((?:[^"\\]|\\.)*)"'
LABELS = rf"\{{((?:{LABEL},?)*)\}}"
SELECTOR = re.compile(rf"(\w+)(?:{LABELS})?")
EXPRESSION = re.compile(rf"(?:(sum)(?: by \((\w+)\))? ?\()?(\w+(?:{LABELS})?)\)? (==|>=|>|<) ([\d.]+)")
COMPARE: dict[str, Callable[[float, float], bool]] = {"==": eq, ">=": ge, ">": gt, "<": lt}
TOLD = re.compile(r"\{\{ \$(?:labels\.(\w+)|(value)) \}\}")


@dataclass(frozen=True)
class Sample:
    """One line of /metrics."""

    name: str
    labels: Mapping[str, str]
    value: float


@dataclass(frozen=True, kw_only=True)
class Rule:
    """`is_urgent`: it wakes somebody; the others wait for the morning."""

    name: str
    expression: str
    is_urgent: bool
    summary: str
    description: str


@dataclass(frozen=True, kw_only=True)
class Firing:
    """A rule that holds for one series, in the words of the file with what it is about filled in."""

    rule: Rule
    summary: str
    description: str


@cache
def rules() -> tuple[Rule, ...]:
    (group,) = yaml.safe_load(FILE.read_text())["groups"]
    return tuple(
        Rule(
            name=one["alert"],
            expression=one["expr"],
            is_urgent=one["labels"]["severity"] == "page",
            **one["annotations"],
        )
        for one in group["rules"]
    )


def firing(families: Iterable[Family]) -> list[Firing]:
    """Return what would call somebody now, what wakes them first; exchanges have their names, not ours for them."""
    there = [Sample(f"{PREFIX}{one.name}", labels, value) for one in families for labels, value in one.samples]
    found = [
        Firing(rule=rule, summary=_told(rule.summary, *series), description=_told(rule.description, *series))
        for rule in rules()
        for series in holding(rule.expression, there)
    ]
    return sorted(found, key=lambda one: not one.rule.is_urgent)


def holding(expression: str, there: Sequence[Sample]) -> list[tuple[Mapping[str, str], float]]:
    """Return the series that an expression holds for, as Prometheus would; one of another form raises ValueError."""
    if absent := re.fullmatch(r"absent\((\w+)\)", expression):
        return [] if _selected(absent[1], there) else [({}, 1.0)]
    match = EXPRESSION.fullmatch(expression)
    if not match:
        raise ValueError(f"a form that this reader does not know: {expression}")
    total, by, selector, comparison, number = match[1], match[2], match[3], match[8], float(match[9])
    sums: dict[object, float] = defaultdict(float)
    labels: dict[object, Mapping[str, str]] = {}
    for place, one in enumerate(_selected(selector, there)):
        key: object = one.labels.get(by, "") if total else place
        sums[key] += one.value
        labels[key] = {by: one.labels.get(by, "")} if by else {} if total else one.labels
    return [(labels[key], value) for key, value in sums.items() if COMPARE[comparison](value, number)]


def labels_in(text: str | None) -> dict[str, str]:
    return {name: value for name, _, value in re.findall(LABEL, text or "")}


def _selected(selector: str, there: Sequence[Sample]) -> list[Sample]:
    match = SELECTOR.fullmatch(selector)
    if not match:
        raise ValueError(f"a selector that this reader does not know: {selector}")
    wanted = re.findall(LABEL, match[2] or "")
    return [one for one in there if one.name == match[1] and all(_fits(one, *want) for want in wanted)]


def _fits(one: Sample, name: str, how: str, value: str) -> bool:
    told = one.labels.get(name, "")
    return bool(re.fullmatch(value, told)) if how == "=~" else (told == value) is (how == "=")


def _told(text: str, labels: Mapping[str, str], value: float) -> str:
    known = registry.BY_SLUG.get(labels.get("exchange", ""))
    told = {**labels, "exchange": known.name} if known else labels
    return TOLD.sub(lambda found: told.get(found[1], "") if found[1] else f"{value:g}", text)
