"""The numbers behind a decision: those that every one stands on, and those of the rule that spoke."""

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal

from strategies.engine import gate, recovery
from strategies.engine.ladder import CLOSABLE
from strategies.engine.risk import stress_price
from strategies.engine.state import Group, Limits, Market, Mode, Settings

Figures = dict[str, Decimal]


def of_group(settings: Settings, group: Group, market: Market, now: datetime) -> Figures:
    """Return the figures that every decision about a group stands on."""
    position = group.position
    figures = {
        "price": market.price,
        "average": position.average,
        "break_even": position.break_even,
        "open_loss": position.open_loss(market.price),
        "take_profit": recovery.take_profit_price(settings, group, now),
    }
    if market.bid is not None and market.ask is not None:
        figures |= {"bid": market.bid, "ask": market.ask}
    if group.mode is Mode.RECOVERY:
        figures["to_break_even"] = settings.side.sign * (position.break_even - market.price) / market.price
    if group.add_ons_done < settings.ladder.add_ons:
        k = group.add_ons_done + 1
        figures["next_add_on"] = settings.ladder.price(k, group.first_price, settings.side)
        figures["next_cost"] = settings.ladder.cost(k)
        figures["improvement"] = gate.improvement(settings, group, market)
    return figures


def of_reason(reason: str, settings: Settings, group: Group, market: Market, limits: Limits, now: datetime) -> Figures:
    """Return what the rule that spoke compared; {} where the reason says it all."""
    find = BY_REASON.get(reason)
    return find(settings, group, market, limits, now) if find else {}


def _improvement(settings: Settings, group: Group, market: Market, limits: Limits, now: datetime) -> Figures:
    return {"improvement_needed": gate.improvement_needed(settings, group)}


def _distance(settings: Settings, group: Group, market: Market, limits: Limits, now: datetime) -> Figures:
    needed = gate.distance_needed(settings, group)
    return {"distance": gate.distance(settings, group, market), "distance_needed": needed}


def _cool_down(settings: Settings, group: Group, market: Market, limits: Limits, now: datetime) -> Figures:
    left = gate.cool_down_left(settings, group, now)
    return {"seconds_left": Decimal(left // recovery.MICROSECOND) / 1_000_000}


def _hard_limit(settings: Settings, group: Group, market: Market, limits: Limits, now: datetime) -> Figures:
    at_work = limits.margin.at_work([*limits.other_stakes, group.stake(settings.ladder)])
    return {"at_work": at_work, "hard_limit": limits.margin.hard * limits.margin.amount}


def _stress(settings: Settings, group: Group, market: Market, limits: Limits, now: datetime) -> Figures:
    at = stress_price(settings.ladder, first=group.first_price, side=settings.side, stress=limits.stress)
    accepted = limits.accepted_loss * (limits.equity or Decimal(0))
    loss = gate.stress_loss_after(settings, group, market, limits)
    return {"stress_price": at, "stress_loss": loss, "accepted_loss": accepted}


def _funds(settings: Settings, group: Group, market: Market, limits: Limits, now: datetime) -> Figures:
    needed = gate.money_needed(gate.next_cost(settings, group), settings.fees)
    return {"needed": needed, "free": limits.free_quote or Decimal(0)}


def _minimum(settings: Settings, group: Group, market: Market, limits: Limits, now: datetime) -> Figures:
    return {"least_order": market.minimum_cost * CLOSABLE}


def _floor(settings: Settings, group: Group, market: Market, limits: Limits, now: datetime) -> Figures:
    return {"floor": gate.floor_price(settings, group) or Decimal(0)}


def _liquidation(settings: Settings, group: Group, market: Market, limits: Limits, now: datetime) -> Figures:
    last = settings.ladder.price(settings.ladder.add_ons, group.first_price, settings.side)
    return {"liquidation": limits.liquidation_price or Decimal(0), "last_add_on": last}


def _usage(settings: Settings, group: Group, market: Market, limits: Limits, now: datetime) -> Figures:
    return {"usage": recovery.usage(settings, group, limits)}


BY_REASON: dict[str, Callable[[Settings, Group, Market, Limits, datetime], Figures]] = {
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
