"""The results of a year, days of one's own zone, one currency."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from accounts.models import User
from strategies.models import Bot, Group, KeptResult
from strategies.models.kept import EVER
from tests.accounts.factories import sign_in
from tests.connections.factories import make_connection
from tests.strategies.factories import make_bot, make_group

pytestmark = pytest.mark.django_db
D = Decimal
# An evening in Oslo, and already the next year in Tokyo.
NOW = datetime(2026, 12, 31, 20, tzinfo=UTC)


@pytest.fixture
def bot(trader: User) -> Bot:
    bot = make_bot(connection=make_connection(owner=trader, name="Main"), name="Owl")
    for result, pair, at in [
        ("5", "BTC/USDT", datetime(2026, 3, 1, 9, tzinfo=UTC)),
        ("-7", "ETH/USDT", datetime(2026, 3, 1, 10, tzinfo=UTC)),
        ("1", "BTC/USDT", datetime(2026, 12, 31, 18, tzinfo=UTC)),
        ("0.5", "BTC/USDT", datetime(2025, 5, 5, tzinfo=UTC)),
    ]:
        make_group(bot=bot, pair=pair, mode="closed", result=D(result), closed_at=at, fees=D("0.1"))
    make_group(bot=make_bot(), mode="closed", result=D(99), closed_at=NOW)
    return bot


def tables(trader: User, url: str) -> dict[str, list[tuple[str, str]]]:
    with time_machine.travel(NOW, tick=False):
        page = sign_in(Client(), trader).get(url).context["page"]
    return {table.title: [(row.name, row.result) for row in table.rows] for table in page.tables}


def test_a_year_by_pair_bot_connection_day_and_month(trader: User, bot: Bot) -> None:
    """5 − 7 on the first of March, 1 on the last of December: −1; the half of the year before is not in it."""
    assert tables(trader, reverse("results")) == {
        "The year": [("", "−1.00")],
        "By pair": [("BTC/USDT", "+6.00"), ("ETH/USDT", "−7.00")],
        "By bot": [("Owl", "−1.00")],
        "By connection": [("Main", "−1.00")],
        "Best and worst day": [("2026-12-31", "+1.00"), ("2026-03-01", "−2.00")],
        "By month": [("2026-03", "−2.00"), ("2026-12", "+1.00")],
    }


def test_an_earlier_year(trader: User, bot: Bot) -> None:
    assert tables(trader, reverse("results") + "?year=2025")["The year"] == [("", "+0.50")]


def test_a_bot_has_its_own(trader: User, bot: Bot) -> None:
    other = make_bot(connection=bot.connection)
    make_group(bot=other, mode="closed", result=D(50), closed_at=NOW)

    found = tables(trader, reverse("bot_results", args=[bot.public_id]))

    assert found["The year"] == [("", "−1.00")]
    assert "By bot" not in found


def test_days_are_sorted_anew_in_another_zone(signed_in: Client, trader: User, bot: Bot) -> None:
    """At 18:00 of the last day of the year in UTC it is three in the morning of the next year in Tokyo."""
    answer = signed_in.post(reverse("results"), {"time_zone": "Asia/Tokyo", "currency": ""})

    assert answer.status_code == 302
    assert set(Group.objects.filter(bot=bot).values_list("counted_on", flat=True)) == {
        date(2026, 3, 1),
        date(2025, 5, 5),
        date(2027, 1, 1),
    }
    rows = KeptResult.objects.owned_by(trader).filter(pair="BTC/USDT").order_by("day")
    assert {row.day: (row.result, row.fees, row.closed, row.won) for row in rows} == {
        EVER: (D("6.5"), D("0.3"), 3, 3),
        date(2025, 5, 5): (D("0.5"), D("0.1"), 1, 1),
        date(2026, 3, 1): (D(5), D("0.1"), 1, 1),
        date(2027, 1, 1): (D(1), D("0.1"), 1, 1),
    }
    assert KeptResult.objects.exclude(connection__owner=trader).count() == 2


@pytest.mark.parametrize("typed", [{"time_zone": "Europe/Atlantis"}, {"time_zone": "UTC", "currency": "=1+1"}])
def test_what_is_no_zone_and_no_currency_changes_nothing(signed_in: Client, typed: dict[str, str]) -> None:
    assert signed_in.post(reverse("results"), typed).status_code == 200
    assert set(User.objects.values_list("time_zone", "currency")) == {("", "")}


@pytest.mark.parametrize("year", ["²⁰²⁶", "0000", "-1", "20260", "1'--", "٢٠٢٥"])
def test_a_year_that_cannot_be_read_is_the_present_one(trader: User, bot: Bot, year: str) -> None:
    assert tables(trader, reverse("results") + f"?year={year}")["The year"] in ([("", "−1.00")], [("", "+0.50")])
