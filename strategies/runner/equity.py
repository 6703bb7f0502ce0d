"""Each hour: write down what every connection with bots is worth, and once a day what each pair costs."""

from datetime import UTC, datetime

from django.db import transaction
from django.db.models import Q

from strategies.choices import Grain
from strategies.models import DayPrice, EquityPoint, Funds, Instrument
from strategies.models.equity import begins_at
from strategies.portfolio.equity import measure
from strategies.portfolio.rates import PRICED_FOR

# In a second: the others of the hour follow in the next ones.
AT_ONCE = 50


def note(now: datetime) -> None:
    hour = begins_at(now, Grain.HOUR)
    due = Funds.objects.filter(Q(noted_at=None) | Q(noted_at__lt=hour), connection__deleted_at=None)
    # Nearly every second there is nothing to do, and on SQLite the only writer must not be taken for that.
    if accounts := list(due.order_by("pk")[:AT_ONCE]):
        points, prices = measure(accounts, now), _prices(now)
        with transaction.atomic():
            EquityPoint.objects.keep(points)
            # The first of a day stays.
            DayPrice.objects.bulk_create(prices, ignore_conflicts=True)
            Funds.objects.filter(pk__in=[funds.pk for funds in accounts]).update(noted_at=now)


def _prices(now: datetime) -> list[DayPrice]:
    """Return what pairs cost that this day has no price of yet, of those that somebody trades or looks at."""
    today = now.astimezone(UTC).date()
    known = set(DayPrice.objects.filter(day=today).values_list("exchange", "venue", "pair"))
    priced = Instrument.objects.filter(wanted_until__gt=now, priced_at__gte=now - PRICED_FOR, price__isnull=False)
    rows = priced.order_by("pk").values_list("exchange", "venue", "pair", "price")
    return [
        DayPrice(exchange=exchange, venue=venue, pair=pair, day=today, price=price)
        for exchange, venue, pair, price in rows
        if price and (exchange, venue, pair) not in known
    ]
