"""The verdict: the worst finding decides, and Online needs proof, not the absence of complaint."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from connections.check.facts import Facts
from connections.check.findings import Finding, Level
from connections.check.steps import examine
from exchanges.spec import Ask

MUST_BE_PROVEN = (Ask.TIME, Ask.RIGHTS, Ask.BALANCES, Ask.ORDERS)


class Verdict(StrEnum):
    """TEMPORARY is no proof either way."""

    ONLINE = "online"
    ERROR = "error"
    TEMPORARY = "temporary"


@dataclass(frozen=True, kw_only=True)
class Judgement:
    verdict: Verdict
    findings: tuple[Finding, ...]


def judge(facts: Facts) -> Judgement:
    findings = examine(facts)
    return Judgement(verdict=_verdict(facts, findings), findings=findings)


def _verdict(facts: Facts, findings: Iterable[Finding]) -> Verdict:
    levels = {finding.level for finding in findings}
    if Level.BLOCKER in levels:
        return Verdict.ERROR
    must = (*MUST_BE_PROVEN, *facts.probes)
    proven = all(facts.is_proven(ask) for ask in must) and facts.rights is not None
    return Verdict.ONLINE if proven and Level.TEMPORARY not in levels else Verdict.TEMPORARY
