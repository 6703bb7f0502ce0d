"""The exits of a group: asked for, signalled, stopped out, or at its take profit; measured at what one really gets."""

from collections.abc import Mapping
from decimal import Decimal

from strategies.engine.decision import Action, Decision
from strategies.engine.state import Case, Mode, Stop


def doubt(case: Case) -> str:
    """Return what keeps any exit from being sent: a price or right in doubt, or an order that may be one already."""
    if not case.limits.has_proof:
        return "connection.not_proven"
    if not case.market.is_fresh(case.now):
        return "market.stale"
    return "order.unknown" if case.group.has_unknown_order else ""


def leave(case: Case, numbers: Mapping[str, Decimal]) -> Decision | None:
    """Return the exit that is due, or that the take profit is being followed; None: the group stays."""
    if reason := _due(case, numbers["take_profit"]):
        return _close(case, reason, numbers)
    if case.settings.trailing is not None and case.group.mode is not Mode.RECOVERY:
        return _trail(case, case.settings.trailing, numbers)
    return None


def _due(case: Case, take_profit: Decimal) -> str:
    price = case.exit_price
    is_reached = case.sign * (price - take_profit) >= 0
    is_in_recovery = case.group.mode is Mode.RECOVERY
    stop = case.settings.stop_loss
    checks = (
        ("exit.asked", case.limits.stop is Stop.CLOSE),
        ("exit.signal", case.request is not None and case.request.closes),
        ("exit.stop_loss", stop is not None and case.group.position.open_loss(price) >= stop),
        ("exit.recovery", is_reached and is_in_recovery),
        ("exit.take_profit", is_reached and case.settings.trailing is None),
    )
    return next((reason for reason, is_due in checks if is_due), "")


def _trail(case: Case, trailing: Decimal, numbers: Mapping[str, Decimal]) -> Decision | None:
    """Follow the price from the take profit on; fallen to break-even, the take profit must be reached anew."""
    sign, price = case.sign, case.exit_price
    is_reached = sign * (price - numbers["take_profit"]) >= 0
    is_winning = sign * (price - case.group.position.break_even) > 0
    if not is_winning or (case.group.best is None and not is_reached):
        return None
    best = price if case.group.best is None else sign * max(sign * case.group.best, sign * price)
    # Multiplied, not divided: a best price of nothing must not stop the bot.
    if case.group.best is not None and sign * (best - price) >= trailing * best:
        return _close(case, "exit.trailing", numbers, best=best)
    return Decision(action=Action.WAIT, reason="exit.trailing_armed", numbers=numbers, best=best)


def _close(case: Case, reason: str, numbers: Mapping[str, Decimal], *, best: Decimal | None = None) -> Decision:
    """Close all that is held, unless the exchange would not take so small an order."""
    amount = case.market.amount(case.group.position.held)
    if not case.market.takes(amount, case.exit_price):
        least = {"held": case.group.position.held, "minimum_cost": case.market.minimum_cost}
        return Decision(action=Action.WAIT, reason="exit.dust", numbers={**numbers, **least}, best=case.group.best)
    return Decision(action=Action.CLOSE, reason=reason, quantity=amount, numbers=numbers, best=best)
