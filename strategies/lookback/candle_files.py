"""Candles from a file: rows are put in order, mended where prices are off the step, and refused where wrong."""

from decimal import Decimal
from pathlib import Path

import numpy as np

from strategies.lookback.candles import Candles

COLUMNS = 5
# Nobody wrote seconds so large: these are milliseconds.
MILLISECONDS = 1e11
# A price is on a step if it is so near to one.
NEAR = 1e-6
HIGHEST = 2**31 - 2


class CandleFileError(ValueError):
    """The file cannot be read as candles; the text says what to change."""


def read(path: Path, *, step: Decimal) -> tuple[Candles, int]:
    """Return the candles of a CSV file (time, open, high, low, close, more is ignored), and how many were mended.

    A head line is allowed. Of two candles of one minute the later row counts.
    """
    with path.open() as file:
        head = 0 if _is_number(file.readline().partition(",")[0]) else 1
    try:
        rows = np.loadtxt(path, delimiter=",", skiprows=head, usecols=range(COLUMNS), ndmin=2)
    except ValueError as error:
        raise CandleFileError(f"{path.name} is no CSV of time, open, high, low, close: {error}") from None
    if not len(rows):
        raise CandleFileError(f"{path.name} has no candles.")
    return candles_of(rows, step=step)


def candles_of(rows: "np.ndarray[tuple[int, int], np.dtype[np.float64]]", *, step: Decimal) -> tuple[Candles, int]:
    """Return candles of rows of numbers, and how many of them were mended: outwards, to the next step."""
    seconds = rows[:, 0] / (1000 if rows[0, 0] > MILLISECONDS else 1)
    minutes = (seconds // 60).astype(np.int64)
    # The last of each minute: the first of it in the order backwards.
    minutes, places = np.unique(minutes[::-1], return_index=True)
    prices = rows[len(rows) - 1 - places, 1:COLUMNS] / float(step)
    if not np.isfinite(prices).all() or (prices <= 0).any() or prices.max() > HIGHEST:
        raise CandleFileError("A price is not above zero, or too large for the price step.")
    near = np.rint(prices)
    is_off = np.abs(prices - near) > np.maximum(NEAR, NEAR * 1e-3 * prices)
    opened, high, low, close = np.where(is_off, prices, near).T
    opened, close = np.rint(opened), np.rint(close)
    highest = np.maximum.reduce((np.ceil(high), opened, close))
    lowest = np.maximum(1, np.minimum.reduce((np.floor(low), opened, close)))
    was_mended = is_off.any(axis=1) | (highest > np.ceil(high)) | (lowest < np.floor(low))
    columns = dict(zip(("open", "high", "low", "close"), (opened, highest, lowest, close), strict=True))
    ticks = {name: np.maximum(1, column).astype(np.int32) for name, column in columns.items()}
    return Candles(step=step, minute=minutes.astype(np.int32), **ticks), int(was_mended.sum())


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
