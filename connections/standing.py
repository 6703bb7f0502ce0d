"""What a verdict does to a connection's standing: temporary trouble never makes a good key look bad."""

import random
from dataclasses import dataclass
from datetime import datetime, timedelta

from connections.check.verdict import Verdict

TROUBLE_RUNS = 3
TROUBLE_TIME = timedelta(minutes=15)
BACK_OFF = (timedelta(minutes=2), timedelta(minutes=5), timedelta(minutes=10), timedelta(minutes=15))
# A refused key waits for its owner; asking often would only annoy the exchange.
AFTER_BLOCKER = timedelta(hours=6)


@dataclass(frozen=True, kw_only=True)
class Standing:
    """`status` as stored; `trouble` a finding code shown beside it, since when, and for how many runs in a row."""

    status: str
    trouble: str = ""
    trouble_since: datetime | None = None
    trouble_runs: int = 0


def after(standing: Standing, verdict: Verdict, *, worst_code: str, now: datetime) -> Standing:
    """Return the standing after a run of the key in use.

    Trouble leaves an Online connection Online until it has lasted 15 minutes or three runs; without an earlier pass
    it is an Error at once.
    """
    if verdict is Verdict.ONLINE:
        return Standing(status="online")
    if verdict is Verdict.ERROR:
        return Standing(status="error", trouble=worst_code)
    since, runs = standing.trouble_since or now, standing.trouble_runs + 1
    has_time = runs < TROUBLE_RUNS and now - since < TROUBLE_TIME
    status = "online" if standing.status == "online" and has_time else "error"
    return Standing(status=status, trouble=worst_code, trouble_since=since, trouble_runs=runs)


def next_check_in(standing: Standing, *, interval: timedelta, retry_after: int | None = None) -> timedelta:
    """Return when to look again; spread by a fifth so that connections do not come in herds."""
    if standing.trouble_runs:
        pause = BACK_OFF[min(standing.trouble_runs, len(BACK_OFF)) - 1]
    elif standing.status == "online":
        pause = interval
    else:
        pause = AFTER_BLOCKER
    pause = max(pause, timedelta(seconds=retry_after or 0))
    return pause * random.uniform(1.0 if retry_after else 0.8, 1.2)  # noqa: S311 - spreads load, guards nothing
