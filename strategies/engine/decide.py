"""The decision about a group: exits before Recovery Mode, Recovery Mode before add-ons, add-ons before waiting.

Exits are asked for, signalled, stopped out, or at the take profit; they are measured at what one really gets. A part
that is asked for is sold where none of them is due.
"""

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal

from strategies.engine import figures, gate, recovery
from strategies.engine.decision import Action, Decision, Trait, having
from strategies.engine.state import AddOn, Case, Mode, Stop

# These keep an add-on from being placed now.
WAITS = having(Trait.WAITS)
# These pass by themselves: what is asked for is not refused because of them.
PASSES = having(Trait.PASSES)
# The reason of a sale that leaves something, and of a buy that its trader asked for.
PART, ADDED = "exit.part", "add_on.asked"


def decide(case: Case) -> Decision:
    """Return what to do with the group at this moment, by the bot's own rules alone."""
    group = case.group
    if not case.market.has_price:
        return _as_before(case, "market.no_price", {})
    if reason := _nothing_to_decide(case):
        return Decision(action=Action.WAIT, reason=reason)
    numbers = figures.of_group(case)
    found, doubted = _leave(case, numbers), doubt(case)
    if doubted and found is not None and found.action is Action.CLOSE:
        return _as_before(case, doubted, numbers)
    if found is not None and not doubted:
        return found
    return _keep(case, numbers, best=group.best if doubted or case.stop_since else None)


def decide_asked(case: Case) -> Decision:
    """Return what to do with a group whose trader asked to buy more at once.

    That comes after exits and Recovery Mode, and before what the bot buys by itself.
    """
    found = decide(case)
    if found.action is Action.CLOSE and found.reason != PART:
        return replace(found, refused=Decision(action=Action.BLOCK, reason="group.state"))
    if found.action not in {Action.WAIT, Action.BLOCK, Action.ADD}:
        return found
    refused, add_on = gate.admit_asked(case)
    if add_on is not None:
        return _add(ADDED, add_on, figures.of_asked(case), alarms=found.alarms)
    if refused in PASSES:
        return found
    numbers = {**figures.of_asked(case), **figures.of_reason(refused, case, case.asked_add_on)}
    return replace(found, refused=Decision(action=Action.BLOCK, reason=refused, numbers=numbers))


def _as_before(case: Case, reason: str, numbers: Mapping[str, Decimal]) -> Decision:
    """Block, and keep what the group remembers."""
    group = case.group
    return Decision(
        action=Action.BLOCK,
        reason=reason,
        numbers=numbers,
        alarms=group.alarms,
        best=group.best,
        stop_since=case.stop_since,
    )


def _nothing_to_decide(case: Case) -> str:
    """Return why a group is only to be waited for: it is being closed, or holds nothing (yet)."""
    if case.group.mode in {Mode.CLOSING, Mode.CLOSED}:
        return "group.state"
    if case.group.position.held > 0:
        return ""
    if case.group.has_unknown_order:
        return "order.unknown"
    return "group.order_open" if case.group.has_open_order else "group.empty"


def doubt(case: Case) -> str:
    """Return what keeps any exit from being sent: a price or right in doubt, or an order that may be one already."""
    if not case.limits.has_proof:
        return "connection.not_proven"
    if not case.market.is_fresh(case.now):
        return "market.stale"
    return "order.unknown" if case.group.has_unknown_order else ""


def _leave(case: Case, numbers: Mapping[str, Decimal]) -> Decision | None:
    """Return the exit that is due, or that the take profit is being followed; None: the group stays."""
    price, trailing = case.market.exit_price(case.settings.side), case.settings.trailing
    is_reached = case.sign * (price - numbers["take_profit"]) >= 0
    is_in_recovery = case.group.mode is Mode.RECOVERY
    exits = (
        ("exit.asked", case.limits.stop is Stop.CLOSE),
        ("exit.signal", case.request is not None and case.request.closes),
        ("exit.stop_loss", _is_stopped_out(case)),
        ("exit.recovery", is_reached and is_in_recovery),
        ("exit.take_profit", is_reached and trailing is None),
        (PART, case.group.to_sell > 0 and case.market.takes(part_of(case), price)),
    )
    if reason := next((reason for reason, is_due in exits if is_due), ""):
        return _close(case, reason, price, numbers)
    if trailing is None or is_in_recovery:
        return None
    return _trail(case, trailing, price, numbers, is_reached=is_reached)


def part_of(case: Case) -> Decimal:
    """Return the amount of the part that its trader asked to sell."""
    return case.market.amount(min(case.group.to_sell, case.group.position.held))


def sell_part(case: Case) -> Decision:
    """Return what to do with a group of which a part is asked for, and that nobody looks after otherwise."""
    if not case.market.has_price:
        return _as_before(case, "market.no_price", {})
    numbers, price = figures.of_group(case), case.market.exit_price(case.settings.side)
    if reason := _nothing_to_decide(case) or doubt(case):
        return _as_before(case, reason, numbers)
    return _close(case, PART, price, numbers)


def _is_stopped_out(case: Case) -> bool:
    """Say whether the stop loss was seen reached in two looks, or in one that bears itself out, and for long enough.

    Nothing else is asked: a price that comes seldom, or without a bid, stops out by its second look.
    """
    at, since = case.market.at, case.stop_since
    if since is None or at - since < case.settings.stop_timeout:
        return False
    return at > since or case.market.agrees(case.settings.side)


def _trail(
    case: Case, trailing: Decimal, price: Decimal, numbers: Mapping[str, Decimal], *, is_reached: bool
) -> Decision | None:
    """Follow the price from the take profit on; fallen to break-even, the take profit must be reached anew."""
    sign, best = case.sign, case.group.best
    is_winning = sign * (price - case.group.position.break_even) > 0
    if not is_winning or (best is None and not is_reached):
        return None
    if best is None:
        return Decision(action=Action.WAIT, reason="exit.trailing_armed", numbers=numbers, best=price)
    best = sign * max(sign * best, sign * price)
    # Multiplied, not divided: a best price of nothing must not stop the bot.
    if sign * (best - price) >= trailing * best:
        return _close(case, "exit.trailing", price, numbers, best=best)
    return Decision(action=Action.WAIT, reason="exit.trailing_armed", numbers=numbers, best=best)


def _close(
    case: Case, reason: str, price: Decimal, numbers: Mapping[str, Decimal], *, best: Decimal | None = None
) -> Decision:
    """Close all that is held, or a part, unless the exchange would not take so small an order."""
    numbers = {name: number for name, number in numbers.items() if name not in figures.OF_NEXT}
    held = case.group.position.held
    amount = part_of(case) if reason == PART else case.market.amount(held)
    if not case.market.takes(amount, price):
        least = {"held": held, "minimum_cost": case.market.minimum_cost}
        told, since = {**numbers, **least}, case.stop_since
        return Decision(action=Action.WAIT, reason="exit.dust", numbers=told, best=case.group.best, stop_since=since)
    return Decision(action=Action.CLOSE, reason=reason, quantity=amount, numbers=numbers, best=best)


def _keep(case: Case, numbers: Mapping[str, Decimal], *, best: Decimal | None) -> Decision:
    """Switch Recovery Mode, place the add-on that the gate admits, or wait."""
    switch = recovery.switch(case)
    since = case.stop_since
    if switch.action is not None:
        found = figures.of_reason(switch.reason, case)
        told = {**numbers, **found}
        return Decision(action=switch.action, reason=switch.reason, numbers=told, best=best, stop_since=since)
    refused, add_on = gate.admit(case)
    if add_on is None:
        action = Action.WAIT if refused in WAITS else Action.BLOCK
        told = {**numbers, **figures.of_reason(refused, case)}
        return Decision(action=action, reason=refused, numbers=told, alarms=switch.alarms, best=best, stop_since=since)
    reason = "add_on.fall" if add_on.k > add_on.first else "add_on.zone"
    return _add(reason, add_on, {**numbers, **figures.of_add_on(add_on)}, alarms=switch.alarms)


def _add(reason: str, add_on: AddOn, numbers: Mapping[str, Decimal], *, alarms: int) -> Decision:
    return Decision(
        action=Action.ADD,
        reason=reason,
        cost=add_on.cost,
        quantity=add_on.quantity,
        step=add_on.k,
        numbers=numbers,
        alarms=alarms,
    )
