"""Recovery Mode on real rows: only candles of after the trouble, and after the last fill, can end it."""

from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal as D

import pytest
from django.utils import timezone

from accounts.by import By
from strategies.models import CandleSeries, Group, Instrument
from strategies.stops import flows
from tests.strategies.stories.trader import Trader

pytestmark = pytest.mark.services
FIVE = timedelta(minutes=5)


@pytest.fixture
def troubled(trading: Trader) -> Trader:
    """Return a bot whose group is in Recovery Mode, nearly at break-even, which is 60,123."""
    trading.set(add_on_behaviour="off", take_profit=D(10))
    trading.signal("long")
    trading.at("50000")
    trading.at("50000")
    assert trading.group.mode == "recovery", trading.reasons()
    return trading


def candles(closes: Sequence[str]) -> None:
    """Let these be the closes of the last candles; the newest closed a minute ago."""
    first = timezone.now() - timedelta(minutes=1) - len(closes) * FIVE
    rows = [
        [int((first + number * FIVE).timestamp() * 1000), close, close, close, close]
        for number, close in enumerate(closes)
    ]
    now = timezone.now()
    series = {"rows_json": rows, "read_at": now, "wanted_until": now}
    CandleSeries.objects.update_or_create(instrument=Instrument.objects.get(), frame="5m", defaults=series)


def look_back(trading: Trader, *, recovering: timedelta, filled: timedelta) -> None:
    now = timezone.now()
    # A week old, it is in trouble whatever the price does: only candles can take it out.
    times = {"opened_at": now - timedelta(days=8), "first_fill_at": now - timedelta(days=8)}
    Group.objects.update(recovery_since=now - recovering, last_fill_at=now - filled, **times)


@pytest.mark.parametrize(
    ("recovering", "filled", "mode"),
    [
        (timedelta(minutes=30), timedelta(minutes=30), "normal"),
        (timedelta(minutes=8), timedelta(minutes=30), "recovery"),
        (timedelta(minutes=30), timedelta(minutes=8), "recovery"),
    ],
    ids=["three candles since", "candles of before the trouble", "candles of before the last fill"],
)
def test_three_candles_beyond_break_even_end_it_if_they_closed_since(
    troubled: Trader, recovering: timedelta, filled: timedelta, mode: str
) -> None:
    candles(["60500"] * 5)
    look_back(troubled, recovering=recovering, filled=filled)

    troubled.at("60400")

    assert troubled.group.mode == mode, troubled.group.reason


def test_a_trader_switches_it_on_and_off(trading: Trader) -> None:
    trading.signal("long")
    flows.switch_recovery(trading.group, is_on=True, by=By(user=trading.bot.connection.owner))
    trading.watch()
    assert (trading.group.mode, trading.group.recovery_reason) == ("recovery", "recovery.asked")

    flows.switch_recovery(trading.group, is_on=False, by=By(user=trading.bot.connection.owner))
    trading.watch()

    assert trading.group.mode == "normal"
    assert trading.group.quiet_until is not None


def later(trading: Trader, **time: float) -> None:
    """Let so much time pass for the group: all that it remembers lies further back."""
    by, group = timedelta(**time), trading.group
    names = ("opened_at", "first_fill_at", "last_fill_at", "recovery_since", "recovery_began_at", "recovery_left_at")
    moved = {name: at - by for name in (*names, "quiet_until") if (at := getattr(group, name))}
    Group.objects.filter(pk=group.pk).update(**moved)


def test_an_old_group_between_break_even_and_its_take_profit_does_not_go_in_and_out(trading: Trader) -> None:
    """A week old, at +0.8 %: it went in and out each quarter of an hour, and its take profit began anew each time."""
    trading.signal("long")
    later(trading, days=8)
    for _ in range(4):
        trading.at("60480")
        trading.at("60480")
        candles(["60480"] * 5)
        later(trading, minutes=20)
        trading.at("60480")
        candles(["60480", "60000", "60480", "60480"])

    assert trading.group.mode == "normal", trading.reasons()
    assert trading.reasons().count("recovery.age") == 1


def test_an_old_group_whose_price_holds_break_even_never_enters(trading: Trader) -> None:
    trading.signal("long")
    later(trading, days=8)
    candles(["60480"] * 5)
    for _ in range(3):
        trading.at("60480")

    assert (trading.group.mode, trading.group.alarms) == ("normal", 0)


def test_its_take_profit_goes_on_from_the_first_start_when_it_comes_back_a_day_later(troubled: Trader) -> None:
    candles(["60500"] * 5)
    later(troubled, minutes=30)
    troubled.at("60400")
    assert troubled.group.mode == "normal"
    began = troubled.group.recovery_began_at

    troubled.at("50000")
    troubled.at("50000")
    assert troubled.group.mode == "normal", "within a day it does not come back by itself"
    later(troubled, days=1)
    troubled.at("50000")
    troubled.at("50000")

    assert troubled.group.mode == "recovery"
    assert began is not None
    assert troubled.group.recovery_began_at == began - timedelta(days=1)
