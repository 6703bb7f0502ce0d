"""Candles of every frame from those that an exchange has: which one to ask for, and how many make one of ours."""

from collections.abc import Collection, Sequence
from datetime import UTC, datetime
from itertools import groupby

from exchanges.values import Candle

MINUTES = {"1m": 1, "5m": 5, "15m": 15, "30m": 30, "1h": 60, "2h": 120, "4h": 240, "1d": 1_440}


def source_of(frame: str, offered: Collection[str]) -> str:
    """Return the largest frame on offer that makes up this one; raise KeyError for a frame that we do not know."""
    wanted = MINUTES[frame]
    return max((name for name in MINUTES if name in offered and wanted % MINUTES[name] == 0), key=MINUTES.__getitem__)


def first_start(frame: str, count: int, now: datetime) -> datetime:
    """Return when the oldest of so many candles begins, the last of which is now open."""
    seconds = MINUTES[frame] * 60
    return datetime.fromtimestamp((int(now.timestamp()) // seconds - count + 1) * seconds, tz=UTC)


def merged(candles: Sequence[Candle], frame: str) -> list[Candle]:
    """Make candles of a larger frame from those of a smaller, oldest first."""
    seconds = MINUTES[frame] * 60
    groups = groupby(candles, key=lambda candle: int(candle.start.timestamp()) // seconds)
    return [_joined(list(group), number * seconds) for number, group in groups]


def _joined(parts: list[Candle], start: int) -> Candle:
    return Candle(
        start=datetime.fromtimestamp(start, tz=UTC),
        open=parts[0].open,
        high=max(part.high for part in parts),
        low=min(part.low for part in parts),
        close=parts[-1].close,
        volume=sum((part.volume for part in parts[1:]), parts[0].volume),
    )
