"""A pair's price in the time that was looked back at, with what the bot bought and sold, drawn by the server."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from strategies.engine.decision import Action
from strategies.pages.look_backs.result import at, number
from strategies.words import numbers

WIDTH, HEIGHT, EDGE, MARK = 600, 150, 12, 4
# More pairs than these are in the file.
MOST_PAIRS = 6
BOUGHT = frozenset({Action.OPEN, Action.ADD})


@dataclass(frozen=True, kw_only=True)
class PairChart:
    """`band` runs along the highest prices and back along the lowest; `bought` and `sold` are paths of marks."""

    pair: str
    band: str
    bought: str
    sold: str
    buys: int
    sales: int
    lowest: str
    highest: str
    since: str
    until: str

    width, height = WIDTH, HEIGHT


def charts_of(told: Mapping[str, Any]) -> Iterator[PairChart]:
    """Yield a chart of each pair, the first ones; none of an answer from before prices were kept with it."""
    for pair, points in list(told.get("prices", {}).items())[:MOST_PAIRS]:
        if len(points) > 1:
            own = [one for one in told["events"] if one["pair"] == pair]
            yield _chart(pair, points, own)


def _chart(pair: str, points: Sequence[Sequence[float]], events: Sequence[Mapping[str, Any]]) -> PairChart:
    first, last = points[0][0], points[-1][0]
    low, high = min(one[1] for one in points), max(one[2] for one in points)
    across, up = WIDTH / (last - first), (HEIGHT - 2 * EDGE) / ((high - low) or 1.0)

    def place(minute: float, price: float) -> tuple[float, float]:
        return (minute - first) * across, HEIGHT - EDGE - (price - low) * up

    def marks(actions: frozenset[Action], turn: int) -> str:
        """Return small triangles, of those that would cover each other one."""
        seen = {}
        for one in events:
            if one["action"] in actions:
                x, y = place(one["minute"], min(max(float(one["price"]), low), high))
                seen[round(x), round(y)] = f"M{x:.0f} {y:.0f}l{-MARK} {turn * 2 * MARK}h{2 * MARK}z"
        return "".join(seen.values())

    upper = [place(minute, price) for minute, _, price in points]
    lower = [place(minute, price) for minute, price, _ in reversed(points)]
    return PairChart(
        pair=pair,
        band=" ".join(f"{x:.1f},{y:.1f}" for x, y in [*upper, *lower]),
        bought=marks(BOUGHT, 1),
        sold=marks(frozenset({Action.CLOSE}), -1),
        buys=sum(1 for one in events if one["action"] in BOUGHT),
        sales=sum(1 for one in events if one["action"] == Action.CLOSE),
        lowest=numbers.price(number(low)),
        highest=numbers.price(number(high)),
        since=f"{at(int(first)):%Y-%m-%d}",
        until=f"{at(int(last)):%Y-%m-%d}",
    )
