"""The decision about a group: exits before Recovery Mode, Recovery Mode before add-ons, add-ons before waiting."""

from collections.abc import Mapping
from decimal import Decimal

from strategies.engine import exits, figures, gate, recovery
from strategies.engine.decision import Action, Decision
from strategies.engine.state import Case, Mode

# These keep an add-on from being placed now; nothing about them is worth a line in the journal each second.
QUIET = frozenset({"zone.not_reached", "ladder.done", "group.state", "group.order_open"})


def decide(case: Case) -> Decision:
    """Return what to do with the group at this moment."""
    group = case.group
    if not case.market.has_price:
        return Decision(action=Action.BLOCK, reason="market.no_price", best=group.best, alarms=group.alarms)
    if reason := _nothing_to_decide(case):
        return Decision(action=Action.WAIT, reason=reason)
    numbers = figures.of_group(case)
    found = exits.leave(case, numbers)
    doubt = exits.doubt(case)
    if doubt and found is not None and found.action is Action.CLOSE:
        return Decision(action=Action.BLOCK, reason=doubt, numbers=numbers, alarms=group.alarms, best=group.best)
    if found is not None and not doubt:
        return found
    return _keep(case, numbers, best=group.best if doubt else None)


def _nothing_to_decide(case: Case) -> str:
    """Return why a group is only to be waited for: it is being closed, or holds nothing (yet)."""
    if case.group.mode in {Mode.CLOSING, Mode.CLOSED}:
        return "group.state"
    if case.group.position.held > 0:
        return ""
    if case.group.has_unknown_order:
        return "order.unknown"
    return "group.order_open" if case.group.has_open_order else "group.empty"


def _keep(case: Case, numbers: Mapping[str, Decimal], *, best: Decimal | None) -> Decision:
    switch = recovery.switch(case)
    if switch.action is not None:
        found = figures.of_reason(switch.reason, case)
        return Decision(action=switch.action, reason=switch.reason, numbers={**numbers, **found}, best=best)
    if refused := gate.admit(case):
        action = Action.WAIT if refused in QUIET else Action.BLOCK
        found = figures.of_reason(refused, case)
        return Decision(action=action, reason=refused, numbers={**numbers, **found}, alarms=switch.alarms, best=best)
    return Decision(
        action=Action.ADD,
        reason="add_on.zone",
        cost=gate.next_cost(case),
        quantity=gate.next_fill(case).quantity,
        numbers=numbers,
        alarms=switch.alarms,
    )
