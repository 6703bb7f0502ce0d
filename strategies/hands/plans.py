"""What an act by hand would come to: how its group stands, how it would stand then, and what to know before."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal

from strategies.engine import hands
from strategies.engine.hands import SoldPart
from strategies.engine.state import OrderRules
from strategies.models import Group, Instrument
from strategies.models.groups import Exits
from strategies.portfolio.standing import Figures, exit_price, figures_of, stand, values_of


@dataclass(frozen=True, kw_only=True)
class ActPlan:
    """`notes` are codes of what to know before, `refusal` of why it cannot be (strategies/words/hands.py).

    `does` are the figures of the act itself.
    """

    now: Figures
    then: Figures
    refusal: str = ""
    does: Mapping[str, Decimal] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


def of_exits(group: Group, instrument: Instrument | None, exits: Exits, *, now: datetime) -> ActPlan:
    """Say where the group would be sold by these exits, and whether one of them is reached at this moment."""
    price = exit_price(group, instrument)
    settings, held = values_of(group, instrument)
    stop = None if exits.stop_loss is None else exits.stop_loss / 100
    moved = replace(settings, take_profit=exits.take_profit / 100, stop_loss=stop)
    then = figures_of(moved, held, group=group, price=price, now=now)
    notes = []
    if price and _fresh_price(group, instrument, now):
        if then.take_profit is not None and price >= then.take_profit:
            notes.append("sells.at_target")
        if then.stop_loss is not None and price <= then.stop_loss:
            notes.append("sells.at_stop")
    return ActPlan(now=stand(group, instrument, now), then=then, notes=tuple(notes))


def part_of(group: Group, instrument: Instrument | None, share: Decimal, now: datetime) -> SoldPart:
    """Return what this share of the group is as an order, or why it cannot be one."""
    rules = OrderRules()
    if instrument:
        least = instrument.min_cost or Decimal(0)
        rules = OrderRules(minimum_cost=least, min_amount=instrument.min_amount, amount_step=instrument.amount_step)
    _settings, held = values_of(group, instrument)
    return hands.part_of(held.position, rules, share, _fresh_price(group, instrument, now))


def of_part(group: Group, instrument: Instrument | None, share: Decimal, *, now: datetime) -> ActPlan:
    """Say what selling a share of the group brings, and what is left of it."""
    part, price = part_of(group, instrument, share, now), exit_price(group, instrument)
    settings, held = values_of(group, instrument)
    now_is = stand(group, instrument, now)
    if part.refusal or price is None:
        return ActPlan(now=now_is, then=now_is, refusal=part.refusal or "part.no_price")
    after = replace(held, position=held.position.with_sale(price, part.quantity))
    brings = after.position.proceeds - held.position.proceeds
    cost = held.position.at_work - after.position.at_work
    does = {"quantity": part.quantity, "price": price, "brings": brings, "part_cost": cost}
    # Its share of what the buys' fees were, as a take profit counts them.
    does["part_result"] = brings - cost * (1 + held.position.fee_share)
    then = figures_of(settings, after, group=group, price=price, now=now)
    notes = () if _fresh_price(group, instrument, now) else ("price.old",)
    return ActPlan(now=now_is, then=then, does=does, notes=notes)


def _fresh_price(group: Group, instrument: Instrument | None, now: datetime) -> Decimal | None:
    return exit_price(group, instrument) if instrument and instrument.is_fresh(now) else None
