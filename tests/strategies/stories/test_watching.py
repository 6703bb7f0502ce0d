"""Feeds: the pairs that bots trade and hold keep their prices coming, whatever the seconds of the clock are."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.utils import timezone

from exchanges.desk.desk import Desk
from exchanges.errors import Cause, ExchangeError, Trouble
from exchanges.values import Rules
from strategies.market import feed as market_feed
from strategies.market import wanted
from strategies.models import Feed, Instrument, PairList
from strategies.runner import tick, watch
from tests.strategies import rows
from tests.strategies.stories.trader import Trader

pytestmark = pytest.mark.services


def feed() -> Feed:
    return Feed.objects.get(exchange="kucoin", venue="practice")


@pytest.mark.parametrize("seconds", [1.0, 1.7, 2.9, 7.3])
def test_pairs_stay_wanted_by_a_feed_of_any_pace(trading: Trader, seconds: float) -> None:
    """A slow exchange is looked at every few seconds, and hits no full half minute for long."""
    with time_machine.travel(datetime(2026, 11, 25, 12, 0, 1, tzinfo=UTC), tick=False) as clock:
        wanted.want_what_bots_trade(feed(), timezone.now())
        Feed.objects.update(looked_at=timezone.now())
        for _ in range(int(240 / seconds)):
            clock.shift(timedelta(seconds=seconds))
            one = feed()
            if one.is_due_to_want(timezone.now()):
                wanted.want_what_bots_trade(one, timezone.now())
            Feed.objects.update(looked_at=timezone.now())
            assert Instrument.objects.get(pair="BTC/USDT").wanted_until > timezone.now()  # type: ignore[operator]


def test_a_pair_that_is_only_held_keeps_its_price(trading: Trader) -> None:
    trading.set(state="off")
    rows.make_group(bot=trading.bot, pair="ETH/USDT")
    Feed.objects.update(looked_at=timezone.now() - timedelta(minutes=1))

    trading.watch()

    assert Instrument.objects.get(pair="ETH/USDT").price is not None


def test_an_exchange_that_fails_is_looked_at_less_and_less_often(trading: Trader) -> None:
    trading.rig.fault("503", slug="kucoin")
    pauses = []
    for _ in range(6):
        trading.step()
        one = feed()
        assert one.look_at is not None
        pauses.append(round((one.look_at - timezone.now()).total_seconds()))

    assert pauses == [2, 4, 8, 16, 30, 30]
    # From the fifth on the exchange counts as away: a probe asks it in half a minute, and no look.
    assert (one.failures, one.trouble) == (5, "reach.unavailable")


def test_one_answer_ends_the_back_off(trading: Trader) -> None:
    trading.rig.fault("503", slug="kucoin", count=1)
    trading.step()

    trading.step()

    assert (feed().failures, feed().trouble) == (0, "")


def test_a_look_that_began_after_the_clocks_beat_is_due_at_the_next(
    trading: Trader, woken: list[tuple[str, int]]
) -> None:
    beat, began = timezone.now(), timezone.now() + timedelta(seconds=0.25)
    market_feed.succeeded(feed(), {"BTC/USDT": Instrument()}, began)
    woken.clear()

    tick.wake_feeds(beat + timedelta(seconds=1))

    assert woken == [("strategies.watch", feed().pk)]


def test_two_workers_look_once(trading: Trader) -> None:
    Feed.objects.update(look_at=timezone.now(), claim_until=timezone.now() + timedelta(seconds=8))
    trading.rig.control("DELETE", "requests")

    watch.watch(feed().pk)

    assert trading.rig.control("GET", "requests")["count"] == 0


def test_nothing_is_decided_on_prices_that_did_not_come(trading: Trader) -> None:
    trading.signal("long")
    trading.rig.fault("503", slug="kucoin")
    trading.price("61500")

    trading.step()

    assert trading.orders() == [("entry", "filled")]


def test_what_the_exchange_lists_is_kept_for_an_hour(trading: Trader) -> None:
    PairList.objects.all().delete()
    Feed.objects.update(looked_at=None)
    trading.watch()
    first = PairList.objects.get(exchange="kucoin", venue="practice")
    Feed.objects.update(looked_at=None)
    trading.watch()

    assert {"BTC/USDT", "ETH/USDT"} <= {one.pair for one in first.pairs}
    assert all(one.min_cost or one.min_amount for one in first.pairs)
    assert all(one.volume and one.volume > 0 for one in first.pairs)
    assert PairList.objects.get().read_at == first.read_at


def test_a_list_that_cannot_be_had_harms_no_look(trading: Trader, monkeypatch: pytest.MonkeyPatch) -> None:
    PairList.objects.all().delete()
    Feed.objects.update(looked_at=None)
    monkeypatch.setattr(Desk, "all_rules", failing)

    trading.watch()

    assert not PairList.objects.exists()
    assert feed().trouble == ""


def test_a_list_without_what_was_traded_is_a_list_all_the_same(
    trading: Trader, monkeypatch: pytest.MonkeyPatch
) -> None:
    PairList.objects.all().delete()
    Feed.objects.update(looked_at=None)
    monkeypatch.setattr(Desk, "volumes", failing)

    trading.watch()

    assert {one.volume for one in PairList.objects.get(exchange="kucoin", venue="practice").pairs} == {None}


async def failing(_: Desk) -> dict[str, Rules]:
    raise ExchangeError(Trouble(cause=Cause.UNAVAILABLE))
