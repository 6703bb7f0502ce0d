"""Whether a price stands still while trades go on: what an exchange serves then is not the market of now.

The time that a ticker tells proves nothing of this: at many exchanges it is that of the last trade, and of a pair that
nobody trades it is old by right. Closed candles prove it: they hold trades since the price last changed, at prices that
it never showed.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import pairwise

from exchanges.values import Candle

FRAME, LENGTH = "1m", timedelta(minutes=1)
# So many are asked for; a ticker may lag behind its candles by so much.
CANDLES, LAG = 6, timedelta(seconds=10)


def stands(price: Decimal | None, moved_at: datetime | None, candles: Sequence[Candle], now: datetime) -> bool:
    """Say whether a candle that began after the price last changed, and has ended, was traded at other prices alone.

    A candle without a trade repeats the close before it: it says nothing, whatever that close was.
    """
    if price is None or moved_at is None:
        return False
    for before, candle in pairwise(candles):
        is_after = candle.start >= moved_at and candle.start + LENGTH + LAG <= now
        was_traded = candle.low < candle.high or candle.close != before.close
        if is_after and was_traded and not candle.low <= price <= candle.high:
            return True
    return False
