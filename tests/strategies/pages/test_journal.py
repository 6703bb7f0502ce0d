from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from strategies.models import Bot
from tests.strategies.factories import make_bot, make_line

pytestmark = pytest.mark.django_db


@pytest.fixture
def bot(trader: User) -> Bot:
    return make_bot(owner=trader)


def url(bot: Bot, query: str = "") -> str:
    return reverse("bot_journal", args=[bot.public_id]) + query


def page(client: Client, bot: Bot, query: str = "") -> Any:
    return client.get(url(bot, query)).context["page"]


def test_each_line_says_when_what_why_and_the_numbers(signed_in: Client, bot: Bot) -> None:
    line = make_line(bot=bot, numbers_json={"price": "61234.5", "improvement": "-0.0021"})

    text = signed_in.get(url(bot)).text

    assert f'title="{line.at:%Y-%m-%d %H:%M:%S} UTC"' in text
    assert "<code>BTC/USDT</code>" in text
    assert "Blocked</span>" in text
    assert "The add-on would not improve the average enough." in text
    assert "<dt>Price</dt><dd>61,234.50</dd>" in text
    assert "<dt>Improvement</dt><dd>−0.21" in text


def test_fifty_lines_stand_on_a_page_the_newest_first(signed_in: Client, bot: Bot) -> None:
    for number in range(51):
        make_line(bot=bot, pair=f"C{number}/USDT")

    newest = page(signed_in, bot)
    older = page(signed_in, bot, f"?{newest.older}")

    assert [line.pair for line in newest.lines][:2] == ["C50/USDT", "C49/USDT"]
    assert (len(newest.lines), newest.newer) == (50, "")
    assert [line.pair for line in older.lines] == ["C0/USDT"]
    assert "C50/USDT" in signed_in.get(url(bot, f"?{older.newer}")).text


def test_it_filters_by_action_and_reason_and_keeps_both_while_turning_pages(signed_in: Client, bot: Bot) -> None:
    for _ in range(51):
        make_line(bot=bot, action="block", reason="cool_down")
        make_line(bot=bot, action="wait", reason="cool_down")
        make_line(bot=bot, action="block", reason="average.worse")

    found = page(signed_in, bot, "?action=block&reason=cool_down")

    assert {(line.look.label, line.text) for line in found.lines} == {("Blocked", "Too soon after the last fill.")}
    assert found.older.startswith("action=block&reason=cool_down&before=")
    assert len(page(signed_in, bot, f"?{found.older}").lines) == 1


def test_it_offers_the_reasons_that_the_bot_had_and_no_others(signed_in: Client, bot: Bot) -> None:
    make_line(bot=bot, reason="cool_down")
    make_line(bot=bot, reason="cool_down")
    make_line(bot=make_bot(), reason="margin.hard_limit")

    assert [choice.value for choice in page(signed_in, bot).reasons] == ["", "cool_down"]


@pytest.mark.parametrize("query", ["?reason=%00", "?action=<b>", "?before=x", "?reason=never.had", "?action="])
def test_a_filter_that_makes_no_sense_shows_all(signed_in: Client, bot: Bot, query: str) -> None:
    make_line(bot=bot)

    assert len(page(signed_in, bot, query).lines) == 1


def test_an_empty_journal_says_what_will_stand_here(signed_in: Client, bot: Bot) -> None:
    make_line(bot=make_bot())

    assert "No decision yet." in signed_in.get(url(bot)).text


def test_a_filter_without_a_match_leads_back(signed_in: Client, bot: Bot) -> None:
    make_line(bot=bot)

    text = signed_in.get(url(bot, "?action=exit")).text

    assert "No decision of this kind" in text
    assert f'href="{url(bot)}">Show all' in text


def test_only_the_newest_page_of_a_bot_that_works_looks_again(signed_in: Client, trader: User) -> None:
    bot = make_bot(owner=trader, state="enabled")
    for _ in range(51):
        make_line(bot=bot)
    older = page(signed_in, bot).older

    assert "every 5s" in signed_in.get(url(bot)).text
    assert "every 5s" not in signed_in.get(url(bot, f"?{older}")).text


def test_a_full_page_takes_few_queries(
    signed_in: Client, bot: Bot, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for _ in range(60):
        make_line(bot=bot)

    with django_assert_max_num_queries(7):
        signed_in.get(url(bot))
