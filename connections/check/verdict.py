"""The verdict, and what it does to a connection's standing.

The worst finding decides, and Online needs proof, not the absence of complaint. Temporary trouble never makes a good
key look bad.
"""

import random
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from connections.check.facts import Facts
from connections.check.findings import Finding, Level
from connections.check.steps import examine
from exchanges.spec import Ask

MUST_BE_PROVEN = (Ask.TIME, Ask.RIGHTS, Ask.BALANCES, Ask.ORDERS)
TROUBLE_RUNS = 3
TROUBLE_TIME = timedelta(minutes=15)
BACK_OFF = (timedelta(minutes=2), timedelta(minutes=5), timedelta(minutes=10), timedelta(minutes=15))
# A refused key waits for its owner; asking often would only annoy the exchange.
AFTER_BLOCKER = timedelta(hours=6)


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


@dataclass(frozen=True, kw_only=True)
class Standing:
    """`status` as stored; `trouble` a finding code shown beside it.

    `trouble_runs` counts the scheduled runs in a row that met trouble, `trouble_since` is when the first of them did.
    """

    status: str
    trouble: str = ""
    trouble_since: datetime | None = None
    trouble_runs: int = 0


def standing_after(
    standing: Standing, verdict: Verdict, *, is_scheduled: bool, worst_code: str, now: datetime
) -> Standing:
    """Return the standing after a run of the key in use.

    Trouble leaves an Online connection Online until it has lasted 15 minutes or three scheduled runs; without an
    earlier pass it is an Error at once. A test that a person starts shows trouble and counts nothing: asking more often
    must not end anything sooner.
    """
    if verdict is Verdict.ONLINE:
        return Standing(status="online")
    if verdict is Verdict.ERROR:
        return Standing(status="error", trouble=worst_code)
    since, runs = standing.trouble_since, standing.trouble_runs
    status = "online" if standing.status == "online" else "error"
    if is_scheduled:
        since, runs = since or now, runs + 1
        if runs >= TROUBLE_RUNS or now - since >= TROUBLE_TIME:
            status = "error"
    return Standing(status=status, trouble=worst_code, trouble_since=since, trouble_runs=runs)


def next_check_at(
    standing: Standing,
    verdict: Verdict,
    *,
    planned: datetime | None,
    now: datetime,
    interval: timedelta,
    retry_after: int | None = None,
) -> datetime:
    """Return when the schedule looks again; `planned` is when it would have, None where this run was its own.

    In trouble a person's test may bring the next look forward, and puts it off only where the exchange asks for it.
    """
    if verdict is Verdict.TEMPORARY:
        pause = BACK_OFF[min(max(standing.trouble_runs, 1), len(BACK_OFF)) - 1]
    elif verdict is Verdict.ONLINE:
        pause = interval
    else:
        pause = AFTER_BLOCKER
    asked = timedelta(seconds=retry_after or 0)
    # Spread by a fifth so that connections do not come in herds.
    at = now + max(pause, asked) * random.uniform(1.0 if retry_after else 0.8, 1.2)  # noqa: S311 - guards nothing
    if verdict is Verdict.TEMPORARY and planned is not None:
        at = max(min(at, planned), now + asked)
    return at
