"""A map of results around a bot's settings, and what choosing by the past would have come to: a small search, honestly.

Two settings are moved together, each place is run on four quarters of the time, and what is told of it is its worst
quarter. Nothing is called the best: what was chosen by the quarters before is held against how it went in the next one.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal
from itertools import pairwise, product
from typing import Any

from strategies.lookback.candles import Candles
from strategies.lookback.figures import figures
from strategies.lookback.months import beginning, between, joined
from strategies.lookback.variants import few, is_sound, moved_to, shown, times, value_of
from strategies.lookback.walk import CancelledError, Extremes, run
from strategies.lookback.wishes import BotWish, Terms

Pairs = Mapping[str, tuple[Candles, Terms]]
# What is set times these, for each of two settings: seven times seven places, times four quarters, are 196 runs.
FACTORS = tuple(Decimal(one) for one in ("0.5", "0.7", "0.85", "1", "1.2", "1.5", "2"))
QUARTERS = 4
AS_SET = FACTORS.index(Decimal(1)) * (len(FACTORS) + 1)
# The first two that a bot uses are moved; whole numbers have no such steps.
MOVED = ("take_profit", "first_step", "stop_loss", "trailing", "re_entry_minutes", "base_order", "accepted_loss")
# What is told of each run.
TOLD = ("net", "drawdown", "groups")
Place = Sequence[Mapping[str, Any]] | None


def axes_of(wish: BotWish) -> tuple[str, str] | None:
    """Return the names of the two settings that are moved, as variants.SETTINGS has them; None where there are none."""
    used = [name for name in MOVED if value_of(wish, name) is not None]
    return (used[0], used[1]) if len(used) > 1 else None


def around(
    wish: BotWish, pairs: Pairs, axes: tuple[str, str], *, order: Extremes, watch: Callable[[float], bool]
) -> dict[str, Any]:
    """Return the map, row by row, and what choosing by it would have come to.

    A place that cannot be set so is None. `watch` is told the share that is done before each run, and ends it by
    answering False: CancelledError.
    """
    values = [[times(value_of(wish, name), factor) for factor in FACTORS] for name in axes]
    parts, places, done = list(quarters(pairs)), list[Place](), 0

    def ran(moved: BotWish, part: Pairs) -> dict[str, Any]:
        nonlocal done
        if not watch(done / (len(FACTORS) ** 2 * len(parts))):
            raise CancelledError
        done += 1
        told = few(figures(moved, run(moved, part, order=order), part))
        return {name: told[name] for name in TOLD}

    for down, across in product(values[1], values[0]):
        moved = moved_to(moved_to(wish, axes[0], across), axes[1], down)
        places.append([ran(moved, part) for part in parts] if is_sound(moved) else None)
    return {
        "settings": list(axes),
        "values": [[shown(one) for one in some] for some in values],
        "quarters": [
            (
                min(int(one.minute[0]) for one, _ in part.values()),
                max(int(one.minute[-1]) for one, _ in part.values()) + 1,
            )
            for part in parts
        ],
        "places": places,
        "as_set": AS_SET,
        "forward": list(forward(places)),
    }


def quarters(pairs: Pairs) -> Iterator[Pairs]:
    """Yield the pairs in each quarter of their time; averages know what came before it."""
    first = min(int(candles.minute[0]) for candles, _ in pairs.values())
    end = max(int(candles.minute[-1]) for candles, _ in pairs.values()) + 1
    whole = {
        pair: candles if candles.earlier is None else joined([candles.earlier, candles])
        for pair, (candles, _) in pairs.items()
    }
    for since, until in pairwise(first + (end - first) * number // QUARTERS for number in range(QUARTERS + 1)):
        part = {}
        for pair, candles in whole.items():
            found = beginning(between(candles, int(candles.minute[0]), until), since)
            if len(found) and found.minute[0] >= since:
                part[pair] = found, pairs[pair][1]
        if part:
            yield part


def forward(places: Sequence[Place]) -> Iterator[dict[str, Any]]:
    """Yield for each quarter but the first the place whose worst quarter before was best, and how it went then.

    Of several alike it is the one that lies nearest to what is set.
    """
    here, width = places[AS_SET], len(FACTORS)
    far = {
        place: abs(place // width - AS_SET // width) + abs(place % width - AS_SET % width) for place in range(width**2)
    }
    for number in range(1, len(here or ())):
        known = {
            place: min(one["net"] for one in some[:number]) for place, some in enumerate(places) if some is not None
        }
        chosen = max(known, key=lambda place: (known[place], -far[place]))
        some = places[chosen]
        if some is not None and here is not None:
            yield {"quarter": number, "place": chosen, "net": some[number]["net"], "as_set": here[number]["net"]}
