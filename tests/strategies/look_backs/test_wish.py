"""What a look back makes of a bot: its trend rule, and the alerts that really came."""

from datetime import datetime, timedelta
from decimal import Decimal as D
from typing import Any

import pytest

from strategies.look_backs import wish
from strategies.lookback.minutes import moment
from strategies.lookback.wishes import BotWish
from strategies.models import Bot, Signal
from tests.strategies.factories import make_bot, make_instrument
from tests.strategies.lookback.worlds import START, make_candles

pytestmark = pytest.mark.django_db
CANDLES = {
    "BTC/USDT": make_candles([(1, 1, 1, 1)] * 6, minutes=[START + n for n in (0, 1, 2, 9, 10, 11)]),
    "ETH/USDT": make_candles([(1, 1, 1, 1)] * 20),
}


def came(bot: Bot, seconds: float, *, asks: str = "long", pair: str = "BTC/USDT", **fields: Any) -> None:
    key = f"{seconds} {asks} {pair}"
    at = moment(START) + timedelta(seconds=seconds)
    Signal.objects.create(**{"bot": bot, "key": key, "pair": pair, "wish": asks, "received_at": at, **fields})


def wished(bot: Bot, *, start: datetime | None = None) -> BotWish:
    instrument = make_instrument(pair="BTC/USDT")
    pairs = {pair: (candles, wish.terms_of(instrument, candles.step)) for pair, candles in CANDLES.items()}
    return wish.wish_of(bot, instrument, pairs, start or moment(START))


def make(source: str, **fields: Any) -> Bot:
    return make_bot(entry_source=source, pairs_json=["BTC/USDT", "ETH/USDT"], **fields)


def spans(*minutes: int) -> list[tuple[int, int]]:
    return [(START + minute, START + minute + 1) for minute in minutes]


def test_an_alert_is_decided_upon_at_the_next_minutes_open() -> None:
    bot = make("webhook")
    came(bot, 0)
    came(bot, 61)

    found = wished(bot)

    assert (found.signals, found.reason) == ({"BTC/USDT": spans(0, 2), "ETH/USDT": []}, "entry.signal")


def test_alerts_of_one_minute_are_decided_one_after_the_other() -> None:
    bot = make("webhook")
    came(bot, 3)
    came(bot, 5, asks="close")
    came(bot, 5, pair="ETH/USDT")

    found = wished(bot)

    assert found.signals == {"BTC/USDT": spans(1), "ETH/USDT": spans(1)}
    assert found.closings == {"BTC/USDT": [START + 2], "ETH/USDT": []}


def test_an_alert_to_which_no_minute_belongs_as_long_as_it_counts_is_left_out() -> None:
    bot = make("webhook")
    came(bot, 125)
    came(bot, 4 * 60)

    # What came at 2:05 is over at 7:05, and what came at 4:00 is over at 9:00.
    assert wished(bot).signals["BTC/USDT"] == spans(9)


def test_what_a_hand_asked_for_and_what_came_before_or_after_is_left_out() -> None:
    bot = make("webhook")
    came(bot, 1, key="hand:1")
    came(bot, -1)
    came(bot, 20 * 60)
    came(make("webhook"), 1)

    found = wished(bot)

    assert (found.signals, found.closings, found.reason) == (
        {},
        {"BTC/USDT": [], "ETH/USDT": []},
        "entry.immediate",
    )


def test_a_bot_that_enters_by_itself_is_closed_by_alerts_all_the_same() -> None:
    bot = make("immediate")
    came(bot, 1, asks="close")

    found = wished(bot)

    assert (found.signals, found.frames, found.closings["BTC/USDT"]) == ({}, None, [START + 1])


@pytest.mark.parametrize(
    ("frame", "minutes", "days"), [("5m", (5, 60), 12.5), ("15m", (15, 240), 50), ("1h", (60, 1440), 300)]
)
def test_a_trend_has_both_frames_and_the_time_that_its_averages_stand_on(
    frame: str, minutes: tuple[int, int], days: float
) -> None:
    bot = make("trend", trend_frame=frame)

    found = wished(bot)
    assert (found.frames, found.reason) == (minutes, "entry.trend")
    assert wish.warm_up_of(bot) == timedelta(days=days)


def test_the_spread_is_told_in_the_steps_of_the_candles() -> None:
    instrument = make_instrument(pair="BTC/USDT", bid=D("94999.9"), ask=D("95000.2"), price_step=D("0.1"))

    assert [wish.terms_of(instrument, D(step)).half_spread for step in ("0.1", "0.01", "1")] == [2, 15, 1]


def test_any_other_bot_needs_no_time_before_the_beginning() -> None:
    assert not wish.warm_up_of(make("immediate", trend_frame="1h"))
