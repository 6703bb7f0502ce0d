"""Findings: the stable codes of everything a check can say, each with its level and the step it belongs to."""

from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    """TEMPORARY says nothing about the key; a BLOCKER keeps the connection from being Online."""

    INFO = "info"
    WARNING = "warning"
    TEMPORARY = "temporary"
    BLOCKER = "blocker"


class Step(StrEnum):
    """What a check proves, in the order the trader sees it."""

    REACH = "reach"
    KEY = "key"
    RIGHTS = "rights"
    BALANCES = "balances"
    ORDERS = "orders"


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One thing a check found: the cause in plain words and one thing to do. Codes are never reused."""

    code: str
    text: str
    hint: str
    level: Level

    @property
    def step(self) -> Step:
        return CATALOGUE[self.code][1]


# A key with this finding is not kept.
CAN_WITHDRAW = "right.withdraw"

# In the order of causes: of two findings of one level, the earlier explains the later.
CATALOGUE: dict[str, tuple[Level, Step]] = {
    CAN_WITHDRAW: (Level.BLOCKER, Step.RIGHTS),
    "reach.region": (Level.BLOCKER, Step.REACH),
    "account.restricted": (Level.BLOCKER, Step.KEY),
    "account.other": (Level.BLOCKER, Step.KEY),
    "account.taken": (Level.BLOCKER, Step.KEY),
    "account.twice": (Level.BLOCKER, Step.KEY),
    "ip.not_allowed": (Level.BLOCKER, Step.KEY),
    "key.expired": (Level.BLOCKER, Step.KEY),
    "key.frozen": (Level.BLOCKER, Step.KEY),
    "key.wrong_site": (Level.BLOCKER, Step.KEY),
    "key.malformed": (Level.BLOCKER, Step.KEY),
    "key.passphrase_wrong": (Level.BLOCKER, Step.KEY),
    "key.secret_wrong": (Level.BLOCKER, Step.KEY),
    "key.invalid": (Level.BLOCKER, Step.KEY),
    "key.unsealable": (Level.BLOCKER, Step.KEY),
    "right.unknown": (Level.BLOCKER, Step.RIGHTS),
    "right.unproven": (Level.BLOCKER, Step.RIGHTS),
    "right.read_missing": (Level.BLOCKER, Step.RIGHTS),
    "right.trade_missing": (Level.BLOCKER, Step.RIGHTS),
    "right.futures_missing": (Level.BLOCKER, Step.RIGHTS),
    "access.balances": (Level.BLOCKER, Step.BALANCES),
    "access.orders": (Level.BLOCKER, Step.ORDERS),
    # The exchange was reached and said no.
    "reach.unknown_code": (Level.TEMPORARY, Step.KEY),
    "reach.rate_limited": (Level.TEMPORARY, Step.REACH),
    "reach.clock": (Level.TEMPORARY, Step.REACH),
    "reach.blocked": (Level.TEMPORARY, Step.REACH),
    "reach.unavailable": (Level.TEMPORARY, Step.REACH),
    "reach.unreadable": (Level.TEMPORARY, Step.REACH),
    "reach.unfinished": (Level.TEMPORARY, Step.REACH),
    "life.expires_soon": (Level.WARNING, Step.RIGHTS),
    "right.transfer": (Level.WARNING, Step.RIGHTS),
    "ip.no_list": (Level.WARNING, Step.RIGHTS),
    "ip.foreign": (Level.WARNING, Step.RIGHTS),
    "life.idle": (Level.WARNING, Step.RIGHTS),
    "account.unproven": (Level.WARNING, Step.KEY),
    "ip.unknown": (Level.INFO, Step.RIGHTS),
    "right.more_than_needed": (Level.INFO, Step.RIGHTS),
}
CODES = tuple(CATALOGUE)


def finding(code: str, text: str, hint: str, *, level: Level | None = None) -> Finding:
    """Make a finding of its catalogue's level, unless a policy raises it."""
    return Finding(code=code, text=text, hint=hint, level=level or CATALOGUE[code][0])
