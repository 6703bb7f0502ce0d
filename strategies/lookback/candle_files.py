"""Candles from a file: somebody's rows are put in order and mended, our own are taken as they are or not at all."""

import re
from collections.abc import Iterable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np

from strategies.lookback.candles import Candles

COLUMNS = 5
# Nobody wrote seconds so large: these are milliseconds.
MILLISECONDS = 1e11
# A price is on a step if it is so near to one.
NEAR = 1e-6
HIGHEST = 2**31 - 2
# The first line of a file of ours, and how its numbers are written.
HEAD = "time,open,high,low,close"
WHOLE, PRICE = re.compile(r"[0-9]{1,12}"), re.compile(r"[0-9]{1,20}(\.[0-9]{1,20})?")


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


def exact(lines: Iterable[str]) -> Candles:
    """Return the candles of a file as `lines_of` writes it, on the largest decimal step that all its prices have.

    Nothing is mended: CandleFileError names the first line that is wrong. A minute that the file leaves out is missing.
    """
    rows, last, digits = list[tuple[int, list[Decimal]]](), -1, 0
    for number, line in enumerate(lines, start=1):
        text = line.rstrip("\r\n")
        if number == 1:
            if text != HEAD:
                raise CandleFileError(f"line 1: write {HEAD} there.")
            continue
        minute, prices = _row(text, number)
        if minute <= last:
            raise CandleFileError(f"line {number}: its minute is not later than that of the line before.")
        last = minute
        rows.append((minute, prices))
        digits = max(digits, *(len(part.partition(".")[2].rstrip("0")) for part in text.split(",")[1:]))
    if not rows:
        raise CandleFileError("line 2: there are no candles.")
    step = Decimal(1).scaleb(-digits)
    if max(prices[1] for _, prices in rows) / step > HIGHEST:
        raise CandleFileError(f"A price has more steps of {step:f} than there is room for: write fewer decimals.")
    table = np.array([[minute, *(int(price / step) for price in prices)] for minute, prices in rows], dtype=np.int32)
    columns: dict[str, Any] = dict(zip(("minute", "open", "high", "low", "close"), table.T, strict=True))
    return Candles(step=step, **columns)


def _row(text: str, number: int) -> tuple[int, list[Decimal]]:
    """Return the minute and the four prices of one line."""
    parts = text.split(",")
    if len(parts) != COLUMNS:
        raise CandleFileError(f"line {number}: it has {len(parts)} columns, and {COLUMNS} are needed: {HEAD}.")
    if not WHOLE.fullmatch(parts[0]) or int(parts[0]) % 60 or int(parts[0]) // 60 > HIGHEST:
        raise CandleFileError(f"line {number}: its time is not the start of a minute, in seconds since 1970.")
    if not all(PRICE.fullmatch(part) for part in parts[1:]):
        raise CandleFileError(f"line {number}: a price is not written as digits with a point, as 95000.5.")
    opened, high, low, close = prices = [Decimal(part) for part in parts[1:]]
    if low <= 0:
        raise CandleFileError(f"line {number}: a price is not above zero.")
    if low > min(opened, close) or high < max(opened, close):
        raise CandleFileError(f"line {number}: open and close do not lie between low and high.")
    return int(parts[0]) // 60, prices


def lines_of(candles: Candles) -> Iterator[str]:
    """Yield the lines of a file that `exact` reads: prices as decimal text, nothing rounded."""
    yield HEAD + "\n"
    columns = (candles.open, candles.high, candles.low, candles.close)
    for minute, *ticks in zip(candles.minute.tolist(), *(column.tolist() for column in columns), strict=True):
        yield ",".join([str(minute * 60), *(f"{tick * candles.step:f}" for tick in ticks)]) + "\n"
