"""End orders that are certainly not at the exchange, and let a group rest after a refusal."""

from datetime import datetime, timedelta

from django.db import transaction

from strategies import bookkeeping
from strategies.choices import OrderState
from strategies.models import Group, Order, journal

# Above the desk's deadline: whoever marked an order sent has had its answer by then, or is gone.
FIRST_LOOK = timedelta(seconds=10)
# After the first refusal in a row, and after the last.
BACK_OFF = (timedelta(seconds=30), timedelta(minutes=15))


def rest(group: Group, *, now: datetime) -> None:
    """Let a locked group rest after a refusal, longer each time."""
    first, last = BACK_OFF
    group.refusals += 1
    group.retry_at = now + min(first * 2 ** min(group.refusals - 1, 10), last)
    group.save(update_fields=["refusals", "retry_at"])


def drop(order_id: int, come_from: tuple[str, ...], *, reason: str, now: datetime, attempt: int | None = None) -> bool:
    """End an order that is certainly not at the exchange; the next step decides anew.

    One that had been sent may arrive late all the same: it is asked about for a while.
    """
    with transaction.atomic():
        order = bookkeeping.lock(order_id)
        look_at = now + bookkeeping.LATE_PACE if _has_left(order) else None
        values = {"state": OrderState.DROPPED, "refusal": reason, "ended_at": now, "look_at": look_at}
        if not Order.objects.move(order_id, come_from, attempt=attempt, **values):
            return False
        journal.write(order.group.bot, group=order.group, action="dropped", reason=reason, now=now)
        bookkeeping.settle_group(order, now=now)
    return True


def _has_left(order: Order) -> bool:
    """Say whether an attempt may be at the exchange; one that is dropped while it counts as sent has not left."""
    return order.sends > (order.state == OrderState.SENT)
