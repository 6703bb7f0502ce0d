"""What had its time is deleted, and what an open group or the books need is not."""

from datetime import UTC, datetime, timedelta

import pytest

from strategies.models import CandleSeries, Fill, Group, Instrument, JournalLine, Order, Signal
from strategies.runner import retention, tick
from tests.strategies.factories import make_bot, make_fill, make_group, make_line, make_order

pytestmark = [pytest.mark.django_db, pytest.mark.services]
NOW = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)
OLD, YOUNG = NOW - timedelta(days=181), NOW - timedelta(days=179)


def test_old_lines_go_but_not_those_of_an_open_group():
    bot = make_bot()
    closed, opened = make_group(bot=bot, mode="closed"), make_group(bot=bot, pair="ETH/USDT")
    lines = {
        name: make_line(bot=bot, group=group, at=at).pk
        for name, group, at in (
            ("alone", None, OLD),
            ("closed", closed, OLD),
            ("open", opened, OLD),
            ("young", closed, YOUNG),
        )
    }

    retention.sweep(NOW)

    assert set(JournalLine.objects.values_list("pk", flat=True)) == {lines["open"], lines["young"]}


def test_the_books_stay_whatever_their_age():
    make_fill(order=make_order(group=make_group(bot=make_bot(), mode="closed"), created_at=OLD), at=OLD)

    retention.sweep(NOW)

    assert (Group.objects.count(), Order.objects.count(), Fill.objects.count()) == (1, 1, 1)


def test_no_more_than_a_batch_goes_at_once(monkeypatch):
    monkeypatch.setattr(retention, "AT_ONCE", 2)
    bot = make_bot()
    for _ in range(5):
        make_line(bot=bot, at=OLD)

    retention.sweep(NOW)

    assert JournalLine.objects.count() == 3


def test_signals_that_were_followed_go_and_those_that_wait_stay():
    bot = make_bot()
    for number, state in enumerate(("handled", "waiting")):
        Signal.objects.create(bot=bot, key=str(number), pair="BTC/USDT", wish="long", state=state, received_at=OLD)

    retention.sweep(NOW)

    assert set(Signal.objects.values_list("state", flat=True)) == {"waiting"}


def test_pairs_that_nobody_looks_at_go_with_their_candles_but_not_one_that_is_held():
    here = {"exchange": "kucoin", "venue": "practice", "ruled_at": OLD}
    for pair in ("BTC/USDT", "ETH/USDT"):
        CandleSeries.objects.create(
            instrument=Instrument.objects.create(pair=pair, wanted_until=OLD, **here), frame="5m"
        )
    Instrument.objects.create(pair="SOL/USDT", wanted_until=NOW - timedelta(days=1), **here)
    make_group(bot=make_bot(), pair="ETH/USDT")

    retention.sweep(NOW)

    assert set(Instrument.objects.values_list("pair", flat=True)) == {"ETH/USDT", "SOL/USDT"}
    assert CandleSeries.objects.count() == 1


def test_it_is_done_once_a_minute_by_the_tick():
    make_line(bot=make_bot(), at=OLD)

    for part in tick.PARTS:
        part(NOW + timedelta(seconds=30))
    assert JournalLine.objects.count() == 1

    for part in tick.PARTS:
        part(NOW)
    assert JournalLine.objects.count() == 0
