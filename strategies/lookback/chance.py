"""How much of a result is chance: days put together anew, in blocks, so that bad days in a row stay together."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

DRAWS, BLOCK, SEED = 2000, 7, 20260301
SHARES = (5, 50, 95)
DIGITS = 8


@dataclass(frozen=True)
class Chance:
    """Of a hundred years made of these days, five came to less than the first figure, five to more than the last."""

    net: tuple[float, float, float]
    drawdown: tuple[float, float, float]
    days: int


def chance(changes: Sequence[float], *, seed: int = SEED) -> Chance:
    """Return the range of net and drawdown, in money; it is the same for the same days and seed."""
    days, count = np.array(changes, dtype=np.float64), len(changes)
    if not count:
        return Chance((0.0, 0.0, 0.0), (0.0, 0.0, 0.0), 0)
    starts = np.random.default_rng(seed).integers(0, count, size=(DRAWS, -(-count // BLOCK)))
    places = (starts[:, :, None] + np.arange(BLOCK)) % count
    sums = np.cumsum(days[places.reshape(DRAWS, -1)[:, :count]], axis=1)
    peaks = np.maximum.accumulate(np.maximum(sums, 0.0), axis=1)
    return Chance(_range(sums[:, -1]), _range((peaks - sums).max(axis=1)), count)


def _range(values: "np.ndarray[tuple[int, ...], np.dtype[np.float64]]") -> tuple[float, float, float]:
    low, middle, high = (round(float(one), DIGITS) for one in np.percentile(values, SHARES))
    return low, middle, high
