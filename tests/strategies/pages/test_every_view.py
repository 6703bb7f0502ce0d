"""What holds for every page of this room: sign-in, other people's bots, methods."""

import re

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from strategies.models import Bot
from tests.strategies.factories import make_bot

pytestmark = pytest.mark.django_db

GENERAL = ["results", "bots", "orders", "orders_csv", "bot_add", "bot_worst_case"]
PAGES = ["bot_detail", "bot_results", "bot_journal", "bot_orders", "bot_closed"]
FILES = ["bot_chart", "bot_journal_csv", "bot_fills_csv"]
READ = [*PAGES, *FILES, "bot_edit", "bot_delete", "bot_enable", "bot_disable"]
ACTS = ["bot_edit", "bot_enable", "bot_disable", "bot_delete"]


def without_tokens(page: str) -> str:
    return re.sub(r'value="[A-Za-z0-9]{64}"|seen=\w*', "", page)


@pytest.mark.parametrize("name", GENERAL)
def test_general_pages_ask_for_sign_in(client: Client, name: str) -> None:
    response = client.get(reverse(name))

    assert response.status_code == 302
    assert response["Location"].startswith(reverse("account_login"))


@pytest.mark.parametrize("name", READ)
@pytest.mark.parametrize("method", ["get", "post"])
def test_pages_of_a_bot_ask_for_sign_in(client: Client, name: str, method: str) -> None:
    bot = make_bot(state="enabled")

    response = getattr(client, method)(reverse(name, args=[bot.public_id]))

    assert response.status_code == 302
    assert response["Location"].startswith(reverse("account_login"))
    assert Bot.objects.get().is_enabled


@pytest.mark.parametrize("name", READ)
def test_other_peoples_bots_look_like_none(signed_in: Client, name: str) -> None:
    bot = make_bot()

    assert signed_in.get(reverse(name, args=[bot.public_id])).status_code == 404


@pytest.mark.parametrize("name", ACTS)
def test_other_peoples_bots_cannot_be_touched(signed_in: Client, name: str) -> None:
    bot = make_bot()
    before = Bot.objects.values().get()

    response = signed_in.post(reverse(name, args=[bot.public_id]), {"name": "Mine now"})

    assert response.status_code == 404
    assert Bot.objects.values().get() == before


@pytest.mark.parametrize("name", ["overview", "bots", "orders", "orders_csv"])
def test_pages_that_only_show_refuse_to_be_posted_to(signed_in: Client, name: str) -> None:
    assert signed_in.post(reverse(name)).status_code == 405


@pytest.mark.parametrize("name", [*PAGES, *FILES])
def test_pages_of_a_bot_that_only_show_refuse_to_be_posted_to(signed_in: Client, trader: User, name: str) -> None:
    bot = make_bot(owner=trader)

    assert signed_in.post(reverse(name, args=[bot.public_id])).status_code == 405


# A year is asked for as a whole page.
@pytest.mark.parametrize(
    "name", ["overview", "bots", "bot_worst_case", *(one for one in PAGES if one != "bot_results")]
)
def test_htmx_gets_the_fragment_and_nothing_else(signed_in: Client, trader: User, name: str) -> None:
    bot = make_bot(owner=trader)
    url = reverse(name, args=[bot.public_id] if name in PAGES else [])

    page, fragment = signed_in.get(url), signed_in.get(url, headers={"HX-Request": "true"})

    assert "<!doctype html>" in page.text
    assert fragment.text.strip().startswith(("<div", "<section"))
    assert without_tokens(fragment.text).strip() in without_tokens(page.text)
