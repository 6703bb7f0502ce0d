"""A bot trades on the practice exchange minute by minute, and a look back at those very minutes does what it did.

The practice exchange runs in this process, so that one clock is moved for both.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any

import numpy as np
import pytest
import time_machine

from accounts import audit
from accounts.by import PRODUCT
from connections import desks
from strategies import halts
from strategies.look_backs import past, wish
from strategies.lookback.candles import Candles
from strategies.lookback.minutes import minute_within
from strategies.lookback.past import compare
from strategies.lookback.walk import Trace, run
from strategies.lookback.wishes import BotWish, Terms
from strategies.models import Group, Instrument, JournalLine
from strategies.stops import flows as stops
from tests.practice.conftest import found as found
from tests.practice.conftest import server as server
from tests.practice.rig import Rig
from tests.strategies.stories.trader import Trader

pytestmark = pytest.mark.services
PAIR = "BTC/USDT"
MINUTE, SECOND = timedelta(minutes=1), timedelta(seconds=1)
STEP = Decimal("0.1")
# What the journal calls the engine's acts.
DECIDED = {
    "entry": "open",
    "add_on": "add",
    "exit": "close",
    "enter_recovery": "enter_recovery",
    "leave_recovery": "leave_recovery",
}


@pytest.fixture
def practice(server: Rig, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Rig]:
    settings.PRACTICE_URL = server.base
    monkeypatch.setenv("PRACTICE_URL", server.base)
    desks.desk_at.cache_clear()
    yield server
    desks.desk_at.cache_clear()


class Day:
    """A day of one price a minute, which the bot looks at three times, a second apart; `candles` is how it was told.

    `wicks` are lowest prices that were there while nobody looked.
    """

    def __init__(self, trader: Trader, clock: Any) -> None:
        self.trader, self.clock = trader, clock
        self.start = datetime.now(UTC).replace(second=0, microsecond=0) + MINUTE
        self.prices, self.wicks = list[str](), dict[int, str]()

    def live(self, *prices: float) -> None:
        for price in prices:
            at = self.until
            self.prices.append(str(round(price, 1)))
            self.trader.price(self.prices[-1])
            for look in range(3):
                self.clock.move_to(at + look * SECOND, tick=True)
                self.trader.look()

    def alert(self, wish: str = "long") -> None:
        """Send an alert half a minute after the last look."""
        self.clock.move_to(self.until - MINUTE / 2, tick=True)
        self.trader.signal(wish)

    @property
    def until(self) -> datetime:
        return self.start + len(self.prices) * MINUTE

    @property
    def candles(self) -> Candles:
        close = np.array([int(Decimal(price) / STEP) for price in self.prices], dtype=np.int32)
        low = close.copy()
        for place, price in self.wicks.items():
            low[place] = int(Decimal(price) / STEP)
        first = minute_within(self.start)
        minute = np.arange(first, first + len(close), dtype=np.int32)
        return Candles(step=STEP, minute=minute, open=close, high=close, low=low, close=close)

    @property
    def terms(self) -> Terms:
        """Return what the pair cost: the book held all at one price on each side, so that nothing slipped."""
        return replace(wish.terms_of(self.instrument, STEP), slippage=Decimal(0))

    @property
    def instrument(self) -> Instrument:
        return Instrument.objects.get(pair=PAIR, exchange=self.trader.bot.connection.exchange)

    @property
    def wish(self) -> BotWish:
        return wish.wish_of(self.trader.bot, self.instrument, {PAIR: (self.candles, self.terms)}, self.start)

    def looked_back(self) -> Trace:
        return run(self.wish, {PAIR: (self.candles, self.terms)})

    def compared(self) -> Any:
        groups, _ = past.past_of(self.trader.bot, [self.instrument], self.start, self.until)
        return compare(groups, self.wish, {PAIR: (self.candles, self.terms)})

    def decided(self) -> list[tuple[int, str, str]]:
        lines = JournalLine.objects.filter(bot=self.trader.bot, action__in=DECIDED).order_by("pk")
        return [(minute_within(line.at), DECIDED[line.action], line.reason) for line in lines]


@pytest.fixture
def day(trading: Trader) -> Iterator[Day]:
    with time_machine.travel(datetime.now(UTC), tick=True) as clock:
        trading.set(cool_down_minutes=0, re_entry_minutes=0)
        yield Day(trading, clock)


def line(start: float, stop: float, count: int) -> list[float]:
    return [float(price) for price in np.linspace(start, stop, count)]


def by_chance(seed: int, count: int) -> list[float]:
    random, price, found = Random(seed), 60_000.0, list[float]()
    drift = 0.0
    for _ in range(count):
        if random.random() < 0.1:
            drift = random.choice((-0.003, -0.001, 0, 0.001, 0.002))
        price *= 1 + drift + random.gauss(0, 0.0015)
        found.append(price)
    return found


AT_ONCE = {"entry_source": "immediate"}
DAYS: dict[str, tuple[dict[str, Any], list[float]]] = {
    "into Recovery Mode and out by its take profit": ({}, [*line(59_900, 54_000, 25), *line(54_100, 61_800, 25)]),
    "a take profit that is followed": ({"trailing": "0.5"}, [*line(60_050, 62_500, 15), *line(62_400, 60_500, 10)]),
    "a stop loss": ({"stop_loss": "4"}, [*line(59_900, 56_000, 20), *line(56_000, 57_000, 3)]),
    "one group after the other": ({"take_profit": "1", **AT_ONCE}, by_chance(4, 60)),
    "groups that end in losses": ({"risk_level": "high", "stop_loss": "2", **AT_ONCE}, by_chance(9, 60)),
}


@pytest.mark.parametrize("name", DAYS)
def test_a_day_that_was_lived_is_looked_back_at_decision_by_decision(day: Day, name: str) -> None:
    settings, prices = DAYS[name]
    waits = 0 if settings.items() >= AT_ONCE.items() else 1
    day.trader.set(**settings)
    if waits:
        day.live(60_000)
        day.alert()
    day.live(60_000, *prices)

    lived, looked_back = day.decided(), day.looked_back().events

    assert [(what, why) for _, what, why in lived] == [(one.action.value, one.reason) for one in looked_back]
    assert len(lived) > 1
    # An alert comes in the minute before the open that it is decided at in a look back.
    assert [at for at, _, _ in lived] == [looked_back[0].minute - waits, *(one.minute for one in looked_back[1:])]
    bought = [order.fills.get() for order in day.trader.bot.orders.order_by("pk")]
    # The practice exchange's spread is a share of the price, ours a number of steps.
    assert [fill.price for fill in bought] == pytest.approx([one.price for one in looked_back if one.quantity], abs=1)
    assert [fill.quantity for fill in bought] == pytest.approx(
        [one.quantity for one in looked_back if one.quantity], rel=Decimal("0.0001")
    )


def test_its_groups_are_the_same_as_their_replays_to_the_end(day: Day) -> None:
    settings, prices = DAYS["into Recovery Mode and out by its take profit"]
    day.trader.set(**settings)
    day.live(60_000)
    day.alert()
    day.live(60_000, *prices)

    told = day.compared()

    (group,) = told["groups"]
    assert (told["same"], group["acts"], group["difference"]) == (1, 3, None)
    assert Decimal(repr(group["result"])) == pytest.approx(Group.objects.get().result)
    assert group["simulated"] == pytest.approx(group["result"], abs=0.01)


def test_a_price_that_was_there_between_two_looks_is_named_as_such(day: Day) -> None:
    day.live(60_000)
    day.alert()
    day.live(60_000, 60_000, 60_000, 60_000)
    day.wicks[3] = "58000"

    (group,) = day.compared()["groups"]

    assert group["difference"]["cause"] == "brief"
    assert (group["difference"]["real"], group["difference"]["simulated"]["minute"]) == (
        None,
        minute_within(day.start) + 3,
    )


def test_an_add_on_that_a_halted_bot_did_not_buy_is_explained_by_that(day: Day) -> None:
    day.live(60_000)
    day.alert()
    day.live(60_000)
    halts.halt(day.trader.bot.connection_id, reason="key.invalid", is_temporary=False)
    day.live(58_000, 58_000)

    (group,) = day.compared()["groups"]

    assert group["difference"]["cause"] == "halted"


def test_an_add_on_that_the_exchange_refused_is_explained_by_that(day: Day) -> None:
    day.live(60_000)
    day.alert()
    day.live(60_000)
    day.trader.refuse()
    day.live(58_000)

    (group,) = day.compared()["groups"]

    assert (group["difference"]["cause"], group["difference"]["reason"]) == ("refused", "order.refused_funds")


def test_exits_that_were_changed_later_explain_why_it_was_not_sold(day: Day) -> None:
    day.live(60_000)
    day.alert()
    day.live(60_000, 60_500)
    day.trader.set(take_profit="0.5")
    audit.record("bot.changed", target=day.trader.bot)
    day.live(60_000, 60_000)

    (group,) = day.compared()["groups"]

    assert (group["difference"]["cause"], group["difference"]["simulated"]["action"]) == ("moved", "close")


def test_what_its_trader_closed_was_asked_for(day: Day) -> None:
    day.live(60_000)
    day.alert()
    day.live(60_000, 59_900)
    stops.close_groups([day.trader.group], by=PRODUCT)
    day.live(59_900)

    (group,) = day.compared()["groups"]

    assert (group["difference"]["cause"], group["difference"]["reason"]) == ("asked", "exit.asked")


def test_a_released_group_is_left_out_and_counted(day: Day) -> None:
    day.live(60_000)
    day.alert()
    day.live(60_000, 59_900)
    Group.objects.update(mode="released")

    groups, left_out = past.past_of(day.trader.bot, [day.instrument], day.start, day.until)

    assert (groups, left_out) == ([], 1)
