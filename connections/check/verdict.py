"""The verdict: the worst finding decides, and Online needs proof, not the absence of complaint."""

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
    levels = {finding.level for finding in findings}
    is_proven = all(map(facts.is_proven, (*MUST_BE_PROVEN, *facts.probes))) and facts.rights is not None
    verdict = Verdict.ONLINE if is_proven and Level.TEMPORARY not in levels else Verdict.TEMPORARY
    return Judgement(verdict=Verdict.ERROR if Level.BLOCKER in levels else verdict, findings=findings)
