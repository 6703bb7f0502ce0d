"""What stands first on the overview, and how it is worded."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from strategies.models import Bot, EquityPoint, KeptResult
from strategies.models.equity import begins_at
from strategies.models.kept import EVER
from strategies.pages.money.panel import ShownMoney
from strategies.words import numbers
from tests.connections.factories import make_connection
from tests.strategies.factories import make_bot, make_funds, make_group, make_instrument

pytestmark = pytest.mark.django_db
D = Decimal


@pytest.fixture
def bot(trader: User) -> Bot:
    return make_bot(connection=make_connection(owner=trader))


def purses(client: Client) -> list[ShownMoney]:
    return client.get(reverse("overview")).context["overview"].panel.purses  # type: ignore[no-any-return]


def keep_point(bot: Bot, days: int, money: str | None, **fields: Any) -> None:
    at = begins_at(timezone.now() - timedelta(days=days), "day")  # type: ignore[arg-type]
    values = {"money": money and D(money), "noted_at": at, "currency": "USDT"} | fields
    EquityPoint.objects.create(connection=bot.connection, grain="day", begins_at=at, **values)


def test_a_new_account_reads_where_its_money_will_stand(signed_in: Client, trader: User) -> None:
    make_connection(owner=trader)

    assert "Here stands what your bots make" in signed_in.get(reverse("overview")).text


def test_a_bot_that_made_nothing_yet_says_so(signed_in: Client, bot: Bot) -> None:
    (purse,) = purses(signed_in)

    assert [(one.result, one.groups) for one in purse.made] == [("0.00", "no group closed")] * 3


def test_what_was_made_stands_before_everything_else(signed_in: Client, bot: Bot) -> None:
    make_group(bot=bot, mode="closed")
    make_group(bot=bot, mode="closed", result=D("-5"), closed_at=timezone.now() - timedelta(days=10))

    page = signed_in.get(reverse("overview"))

    (purse,) = purses(signed_in)
    assert [(one.result, one.tone, one.groups) for one in purse.made] == [
        ("+1.80", "gain", "1 of 1 groups with a gain"),
        ("+1.80", "gain", "1 of 1 groups with a gain"),
        ("−3.20", "loss", "1 of 2 groups with a gain"),
    ]
    assert purse.fees == "0.404"
    assert page.text.index("Made in USDT") < page.text.index("Bots enabled")


def test_the_line_has_a_gap_where_an_account_was_not_known(signed_in: Client, bot: Bot) -> None:
    """A day without a balance is no day without money; the label tells the lowest of what was known."""
    for days, money in enumerate(("600", "550", None, "500", "520")):
        keep_point(bot, days, money)

    (purse,) = purses(signed_in)

    assert purse.curve is not None
    assert (purse.curve.first, purse.curve.last, purse.curve.change) == ("520.00", "600.00", "+80.00")
    assert (purse.curve.lowest, len(purse.curve.lines)) == ("500.00", 2)


def test_the_line_has_a_gap_where_one_of_two_accounts_is_missing(signed_in: Client, bot: Bot, trader: User) -> None:
    other = make_bot(connection=make_connection(owner=trader))
    for days in range(3):
        keep_point(bot, days, "100")
        if days != 1:
            keep_point(other, days, "900")

    (purse,) = purses(signed_in)

    assert purse.curve is not None
    assert (purse.curve.lowest, purse.curve.highest, len(purse.curve.lines)) == ("1,000.00", "1,000.00", 2)


def test_all_is_told_in_the_chosen_currency_and_what_cannot_be_is_named(
    signed_in: Client, trader: User, bot: Bot
) -> None:
    make_group(bot=bot, mode="closed", result=D(3))
    make_group(bot=bot, pair="ETH/BTC", mode="closed", result=D("0.0001"))
    make_group(bot=bot, pair="BTC/MX", mode="closed", result=D(-1))
    make_instrument(pair="BTC/USDT", price="60000")
    User.objects.update(currency="USDT")

    page = signed_in.get(reverse("overview"))

    assert {(one.currency, one.made[0].result) for one in purses(signed_in)} == {("USDT", "+9.00"), ("MX", "−1.00")}
    assert "Not converted into USDT" in page.text
    assert "MX" in page.text


def test_troubles_are_one_line_that_counts_them_all(signed_in: Client, trader: User, bot: Bot) -> None:
    for _ in range(9):
        make_connection(owner=trader, status="error")
    for _ in range(8):
        make_bot(connection=bot.connection, state="halted")

    text = signed_in.get(reverse("overview")).text

    assert "9 connections not Online" in text
    assert "8 bots halted" in text


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("0", "0"),
        ("1.234", "+1.23"),
        ("-12.34", "−12.3"),
        ("123.4", "+123"),
        ("-1234", "−1.23k"),
        ("45678901", "+45.7M"),
    ],
)
def test_a_narrow_cell_has_three_figures(value: str, shown: str) -> None:
    assert numbers.short(D(value)) == shown


def test_fifty_connections_and_a_year_of_days_take_as_few_questions(
    signed_in: Client, trader: User, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    today, points, sums = timezone.now(), [], []
    # More than a newcomer has, who is shown the first steps.
    for _ in range(6):
        home = make_connection(owner=trader)
        make_funds(connection=home, USDT="100")
        bots = [make_bot(connection=home, state="enabled") for _ in range(2)]
        make_group(bot=bots[0])
        for days in range(365):
            at = begins_at(today - timedelta(days=days), "day")  # type: ignore[arg-type]
            points.append(
                EquityPoint(
                    connection=home, currency="USDT", grain="day", begins_at=at, noted_at=at, money=D(100 + days)
                )
            )
            sums += [KeptResult(bot=one, connection=home, pair="BTC/USDT", day=at.date(), closed=1) for one in bots]
        sums += [KeptResult(bot=one, connection=home, pair="BTC/USDT", day=EVER, closed=365) for one in bots]
    EquityPoint.objects.bulk_create(points)
    KeptResult.objects.bulk_create(sums)

    with django_assert_max_num_queries(12):
        page = signed_in.get(reverse("overview"))

    (purse,) = page.context["overview"].panel.purses
    assert purse.made[2].groups == "0 of 360 groups with a gain"
    assert len(purse.curve.levels) == 30
