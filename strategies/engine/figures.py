"""The numbers behind a decision: those that every one stands on, and those of the rule that spoke."""

from collections.abc import Callable
from decimal import Decimal

from strategies.engine import gate, recovery
from strategies.engine.ladder import CLOSABLE
from strategies.engine.state import Case, Mode

Figures = dict[str, Decimal]


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
    if case.group.add_ons_done < case.settings.ladder.add_ons:
        figures["next_add_on"] = gate.next_price(case)
        figures["next_cost"] = gate.next_cost(case)
        figures["improvement"] = gate.improvement(case)
    return figures


def of_reason(reason: str, case: Case) -> Figures:
    """Return what the rule that spoke compared; {} where the reason says it all."""
    find = BY_REASON.get(reason)
    return find(case) if find else {}


def _improvement(case: Case) -> Figures:
    return {"improvement_needed": gate.improvement_needed(case)}


def _distance(case: Case) -> Figures:
    needed = gate.distance_needed(case)
    return {"distance": gate.distance(case), "distance_needed": needed}


def _cool_down(case: Case) -> Figures:
    left = gate.cool_down_left(case)
    return {"seconds_left": Decimal(left // recovery.MICROSECOND) / 1_000_000}


def _hard_limit(case: Case) -> Figures:
    at_work = case.limits.margin.at_work(case.stakes)
    return {"at_work": at_work, "hard_limit": case.limits.margin.hard * case.limits.margin.amount}


def _stress(case: Case) -> Figures:
    accepted = case.limits.accepted_loss * (case.limits.equity or Decimal(0))
    loss = gate.stress_loss_after(case)
    return {"stress_price": gate.stressed(case), "stress_loss": loss, "accepted_loss": accepted}


def _funds(case: Case) -> Figures:
    needed = gate.money_needed(gate.next_cost(case), case.settings.fees)
    return {"needed": needed, "free": case.limits.free_quote or Decimal(0)}


def _minimum(case: Case) -> Figures:
    return {"least_order": case.market.minimum_cost * CLOSABLE}


def _floor(case: Case) -> Figures:
    return {"floor": gate.floor_price(case) or Decimal(0)}


def _liquidation(case: Case) -> Figures:
    last = case.settings.ladder.price(case.settings.ladder.add_ons, case.group.first_price, case.settings.side)
    return {"liquidation": case.limits.liquidation_price or Decimal(0), "last_add_on": last}


def _usage(case: Case) -> Figures:
    return {"usage": recovery.usage(case)}


BY_REASON: dict[str, Callable[[Case], Figures]] = {
    "average.worse": _improvement,
    "spacing.too_close": _distance,
    "cool_down": _cool_down,
    "margin.hard_limit": _hard_limit,
    "risk.stress_loss": _stress,
    "funds.too_little": _funds,
    "size.below_minimum": _minimum,
    "zone.below_floor": _floor,
    "liquidation.too_near": _liquidation,
    "recovery.usage": _usage,
    "recovery.left_calm": _usage,
}
