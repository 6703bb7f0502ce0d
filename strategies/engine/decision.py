"""What the engine answers: one action, the reason's code, and the numbers behind it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum


class Action(StrEnum):
    OPEN = "open"
    ADD = "add"
    CLOSE = "close"
    WAIT = "wait"
    BLOCK = "block"
    ENTER_RECOVERY = "enter_recovery"
    LEAVE_RECOVERY = "leave_recovery"


@dataclass(frozen=True, kw_only=True)
class Decision:
    """`cost` is the order's quote money (OPEN, ADD); CLOSE is of all that the group holds.

    `quantity` is the order's amount in base, rounded down to what the exchange takes (OPEN, ADD, CLOSE); `step` is the
    last rung that it buys (ADD).
    `numbers` are what the reason stands on, for the journal; `alarms`, `best` and `stop_since` are to be stored with
    the group.
    """

    action: Action
    reason: str
    cost: Decimal | None = None
    quantity: Decimal | None = None
    step: int = 0
    numbers: Mapping[str, Decimal] = field(default_factory=dict)
    alarms: int = 0
    best: Decimal | None = None
    stop_since: datetime | None = None
