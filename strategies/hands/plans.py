"""What an act by hand would come to: how its group stands, how it would stand then, and what to know before."""

from dataclasses import dataclass
from datetime import datetime

from strategies.models import Group, Instrument
from strategies.models.groups import Exits
from strategies.portfolio.standing import Figures, exit_price, figures_of, stand, values_of


@dataclass(frozen=True, kw_only=True)
class Plan:
    """`notes` are codes of what to know before (strategies/words/hands.py)."""

    now: Figures
    then: Figures
    notes: tuple[str, ...] = ()


def of_exits(group: Group, instrument: Instrument | None, exits: Exits, *, now: datetime) -> Plan:
    """Say where the group would be sold by these exits, and whether one of them is reached at this moment."""
    price = exit_price(group, instrument)
    then = figures_of(*values_of(group, instrument, exits), group=group, price=price, now=now)
    notes = []
    if price and instrument and instrument.is_fresh(now):
        if then.take_profit is not None and price >= then.take_profit:
            notes.append("target.reached")
        if then.stop_loss is not None and price <= then.stop_loss:
            notes.append("stop.reached")
    return Plan(now=stand(group, instrument, now), then=then, notes=tuple(notes))
