"""How groups end: closed with their result, or back to waiting when an exit took only a part."""

from datetime import datetime
from decimal import Decimal

from strategies.choices import GroupMode, OrderState
from strategies.engine.totals import Totals
from strategies.models import Group, Order, journal
from strategies.models.market import Instrument

# These exits are for a price, which of the decision's numbers names: never sold below it, and what is left goes on
# waiting for it. The others go on until all is sold.
PRICED = {"exit.take_profit": "take_profit", "exit.recovery": "take_profit", "exit.trailing": "break_even"}


def goes_on(group: Group) -> bool:
    """Say whether a group that is being closed is sold on at whatever price it takes."""
    return group.close_asked_at is not None or group.close_reason not in PRICED


def mode_before(group: Group) -> GroupMode:
    return GroupMode.RECOVERY if group.recovery_since else GroupMode.NORMAL


def why_empty(order: Order | None) -> str:
    """Return why a group ends that never bought anything."""
    if order is not None and order.state == OrderState.REFUSED:
        return "entry.refused"
    return "entry.not_filled"


def after_exit(group: Group, sums: Totals, *, now: datetime) -> None:
    """End a group of which nothing that can be sold is left; else let it wait, or be sold on."""
    if is_dust(group, sums.held):
        end(group, sums, reason=group.close_reason or "exit.asked", now=now)
    elif not goes_on(group):
        group.mode = mode_before(group)
        group.save(update_fields=["mode"])


def is_dust(group: Group, held: Decimal) -> bool:
    """Say whether the exchange would not take a sale of what is held; without its rules only nothing is dust."""
    if held <= 0:
        return True
    where = {"exchange": group.connection.exchange, "venue": group.connection.venue, "pair": group.pair}
    found = Instrument.objects.filter(**where).first()
    if found is None or not found.has_rules:
        return False
    step = found.amount_step or Decimal(0)
    sellable = held - held % step if step else held
    price = found.bid or found.price or Decimal(0)
    too_little = sellable * price < (found.min_cost or 0) if price else False
    return sellable <= 0 or sellable < (found.min_amount or 0) or too_little


def end(group: Group, sums: Totals, *, reason: str, now: datetime) -> None:
    """Close a locked group; what it still holds is dust and stays in the account."""
    group.mode, group.closed_at, group.close_reason = GroupMode.CLOSED, now, reason
    group.result = sums.result
    group.save(update_fields=["mode", "closed_at", "close_reason", "result"])
    numbers = {"result": sums.result, "dust": sums.held} if sums.quantity else {}
    if sums.quantity:
        numbers |= {"average": sums.cost / sums.quantity, "cost": sums.cost, "proceeds": sums.proceeds}
    journal.write(group.bot, group=group, action="closed", reason=reason, numbers=numbers, now=now)
