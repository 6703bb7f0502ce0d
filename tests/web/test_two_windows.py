"""Two windows on the same row: what one deleted, changed or sent already meets the other as a calm answer."""

from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from accounts.by import PRODUCT
from accounts.models import AuditEvent
from connections import flows as connection_flows
from connections.models import Connection
from connections.pages import detail as connection_views
from connections.secrets import vault
from strategies.bots import flows as bot_flows
from strategies.models import Bot
from strategies.pages import bot_actions as bot_views
from strategies.pages.bot_form import views as bot_form_views
from tests.accounts.factories import make_user, sign_in
from tests.connections.factories import make_connection, make_secret
from tests.strategies.factories import make_bot

pytestmark = pytest.mark.django_db
KEY = {"api_key": "b2" * 12, "secret": "01234567-89ab-cdef-0123-456789abcdef", "passphrase": "practice-pass-1"}
ADD = KEY | {"name": "Twice", "market": "spot", "venue": "practice"}
SETTINGS = {
    "name": "Renamed",
    "pairs": "BTC/USDT",
    "direction": "long",
    "risk_level": "low",
    "margin_limit": "9",
    "add_on_behaviour": "reserve",
    "entry_source": "webhook",
    "entry_rule": "any",
    "take_profit": "1.5",
    "order_kind": "market",
    "cool_down_minutes": "5",
    "stop_timeout_seconds": "0",
}


@pytest.fixture(autouse=True)
def _sealing(settings: Settings, tmp_path) -> None:
    vault.make_keypair(tmp_path)
    settings.VAULT_PUBLIC_KEY_FILE = str(tmp_path / "vault.pub")


@pytest.fixture
def connection() -> Connection:
    connection = make_connection(owner=make_user(), name="Main")
    make_secret(connection=connection, revision=2)
    return connection


@pytest.fixture
def trader(connection: Connection) -> Client:
    return sign_in(Client(raise_request_exception=False), connection.owner)


def right_after_the_look(monkeypatch: pytest.MonkeyPatch, views: object, act: Callable[[], object]) -> None:
    """Let the other window act between the view's look at the row and the flow."""
    name = next(name for name in ("my_bot", "my_connection") if hasattr(views, name))
    look = getattr(views, name)
    done: list[object] = []

    def looked(*args: object) -> object:
        row = look(*args)
        if not done:
            done.append(act())
        return row

    monkeypatch.setattr(views, name, looked)


@pytest.mark.parametrize(
    ("name", "status"),
    [("test", 302), ("rename", 404), ("replace", 404), ("discard", 404), ("delete", 404)],
)
@pytest.mark.parametrize("htmx", [False, True])
def test_a_connection_deleted_meanwhile_is_gone(monkeypatch, trader, connection, name, status, htmx) -> None:
    right_after_the_look(
        monkeypatch, connection_views, lambda: connection_flows.delete_connection(connection, by=PRODUCT)
    )
    headers = {"HX-Request": "true"} if htmx and name == "test" else {}

    answer = trader.post(
        reverse(f"connection_{name}", args=[connection.public_id]), KEY | {"name": "x"}, headers=headers
    )

    assert answer.status_code == (204 if headers else status)
    assert Connection.objects.get().deleted_at is not None
    assert not connection.secrets.exists()
    events = AuditEvent.objects.filter(action__startswith="connection.")
    assert list(events.values_list("action", flat=True)) == ["connection.deleted"]


@pytest.mark.parametrize(("name", "status"), [("edit", 422), ("enable", 302), ("disable", 404), ("delete", 404)])
def test_a_bot_deleted_meanwhile_is_gone(monkeypatch, trader, connection, name, status) -> None:
    bot = make_bot(connection=connection)
    views = bot_form_views if name == "edit" else bot_views
    right_after_the_look(monkeypatch, views, lambda: bot_flows.delete_bot(bot, by=PRODUCT))
    posted = SETTINGS | {"connection": connection.public_id}

    answer = trader.post(reverse(f"bot_{name}", args=[bot.public_id]), posted)

    assert answer.status_code == status
    assert not Bot.objects.filter(deleted_at=None).exists()
    assert AuditEvent.objects.filter(action="bot.deleted").count() == 1


@pytest.mark.parametrize(("name", "status"), [("edit", 422), ("enable", 302), ("disable", 302), ("delete", 302)])
def test_a_bot_survives_that_its_connection_was_deleted_meanwhile(
    monkeypatch, trader, connection, name, status
) -> None:
    bot = make_bot(connection=connection)
    views = bot_form_views if name == "edit" else bot_views
    right_after_the_look(monkeypatch, views, lambda: connection_flows.delete_connection(connection, by=PRODUCT))
    posted = SETTINGS | {"connection": connection.public_id}

    answer = trader.post(reverse(f"bot_{name}", args=[bot.public_id]), posted)

    assert answer.status_code == status
    assert not Bot.objects.enabled().exists()


def test_the_same_form_sent_twice_makes_one_connection(trader) -> None:
    answers = [trader.post("/connections/add/kucoin/", ADD) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [302, 200]
    assert "already uses this key" in answers[1].text
    assert Connection.objects.filter(name="Twice").count() == 1
    assert all(value not in answers[1].text for value in KEY.values())


def test_the_same_bot_sent_twice_is_one(trader, connection) -> None:
    posted = SETTINGS | {"connection": connection.public_id}

    answers = [trader.post("/bots/add/", posted).status_code for _ in range(2)]

    assert answers == [302, 422]
    assert Bot.objects.count() == 1


def test_deleting_twice_is_once(trader, connection) -> None:
    answers = [trader.post(reverse("connection_delete", args=[connection.public_id])).status_code for _ in range(2)]

    assert answers == [302, 404]
    assert AuditEvent.objects.filter(action="connection.deleted").count() == 1
