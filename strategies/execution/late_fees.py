"""What fees in a third coin were worth that we heard of too late for the price of their moment: by its minute's candle.

After an outage a fill may be told hours after it happened. A result without its fee would call a loss a profit.
"""

from datetime import datetime, timedelta
from decimal import Decimal

from django.db import transaction

from connections import desks
from connections.models import Connection
from exchanges.errors import ExchangeError
from exchanges.values import Candle
from strategies.execution import books, charges, settlement
from strategies.models import Fill, Group

FRAME, MINUTE = "1m", timedelta(minutes=1)
# So far back candles are asked for, and so long after the exchange told of an order: what has none then gets none.
REACH, ASKED_FOR = timedelta(hours=6), timedelta(minutes=15)
MOST = 100


def value(connection: Connection, now: datetime) -> None:
    """Value what is still without a value; a fill whose minute has no candle stays so, and its group says it."""
    lacking = Group.objects.filter(connection=connection, has_unvalued_fees=True).values_list("pk", flat=True)
    if not (groups := list(lacking[:MOST])):
        return
    late = Fill.objects.filter(
        order__group__in=groups,
        fee_value=None,
        is_fee_known=True,
        at__gte=now - REACH,
        at__lt=now - charges.OF_ITS_MOMENT,
        order__answered_at__gte=now - ASKED_FOR,
    )
    fills = list(late.select_related("order").order_by("pk")[:MOST])
    oldest: dict[str, datetime] = {}
    for fill in fills:
        for pair in charges.third_coins(fill):
            oldest[pair] = min(fill.at, oldest.get(pair, fill.at))
    prices = {pair: _closes(connection, pair, at, now) for pair, at in oldest.items()}
    for fill in fills:
        paid = charges.third_coins(fill)
        known = [prices[pair].get(fill.at.replace(second=0, microsecond=0)) for pair in paid]
        if None not in known:
            _keep(fill, sum((a * b for a, b in zip(known, paid.values(), strict=True) if a), Decimal(0)), now)


def _closes(connection: Connection, pair: str, since: datetime, now: datetime) -> dict[datetime, Decimal]:
    """Return the last price of each minute by its start; nothing where the exchange does not tell them."""
    count = (now - since) // MINUTE + 2
    try:
        candles: list[Candle] = desks.ask(
            connection.exchange, connection.venue, lambda desk: desk.candles(pair, FRAME, count)
        )
    except ExchangeError:
        return {}
    return {candle.start: candle.close for candle in candles}


def _keep(fill: Fill, worth: Decimal, now: datetime) -> None:
    with transaction.atomic():
        order = books.lock(fill.order_id)
        Fill.objects.filter(pk=fill.pk, fee_value=None).update(fee_value=worth)
        settlement.settle_group(order, now=now)
