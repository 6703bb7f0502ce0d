"""What the engine answers: one action, the reason's code, and the numbers behind it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import Flag, StrEnum, auto


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
    """`cost` is the order's quote money (OPEN, ADD); CLOSE is of all that the group holds, or of the
    part that was asked for.

    `quantity` is the order's amount in base, rounded down to what the exchange takes (OPEN, ADD, CLOSE); `step` is the
    last rung that it buys (ADD). `refused` says why nothing is bought of what the trader asked to add.
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
    refused: "Decision | None" = None


class Trait(Flag):
    """What follows from a reason beside its sentence."""

    # The next add-on only waits; nothing blocks it that its trader should know of.
    WAITS = auto()
    # What a group or a pair waits for is written into the journal when it changes, but for these.
    NO_NEWS = auto()
    # Nothing is left of it in a moment: a signal that asks to close waits for it, as long as signals last.
    PASSES = auto()
    # Where nothing but prices and time decides: it waits for no right, no books, no order and no answer.
    CALM = auto()
    # It keeps even a close that was asked for from being done.
    NO_MARKET = auto()
    # Said of a ladder that only stands in for one that cannot be.
    OF_SIZE = auto()


_PAIR_TROUBLE = Trait.PASSES | Trait.NO_MARKET
# Those of the engine and of what is around it; a reason that is not named has none.
TRAITS: Mapping[str, Trait] = {
    "zone.not_reached": Trait.WAITS | Trait.NO_NEWS | Trait.CALM,
    "ladder.done": Trait.WAITS | Trait.NO_NEWS | Trait.CALM,
    "zone.below_floor": Trait.CALM,
    "group.paused": Trait.CALM,
    "group.state": Trait.WAITS | Trait.NO_NEWS,
    "group.order_open": Trait.WAITS | Trait.NO_NEWS | Trait.PASSES,
    "group.empty": Trait.NO_NEWS | Trait.PASSES,
    "stop_loss.confirming": Trait.WAITS,
    "order.unknown": Trait.NO_NEWS | Trait.PASSES,
    "order.resting": Trait.NO_NEWS | Trait.PASSES,
    "order.overtaken": Trait.NO_NEWS | Trait.PASSES,
    "order.found_nobody": Trait.PASSES,
    "books.not_compared": Trait.NO_NEWS | Trait.PASSES,
    "books.behind": Trait.PASSES,
    "market.unknown": Trait.NO_NEWS | Trait.PASSES,
    "market.stale": Trait.PASSES,
    "market.no_price": Trait.PASSES,
    "entry.no_signal": Trait.NO_NEWS,
    "step.failed": Trait.PASSES,
    "exchange.paused": Trait.PASSES,
    "exit.coins_locked": Trait.PASSES,
    "exchange.away": Trait.NO_MARKET,
    "market.frozen": _PAIR_TROUBLE,
    "pair.delisted": _PAIR_TROUBLE,
    "pair.halted": _PAIR_TROUBLE,
    "entry.soft_limit": Trait.OF_SIZE,
    "entry.below_minimum": Trait.OF_SIZE,
    "funds.unknown": Trait.OF_SIZE,
    "funds.too_little": Trait.OF_SIZE,
}


def having(trait: Trait) -> frozenset[str]:
    """Return the reasons that have a trait."""
    return frozenset(reason for reason, traits in TRAITS.items() if trait in traits)
