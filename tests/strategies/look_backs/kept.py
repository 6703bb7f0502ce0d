"""Minutes that are kept, as a look back of somebody's left them."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import cache
from typing import Any

from connections.models import Connection
from strategies.lookback import months
from strategies.models import CandleMonth
from tests.strategies.lookback.worlds import make_candles

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
SINCE, UNTIL = datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 3, 11, tzinfo=UTC)


@cache
def _packed(since: datetime, until: datetime) -> tuple[int, bytes]:
    """Return ten per cent down and up again, every ten hours."""
    first, end = (int((moment - EPOCH) / timedelta(minutes=1)) for moment in (since, until))
    prices = [9500 - abs(n % 600 - 300) * 3 for n in range(end - first)]
    rows = [(price, price + 4, price - 4, price) for price in prices]
    candles = make_candles(rows, step=Decimal("0.01"), minutes=list(range(first, end)))
    return len(rows), months.pack(candles)


def make_month(
    home: Connection, *, pair: str = "BTC/USDT", since: datetime = SINCE, until: datetime = UNTIL, **more: Any
) -> CandleMonth:
    count, data = _packed(since, until)
    values = {"step": Decimal("0.01"), "count": count, "data": data} | more
    month = since.date().replace(day=1)
    place = {"exchange": home.exchange, "venue": home.venue, "pair": pair, "month": month}
    return CandleMonth.objects.create(**place, since=since, until=until, **values)
