"""The decision of one evaluation: exits before Recovery Mode, Recovery Mode before add-ons, add-ons before waiting."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal

from strategies.engine import gate, recovery
from strategies.engine.decision import Action, Decision
from strategies.engine.gate import CLOSABLE
from strategies.engine.state import Group, Limits, Market, Mode, Settings, Signal, Stop

# These keep an add-on from being placed now; nothing about them is worth a line in the journal each second.
QUIET = frozenset({"zone.not_reached", "ladder.done", "group.state", "group.order_open"})


def decide(
    settings: Settings, group: Group | None, market: Market, signal: Signal | None, limits: Limits, now: datetime
) -> Decision:
    """Return what to do with the group (None: there is none for this pair) at this moment."""
    if group is None:
        return _enter(settings, market, signal, limits, now)
    if group.mode in {Mode.CLOSING, Mode.CLOSED}:
        return Decision(action=Action.WAIT, reason="group.state")
    return _close(settings, group, market, signal, limits, now) or _keep(settings, group, market, limits, now)


def _enter(settings: Settings, market: Market, signal: Signal | None, limits: Limits, now: datetime) -> Decision:
    base, whole = settings.ladder.base, settings.ladder.total()
    rested = limits.last_closed_at is None or now - limits.last_closed_at >= settings.re_entry_pause
    has_room = limits.margin.admits_group(limits.other_stakes, base=base, whole_ladder=whole)
    checks = (
        ("entry.no_signal", signal is not None and not signal.closes),
        ("entry.other_direction", signal is not None and signal.side is settings.side),
        ("entry.paused", limits.stop is Stop.NONE),
        ("connection.not_proven", limits.is_connection_proven),
        ("market.stale", market.is_fresh(now)),
        ("entry.cool_down", rested),
        ("entry.too_many_groups", limits.open_groups < settings.max_groups),
        ("entry.pair_in_recovery", not limits.pair_in_recovery),
        ("entry.soft_limit", has_room),
        ("entry.below_minimum", base >= market.minimum_cost * CLOSABLE),
    )
    numbers = {"price": market.price, "base": base, "ladder_total": whole}
    failed = next((reason for reason, is_met in checks if not is_met), "")
    if not failed:
        return Decision(action=Action.OPEN, reason="entry.signal", cost=base, numbers=numbers)
    action = Action.WAIT if failed == "entry.no_signal" else Action.BLOCK
    return Decision(action=action, reason=failed, numbers=numbers)


def _close(
    settings: Settings, group: Group, market: Market, signal: Signal | None, limits: Limits, now: datetime
) -> Decision | None:
    """Return the exit that is due; a price or a right that is in doubt closes nothing."""
    if group.has_unknown_order or not market.is_fresh(now) or not limits.is_connection_proven:
        return None
    numbers = numbers_of(settings, group, market, now)
    if limits.stop is Stop.CLOSE:
        return Decision(action=Action.CLOSE, reason="exit.asked", numbers=numbers)
    if signal is not None and signal.closes:
        return Decision(action=Action.CLOSE, reason="exit.signal", numbers=numbers)
    if settings.stop_loss is not None and group.position.open_loss(market.price) >= settings.stop_loss:
        return Decision(action=Action.CLOSE, reason="exit.stop_loss", numbers=numbers)
    return _take_profit(settings, group, market, numbers)


def _take_profit(settings: Settings, group: Group, market: Market, numbers: Mapping[str, Decimal]) -> Decision | None:
    sign = settings.side.sign
    is_reached = sign * (market.price - numbers["take_profit"]) >= 0
    if group.mode is Mode.RECOVERY and is_reached:
        return Decision(action=Action.CLOSE, reason="exit.recovery", numbers=numbers)
    if settings.trailing is None:
        return Decision(action=Action.CLOSE, reason="exit.take_profit", numbers=numbers) if is_reached else None
    if group.best is None and not is_reached:
        return None
    best = market.price if group.best is None else sign * max(sign * group.best, sign * market.price)
    fell_back = sign * (best - market.price) / best >= settings.trailing
    # Never below break-even: a gap may carry the price far past the trailing distance.
    if fell_back and sign * (market.price - group.position.break_even) > 0:
        return Decision(action=Action.CLOSE, reason="exit.trailing", numbers=numbers, best=best)
    return Decision(action=Action.WAIT, reason="exit.trailing_armed", numbers=numbers, best=best)


def _keep(settings: Settings, group: Group, market: Market, limits: Limits, now: datetime) -> Decision:
    numbers = numbers_of(settings, group, market, now)
    if reason := recovery.may_leave(settings, group, market, limits):
        return Decision(action=Action.LEAVE_RECOVERY, reason=reason, numbers=numbers, best=group.best)
    reason = recovery.alarm(settings, group, market, limits, now) if group.mode is Mode.NORMAL else ""
    alarms = group.alarms + 1 if reason else 0
    if reason and (alarms >= recovery.ALARMS_NEEDED or group.recovery_forced):
        return Decision(action=Action.ENTER_RECOVERY, reason=reason, numbers=numbers, best=group.best)
    refused = gate.admit(settings, group, market, limits, now)
    if not refused:
        cost = gate.next_cost(settings, group)
        return Decision(action=Action.ADD, reason="add_on.zone", cost=cost, numbers=numbers, alarms=alarms)
    action = Action.WAIT if refused in QUIET else Action.BLOCK
    return Decision(action=action, reason=refused, numbers=numbers, alarms=alarms, best=group.best)


def numbers_of(settings: Settings, group: Group, market: Market, now: datetime) -> dict[str, Decimal]:
    """Return the figures that every decision about a group stands on."""
    position = group.position
    figures = {
        "price": market.price,
        "average": position.average,
        "break_even": position.break_even,
        "open_loss": position.open_loss(market.price),
        "take_profit": recovery.take_profit_price(settings, group, now),
    }
    if group.add_ons_done < settings.ladder.add_ons:
        k = group.add_ons_done + 1
        figures["next_add_on"] = settings.ladder.price(k, group.first_price, settings.side)
        figures["next_cost"] = settings.ladder.cost(k)
        figures["improvement"] = gate.improvement(settings, group, market)
    return figures
