"""A month of candles as bytes: what changes from minute to minute, zigzag, in byte planes, compressed."""

import zlib
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import numpy as np
from numpy.typing import NDArray

from strategies.lookback.candles import Candles

# The first byte tells how the rest is laid out.
FORMAT = b"\x01"
COLUMNS = 5
MINUTE_SECONDS = 60


def minutes_of(month: date) -> tuple[int, int]:
    """Return the first minute of a month, and that of the next: since 1970."""
    following = date(month.year + month.month // 12, month.month % 12 + 1, 1)
    first, end = (datetime(one.year, one.month, 1, tzinfo=UTC) for one in (month, following))
    return int(first.timestamp()) // MINUTE_SECONDS, int(end.timestamp()) // MINUTE_SECONDS


def pack(candles: Candles) -> bytes:
    """Return the candles without their step, which the row has."""
    columns = np.empty((COLUMNS, len(candles)), dtype=np.int64)
    columns[0] = np.diff(candles.minute.astype(np.int64), prepend=0)
    columns[1] = np.diff(candles.open.astype(np.int64), prepend=0)
    for place, column in enumerate((candles.high, candles.low, candles.close), start=2):
        columns[place] = column.astype(np.int64) - candles.open
    zigzag = ((columns << 1) ^ (columns >> 63)).astype("<u4")
    # Small numbers have their upper bytes in common: each of the four bytes by itself packs best.
    planes = zigzag.view(np.uint8).reshape(COLUMNS, len(candles), 4).transpose(0, 2, 1)
    return FORMAT + zlib.compress(np.ascontiguousarray(planes).tobytes())


def unpack(data: bytes, *, step: Decimal) -> Candles:
    """Return what `pack` packed; raises ValueError where it is anything else."""
    if data[:1] != FORMAT:
        raise ValueError("not a month of candles")
    try:
        planes = np.frombuffer(zlib.decompress(data[1:]), dtype=np.uint8).reshape(COLUMNS, 4, -1)
    except zlib.error as error:
        raise ValueError("not a month of candles") from error
    zigzag = np.ascontiguousarray(planes.transpose(0, 2, 1)).view("<u4")[:, :, 0].astype(np.int64)
    minute, opened, high, low, close = (zigzag >> 1) ^ -(zigzag & 1)
    opened = np.cumsum(opened)
    ticks = {"open": opened, "high": opened + high, "low": opened + low, "close": opened + close}
    columns: dict[str, Any] = {name: _int32(column) for name, column in ticks.items()}
    return Candles(step=step, minute=_int32(np.cumsum(minute)), **columns)


def joined(parts: list[Candles]) -> Candles:
    """Return all parts as one, on the finest of their steps; of two candles of a minute the later part's counts."""
    step = min(part.step for part in parts)
    times = [part.step / step for part in parts]
    if any(one != one.to_integral_value() for one in times):
        raise ValueError("steps that have no common measure")
    minute = np.concatenate([part.minute for part in parts])
    columns = {
        name: np.concatenate(
            [getattr(part, name).astype(np.int64) * int(more) for part, more in zip(parts, times, strict=True)]
        )
        for name in ("open", "high", "low", "close")
    }
    # The last of each minute: the first of it in the order backwards.
    minutes, places = np.unique(minute[::-1], return_index=True)
    places = len(minute) - 1 - places
    last: dict[str, Any] = {name: _int32(column[places]) for name, column in columns.items()}
    return Candles(step=step, minute=minutes, **last)


def between(candles: Candles, first: int, end: int) -> Candles:
    """Return the candles of these minutes."""
    part = slice(candles.at(first), candles.at(end))
    columns = ("minute", "open", "high", "low", "close")
    return Candles(step=candles.step, **{name: getattr(candles, name)[part] for name in columns})


def beginning(candles: Candles, first: int) -> Candles:
    """Return the candles of this minute on, and those before as their earlier ones."""
    if not len(candles) or candles.minute[0] >= first:
        return candles
    begin, end = int(candles.minute[0]), int(candles.minute[-1]) + 1
    return replace(between(candles, first, end), earlier=between(candles, begin, first))


def _int32(column: NDArray[np.int64]) -> NDArray[np.int32]:
    if len(column) and (column.max() > np.iinfo(np.int32).max or column.min() < 0):
        raise ValueError("a price of more steps than there is room for")
    return column.astype(np.int32)
