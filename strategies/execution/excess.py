"""An order of which more was filled than was ordered: the exchange lies, or we misread it, and no bot goes on by it."""

from datetime import datetime

from django.db import transaction
from django.db.models import F

from database.prepared import PreparedRows, number
from strategies import halts
from strategies.choices import OPEN_MODES, HaltedBy
from strategies.models import Bot, Order, journal
from workers import alarms

REASON = "fills.above_order"


def tell(order: Order, *, now: datetime) -> None:
    """Ring the alarm and write the journal line of a locked order; its bot is halted after the commit.

    A worker that decides holds the bot's row before its groups', never the other way.
    """
    alarms.ring(REASON, "fills_above_order", order=order.pk)
    journal.write(order.group.bot, group=order.group, action="late", reason=REASON, now=now)
    transaction.on_commit(lambda: halt(order.connection_id, now=now))


def halt(connection_id: int, *, now: datetime) -> None:
    """Halt the bots whose open groups have such an order; asked at each comparison of the books, too."""
    if bots := [pk for (pk,) in _HOLDERS.run(connection=connection_id)]:
        with transaction.atomic():
            halts.halt_some(Bot.objects.filter(pk__in=bots), reason=REASON, by=HaltedBy.BOOKS, now=now)


_HOLDERS = PreparedRows(
    lambda: Order.objects.filter(
        connection=number("connection"), filled__gt=F("quantity"), group__mode__in=OPEN_MODES
    ).values_list("bot")
)
