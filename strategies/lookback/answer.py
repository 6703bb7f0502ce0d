"""A run as JSON: the same for the same bot, candles and engine, to the last digit, whichever page or command asks."""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from datetime import timedelta
from decimal import Decimal
from enum import Enum
from functools import cache
from pathlib import Path
from typing import Any

from strategies import engine
from strategies.lookback.candles import Candles
from strategies.lookback.chance import chance
from strategies.lookback.figures import figures
from strategies.lookback.walk import Extremes, Trace, run
from strategies.lookback.wishes import BotWish, Terms

VERSION = 1
# As many as a drawing has places for.
STRETCHES = 300
# What a look back cannot know; each result says so, in the words of the page that shows it.
UNKNOWN = (
    "shorter_than_a_second",
    "refused_or_partly_filled",
    "late_candles",
    "other_bots",
    "rules_and_fees_of_today",
    "order_within_a_minute",
)


def answer(
    wish: BotWish, pairs: Mapping[str, tuple[Candles, Terms]], *, watch: Callable[[float], bool] | None = None
) -> dict[str, Any]:
    """Run both orders of each minute's extremes; the worse result is the headline, the difference what is not known.

    `watch` is told how much of both is done; CancelledError when it says that nobody waits for it.
    """
    traces = dict[Extremes, Trace]()
    for order in Extremes:

        def half(share: float, done: int = len(traces)) -> bool:
            return watch is None or watch((done + share) / len(Extremes))

        traces[order] = run(wish, pairs, order=order, watch=half)
    told = {order: figures(wish, trace, pairs) for order, trace in traces.items()}
    worse, better = sorted(told, key=lambda order: (told[order].net, order.value))
    found = plain(told[worse])
    days = found.pop("days")
    return {
        "version": VERSION,
        "engine": engine_hash(),
        "settings": plain(wish),
        "rules": {pair: plain(rules) for pair, (_, rules) in pairs.items()},
        "candles": {pair: fingerprint(candles) for pair, (candles, _) in pairs.items()},
        "prices": {pair: candles.band(STRETCHES) for pair, (candles, _) in pairs.items()},
        "minutes_before": {pair: candles.before for pair, (candles, _) in pairs.items()},
        "order": worse.value,
        "uncertainty": round(told[better].net - told[worse].net, 8),
        **found,
        "chance": plain(chance([day["change"] for day in days])),
        "days": days,
        "events": [plain(event) for event in traces[worse].events],
        "looks": sum(trace.looks for trace in traces.values()),
        "cannot_know": list(UNKNOWN),
    }


def outline(
    wish: BotWish,
    pairs: Mapping[str, tuple[Candles, Terms]],
    *,
    order: Extremes = Extremes.FALLS_FIRST,
    watch: Callable[[float], bool] | None = None,
) -> dict[str, Any]:
    """Run one order alone, which takes half the time, and return its figures as `answer` has them."""
    found = figures(wish, run(wish, pairs, order=order, watch=watch), pairs)
    return {**plain(found), "order": order.value, "chance": plain(chance([day.change for day in found.days]))}


def plain(value: Any) -> Any:
    """Return a value as JSON has it: money as text, so that no digit is lost; of a dataclass its named fields."""
    if isinstance(value, Decimal):
        return format(value.normalize(), "f") if value else "0"
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, timedelta):
        return int(value.total_seconds())
    if is_dataclass(value) and not isinstance(value, type):
        return {one.name: plain(getattr(value, one.name)) for one in fields(value) if one.init}
    if isinstance(value, Mapping):
        return {str(key): plain(one) for key, one in value.items()}
    return [plain(one) for one in value] if isinstance(value, list | tuple) else value


def fingerprint(candles: Candles) -> str:
    """Return what tells these candles from any others."""
    found = hashlib.sha256(str(candles.step.normalize()).encode())
    parts = [candles] if candles.earlier is None else [candles.earlier, candles]
    for part in parts:
        for column in (part.minute, part.open, part.high, part.low, part.close):
            found.update(column.astype("<i4").tobytes())
    return found.hexdigest()


@cache
def engine_hash() -> str:
    """Return what tells the rules that decided from any others: a result is kept only as long as they are the same."""
    found = hashlib.sha256()
    for folder in (Path(engine.__file__).parent, Path(__file__).parent):
        for path in sorted(folder.glob("*.py")):
            found.update(path.name.encode() + path.read_bytes())
    return found.hexdigest()
