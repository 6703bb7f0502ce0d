"""The decision of one evaluation: exits before Recovery Mode, Recovery Mode before add-ons, add-ons before waiting."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal

from strategies.engine import entry, exits, figures, gate, recovery
from strategies.engine.decision import Action, Decision
from strategies.engine.state import Group, Limits, Market, Mode, Settings, Signal

# These keep an add-on from being placed now; nothing about them is worth a line in the journal each second.
QUIET = frozenset({"zone.not_reached", "ladder.done", "group.state", "group.order_open"})


def decide(
    settings: Settings, group: Group | None, market: Market, signal: Signal | None, limits: Limits, now: datetime
) -> Decision:
    """Return what to do with the group (None: there is none for this pair) at this moment."""
    if not market.has_price:
        best, alarms = (group.best, group.alarms) if group else (None, 0)
        return Decision(action=Action.BLOCK, reason="market.no_price", best=best, alarms=alarms)
    if group is None:
        return entry.enter(settings, market, signal, limits, now)
    if reason := _nothing_to_decide(group):
        return Decision(action=Action.WAIT, reason=reason)
    numbers = figures.of_group(settings, group, market, now)
    found = exits.leave(settings, group, market, signal, limits, numbers)
    doubt = exits.doubt(group, market, limits, now)
    if doubt and found is not None and found.action is Action.CLOSE:
        return Decision(action=Action.BLOCK, reason=doubt, numbers=numbers, alarms=group.alarms, best=group.best)
    if found is not None and not doubt:
        return found
    return _keep(settings, group, market, limits, now, numbers, best=group.best if doubt else None)


def _nothing_to_decide(group: Group) -> str:
    """Return why a group is only to be waited for: it is being closed, or holds nothing (yet)."""
    if group.mode in {Mode.CLOSING, Mode.CLOSED}:
        return "group.state"
    if group.position.held > 0:
        return ""
    if group.has_unknown_order:
        return "order.unknown"
    return "group.order_open" if group.has_open_order else "group.empty"


def _keep(
    settings: Settings,
    group: Group,
    market: Market,
    limits: Limits,
    now: datetime,
    numbers: Mapping[str, Decimal],
    *,
    best: Decimal | None,
) -> Decision:
    switch = recovery.switch(settings, group, market, limits, now)
    if switch.action is not None:
        found = figures.of_reason(switch.reason, settings, group, market, limits, now)
        return Decision(action=switch.action, reason=switch.reason, numbers={**numbers, **found}, best=best)
    if refused := gate.admit(settings, group, market, limits, now):
        action = Action.WAIT if refused in QUIET else Action.BLOCK
        found = figures.of_reason(refused, settings, group, market, limits, now)
        return Decision(action=action, reason=refused, numbers={**numbers, **found}, alarms=switch.alarms, best=best)
    return Decision(
        action=Action.ADD,
        reason="add_on.zone",
        cost=gate.next_cost(settings, group),
        quantity=gate.next_fill(settings, group, market).quantity,
        numbers=numbers,
        alarms=switch.alarms,
    )
