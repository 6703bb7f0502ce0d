"""An account is taken along as a file, and closed."""

import json
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import AuditEvent, User, WebSession
from connections.models import Connection, Secret
from strategies.choices import BotState
from strategies.models import Bot, Group
from tests.accounts.factories import PASSWORD, make_user, sign_in
from tests.connections.factories import make_connection
from tests.strategies import rows
from tests.strategies.factories import make_bot

pytestmark = pytest.mark.django_db


@pytest.fixture
def ada() -> User:
    return make_user(email="ada@example.test", password=PASSWORD, display_name="Ada", has_factor=True)


@pytest.fixture
def bot(ada: User) -> Bot:
    return make_bot(connection=make_connection(owner=ada, name="Gold"), state=BotState.ENABLED, signal_hash="h" * 64)


def taken(client: Client) -> Any:
    answer = client.post(reverse("account_export"))
    return json.loads(b"".join(answer.streaming_content))  # type: ignore[attr-defined]


def test_everything_of_ones_own_is_taken_along_and_no_secret(client: Client, ada: User, bot: Bot) -> None:
    rows.make_order(group=rows.make_group(bot=bot))
    make_bot(name="Not mine")
    sign_in(client, ada)

    text = json.dumps(document := taken(client))

    assert {name: len(found) for name, found in document.items() if name in {"bots", "groups", "orders"}} == {
        "bots": 1,
        "groups": 1,
        "orders": 1,
    }
    assert document["account"][0]["email"] == "ada@example.test"
    assert "Not mine" not in text
    secrets = {
        ada.password,
        "h" * 64,
        Secret.objects.filter(connection__owner=ada)[0].sealed,
        WebSession.objects.get(user=ada).session_key,
    }
    assert [secret for secret in secrets if secret in text] == []


def test_somebody_without_anything_gets_a_file_too(client: Client) -> None:
    sign_in(client, make_user())

    assert taken(client)["orders"] == []


@pytest.mark.parametrize("name", ["account_export", "account_close"])
def test_both_need_a_fresh_sign_in(client: Client, ada: User, name: str) -> None:
    sign_in(client, ada, age=31 * 60)

    assert "reauthenticate" in client.post(reverse(name)).headers["Location"]


def test_open_groups_are_told_before(client: Client, ada: User, bot: Bot) -> None:
    rows.make_group(bot=bot)
    sign_in(client, ada)

    html = client.get(reverse("account_close")).content.decode()

    assert "Gold: " in html
    assert "BTC/USDT" in html


def test_closing_stops_everything_and_forgets_who_it_was(client: Client, ada: User, bot: Bot) -> None:
    rows.make_group(bot=bot)
    other = sign_in(Client(), ada)
    sign_in(client, ada)

    client.post(reverse("account_close"), {"email": "ADA@example.test"})

    ada.refresh_from_db()
    bot.refresh_from_db()
    assert bot.state != BotState.ENABLED
    assert bot.signal_hash is None
    assert not Secret.objects.exists()
    assert not Connection.objects.owned_by(ada).exists()
    assert not WebSession.objects.filter(user=ada).exists()
    assert [one.get("/account/").status_code for one in (client, other)] == [302, 302]
    assert (ada.is_active, ada.display_name, ada.email) == (False, "", f"{ada.public_id}@closed.invalid")
    assert not EmailAddress.objects.filter(email="ada@example.test").exists()
    assert Group.objects.count() == 1
    assert AuditEvent.objects.filter(action="account.closed", target=f"user:{ada.public_id}").exists()


def test_another_address_closes_nothing(client: Client, ada: User, bot: Bot) -> None:
    sign_in(client, ada)

    answer = client.post(reverse("account_close"), {"email": "eve@example.test"})

    assert answer.status_code == 422
    assert Connection.objects.owned_by(ada).exists()


def test_the_address_is_free_afterwards(client: Client, ada: User) -> None:
    sign_in(client, ada)
    client.post(reverse("account_close"), {"email": ada.email})

    again = make_user(email="ada@example.test")

    assert again.date_joined <= timezone.now()
    assert again.pk != ada.pk
