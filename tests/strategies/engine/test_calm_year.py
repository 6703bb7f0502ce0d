"""A year of minutes: Recovery Mode is entered at most once a day and group, whatever the price does."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal as D
from itertools import pairwise
from random import Random

import pytest

from strategies.engine.decide import decide
from strategies.engine.decision import Action
from strategies.engine.sizing import LEVELS
from strategies.engine.state import Case, Held, MarketNow
from strategies.engine.wake import Band, wake
from tests.strategies.engine.builders import NOW, make_group, make_limits, make_settings
from tests.strategies.engine.test_wake import after

MINUTE = timedelta(minutes=1)
MINUTES_OF_A_YEAR = 365 * 24 * 60
SETTINGS = make_settings(ladder=LEVELS["medium"].ladder(D(20)), take_profit=D("0.015"))


def year_of(random: Random, size: float) -> Iterator[MarketNow]:
    """Yield a market for each minute: a walk that is drawn back to where it began, with closed candles of five."""
    price, closes = 100.0, tuple[D, ...]()
    for minute in range(MINUTES_OF_A_YEAR):
        price *= 1 + random.gauss((100 - price) / 1e6, size)
        if minute % 5 == 0:
            closes = (*closes[-3:], D(f"{price:.4f}"))
        yield MarketNow(price=D(f"{price:.4f}"), at=NOW + minute * MINUTE, closes=closes, minimum_cost=D(5))


def opened(market: MarketNow) -> Held:
    return replace(make_group((str(market.price), "20")), opened_at=market.at, last_fill_at=market.at)


@pytest.mark.parametrize("size", [0.0003, 0.002])
def test_a_year_of_minutes_has_at_most_one_entry_a_day_and_group(size: float) -> None:
    group: Held | None = None
    band: Band | None = None
    entries, groups = list[tuple[int, MarketNow]](), 0
    for market in year_of(Random(7), size):
        if group is None:
            group, band, groups = opened(market), None, groups + 1
        # What closed candles say is no part of a band.
        if band is not None and band.holds(market, market.at):
            continue
        case = Case(settings=SETTINGS, group=group, market=market, limits=make_limits(), now=market.at)
        decision = decide(case)
        if decision.action is Action.ENTER_RECOVERY:
            entries.append((groups, market))
        band = wake(case, decision)
        group = after(group, decision, market, market.at)

    of_group: dict[int, list[MarketNow]] = {}
    for number, market in entries:
        of_group.setdefault(number, []).append(market)
    assert entries, "a year without trouble proves nothing"
    for markets in of_group.values():
        assert all(b.at - a.at >= timedelta(days=1) for a, b in pairwise(markets))
