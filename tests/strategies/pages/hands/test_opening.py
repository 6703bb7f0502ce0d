"""The page that opens a group now: what it would be, and only what was shown is asked for."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from connections.models import Connection
from strategies.models import Bot, Signal
from tests.strategies import rows
from tests.strategies.factories import make_bot, make_funds

pytestmark = pytest.mark.django_db


@pytest.fixture
def bot(trader: User) -> Bot:
    bot = make_bot(owner=trader, state="enabled", name="Opener", margin_limit=1000, base_order=20)
    Connection.objects.update(status="online", passed_at=timezone.now())
    make_funds(connection=bot.connection, USDT="10000")
    rows.make_price(price="20000")
    return bot


def post(client: Client, bot: Bot, **typed: str) -> Any:
    return client.post(reverse("bot_open", args=[bot.public_id]), typed, follow=True)


def test_a_look_tells_what_the_group_would_be(signed_in: Client, bot: Bot) -> None:
    page = post(signed_in, bot, pair="BTC/USDT").text

    assert "<dd>20.00</dd>" in page
    assert "<dd>0.001</dd>" in page
    assert 'name="confirmed" value="BTC/USDT/0"' in page
    assert not Signal.objects.exists()


def test_what_was_shown_is_asked_for_once(signed_in: Client, bot: Bot) -> None:
    answer = post(signed_in, bot, pair="BTC/USDT", confirmed="BTC/USDT/0")
    again = post(signed_in, bot, pair="BTC/USDT", confirmed="BTC/USDT/0")

    assert "A group of BTC/USDT opens within seconds" in answer.text
    assert again.status_code == 200
    assert Signal.objects.get().is_by_hand
    assert "by hand" in signed_in.get(reverse("bot_signal_address", args=[bot.public_id])).text


@pytest.mark.parametrize("confirmed", ["ETH/USDT/0", "BTC/USDT/7", "x"])
def test_what_was_not_shown_is_shown_first(signed_in: Client, bot: Bot, confirmed: str) -> None:
    assert 'value="BTC/USDT/0"' in post(signed_in, bot, pair="BTC/USDT", confirmed=confirmed).text
    assert not Signal.objects.exists()


def test_a_pair_that_is_not_the_bots_is_refused(signed_in: Client, bot: Bot) -> None:
    assert post(signed_in, bot, pair="XRP/USDT").status_code == 422


def test_why_it_cannot_be_is_told(signed_in: Client, bot: Bot) -> None:
    Bot.objects.update(paused="entries")

    answer = post(signed_in, bot, pair="BTC/USDT")

    assert answer.status_code == 422
    assert "New groups are paused." in answer.text
    assert "No group is opened." in post(signed_in, bot, pair="BTC/USDT", confirmed="BTC/USDT/0").text


def test_without_a_free_pair_it_says_so(signed_in: Client, bot: Bot) -> None:
    for pair in bot.pairs:
        rows.make_group(bot=bot, pair=pair)

    page = signed_in.get(reverse("bot_open", args=[bot.public_id])).text

    assert "Every pair of this bot has an open group already." in page


def test_its_page_leads_there_while_it_opens_groups(signed_in: Client, bot: Bot) -> None:
    address = reverse("bot_open", args=[bot.public_id])

    assert address in signed_in.get(reverse("bot_detail", args=[bot.public_id])).text
    Bot.objects.update(state="off")
    assert address not in signed_in.get(reverse("bot_detail", args=[bot.public_id])).text


def test_bots_of_others_look_like_none(signed_in: Client, bot: Bot) -> None:
    other = make_bot()

    assert post(signed_in, other, pair="BTC/USDT", confirmed="BTC/USDT/0").status_code == 404
    assert signed_in.get(reverse("bot_open", args=[other.public_id])).status_code == 404
