"""What a step decided about one group, or about one pair that may open one."""

from dataclasses import dataclass

from strategies.engine.decision import Decision
from strategies.models import Bot, Group, Order, Signal
from strategies.terms import Wanted


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """A decision about a group, or about a pair without one.

    `order` is the group's live order, `wanted` the order that the decision asks for, `intended` the one that was
    written down for it.
    """

    bot: Bot
    decision: Decision
    group: Group | None = None
    pair: str = ""
    wanted: Wanted | None = None
    signal: Signal | None = None
    order: Order | None = None
    intended: Order | None = None
