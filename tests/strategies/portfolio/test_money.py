"""Each figure of the overview reckoned by hand: a loss that is called a profit is the end of this product."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import User
from strategies.choices import GroupMode
from strategies.models import Bot
from strategies.portfolio.money import Day, Money, in_one, money_of
from strategies.portfolio.rates import rates_of
from strategies.portfolio.standing import standings_of
from tests.connections.factories import make_connection
from tests.strategies.factories import make_bot, make_funds, make_group, make_instrument

pytestmark = pytest.mark.django_db
D = Decimal
# Sunday noon in UTC; in Auckland Monday has begun.
NOW = datetime(2026, 3, 8, 12, tzinfo=UTC)


@pytest.fixture
def bot() -> Bot:
    return make_bot()


def closed(bot: Bot, result: str, at: datetime, **fields: Any) -> None:
    make_group(bot=bot, mode=GroupMode.CLOSED, result=D(result), closed_at=at, **fields)


def purses(user: User, now: datetime = NOW) -> list[Money]:
    return money_of(user, standings_of(user, now), since=now.date() - timedelta(days=40), now=now)


def owner(bot: Bot, zone: str = "") -> User:
    user = bot.connection.owner
    user.time_zone = zone
    user.save()
    return user


def test_today_seven_and_thirty_days_each_with_today_in_them(bot: Bot) -> None:
    """1 today, −3 six days ago, 5 seven days ago, 7 on the thirtieth day, 11 on the one before: 1, −2, 10."""
    for result, days in (("1", 0), ("-3", 6), ("5", 7), ("7", 29), ("11", 30)):
        closed(bot, result, NOW - timedelta(days=days))

    (money,) = purses(owner(bot))

    assert [money.last(days).result for days in (1, 7, 30)] == [D(1), D(-2), D(10)]
    assert (money.last(7).closed, money.last(7).won) == (2, 1)


@pytest.mark.parametrize(("zone", "today"), [("", 6), ("Pacific/Auckland", 4), ("America/Los_Angeles", 6)])
def test_a_day_is_the_traders_own(zone: str, today: int) -> None:
    """Closed at 23:30 of Saturday (1), 08:30 (2) and 11:30 (4) of Sunday in UTC, looked at on Sunday noon.

    In Auckland, 13 hours ahead, Monday began at 11:00: only the last is of today. In Los Angeles Sunday began at
    8:00; summer time begins there at 10:00.
    """
    bot = make_bot()
    user = owner(bot, zone)
    for result, at in (("1", (7, 23, 30)), ("2", (8, 8, 30)), ("4", (8, 11, 30))):
        closed(bot, result, datetime(2026, 3, *at, tzinfo=UTC))

    (money,) = purses(user)

    assert money.last(1).result == today


def test_fees_in_money_coin_and_third_coin_are_in_the_result_once(bot: Bot) -> None:
    """Bought 1 at 100, sold 0.999 at 102: 0.1 of fee in quote, 0.001 coins (worth 0.1), 0.05 in a third coin.

    101.898 − 100 − 0.1 − 0.05 = 1.748; the fee in the coin is a coin less to sell, not money once more.
    """
    closed(bot, "1.748", NOW, fees=D("0.25"), fee_other=D("0.05"), fee_coin=D("0.001"))

    (money,) = purses(owner(bot))

    assert (money.last(1).result, money.last(1).fees) == (D("1.748"), D("0.25"))


def test_what_a_part_of_a_group_brought_counts_when_the_group_is_over(bot: Bot) -> None:
    """Half of it was sold for 60: nothing is realised yet. Closing the rest at 95 brings 60 + 47.4525 − 100.1."""
    make_group(bot=bot, sold=D("0.5"), proceeds=D(60))
    make_instrument(connection=bot.connection, price="95", taker=D("0.001"))

    (money,) = purses(owner(bot), timezone.now())

    assert (money.last(30).result, round(money.open, 4)) == (D(0), D("7.3525"))


def test_open_groups_in_recovery_count_as_they_stand_and_those_without_a_price_are_told(bot: Bot) -> None:
    make_group(bot=bot, mode=GroupMode.RECOVERY)
    make_group(bot=bot, pair="ETH/USDT")
    make_instrument(connection=bot.connection, price="80", taker=D("0.001"))

    (money,) = purses(owner(bot), timezone.now())

    assert (round(money.open, 2), money.groups, money.unpriced) == (D("-20.18"), 2, 1)


def test_at_risk_is_what_all_open_groups_lose_at_their_stress_prices(bot: Bot) -> None:
    """A group that bought 1 at 100 without add-ons stands at −25 at the stress price of BTC, 75."""
    make_funds(connection=bot.connection, USDT="500")
    ladder = {"base": "100", "add_on": "100", "step": "0.01", "step_scale": "1", "volume_scale": "1", "add_ons": 0}
    make_group(bot=bot, ladder_json=ladder, fee_quote=D(0))

    (money,) = purses(owner(bot), timezone.now())

    assert money.at_risk == 25


def test_practice_money_and_live_money_and_two_currencies_are_never_added(bot: Bot) -> None:
    user = owner(bot)
    live = make_bot(connection=make_connection(owner=user, venue="live"))
    closed(bot, "1", NOW)
    closed(bot, "0.01", NOW, pair="ETH/BTC")
    closed(live, "-4", NOW)

    found = {(one.venue, one.currency): one.last(1).result for one in purses(user)}

    assert found == {("live", "USDT"): D(-4), ("practice", "BTC"): D("0.01"), ("practice", "USDT"): D(1)}


def test_others_money_is_not_there(bot: Bot) -> None:
    closed(make_bot(), "9", NOW)

    assert purses(owner(bot)) == []


def test_one_currency_of_ones_choice_and_what_cannot_be_converted_stands_beside() -> None:
    """0.01 BTC at 60,000 is 600 USDT; 2 EUR by the pair USDT/EUR at 0.8 is 2.50; nobody tells what MX is worth."""
    prices = [("BTC/USDT", "60000", 0), ("USDT/EUR", "0.8", 0), ("MX/USDT", "3", 61)]
    for pair, price, minutes in prices:
        make_instrument(pair=pair, price=price, priced_at=NOW - timedelta(minutes=minutes))
    make_instrument(pair="MX/USDT", price="3", priced_at=NOW, venue="live")
    sums = [("USDT", "-1"), ("BTC", "0.01"), ("EUR", "2"), ("MX", "-5")]
    days = {one: {date(2026, 3, 8): Day(result=D(result))} for one, result in sums}
    found = [Money(venue="practice", currency=one, today=NOW.date(), days=days[one], at_risk=D(1)) for one, _ in sums]

    rates = rates_of("practice", [one for one, _ in sums], "USDT", now=NOW)
    together = in_one(found, {"practice": rates}, "USDT")

    assert [(one.currency, one.last(1).result, one.at_risk) for one in together] == [
        ("MX", D(-5), D(1)),
        ("USDT", D("601.50"), D("60002.25")),
    ]
