"""What an exchange said of prices is kept as it said it, and since when a price is what it is."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal as D

import pytest

from exchanges.values import Quote
from strategies.market.feed import keep_quotes
from strategies.models.market import Instrument
from tests.strategies.factories import make_instrument

pytestmark = [pytest.mark.services, pytest.mark.django_db]
NOON = datetime(2026, 11, 29, 12, 0, tzinfo=UTC)
LATER = NOON + timedelta(seconds=7, microseconds=1)


def kept(*quotes: Quote) -> None:
    keep_quotes({one.pair: one for one in Instrument.objects.all()}, {quote.pair: quote for quote in quotes})


def stored(pair: str) -> tuple[object, ...]:
    return Instrument.objects.values_list("price", "bid", "ask", "priced_at", "moved_at", "stands_since").get(pair=pair)


def test_prices_are_kept_to_the_last_digit_each_with_its_own_moment() -> None:
    for pair in ("BTC/USDT", "PEPE/USDT", "ETH/USDT"):
        make_instrument(pair=pair, moved_at=NOON, stands_since=NOON, priced_at=NOON)
    before = stored("ETH/USDT")

    kept(
        Quote(pair="BTC/USDT", price=D("95000.10"), bid=D(95000), ask=D("95000.2"), at=LATER),
        Quote(pair="PEPE/USDT", price=D("0.000000012345678901"), bid=None, ask=None, at=NOON),
    )

    assert stored("BTC/USDT") == (D("95000.1"), D(95000), D("95000.2"), LATER, LATER, None)
    assert stored("PEPE/USDT") == (D("0.000000012345678901"), None, None, NOON, NOON, None)
    assert stored("ETH/USDT") == before


def test_a_price_that_is_told_again_is_new_and_has_not_moved() -> None:
    make_instrument(pair="BTC/USDT", price="95000", moved_at=NOON, stands_since=NOON, priced_at=NOON)

    kept(Quote(pair="BTC/USDT", price=D("95000.0"), bid=D(95000), ask=D(95000), at=LATER))

    assert stored("BTC/USDT") == (D(95000), D(95000), D(95000), LATER, NOON, NOON)


def test_where_nothing_was_told_nothing_changes() -> None:
    make_instrument(pair="BTC/USDT", moved_at=NOON, stands_since=None, priced_at=NOON)
    before = stored("BTC/USDT")

    kept()
    kept(Quote(pair="DOGE/USDT", price=D(1), bid=None, ask=None, at=LATER))

    assert stored("BTC/USDT") == before
