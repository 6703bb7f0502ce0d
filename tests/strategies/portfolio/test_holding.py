from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from strategies.models import Bot, DayPrice, KeptResult
from strategies.portfolio.holding import Comparison, beside_holding, holding
from strategies.portfolio.standing import standings_of
from tests.connections.factories import make_connection
from tests.strategies.factories import make_bot, make_group, make_instrument

pytestmark = pytest.mark.django_db
D = Decimal
NOW = datetime(2026, 3, 31, 12, tzinfo=UTC)
TODAY = NOW.date()


def made_on(created: date, **more: Any) -> Bot:
    bot = make_bot(**more)
    Bot.objects.filter(pk=bot.pk).update(created_at=datetime(created.year, created.month, created.day, tzinfo=UTC))
    return Bot.objects.select_related("connection").get(pk=bot.pk)


def cost(bot: Bot, price: str, *, on: date, pair: str = "BTC/USDT") -> None:
    here = {"exchange": bot.connection.exchange, "venue": bot.connection.venue}
    DayPrice.objects.create(**here, pair=pair, day=on, price=D(price))


def costs_now(bot: Bot, price: str, pair: str = "BTC/USDT") -> None:
    make_instrument(connection=bot.connection, pair=pair, price=price, priced_at=NOW)


def brought(bot: Bot, result: str, *, on: date) -> None:
    own = {"bot": bot, "connection": bot.connection, "pair": "BTC/USDT"}
    KeptResult.objects.create(**own, day=on, result=D(result), closed=1)


def beside(bot: Bot) -> list[Comparison]:
    return beside_holding([bot], standings_of(bot.connection.owner, NOW), now=NOW)


@pytest.mark.parametrize(
    ("then", "now", "brings"),
    [
        (["100"], ["110"], "50"),
        (["100", "10"], ["110", "8"], "-25"),
        (["100", "10"], ["100", "10"], "0"),
        (["100"], ["0"], "-500"),
    ],
)
def test_five_hundred_in_equal_parts_bring_what_their_coins_rose(then: list[str], now: list[str], brings: str) -> None:
    assert holding(D(500), [D(one) for one in then], [D(one) for one in now]) == D(brings)


def test_a_bot_stands_beside_its_coins_from_the_day_it_was_made() -> None:
    """500 at 100 are worth 450 at 90; a group of the day before the bot's first price counts in neither."""
    bot = made_on(date(2026, 3, 21))
    for day, price in ((19, "80"), (21, "100"), (25, "70")):
        cost(bot, price, on=date(2026, 3, day))
    costs_now(bot, "90")
    brought(bot, "4", on=date(2026, 3, 22))
    brought(bot, "3", on=date(2026, 3, 20))

    (one,) = beside(bot)

    assert (one.since, one.made, one.held) == (date(2026, 3, 21), D(4), D(-50))


def test_what_is_open_counts_at_the_price_of_now() -> None:
    bot = made_on(date(2026, 3, 1))
    cost(bot, "100", on=date(2026, 3, 2))
    costs_now(bot, "90")
    group = make_group(bot=bot)
    ((_, figures),) = standings_of(bot.connection.owner, NOW)

    (one,) = beside(bot)

    assert group.is_open
    assert figures.result is not None
    assert figures.result < 0
    assert one.made == figures.result


def test_no_further_back_than_thirty_days() -> None:
    bot = made_on(date(2025, 1, 1))
    for back in (40, 30, 3):
        cost(bot, "100", on=TODAY - timedelta(days=back))
    costs_now(bot, "90")

    (one,) = beside(bot)

    assert one.since == TODAY - timedelta(days=30)


def test_all_pairs_need_a_price_of_the_same_day() -> None:
    bot = made_on(date(2026, 3, 1), pairs_json=["BTC/USDT", "ETH/USDT"])
    cost(bot, "100", on=date(2026, 3, 5))
    cost(bot, "100", on=date(2026, 3, 9))
    cost(bot, "10", on=date(2026, 3, 9), pair="ETH/USDT")
    costs_now(bot, "110")
    costs_now(bot, "10", pair="ETH/USDT")

    (one,) = beside(bot)

    assert (one.since, one.held) == (date(2026, 3, 9), D(25))


@pytest.mark.parametrize("lacking", ["then", "now", "earlier day", "fresh"])
def test_without_prices_nothing_is_compared(lacking: str) -> None:
    bot = made_on(date(2026, 3, 1))
    if lacking != "then":
        cost(bot, "100", on=TODAY if lacking == "earlier day" else date(2026, 3, 5))
    if lacking != "now":
        late = timedelta(hours=2) if lacking == "fresh" else timedelta(0)
        make_instrument(connection=bot.connection, price="90", priced_at=NOW - late)

    assert beside(bot) == []


def test_prices_of_another_exchange_are_not_its_own() -> None:
    bot = made_on(date(2026, 3, 1))
    other = make_bot(connection=make_connection(owner=bot.connection.owner, exchange="binance"))
    cost(other, "1", on=date(2026, 3, 4))
    cost(bot, "100", on=date(2026, 3, 5))
    costs_now(bot, "90")
    make_instrument(connection=other.connection, price="1000", priced_at=NOW)

    (one,) = beside(bot)

    assert (one.since, one.held) == (date(2026, 3, 5), D(-50))


def test_the_results_page_shows_it_and_says_what_it_is(signed_in: Client, trader: User) -> None:
    bot = make_bot(owner=trader, name="Night owl")
    Bot.objects.update(created_at=datetime(2026, 1, 1, tzinfo=UTC))
    today = datetime.now(UTC).date()
    cost(bot, "100", on=today - timedelta(days=3))
    make_instrument(connection=bot.connection, price="90")

    for address in (reverse("results"), reverse("bot_results", args=[bot.public_id])):
        text = signed_in.get(address).text
        assert "Against holding" in text
        assert "−50.00" in text


def test_a_past_year_has_no_comparison(signed_in: Client, trader: User) -> None:
    bot = make_bot(owner=trader)
    Bot.objects.update(created_at=datetime(2024, 1, 1, tzinfo=UTC))
    today = datetime.now(UTC).date()
    cost(bot, "100", on=today - timedelta(days=3))
    make_instrument(connection=bot.connection, price="90")

    assert "Against holding" not in signed_in.get(reverse("results"), {"year": today.year - 1}).text
