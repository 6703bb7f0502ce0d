"""The exits of a group: asked for, signalled, stopped out, or at its take profit; measured at what one really gets."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal

from strategies.engine.decision import Action, Decision
from strategies.engine.state import Group, Limits, Market, Mode, Settings, Signal, Stop


def doubt(group: Group, market: Market, limits: Limits, now: datetime) -> str:
    """Return what keeps any exit from being sent: a price or right in doubt, or an order that may be one already."""
    if not limits.has_proof:
        return "connection.not_proven"
    if not market.is_fresh(now):
        return "market.stale"
    return "order.unknown" if group.has_unknown_order else ""


def leave(
    settings: Settings,
    group: Group,
    market: Market,
    signal: Signal | None,
    limits: Limits,
    numbers: Mapping[str, Decimal],
) -> Decision | None:
    """Return the exit that is due, or that the take profit is being followed; None: the group stays."""
    if reason := _due(settings, group, market, signal, limits, numbers["take_profit"]):
        return _close(settings, group, market, reason, numbers)
    if settings.trailing is not None and group.mode is not Mode.RECOVERY:
        return _trail(settings, settings.trailing, group, market, numbers)
    return None


def _due(
    settings: Settings, group: Group, market: Market, signal: Signal | None, limits: Limits, take_profit: Decimal
) -> str:
    price = market.exit_price(settings.side)
    is_reached = settings.side.sign * (price - take_profit) >= 0
    is_in_recovery = group.mode is Mode.RECOVERY
    stop = settings.stop_loss
    checks = (
        ("exit.asked", limits.stop is Stop.CLOSE),
        ("exit.signal", signal is not None and signal.closes),
        ("exit.stop_loss", stop is not None and group.position.open_loss(price) >= stop),
        ("exit.recovery", is_reached and is_in_recovery),
        ("exit.take_profit", is_reached and settings.trailing is None),
    )
    return next((reason for reason, is_due in checks if is_due), "")


def _trail(
    settings: Settings, trailing: Decimal, group: Group, market: Market, numbers: Mapping[str, Decimal]
) -> Decision | None:
    """Follow the price from the take profit on; fallen to break-even, the take profit must be reached anew."""
    sign, price = settings.side.sign, market.exit_price(settings.side)
    is_reached = sign * (price - numbers["take_profit"]) >= 0
    is_winning = sign * (price - group.position.break_even) > 0
    if not is_winning or (group.best is None and not is_reached):
        return None
    best = price if group.best is None else sign * max(sign * group.best, sign * price)
    # Multiplied, not divided: a best price of nothing must not stop the bot.
    if group.best is not None and sign * (best - price) >= trailing * best:
        return _close(settings, group, market, "exit.trailing", numbers, best=best)
    return Decision(action=Action.WAIT, reason="exit.trailing_armed", numbers=numbers, best=best)


def _close(
    settings: Settings,
    group: Group,
    market: Market,
    reason: str,
    numbers: Mapping[str, Decimal],
    *,
    best: Decimal | None = None,
) -> Decision:
    """Close all that is held, unless the exchange would not take so small an order."""
    amount = market.amount(group.position.held)
    if not market.takes(amount, market.exit_price(settings.side)):
        least = {"held": group.position.held, "minimum_cost": market.minimum_cost}
        return Decision(action=Action.WAIT, reason="exit.dust", numbers={**numbers, **least}, best=group.best)
    return Decision(action=Action.CLOSE, reason=reason, quantity=amount, numbers=numbers, best=best)
