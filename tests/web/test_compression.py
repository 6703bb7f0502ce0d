"""Pages are compressed, but for those that hold a secret; how long one is tells nothing of the token in it."""

import gzip
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from tests.accounts.factories import make_user, sign_in
from tests.connections.factories import make_connection
from tests.strategies.factories import make_bot
from web.middleware import SECRET_PATHS

pytestmark = pytest.mark.django_db
ASKS = {"Accept-Encoding": "gzip, br"}
# The flag of a gzip header that says a name follows, which is as long as chance has it.
HAS_NAME = 8


@pytest.fixture
def trader(client: Client) -> Client:
    return sign_in(client, make_user())


def is_packed(answer: Any) -> bool:
    return bool(answer.headers.get("Content-Encoding") == "gzip")


def test_a_page_is_packed_for_those_that_ask(trader: Client) -> None:
    packed, plain = trader.get("/", headers=ASKS), trader.get("/")

    assert is_packed(packed)
    assert "Accept-Encoding" in packed.headers["Vary"]
    assert b"<h1>Overview</h1>" in gzip.decompress(packed.content)
    assert not is_packed(plain)
    assert len(packed.content) < len(plain.content) / 2


def test_its_length_has_chance_in_it(trader: Client) -> None:
    assert trader.get("/", headers=ASKS).content[3] & HAS_NAME


def test_styles_and_scripts_are_packed_and_fonts_are_as_they_are(client: Client) -> None:
    def sent(path: str) -> Any:
        answer = client.get(f"/static/{path}", headers=ASKS)
        answer.close()
        return answer

    assert is_packed(sent("css/base.css"))
    assert is_packed(sent("js/app.js"))
    assert is_packed(sent("icons.svg"))
    assert not is_packed(sent("vendor/geist/geist-latin-wght-normal.woff2"))


def test_what_answers_a_form_is_not_packed(trader: Client) -> None:
    """A form sends back what was typed, and the address for alerts is shown once, in such an answer."""
    assert not is_packed(trader.post(reverse("bot_add"), {}, headers=ASKS))


def test_the_address_for_alerts_is_not_packed(client: Client) -> None:
    user = make_user()
    bot = make_bot(connection=make_connection(owner=user))

    made = sign_in(client, user).post(reverse("bot_signal_address", args=[bot.public_id]), headers=ASKS)

    assert "/signals/" in made.text
    assert not is_packed(made)


@pytest.mark.parametrize("name", ["mfa_activate_totp", "mfa_generate_recovery_codes", "mfa_index"])
def test_no_page_of_a_second_factor_is_packed(trader: Client, name: str) -> None:
    assert reverse(name).startswith(SECRET_PATHS)
    assert not is_packed(trader.get(reverse(name), headers=ASKS))
