from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from pytest_django import DjangoAssertNumQueries

from strategies.models import Bot, DayPrice, EquityPoint, Funds
from strategies.runner import equity, retention
from tests.connections.factories import make_connection
from tests.strategies.factories import make_bot, make_funds, make_group, make_instrument

pytestmark = pytest.mark.django_db
D = Decimal
NOON = datetime(2026, 3, 5, 12, 10, tzinfo=UTC)


@pytest.fixture
def bot() -> Bot:
    bot = make_bot()
    make_funds(connection=bot.connection, USDT="500", BTC="9")
    Funds.objects.update(read_at=NOON - timedelta(minutes=3))
    return bot


def points(grain: str = "hour") -> list[tuple[str, Decimal | None, Decimal, int]]:
    rows = EquityPoint.objects.filter(grain=grain).order_by("begins_at", "currency")
    return [(row.currency, row.money, row.coins, row.unpriced) for row in rows]


def test_money_and_the_coins_of_bots_are_written_down_once_an_hour(bot: Bot) -> None:
    """1 coin at 95 beside 500; the 8 other coins are the trader's own."""
    make_group(bot=bot)
    make_instrument(connection=bot.connection, price="95", priced_at=NOON)

    equity.note(NOON)
    Funds.objects.update(balances_json={"USDT": {"free": "1", "total": "1"}})
    equity.note(NOON + timedelta(minutes=40))

    assert points() == points("day") == [("USDT", D(500), D(95), 0)]


def test_a_day_tells_its_last_hour_and_each_hour_itself(bot: Bot) -> None:
    for hour, total in enumerate(("500", "510", "490")):
        Funds.objects.update(balances_json={"USDT": {"free": total, "total": total}})
        equity.note(NOON + timedelta(hours=hour))

    assert [money for _, money, *_ in points()] == [D(500), D(510), D(490)]
    assert points("day") == [("USDT", D(490), D(0), 0)]


def test_what_was_never_read_is_not_known_which_is_not_nothing(bot: Bot) -> None:
    Funds.objects.update(read_at=None)

    equity.note(NOON)

    assert points() == [("USDT", None, D(0), 0)]


@pytest.mark.parametrize("age", [None, timedelta(hours=2)])
def test_coins_without_a_price_of_the_hour_are_told_and_not_counted(bot: Bot, age: timedelta | None) -> None:
    make_group(bot=bot)
    if age:
        make_instrument(connection=bot.connection, price="95", priced_at=NOON - age)

    equity.note(NOON)

    assert points() == [("USDT", D(500), D(0), 1)]


def test_an_account_that_was_read_long_ago_keeps_the_age_of_its_money(bot: Bot) -> None:
    equity.note(NOON)

    assert set(EquityPoint.objects.values_list("read_at", flat=True)) == {NOON - timedelta(minutes=3)}


def test_each_currency_has_its_own_point(bot: Bot) -> None:
    make_bot(connection=bot.connection, pairs_json=["ETH/BTC"])

    equity.note(NOON)

    assert points() == [("BTC", D(9), D(0), 0), ("USDT", D(500), D(0), 0)]


def test_a_deleted_connection_has_none(bot: Bot) -> None:
    gone = make_connection(owner=bot.connection.owner, status="untested", deleted=True)
    make_funds(connection=make_bot(connection=gone).connection, USDT="1")

    equity.note(NOON)

    assert EquityPoint.objects.filter(connection=gone).count() == 0
    assert len(points()) == 1


def test_a_coin_that_a_bot_holds_is_not_counted_once_more_as_money(bot: Bot) -> None:
    """Of 9 BTC one belongs to a group of BTC/USDT, where it is worth 95 USDT: 8 are left for a bot that pays in BTC."""
    make_bot(connection=bot.connection, pairs_json=["ETH/BTC"])
    make_group(bot=bot)
    make_instrument(connection=bot.connection, price="95", priced_at=NOON)

    equity.note(NOON)

    assert points() == [("BTC", D(8), D(0), 0), ("USDT", D(500), D(95), 0)]


def test_many_are_measured_in_as_few_questions_as_one(
    bot: Bot, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for _ in range(5):
        other = make_bot(connection=make_connection(owner=bot.connection.owner))
        make_funds(connection=other.connection, USDT="1")
        make_group(bot=other)

    with django_assert_max_num_queries(10):
        equity.note(NOON)

    assert len(points()) == 6


def test_hours_are_forgotten_after_eight_days_and_days_stay(bot: Bot) -> None:
    equity.note(NOON)

    retention.forget_hours(NOON + timedelta(days=9))

    assert (points(), points("day")) == ([], [("USDT", D(500), D(0), 0)])


def test_the_first_price_of_a_day_is_kept(bot: Bot) -> None:
    wanted: dict[str, Any] = {"wanted_until": NOON + timedelta(days=9)}
    instrument = make_instrument(connection=bot.connection, price="95", priced_at=NOON, **wanted)
    make_instrument(
        connection=bot.connection, pair="OLD/USDT", price="1", priced_at=NOON - timedelta(hours=2), **wanted
    )
    make_instrument(connection=bot.connection, pair="LEFT/USDT", price="1", priced_at=NOON)

    for hours in (0, 1, 12):
        instrument.price, instrument.priced_at = D(95 + hours), NOON + timedelta(hours=hours)
        instrument.save()
        equity.note(instrument.priced_at)

    assert list(DayPrice.objects.order_by("day").values_list("pair", "day", "price")) == [
        ("BTC/USDT", NOON.date(), D(95)),
        ("BTC/USDT", NOON.date() + timedelta(days=1), D(107)),
    ]


def test_prices_of_days_are_forgotten_after_a_year(bot: Bot) -> None:
    here = {"exchange": "kucoin", "venue": "practice", "pair": "BTC/USDT", "price": D(1)}
    for back in (401, 399):
        DayPrice.objects.create(**here, day=NOON.date() - timedelta(days=back))

    retention.forget_prices(NOON)

    assert DayPrice.objects.get().day == NOON.date() - timedelta(days=399)
