"""Say which markets somebody looks at, so that workers keep their prices, rules and candles coming."""

from collections.abc import Iterable
from datetime import datetime

from strategies.models.market import WANTED_FOR, CandleSeries, Feed, Instrument


def want(exchange: str, venue: str, pairs: Iterable[str], *, now: datetime) -> dict[str, Instrument]:
    """Return the pairs' instruments as they are known now, and keep them coming for WANTED_FOR."""
    names = list(dict.fromkeys(pairs))
    until = now + WANTED_FOR
    Feed.objects.get_or_create(exchange=exchange, venue=venue)
    rows = [Instrument(exchange=exchange, venue=venue, pair=pair, wanted_until=until) for pair in names]
    Instrument.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["exchange", "venue", "pair"],
        update_fields=["wanted_until"],
    )
    return known(exchange, venue, names)


def known(exchange: str, venue: str, pairs: Iterable[str]) -> dict[str, Instrument]:
    found = Instrument.objects.filter(exchange=exchange, venue=venue, pair__in=list(pairs))
    return {one.pair: one for one in found}


def want_candles(instrument: Instrument, frame: str, *, now: datetime) -> CandleSeries:
    """Return the candles as they are known now, and keep them coming for WANTED_FOR."""
    series, _ = CandleSeries.objects.update_or_create(
        instrument=instrument, frame=frame, defaults={"wanted_until": now + WANTED_FOR}
    )
    return series
