"""Falls: a price that passes several rungs between two looks, and what a ladder is worth in it.

The figures of docs/trading.md and of its drawing (docs/images/fall.svg) are these:
`pytest tests/strategies/stories/test_falls.py -n0 -s` prints them.
"""

import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal as D

import pytest
from django.conf import settings

from strategies.engine.state import AddOn, Case
from strategies.models import Fill
from tests.strategies.stories.trader import Trader

pytestmark = pytest.mark.services
START = D(60000)
# A look that shares its machine with many: from a price to the fill.
PACE = 4


def falling(*, by: str, seconds: int, back_to: str = "", until: int = 0) -> list[D]:
    """Return the price at each look: it falls evenly by a share, then rises evenly to another."""
    fall = [D(by) * t / seconds for t in range(PACE, seconds + 1, PACE)]
    rise = D(back_to or by) - D(by)
    back = [D(by) + rise * (t - seconds) / (until - seconds) for t in range(seconds + PACE, until + 1, PACE)]
    return [START * (1 + share) for share in (*fall, *back)]


FALLS = {
    "-40 % in 60 s": falling(by="-0.40", seconds=60),
    "-15 % in 20 s, at -4 % after 60 s": falling(by="-0.15", seconds=20, back_to="-0.04", until=60),
    "-15 % at once, at -4 % after 60 s": [START * D("0.85"), START * D("0.96")],
}


# The one that is drawn, and where: 60 seconds from 56 to 560, and from 100 % at 61.6 down to 85 % at 326.4.
DRAWN = "-15 % in 20 s, at -4 % after 60 s"
DRAWING = (settings.BASE_DIR / "docs" / "images" / "fall.svg").read_text()
MARK = re.compile(r'<(?:circle class="bought" cx="([\d.]+)" cy|rect class="sold" x="([\d.]+)" y)="([\d.]+)"')
HALF_A_SQUARE, LEGEND = 6.5, 370


@dataclass(frozen=True)
class Figures:
    """Rungs that were filled, the average as a share of the first price, and the result in percent of what was paid.

    `orders` are those after the entry: after how many seconds, and at how many percent of the first price.
    """

    rungs: int
    average: D
    result: D
    is_closed: bool
    orders: tuple[tuple[int, float], ...] = ()

    def __str__(self) -> str:
        how = "closed" if self.is_closed else "open"
        return f"{self.rungs} of 5 | {self.average * 100:.1f} % | {self.result:+.1f} % ({how})"


def live(trading: Trader, prices: list[D], *, cool_down: int) -> Figures:
    """Let a Medium bot with a ladder of 387 live through the prices, look by look."""
    trading.set(risk_level="medium", base_order=D(50), margin_limit=D(3000), cool_down_minutes=cool_down)
    trading.signal("long")
    first = trading.group
    orders, last = [], trading.order
    for look, price in enumerate(prices, start=1):
        trading.price(str(round(price, 1)))
        trading.look()
        if (order := trading.order) != last:
            fills = Fill.objects.filter(order=order)
            paid, got = (sum((getattr(fill, name) for fill in fills), D(0)) for name in ("cost", "quantity"))
            orders.append((look * PACE, round(float(paid / got / (first.first_price or 1) * 100), 1)))
            last = order
    group = trading.group
    assert (group.pk, trading.wrong()) == (first.pk, [])
    assert group.first_price is not None
    worth = group.proceeds + group.held * prices[-1] * D("0.999")
    result = (worth - group.cost - group.fee_quote) / group.cost * 100
    average = group.cost / group.quantity / group.first_price
    return Figures(group.add_ons_done, average, result, group.mode == "closed", tuple(orders))


def drawn() -> tuple[tuple[int, float], ...]:
    """Return the orders of the drawing, read off its axes."""
    marks = [(float(x or left), float(y), bool(left)) for x, left, y in MARK.findall(DRAWING)]
    middles = [(x + HALF_A_SQUARE * sold, y + HALF_A_SQUARE * sold) for x, y, sold in marks if y < LEGEND]
    return tuple((round((x - 56) / 8.4), round(100 - (y - 61.6) * 15 / (326.4 - 61.6), 1)) for x, y in middles)


def resting(prices: list[D]) -> str:
    """Return what orders that rested at each rung would have got, without fees; reckoned by hand, not by our engine."""
    rungs = [
        ("1.8", "50"),
        ("4.05", "57.5"),
        ("6.8625", "66.125"),
        ("10.378125", "76.04375"),
        ("14.77265625", "87.45031"),
    ]
    at = [(D(1), D(50)), *((1 - D(off) / 100, D(cost)) for off, cost in rungs)]
    got = [(share, cost) for share, cost in at if share == 1 or min(prices) <= START * share]
    average = sum((cost for _, cost in got), D(0)) / sum((cost / share for share, cost in got), D(0))
    return f"{len(got) - 1} of 5 | {average * 100:.1f} %"


@pytest.fixture
def one_rung(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let each order be of one rung, as it was."""

    def alone(case: Case) -> Iterator[AddOn]:
        yield from [case.add_on] if case.add_on else []

    monkeypatch.setattr(Case, "add_ons", alone)


def tell(name: str, kind: str, figures: object) -> None:
    sys.stdout.write(f"\n| {name} | {kind} | {figures} |\n")


@pytest.mark.parametrize("name", FALLS)
def test_before_a_cool_down_kept_the_rungs_of_a_fall_apart(trading: Trader, one_rung: None, name: str) -> None:
    before = live(trading, FALLS[name], cool_down=5)

    tell(name, "resting orders", resting(FALLS[name]))
    tell(name, "before", before)
    assert (before.rungs, before.is_closed) == (0, False)
    if name == DRAWN:
        assert f"open at −{abs(before.result):.1f} %" in DRAWING


def test_in_a_crash_a_medium_bot_fills_its_ladder(trading: Trader) -> None:
    now = live(trading, FALLS["-40 % in 60 s"], cool_down=0)

    tell("-40 % in 60 s", "now", now)
    assert now.rungs >= 4


@pytest.mark.parametrize("name", [name for name in FALLS if name.startswith("-15")])
def test_a_fall_that_comes_back_for_the_most_part_closes_in_profit(trading: Trader, name: str) -> None:
    now = live(trading, FALLS[name], cool_down=0)

    tell(name, "now", now)
    assert now.rungs >= 4
    assert now.is_closed
    assert trading.group.result is not None
    assert trading.group.result > 0
    if name == DRAWN:
        assert drawn() == now.orders
        assert f"average {now.average * 100:.1f} %, {now.rungs} add-ons" in DRAWING
        assert f"closed at {now.result:+.1f} %" in DRAWING


def test_rungs_that_were_passed_between_two_looks_are_one_order(trading: Trader) -> None:
    trading.set(risk_level="medium", base_order=D(50), margin_limit=D(3000))
    trading.signal("long")

    trading.at("54000")

    assert trading.orders() == [("entry", "filled"), ("add_on", "filled")]
    assert (trading.order.step, trading.order.reason, trading.group.add_ons_done) == (3, "add_on.fall", 3)
    # 50, 57.5 and 66.125, and what the entry kept back of its 50 for a price half a percent above.
    assert D("173.625") < trading.order.quantity * trading.order.price <= D("173.875")


def test_what_is_missing_of_a_rung_is_bought_with_the_next(trading: Trader) -> None:
    trading.set(risk_level="medium", base_order=D(50), margin_limit=D(3000))
    trading.signal("long")
    trading.price("58500", liquidity="0.0001")

    trading.watch()
    assert (trading.order.state, trading.order.filled, trading.group.add_ons_done) == ("canceled", D("0.0001"), 0)
    trading.at("57400")

    group = trading.group
    assert (trading.order.step, trading.order.state, group.add_ons_done) == (2, "filled", 2)
    # 50, 50 and 57.5, less what orders keep back for a price half a percent above.
    assert D("157.5") * D("0.99") < group.cost <= D("157.5")
    assert trading.wrong() == []
