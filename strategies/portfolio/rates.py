"""What one currency is worth in another, by the prices that the feeds read last."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from decimal import Decimal

from django.db.models import Q

from strategies.models import Instrument

ONE = Decimal(1)
# An older price is none.
PRICED_FOR = timedelta(hours=1)
Rates = dict[str, Decimal]


def pairs_of(currency: str, into: str) -> tuple[str, str]:
    """Return the pairs that tell it, the second one upside down."""
    return f"{currency}/{into}", f"{into}/{currency}"


def rates_of(venue: str, currencies: Iterable[str], into: str, *, now: datetime) -> Rates:
    """Return what one of each currency is worth; one that no fresh price tells is not there.

    Practice prices are for practice money, live ones for live money. Of several exchanges the latest price counts.
    """
    rates = {into: ONE}
    wanted = {pair: (one, pair.startswith(f"{one}/")) for one in currencies for pair in pairs_of(one, into)}
    fresh = Q(venue=venue, pair__in=wanted, price__isnull=False, priced_at__gte=now - PRICED_FOR, stands_since=None)
    for pair, price in Instrument.objects.filter(fresh).order_by("priced_at", "pk").values_list("pair", "price"):
        currency, is_straight = wanted[pair]
        if price and currency != into:
            rates[currency] = price if is_straight else ONE / price
    return rates
