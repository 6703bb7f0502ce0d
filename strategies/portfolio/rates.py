"""What one currency is worth in another, by the prices that the feeds read last."""

from collections.abc import Collection
from datetime import datetime, timedelta
from decimal import Decimal

from django.db.models import Q

from strategies.models import Instrument

ONE = Decimal(1)
# An older price is none.
PRICED_FOR = timedelta(hours=1)
Rates = dict[str, Decimal]


def rates_of(venue: str, currencies: Collection[str], into: str, *, now: datetime) -> Rates:
    """Return what one of each currency is worth; one that no fresh price tells is not there.

    Practice prices are for practice money, live ones for live money. Of several exchanges the latest price counts.
    """
    rates = {into: ONE}
    straight, inverse = ({f"{one}/{into}": one for one in currencies}, {f"{into}/{one}": one for one in currencies})
    fresh = Q(
        venue=venue,
        pair__in=[*straight, *inverse],
        price__isnull=False,
        priced_at__gte=now - PRICED_FOR,
        stands_since=None,
    )
    for pair, price in Instrument.objects.filter(fresh).order_by("priced_at", "pk").values_list("pair", "price"):
        if price:
            currency = straight.get(pair) or inverse[pair]
            rates[currency] = price if pair in straight else ONE / price
    return rates
