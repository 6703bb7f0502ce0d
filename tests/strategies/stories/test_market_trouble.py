"""An exchange that is away, a pair that is off its list, a pair whose trade is stopped: each told on the group."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.by import By
from connections import desks
from exchanges.desk import caller
from strategies.models import Bot, Feed, Group, Instrument, JournalLine
from strategies.pages.group_card import waits_for
from strategies.runner import watch
from strategies.stops import flows as stopping
from strategies.words import reasons
from tests.practice.listing import delist, halt
from tests.practice.rig import Rig
from tests.strategies.stories.conftest import make_trading
from tests.strategies.stories.trader import Trader

pytestmark = pytest.mark.services
ETH = "ETH/USDT"


@pytest.fixture(autouse=True)
def fresh_lists(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let what is in doubt be asked for at every look; forget afterwards what was not listed."""
    monkeypatch.setattr(caller, "ANEW_SECONDS", 0)
    yield
    for exchange in ("kucoin", "binance"):
        desk = desks.desk_at(exchange, "practice")
        desk._markets._due_at = desk._markets._anew_at = float("-inf")
        desk._unnamed.clear()


def half_a_minute_later(trading: Trader) -> None:
    """Let what is known be so much older, and look again: nothing is due but by that."""
    for rows, names in (
        (Feed, ("looked_at",)),
        (Instrument, ("priced_at", "moved_at", "ruled_at")),
    ):
        for row in rows.objects.all():
            values = {name: at - timedelta(seconds=30) for name in names if (at := getattr(row, name))}
            rows.objects.filter(pk=row.pk).update(**values)
    look(trading)


def look(trading: Trader) -> None:
    feed = Feed.objects.get(exchange=trading.bot.connection.exchange)
    Feed.objects.update(look_at=timezone.now(), claim_until=None)
    watch.watch(feed.pk)
    trading.work()


def ask_to_close(trading: Trader) -> None:
    stopping.close_groups([trading.group], by=By(user=trading.bot.connection.owner))


def told(trading: Trader, reason: str) -> int:
    return JournalLine.objects.filter(group=trading.group, reason=reason).count()


def test_an_exchange_that_is_away_is_told_on_the_group_within_a_minute(trading: Trader) -> None:
    trading.signal("long")
    trading.look()
    trading.rig.fault("503", slug="kucoin")

    look(trading)
    assert trading.group.reason == "zone.not_reached"
    half_a_minute_later(trading)

    assert trading.group.reason == "exchange.away"
    assert "does not answer" in waits_for(trading.group)
    assert "goes on by itself" in reasons.whats_next(trading.group.reason)
    half_a_minute_later(trading)
    assert told(trading, "exchange.away") == 1


def test_a_close_that_was_asked_for_says_that_the_exchange_is_away(trading: Trader) -> None:
    trading.signal("long")
    trading.look()
    trading.rig.fault("503", slug="kucoin")
    ask_to_close(trading)

    half_a_minute_later(trading)

    assert waits_for(trading.group) == "You asked to close it at market. The exchange does not answer."
    trading.rig.control("DELETE", "faults")
    trading.look()
    assert trading.group.close_reason == "exit.asked"


def test_what_was_said_of_the_outage_ends_with_it(trading: Trader) -> None:
    """Also on a group whose price stands between its levels: nobody would have looked at it for minutes."""
    trading.signal("long")
    trading.look()
    trading.rig.fault("503", slug="kucoin")
    half_a_minute_later(trading)
    Bot.objects.update(step_at=timezone.now() + timedelta(minutes=5))
    trading.rig.control("DELETE", "faults")

    look(trading)

    assert trading.group.reason == "zone.not_reached"


def test_an_outage_is_not_told_on_what_nobody_looks_after(trading: Trader) -> None:
    trading.signal("long")
    trading.look()
    trading.set(state="off")
    trading.rig.fault("503", slug="kucoin")

    half_a_minute_later(trading)

    assert trading.group.reason == "zone.not_reached"


def test_a_pair_that_the_exchange_took_off_its_list_is_told_on_its_group(trading: Trader) -> None:
    trading.signal("long")
    trading.look()
    delist(trading.rig, "kucoin", "BTC/USDT")

    half_a_minute_later(trading)
    look(trading)

    assert trading.group.reason == "pair.delisted"
    assert told(trading, "pair.delisted") == 1
    assert "release" in reasons.whats_next("pair.delisted").lower()


def test_a_close_of_a_delisted_pair_says_what_will_become_of_it(trading: Trader) -> None:
    trading.signal("long")
    trading.look()
    delist(trading.rig, "kucoin", "BTC/USDT")
    half_a_minute_later(trading)
    ask_to_close(trading)

    look(trading)

    assert waits_for(trading.group) == f"You asked to close it at market. {reasons.reason('pair.delisted')}"


def test_a_pair_that_is_listed_again_goes_on(trading: Trader) -> None:
    trading.signal("long")
    trading.look()
    delist(trading.rig, "kucoin", "BTC/USDT")
    half_a_minute_later(trading)
    assert Instrument.objects.get(pair="BTC/USDT").unlisted_since is not None
    trading.rig.control("DELETE", "faults")
    desks.desk_at("kucoin", "practice")._markets._due_at = float("-inf")
    Instrument.objects.update(ruled_at=timezone.now() - timedelta(hours=2))

    trading.at("60600")
    trading.at("61800")

    assert Instrument.objects.get(pair="BTC/USDT").unlisted_since is None
    assert trading.group.close_reason == "exit.take_profit"


@pytest.fixture
def binance(
    transactional_db: None, rig: Rig, published: list[object], woken: list[tuple[str, int]]
) -> Iterator[Trader]:
    rig.control("DELETE", "price")
    yield make_trading(rig, woken, exchange="binance")
    rig.control("DELETE", "price")


def test_at_binance_one_name_that_is_unknown_stops_no_other_pair(binance: Trader) -> None:
    binance.price("3000", pair=ETH)
    binance.set(pairs_json=["BTC/USDT", ETH], margin_limit=5000, base_order=60)
    half_a_minute_later(binance)
    binance.look()
    binance.signal("long")
    binance.signal("long", pair=ETH)
    binance.look()
    assert Group.objects.open().count() == 2
    delist(binance.rig, "binance", ETH)

    binance.at("61800")

    assert Group.objects.get(pair="BTC/USDT").close_reason == "exit.take_profit"
    half_a_minute_later(binance)
    look(binance)
    assert Group.objects.get(pair=ETH).reason == "pair.delisted"
    assert Feed.objects.get(exchange="binance").failures == 0


def test_a_pair_whose_trade_is_stopped_is_told_on_its_group_within_a_minute(trading: Trader) -> None:
    trading.signal("long")
    trading.look()
    halt(trading.rig, "kucoin", "BTC/USDT")

    half_a_minute_later(trading)
    look(trading)

    assert trading.group.reason == "pair.halted"
    assert told(trading, "pair.halted") == 1
    trading.rig.control("DELETE", "faults")
    half_a_minute_later(trading)
    half_a_minute_later(trading)
    look(trading)
    assert trading.group.reason == "zone.not_reached"


def test_nothing_is_bought_of_a_pair_whose_trade_is_stopped_and_an_exit_is_tried(trading: Trader) -> None:
    """What it says of the pair may be wrong or late: the order itself proves it."""
    trading.set(cool_down_minutes=0)
    trading.signal("long")
    trading.look()
    halt(trading.rig, "kucoin", "BTC/USDT")
    half_a_minute_later(trading)

    trading.at("58400")
    assert trading.orders() == [("entry", "filled")]
    trading.at("61800")

    assert trading.orders() == [("entry", "filled"), ("exit", "filled")]


def test_a_quiet_price_is_asked_about_after_pauses_that_grow(trading: Trader) -> None:
    """A pair that nobody trades for hours is not asked about all the time."""
    trading.signal("long")
    trading.look()
    asked = []
    for beat in range(1, 33):
        trading.rig.control("DELETE", "requests")
        half_a_minute_later(trading)
        if trading.rig.control("GET", "requests?path=/api/v2/symbols")["count"]:
            asked.append(beat)

    assert asked[:5] == [1, 2, 4, 7, 12]
    assert len(asked) == 6
