from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from connections.models import RunState
from strategies.models import Bot
from tests.accounts.factories import add_totp, sign_in
from tests.connections.factories import make_connection, make_run
from tests.strategies.factories import make_bot

pytestmark = pytest.mark.django_db


def url(name: str, bot: Bot) -> str:
    return reverse(name, args=[bot.public_id])


def test_a_bot_on_a_proven_connection_can_be_enabled(signed_in: Client, trader: User) -> None:
    bot = make_bot(owner=trader)

    page = signed_in.get(url("bot_detail", bot)).text
    response = signed_in.post(url("bot_enable", bot), follow=True)

    assert "It can be enabled" in page
    assert f"{bot.name} is enabled." in response.text
    assert "It opens a group when one of your alerts asks for it." in response.text
    assert Bot.objects.get().is_enabled


@pytest.mark.parametrize(
    ("connection", "reason"),
    [
        ({"status": "untested"}, "has not passed a test yet"),
        ({"status": "error", "trouble": "right.withdraw"}, "The connection has an error"),
        ({"status": "untested", "deleted": True}, "The connection was deleted"),
    ],
)
def test_the_reason_for_a_refusal_is_there_before_the_click_and_after(
    signed_in: Client, trader: User, connection: dict[str, Any], reason: str
) -> None:
    bot = make_bot(connection=make_connection(owner=trader, **connection))

    page = signed_in.get(url("bot_detail", bot)).text
    response = signed_in.post(url("bot_enable", bot), follow=True)

    assert reason in page
    assert url("bot_enable", bot) in page
    assert f"Not enabled. {reason}" in response.text or f"Not enabled. The connection {reason}" in response.text
    assert not Bot.objects.get().is_enabled


def test_the_page_looks_again_while_the_connection_is_being_tested(signed_in: Client, trader: User) -> None:
    bot = make_bot(owner=trader)
    make_run(connection=bot.connection, state=RunState.RUNNING)

    page = signed_in.get(url("bot_detail", bot)).text

    assert "every 250ms" in page
    assert "The connection is being tested" in page


def test_a_halted_bot_says_why_and_can_be_left_off(signed_in: Client, trader: User) -> None:
    bot = make_bot(owner=trader, state="halted", halt_reason="key.expired")

    page = signed_in.get(url("bot_detail", bot)).text
    signed_in.post(url("bot_disable", bot))

    assert "Halted: the key has expired." in page
    assert Bot.objects.get().state == "off"


def test_disabling_switches_it_off(signed_in: Client, trader: User) -> None:
    bot = make_bot(owner=trader, state="enabled")

    response = signed_in.post(url("bot_disable", bot), follow=True)

    assert f"{bot.name} is off." in response.text
    assert Bot.objects.get().state == "off"


def test_an_old_sign_in_enables_practice_bots_only(client: Client, trader: User) -> None:
    sign_in(client, trader, age=3600)
    practice = make_bot(connection=make_connection(owner=trader, venue="practice"))
    live = make_bot(connection=make_connection(owner=trader, venue="live"))

    client.post(url("bot_enable", practice))
    response = client.post(url("bot_enable", live))

    assert response["Location"].startswith(reverse("account_reauthenticate"))
    assert list(Bot.objects.enabled()) == [practice]


def test_a_fresh_sign_in_enables_live_bots(signed_in: Client, trader: User) -> None:
    add_totp(trader)
    live = make_bot(connection=make_connection(owner=trader, venue="live"))

    signed_in.post(url("bot_enable", live))

    assert list(Bot.objects.enabled()) == [live]


def test_coming_back_from_the_password_page_shows_the_bot_and_enables_nothing(signed_in: Client, trader: User) -> None:
    bot = make_bot(owner=trader)

    response = signed_in.get(url("bot_enable", bot))

    assert response["Location"] == url("bot_detail", bot)
    assert not Bot.objects.get().is_enabled


def test_deleting_asks_first_and_then_removes_it(signed_in: Client, trader: User) -> None:
    bot = make_bot(owner=trader)

    page = signed_in.get(url("bot_delete", bot))
    assert Bot.objects.exists()
    response = signed_in.post(url("bot_delete", bot))

    assert "They cannot be brought back" in page.text
    assert response["Location"] == reverse("bots")
    assert not Bot.objects.owned_by(trader).exists()


def test_an_enabled_bot_is_not_deleted(signed_in: Client, trader: User) -> None:
    bot = make_bot(owner=trader, state="enabled")

    page = signed_in.get(url("bot_delete", bot)).text
    response = signed_in.post(url("bot_delete", bot), follow=True)

    assert "Disable it before you delete it" in page
    assert "Disable the bot before you delete it." in response.text
    assert Bot.objects.get().is_enabled
