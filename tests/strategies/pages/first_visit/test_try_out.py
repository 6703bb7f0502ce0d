"""What a practice bot's page offers to try it out with, and the page of a visitor without a session."""

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from accounts.models import AuditEvent, User
from connections.practice.door import is_offered
from strategies.models import Bot
from strategies.pages.first_visit import welcome
from tests.accounts.factories import make_user
from tests.connections.factories import make_connection
from tests.practice.rig import Rig
from tests.strategies.factories import make_bot, make_instrument

pytestmark = pytest.mark.django_db
DIP = {"story": "dip_and_rise"}


@pytest.fixture
def bot(trader: User) -> Bot:
    return make_bot(owner=trader, state="enabled")


def page_of(client: Client, bot: Bot) -> str:
    return client.get(reverse("bot_detail", args=[bot.public_id])).text


def test_an_enabled_practice_bot_can_be_tried_out(signed_in: Client, bot: Bot) -> None:
    page = page_of(signed_in, bot)

    assert "Send a test signal" in page
    assert "Play a story" in page
    assert "Nothing can ask it to enter yet" not in page


def test_a_bot_with_a_rule_of_its_own_is_sent_no_signal(signed_in: Client, trader: User) -> None:
    page = page_of(signed_in, make_bot(owner=trader, state="enabled", entry_source="immediate"))

    assert "Send a test signal" not in page
    assert "Play a story" in page


def test_with_live_money_or_while_it_is_off_nothing_is_tried_out(signed_in: Client, trader: User) -> None:
    live = make_bot(connection=make_connection(owner=trader, venue="live"), state="enabled")

    assert "Try it out" not in page_of(signed_in, live)
    assert "Try it out" not in page_of(signed_in, make_bot(owner=trader))


@pytest.mark.services
def test_a_story_begins_at_one_click(signed_in: Client, bot: Bot, practice: Rig) -> None:
    practice.control("DELETE", "price")

    answer = signed_in.post(reverse("bot_story", args=[bot.public_id]), DIP, follow=True)

    assert "lives through a story of 60 seconds" in answer.text
    (told,) = practice.control("GET", "story")["running"]
    assert (told["pair"], told["name"], told["end"] - told["start"]) == ("BTC/USDT", "dip_and_rise", 60_000)
    assert AuditEvent.objects.get(action="practice.story").target == f"bot:{bot.public_id}"
    practice.control("DELETE", "price")


@pytest.mark.parametrize("data", [{"story": "nonsense"}, {"minutes": "9"}, {"pair": "DOGE/USDT"}], ids=str)
def test_a_story_that_is_none_is_not_found(signed_in: Client, bot: Bot, data: dict[str, str]) -> None:
    assert signed_in.post(reverse("bot_story", args=[bot.public_id]), DIP | data).status_code == 404


def test_a_live_bot_and_other_peoples_have_no_stories(signed_in: Client, trader: User) -> None:
    live = make_bot(connection=make_connection(owner=trader, venue="live"), state="enabled")

    for one in (live, make_bot(owner=make_user(), state="enabled")):
        assert signed_in.post(reverse("bot_story", args=[one.public_id]), DIP).status_code == 404


def test_an_exchange_that_is_away_is_told(signed_in: Client, bot: Bot, settings: Settings) -> None:
    settings.PRACTICE_URL = "http://127.0.0.1:9"

    page = signed_in.post(reverse("bot_story", args=[bot.public_id]), DIP, follow=True).text

    assert "The practice exchange does not answer." in page
    assert not AuditEvent.objects.filter(action="practice.story").exists()


def added(client: Client, home: object, **data: str) -> tuple[str, Bot]:
    page = client.get(f"{reverse('bot_add')}?preset=practice&connection={home}")
    sent = {name: str(value) for name, value in page.context["form"].initial.items() if value is not None}
    answer = client.post(reverse("bot_add"), sent | {"pairs": "BTC/USDT"} | data, follow=True)
    return answer.text, Bot.objects.get()


def test_the_page_says_what_each_of_its_buttons_does(signed_in: Client, trader: User) -> None:
    make_connection(owner=trader)

    practice, usual = (signed_in.get(reverse("bot_add") + query).text for query in ("?preset=practice", ""))

    assert "“Save and enable” starts it at once." in practice
    assert "It is saved and stays off." in usual
    assert "Save and enable" not in usual


def test_a_practice_bot_is_saved_and_enabled_in_one_step(signed_in: Client, trader: User) -> None:
    home = make_connection(owner=trader)
    make_instrument(connection=home)

    page, bot = added(signed_in, home.public_id, enable="1")

    assert bot.is_enabled
    assert "First practice bot is saved and enabled." in page


def test_a_live_bot_is_not_enabled_in_passing(signed_in: Client, trader: User) -> None:
    home = make_connection(owner=trader, venue="live")
    make_instrument(connection=home)

    _, bot = added(signed_in, home.public_id, enable="1")

    assert not bot.is_enabled


def test_one_that_may_not_be_enabled_is_saved_and_says_why(signed_in: Client, trader: User) -> None:
    page, bot = added(signed_in, make_connection(owner=trader, status="error").public_id, enable="1")

    assert not bot.is_enabled
    assert "is saved, and not enabled." in page


def test_a_form_that_knows_its_exchange_lists_pairs_at_once(signed_in: Client, trader: User) -> None:
    home = make_connection(owner=trader)
    make_connection(owner=trader)

    assert 'hx-trigger="load, focusin' in signed_in.get(f"{reverse('bot_add')}?connection={home.public_id}").text
    assert 'hx-trigger="focusin' in signed_in.get(reverse("bot_add")).text


def test_a_visitor_sees_what_it_is_and_one_way_in_each(client: Client) -> None:
    page = client.get("/")

    assert page.status_code == 200
    assert page.text.count(f'href="{reverse("account_signup")}"') == 1
    assert page.text.count(f'href="{reverse("account_login")}"') == 1
    assert "with invented money" in page.text


def test_without_a_practice_exchange_the_visitor_is_promised_none(client: Client, settings: Settings) -> None:
    settings.PRACTICE_URL = ""

    assert "invented money" not in client.get("/").text


def test_a_page_whose_session_ended_is_led_to_sign_in(client: Client) -> None:
    answer = client.get("/", headers={"HX-Request": "true"})

    assert answer.headers["HX-Redirect"].startswith(reverse("account_login"))


def test_the_ladder_of_the_visitor_is_reckoned_by_the_engine() -> None:
    rows = welcome.example()

    assert [row.price for row in rows] == ["3,000.00", "2,925.00", "2,827.50", "2,700.75"]
    assert rows[-1].total == "200.00"
    assert is_offered()
