"""The numbers behind a decision: those that every one stands on, and those of the rule that spoke."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

from strategies.engine import gate, recovery
from strategies.engine.account import TOLD
from strategies.engine.ladder import CLOSABLE
from strategies.engine.position import ZERO
from strategies.engine.state import AddOn, Case, Mode

Figures = dict[str, Decimal]
# What the next add-on would be: it explains no exit.
OF_NEXT = frozenset({"next_add_on", "next_cost", "improvement"})


def of_group(case: Case) -> Figures:
    """Return the figures that every decision about a group stands on."""
    position = case.group.position
    figures = {
        "price": case.market.price,
        "average": position.average,
        "break_even": position.break_even,
        "open_loss": position.open_loss(case.market.price),
        "take_profit": recovery.take_profit_price(case.settings, case.group, case.now),
    }
    if case.market.bid is not None and case.market.ask is not None:
        figures |= {"bid": case.market.bid, "ask": case.market.ask}
    if case.group.mode is Mode.RECOVERY:
        figures["to_break_even"] = case.sign * (position.break_even - case.market.price) / case.market.price
    if case.add_on is not None:
        figures |= of_add_on(case.add_on)
    return figures


def of_add_on(add_on: AddOn) -> Figures:
    figures = {"next_add_on": add_on.zone, "next_cost": add_on.cost, "improvement": add_on.improvement}
    if add_on.k > add_on.first:
        figures["rungs"] = Decimal(add_on.k - add_on.first + 1)
    return figures


def of_asked(case: Case) -> Figures:
    """Return the figures of what the trader asked to buy at once."""
    figures = {name: number for name, number in of_group(case).items() if name not in OF_NEXT}
    if (add_on := case.asked_add_on) is None:
        return figures
    return figures | {"cost": add_on.cost, "improvement": add_on.improvement}


def of_reason(reason: str, case: Case, asked: AddOn | None = None) -> Figures:
    """Return what the rule that spoke compared; {} where the reason says it all. `asked`: of that, not of the next."""
    if reason in OF_USAGE:
        return {"usage": case.usage}
    if reason == "stop_loss.confirming" and case.settings.stop_timeout:
        waited = case.market.at - (case.stop_since or case.market.at)
        return {"seconds_left": _seconds(case.settings.stop_timeout - waited)}
    find, add_on = OF_ADD_ON.get(reason), asked or case.add_on
    found = find(case, add_on) if find and add_on else {}
    return {name: found[name] for name in TOLD.get(reason, found)}


def _seconds(left: timedelta) -> Decimal:
    return Decimal(left // recovery.MICROSECOND) / 1_000_000


def _improvement(case: Case, _: AddOn) -> Figures:
    return {"improvement_needed": gate.improvement_needed(case)}


def _distance(case: Case, add_on: AddOn) -> Figures:
    return {"distance": gate.distance(case, add_on), "distance_needed": gate.distance_needed(case, add_on)}


def _cool_down(case: Case, _: AddOn) -> Figures:
    return {"seconds_left": _seconds(gate.cool_down_left(case))}


def _hard_limit(case: Case, _: AddOn) -> Figures:
    return {"at_work": case.at_work, "hard_limit": case.limits.margin.hard * case.limits.margin.amount}


def _stress(case: Case, add_on: AddOn) -> Figures:
    accepted, price = case.limits.accepted_loss * (case.limits.equity or ZERO), gate.stressed(case)
    return {"stress_price": price, "stress_loss": add_on.after.stress_loss(price), "accepted_loss": accepted}


def _funds(case: Case, add_on: AddOn) -> Figures:
    return {"needed": case.settings.fees.money_needed(add_on.cost), "free": case.limits.free_quote or ZERO}


def _pool(case: Case, add_on: AddOn) -> Figures:
    return case.limits.pool.figures(*case.stakes(add_on), case.settings.fees)


def _minimum(case: Case, _: AddOn) -> Figures:
    return {"least_order": case.market.minimum_cost * CLOSABLE}


def _ladder_left(case: Case, _: AddOn) -> Figures:
    return {"ladder_left": case.ladder_left}


def _floor(case: Case, _: AddOn) -> Figures:
    return {"floor": gate.floor_price(case) or ZERO}


def _liquidation(case: Case, _: AddOn) -> Figures:
    return {"liquidation": case.limits.liquidation_price or ZERO, "last_add_on": gate.last_price(case)}


OF_USAGE = frozenset({"recovery.usage", "recovery.left_calm"})
OF_ADD_ON: dict[str, Callable[[Case, AddOn], Figures]] = {
    "add_on.above_ladder": _ladder_left,
    "average.worse": _improvement,
    "spacing.too_close": _distance,
    "cool_down": _cool_down,
    "margin.hard_limit": _hard_limit,
    "risk.stress_loss": _stress,
    "funds.too_little": _funds,
    "account.reserve": _pool,
    "account.cap": _pool,
    "size.below_minimum": _minimum,
    "zone.below_floor": _floor,
    "liquidation.too_near": _liquidation,
}
