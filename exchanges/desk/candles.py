"""Candles of every frame from those that an exchange has: which one to ask for, and how many make one of ours."""

from collections.abc import Collection, Sequence
from datetime import UTC, datetime
from itertools import groupby

from exchanges.values import FRAMES, Candle

EPOCH = datetime.fromtimestamp(0, tz=UTC)


def source_of(frame: str, offered: Collection[str]) -> str:
    """Return the largest frame on offer that makes up this one; raise KeyError for a frame that we do not know."""
    wanted = FRAMES[frame]
    fitting = (name for name in FRAMES if name in offered and not wanted % FRAMES[name])
    return max(fitting, key=FRAMES.__getitem__)


def first_start(frame: str, count: int, now: datetime) -> datetime:
    """Return when the oldest of so many candles begins, the last of which is now open."""
    length = FRAMES[frame]
    return EPOCH + ((now - EPOCH) // length - count + 1) * length


def merged(candles: Sequence[Candle], frame: str) -> list[Candle]:
    """Make candles of a larger frame from those of a smaller, oldest first."""
    length = FRAMES[frame]
    groups = groupby(candles, key=lambda candle: (candle.start - EPOCH) // length)
    return [_joined(list(group), EPOCH + number * length) for number, group in groups]


def _joined(parts: list[Candle], start: datetime) -> Candle:
    return Candle(
        start=start,
        open=parts[0].open,
        high=max(part.high for part in parts),
        low=min(part.low for part in parts),
        close=parts[-1].close,
    )
