"""Candles at which time moves what a price alone would not: closes of longer candles, what decays, what is followed.

A candle too many costs a look; a float is never more than a search's margin, the engine decides upon its own decimals.
"""

from collections.abc import Callable
from decimal import Decimal

import numpy as np

from strategies.engine import recovery
from strategies.engine.position import ONE, Side
from strategies.engine.state import Case, Mode
from strategies.lookback.candles import CELL, Flags
from strategies.lookback.minutes import minute_of
from strategies.lookback.tracks import Track, first_cell, since_of

Search = Callable[[slice], Flags]


def searches(track: Track, case: Case) -> list[Search]:
    """Return what finds the candles that matter to a group as it is, beside those that leave its boundaries."""
    return [make(track, case) for applies, make in SEARCHES if applies(case)]


def break_even(track: Track, case: Case) -> Search:
    """Find candles that are beyond break-even after m closes that were: Recovery Mode ends there."""
    candles, cells, sign = track.candles, track.candles.cells, float(case.sign)
    needed, level = case.settings.recovery.leave_candles, sign * _ticks(track, case.group.position.break_even) - 1
    least = first_cell(track, since_of(case.group)) + needed

    def find(part: slice) -> Flags:
        found = sign * (candles.high if sign > 0 else candles.low)[part] > level
        if not found.any():
            return np.asarray(found)
        known = cells.known[part]
        found &= known >= least
        for back in range(1, needed + 1):
            found &= sign * cells.closes[np.maximum(known - back, 0)] > level
        return np.asarray(found)

    return find


def unsilenced(track: Track, case: Case) -> Search:
    """Find candles at whose start one of the last closes is not beyond break-even, or closes stopped coming."""
    candles, cells, sign = track.candles, track.candles.cells, float(case.sign)
    needed, level = case.settings.recovery.leave_candles, sign * _ticks(track, case.group.position.break_even) + 1

    def find(part: slice) -> Flags:
        known = cells.known[part]
        found = candles.minute[part] - cells.ends[known - 1] > 2 * CELL
        for back in range(1, needed + 1):
            found |= sign * cells.closes[known - back] < level
        return np.asarray(found)

    return find


def decay(track: Track, case: Case) -> Search:
    """Find candles that reach the take profit of Recovery Mode as it is then."""
    settings, group, minutes = case.settings, case.group, track.candles.minute
    began = group.recovery_began_at or group.recovery_since or case.now
    start, length = minute_of(began), settings.recovery.decay.total_seconds() / 60
    ends = (began, began + settings.recovery.decay)
    sign = float(case.sign)
    full, least = (sign * _ticks(track, recovery.take_profit_price(settings, group, at)) for at in ends)

    def find(part: slice) -> Flags:
        best = _exits(track, case, part, is_best=True)
        found = best - least >= -1.0
        if not found.any():
            return np.asarray(found)
        gone = (minutes[part] - start) / length if length else np.ones(part.stop - part.start)
        return np.asarray(best - (least + (full - least) * np.clip(1.0 - gone, 0.0, 1.0)) >= -1.0)

    return find


def turns(track: Track, case: Case) -> Search:
    """Find candles in which the price may turn back from its best as far as the trailing goes, or to break-even."""
    sign, trailing = float(case.sign), float(case.settings.trailing or 0)
    level = sign * _ticks(track, case.group.position.break_even) + 1
    best = [sign * _ticks(track, case.group.best or ONE)]

    def find(part: slice) -> Flags:
        bests = np.maximum(np.maximum.accumulate(_exits(track, case, part, is_best=True)), best[0])
        worst = _exits(track, case, part, is_best=False)
        best[0] = float(bests[-1])
        return np.asarray((worst <= bests - trailing * np.abs(bests) + 1) | (worst <= level))

    return find


def _exits(track: Track, case: Case, part: slice, *, is_best: bool) -> "np.ndarray[tuple[int], np.dtype[np.float64]]":
    """Return the best or the worst price that an exit gets in each candle, in ticks with the side's sign."""
    candles, half = track.candles, track.rules.half_spread
    is_long = case.settings.side is Side.LONG
    column = candles.high if is_best is is_long else candles.low
    return (float(case.sign) * column[part] - half).astype(np.float64)


def _ticks(track: Track, price: Decimal) -> float:
    return float(price / track.candles.step)


def _is_recovering(case: Case) -> bool:
    return case.group.mode is Mode.RECOVERY


def _is_followed(case: Case) -> bool:
    return case.group.best is not None


def _is_silenced(case: Case) -> bool:
    """Say whether closed candles beyond break-even keep Recovery Mode from being entered."""
    is_normal = case.group.mode is Mode.NORMAL and case.settings.recovery.is_on and case.group.best is None
    return is_normal and recovery.holds_break_even(case) and bool(recovery.trouble(case))


SEARCHES: tuple[tuple[Callable[[Case], bool], Callable[[Track, Case], Search]], ...] = (
    (_is_followed, turns),
    (_is_recovering, break_even),
    (_is_recovering, decay),
    (_is_silenced, unsilenced),
)
