"""The page that adopts coins: what they come to, and only what was shown is done."""

import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from connections.models import Connection
from strategies.models import Bot, Funds, Group
from tests.strategies import rows
from tests.strategies.factories import make_bot, make_funds

pytestmark = pytest.mark.django_db
COINS = {"pair": "BTC/USDT", "quantity": "0.001", "price": "20000"}


@pytest.fixture
def bot(trader: User) -> Bot:
    bot = make_bot(owner=trader, state="enabled", name="Adopter", margin_limit=1000, base_order=20)
    Connection.objects.update(status="online", passed_at=timezone.now())
    make_funds(connection=bot.connection, USDT="10000", BTC="0.0123456789")
    Funds.objects.update(reconciled_at=timezone.now())
    rows.make_price(price="20000", amount_step="0.0001")
    return bot


def post(client: Client, bot: Bot, **typed: str) -> Any:
    return client.post(reverse("bot_adopt", args=[bot.public_id]), typed, follow=True)


def mark(page: str) -> str:
    found = re.search(r'name="confirmed" value="(\w+)"', page)
    assert found, page
    return found[1]


def test_it_begins_with_what_is_free_and_the_price_now(signed_in: Client, bot: Bot) -> None:
    page = signed_in.get(reverse("bot_adopt", args=[bot.public_id])).text

    assert "<strong>0.012345679 BTC</strong> that are free" in page
    assert 'name="quantity" value="0.0123"' in page
    assert 'name="price" value="20000"' in page


def test_a_look_tells_what_the_group_would_be(signed_in: Client, bot: Bot) -> None:
    page = post(signed_in, bot, **COINS).text

    assert "<dt>Cost</dt><dd>20.00</dd>" in page
    assert "<dt>Next add-on</dt><dd>19,500.00</dd>" in page
    assert mark(page)
    assert not Group.objects.exists()


def test_what_was_shown_is_done_once(signed_in: Client, bot: Bot) -> None:
    seen = mark(post(signed_in, bot, **COINS).text)
    answer = post(signed_in, bot, **COINS, confirmed=seen)
    again = post(signed_in, bot, **COINS, confirmed=seen)

    assert "The bot adopts 0.001 of BTC/USDT." in answer.text
    assert "Adopted: 0.001 BTC, at 20,000.00 a coin, the price that you named" in answer.text
    assert "shows the adopted coins: within a minute" in answer.text
    assert again.status_code == 422
    assert Group.objects.get().cost == 20


@pytest.mark.parametrize("changes", [{"confirmed": "x"}, {"quantity": "0.002"}, {"price": "21000"}])
def test_what_was_not_shown_is_shown_first(signed_in: Client, bot: Bot, changes: dict[str, str]) -> None:
    seen = {"confirmed": mark(post(signed_in, bot, **COINS).text)}
    answer = post(signed_in, bot, **COINS | seen | changes)

    assert answer.status_code == 422
    assert "What it comes to has changed since you looked." in answer.text
    assert mark(answer.text) != changes.get("confirmed", seen["confirmed"])
    assert not Group.objects.exists()


def test_why_it_cannot_be_is_told(signed_in: Client, bot: Bot) -> None:
    many = post(signed_in, bot, **COINS | {"quantity": "0.0124"})
    Bot.objects.update(paused="entries")
    paused = post(signed_in, bot, **COINS)

    assert (many.status_code, paused.status_code) == (422, 422)
    assert "Your account has fewer of these coins that are free" in many.text
    assert "New groups are paused." in paused.text
    assert "Nothing is adopted. New groups are paused." in post(signed_in, bot, **COINS, confirmed="x").text


def test_more_than_a_ladder_is_told_with_the_ladder(signed_in: Client, bot: Bot) -> None:
    page = post(signed_in, bot, **COINS | {"quantity": "0.0123"}).text

    assert "more than the whole ladder" in page
    assert "<dt>Whole ladder</dt><dd>80.00</dd>" in page
    assert "confirmed" not in page


@pytest.mark.parametrize("typed", [{"quantity": "0"}, {"price": "-1"}, {"quantity": ""}, {"price": "much"}])
def test_what_is_no_amount_is_refused(signed_in: Client, bot: Bot, typed: dict[str, str]) -> None:
    assert post(signed_in, bot, **COINS | typed).status_code == 422


def test_only_a_pair_of_the_bot_without_a_group_is_shown(signed_in: Client, bot: Bot) -> None:
    assert "does not trade that pair" in post(signed_in, bot, **COINS | {"pair": "XRP/USDT"}).text
    Bot.objects.update(pairs_json=["BTC/USDT", "ETH/USDT"])
    rows.make_group(bot=bot)
    address = reverse("bot_adopt", args=[bot.public_id])

    assert "has an open group already" in signed_in.get(f"{address}?pair=BTC/USDT").text
    assert 'value="ETH/USDT"' in signed_in.get(address).text


def test_without_a_free_pair_it_says_so(signed_in: Client, bot: Bot) -> None:
    rows.make_group(bot=bot)

    page = signed_in.get(reverse("bot_adopt", args=[bot.public_id])).text

    assert "Every pair of this bot has an open group already." in page


def test_an_account_that_was_not_read_is_told(signed_in: Client, bot: Bot) -> None:
    Funds.objects.update(reconciled_at=None)

    assert "not read in the last minute" in signed_in.get(reverse("bot_adopt", args=[bot.public_id])).text


def test_its_page_leads_there_while_it_opens_groups(signed_in: Client, bot: Bot) -> None:
    address = reverse("bot_adopt", args=[bot.public_id])

    assert address in signed_in.get(reverse("bot_detail", args=[bot.public_id])).text
    Bot.objects.update(state="off")
    assert address not in signed_in.get(reverse("bot_detail", args=[bot.public_id])).text


def test_bots_of_others_look_like_none(signed_in: Client, bot: Bot) -> None:
    other = make_bot()

    assert post(signed_in, other, **COINS).status_code == 404
    assert signed_in.get(reverse("bot_adopt", args=[other.public_id])).status_code == 404
