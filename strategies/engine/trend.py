"""The trend rule: two averages cross on the last closed candle, and the higher time frame agrees."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

from strategies.engine.position import Side

# Of how many closes the averages are, and the last so many closes that they stand on: whatever is known before them
# counts nothing, so that a bot decides the same however long its candles were kept.
FAST, SLOW, LONG = 12, 26, 50
CLOSES = 299


def ema(values: Sequence[Decimal], length: int) -> list[Decimal]:
    """Return the exponential moving average from the value number `length` on, [] for too few values.

    The standard formula: EMA_t = EMA_{t−1} + k·(x_t − EMA_{t−1}) with k = 2/(n + 1), begun with the simple average
    of the first n values. The last figure belongs to the last value.
    """
    if length < 1 or len(values) < length:
        return []
    average = sum(values[:length], Decimal(0)) / length
    averages = [average]
    for value in values[length:]:
        average += 2 * (value - average) / (length + 1)
        averages.append(average)
    return averages


def crossed(closes: Sequence[Decimal], *, fast: int = FAST, slow: int = SLOW) -> Side | None:
    """Return the side to which the fast average crossed the slow one on the last closed candle, None for no cross."""
    quick, lazy = ema(closes, fast)[-2:], ema(closes, slow)[-2:]
    if len(quick) < 2 or len(lazy) < 2:
        return None
    before, now = quick[0] - lazy[0], quick[1] - lazy[1]
    if before <= 0 < now:
        return Side.LONG
    return Side.SHORT if now < 0 <= before else None


def trend(
    closes: Sequence[Decimal],
    higher_closes: Sequence[Decimal],
    *,
    fast: int = FAST,
    slow: int = SLOW,
    higher: int = LONG,
) -> Side | None:
    """Return the side to enter: a cross whose direction the higher time frame does not contradict.

    There, the last close lies beyond the average in that direction, and the average itself does not move against it.
    """
    closes, higher_closes = closes[-CLOSES:], higher_closes[-CLOSES:]
    side, slope = crossed(closes, fast=fast, slow=slow), ema(higher_closes, higher)[-2:]
    if side is None or len(slope) < 2:
        return None
    is_beyond = side.sign * (higher_closes[-1] - slope[1]) > 0
    return side if is_beyond and side.sign * (slope[1] - slope[0]) >= 0 else None


def asks(side: Side | None, *, closed_at: datetime, opened_at: datetime | None) -> bool:
    """Say whether the trend asks for a group of a pair: where it turned upwards with the candle that closed last.

    It counts once: no group of the pair was opened since that candle closed.
    """
    return side is Side.LONG and (opened_at is None or opened_at < closed_at)
