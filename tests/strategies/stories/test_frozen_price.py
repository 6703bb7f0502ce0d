"""A ticker that stands still while trades go on, and a pair that is only quiet."""

import json
from datetime import datetime, timedelta

import pytest
from django.utils import timezone

from strategies.models import Instrument
from strategies.pages.group_card import waits_for
from strategies.words import reasons
from tests.strategies.stories.test_market_trouble import ask_to_close, fresh_lists, half_a_minute_later, look, told
from tests.strategies.stories.trader import Trader

__all__ = ["fresh_lists"]
pytestmark = pytest.mark.services


def freeze(trading: Trader, *, made_before: timedelta = timedelta()) -> None:
    """Let the exchange go on serving the tickers of now; every answer says that it was made so long ago."""
    body = json.loads(trading.rig.send("GET", "/kucoin/api/v1/market/allTickers").body)
    body["data"]["time"] -= int(made_before.total_seconds() * 1000)
    trading.rig.fault("answer", slug="kucoin", path="*/allTickers", body=body)


def trade(trading: Trader, *closes: str) -> None:
    """Let the last minutes' candles close there; the last of them is over, and each is as long as its close is high."""
    minute = timezone.now().replace(second=0, microsecond=0)
    rows = [candle(minute - timedelta(minutes=len(closes) - n), close) for n, close in enumerate(closes)]
    body = {"code": "200000", "data": rows[::-1]}
    trading.rig.fault("answer", slug="kucoin", path="*/market/candles", query="*1min*", body=body)


def candle(start: datetime, close: str) -> list[str]:
    return [str(int(start.timestamp())), close, close, close, close, "1", "1"]


def minutes_later(trading: Trader) -> None:
    """Let the price have stood for three minutes."""
    before = timezone.now() - timedelta(minutes=3)
    Instrument.objects.update(moved_at=before, ruled_at=before)
    half_a_minute_later(trading)
    look(trading)


def test_a_stop_loss_that_sleeps_over_a_frozen_price_is_told(trading: Trader) -> None:
    trading.set(stop_loss=5)
    trading.signal("long")
    trading.look()
    freeze(trading)
    trade(trading, "60000", "52000", "50000")

    minutes_later(trading)

    assert trading.group.reason == "market.frozen"
    assert told(trading, "market.frozen") == 1
    assert "stop loss" in reasons.whats_next("market.frozen")
    assert trading.orders() == [("entry", "filled")]


def test_a_pair_that_nobody_trades_is_not_frozen(trading: Trader) -> None:
    """Whatever its last candles closed at."""
    trading.signal("long")
    trading.look()
    freeze(trading)
    trade(trading, "59000", "59000", "59000", "59000")

    minutes_later(trading)

    assert trading.group.reason == "zone.not_reached"
    assert Instrument.objects.get().stands_since is None


def test_nothing_is_bought_by_a_frozen_price(trading: Trader) -> None:
    trading.set(cool_down_minutes=0)
    trading.signal("long")
    trading.look()
    trading.price("58400")
    freeze(trading)
    trade(trading, "60000", "62000", "63000")
    trading.set(paused="add_ons")
    trading.watch()
    minutes_later(trading)
    trading.set(paused="")

    trading.watch()

    assert trading.orders() == [("entry", "filled")]
    assert trading.group.reason == "market.frozen"


def test_a_close_that_is_asked_for_is_sent_by_a_frozen_price(trading: Trader) -> None:
    """Its limit guards it: it is filled at the market's price or not at all."""
    trading.signal("long")
    trading.look()
    freeze(trading)
    trade(trading, "60000", "60100", "60200")
    minutes_later(trading)
    assert trading.group.reason == "market.frozen"

    ask_to_close(trading)
    assert "You asked to close" in waits_for(trading.group)
    trading.look()

    assert trading.group.close_reason == "exit.asked"


def test_the_first_price_that_moves_ends_it(trading: Trader) -> None:
    trading.set(stop_loss=5)
    trading.signal("long")
    trading.look()
    freeze(trading)
    trade(trading, "60000", "52000", "50000")
    minutes_later(trading)
    trading.rig.control("DELETE", "faults")

    trading.at("50000")
    trading.watch()

    assert trading.group.close_reason == "exit.stop_loss"


def test_an_answer_that_was_made_long_ago_is_old_whenever_it_came(trading: Trader) -> None:
    trading.set(stop_loss=5)
    trading.signal("long")
    trading.look()
    freeze(trading, made_before=timedelta(minutes=2))

    trading.watch()

    assert not Instrument.objects.get().is_fresh(timezone.now())
