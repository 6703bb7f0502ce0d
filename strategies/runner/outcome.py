"""What a step decided: about an open group, or about a pair that may open one."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from strategies.engine.decide import ADDED
from strategies.engine.decision import Action, Decision, Trait, having
from strategies.engine.wake import Band
from strategies.execution.pricing import Wanted
from strategies.models import Bot, Group, Order, Signal

# Reasons that pass by themselves within seconds.
PASSES = having(Trait.PASSES)


@dataclass(kw_only=True)
class GroupOutcome:
    """A decision about an open group.

    `order` is the group's live order, `wanted` the order that the decision asks for, `intended` the one that was
    written down for it. Within the `band` the same is decided about the group again. `refused` says why nothing is
    bought of what its trader asked to add.
    """

    bot: Bot
    group: Group
    decision: Decision
    order: Order | None = None
    wanted: Wanted | None = None
    intended: Order | None = None
    band: Band | None = None
    refused: Decision | None = None


@dataclass(kw_only=True)
class EntryOutcome:
    """A decision about a request to open a group of a pair: of the `signal`, or of the bot's own rule.

    `is_alone`: it came from a signal, and nothing else is to be decided about the bot.
    """

    bot: Bot
    pair: str
    decision: Decision
    signal: Signal | None = None
    wanted: Wanted | None = None
    intended: Order | None = None
    is_alone: bool = False

    def reply(self, of_group: GroupOutcome | None) -> str:
        """Return what became of a signal that opened nothing, "" while it waits; `of_group` is of the pair's group."""
        if self.decision.reason != "signal.done" or of_group is None:
            return self.decision.reason
        if of_group.intended is not None:
            return "order.intended"
        if of_group.decision.reason == "group.state":
            return "signal.done"
        # An exit that is wanted and not written down has to wait for another order of the group.
        return "" if of_group.wanted or of_group.decision.reason in PASSES else of_group.decision.reason


Outcome = GroupOutcome | EntryOutcome


def block(one: Outcome, reason: str, numbers: Mapping[str, Decimal]) -> None:
    """Let an order that was not written down be a decision to wait; what was asked for may be refused with it."""
    was_asked, group = one.decision.reason == ADDED, one.group if isinstance(one, GroupOutcome) else None
    told: dict[str, Any] = {"alarms": group.alarms, "best": group.best} if group else {}
    one.decision = Decision(action=Action.BLOCK, reason=reason, numbers=numbers, **told)
    if isinstance(one, GroupOutcome) and was_asked and reason not in PASSES:
        one.refused = one.decision
