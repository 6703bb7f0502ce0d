from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection as database
from django.test import Client
from django.urls import reverse

from accounts.models import User
from connections.models import Connection
from strategies.models import Bot
from tests.accounts.factories import make_user
from tests.connections.factories import make_connection
from tests.strategies.factories import make_bot

pytestmark = pytest.mark.django_db

ADD = "/bots/add/"


def typed(connection: Connection, **changes: str) -> dict[str, str]:
    return {
        "name": "Night owl",
        "connection": str(connection.public_id),
        "pairs": "btc/usdt, eth-usdt",
        "direction": "long",
        "risk_level": "medium",
        "margin_limit": "250.5",
        "add_on_behaviour": "first_come",
        "recovery_mode": "on",
    } | changes


def test_adding_saves_a_bot_that_is_off_and_opens_its_page(signed_in: Client, trader: User) -> None:
    home = make_connection(owner=trader)

    response = signed_in.post(ADD, typed(home), follow=True)

    bot = Bot.objects.get()
    assert response.redirect_chain == [(reverse("bot_detail", args=[bot.public_id]), 302)]
    assert "It is off until you enable it" in response.text
    assert (bot.state, bot.connection, bot.pairs) == ("off", home, ("BTC/USDT", "ETH/USDT"))
    assert bot.margin_limit == Decimal("250.5")


@pytest.mark.parametrize(
    ("field", "value", "complaint"),
    [
        ("name", "", "required"),
        ("name", "x" * 61, "at most 60"),
        ("name", "evil\u202eeman", "invisible characters"),
        ("connection", "", "Choose one of your connections"),
        ("connection", "nonsense", "nonsense"),
        ("connection", "00000000-0000-4000-8000-000000000000", "Choose one of yours"),
        ("pairs", "", "required"),
        ("pairs", "BTCUSDT", "is not a pair"),
        ("pairs", "BTC/USDT, ETH/BTC", "same money"),
        ("direction", "short", "Short needs a futures connection"),
        ("direction", "sideways", "valid choice"),
        ("risk_level", "", "Choose one"),
        ("margin_limit", "0", "more than 0"),
        ("margin_limit", "-5", "more than 0"),
        ("margin_limit", "NaN", "Enter a number"),
        ("margin_limit", "1e30", "digits"),
        ("margin_limit", "a lot", "Enter a number"),
        ("add_on_behaviour", "always", "valid choice"),
    ],
)
def test_a_wrong_field_is_named_and_nothing_typed_is_lost(
    signed_in: Client, trader: User, field: str, value: str, complaint: str
) -> None:
    home = make_connection(owner=trader)

    response = signed_in.post(ADD, typed(home) | {field: value})

    assert response.status_code == 422
    assert list(response.context["form"].errors) == [field]
    assert complaint in str(response.context["form"].errors[field])
    kept = [
        one for one in ("Night owl", "250.5", "btc/usdt, eth-usdt") if field not in ("name", "margin_limit", "pairs")
    ]
    for text in kept:
        assert text in response.text
    assert not Bot.objects.exists()


def test_a_name_that_is_taken_is_refused_beside_the_name(signed_in: Client, trader: User) -> None:
    home = make_connection(owner=trader)
    make_bot(connection=home, name="NIGHT OWL")

    response = signed_in.post(ADD, typed(home))

    assert "You already have a bot named" in str(response.context["form"].errors["name"])


def test_other_peoples_connections_can_neither_be_seen_nor_chosen(signed_in: Client, trader: User) -> None:
    make_connection(owner=trader)
    foreign = make_connection(owner=make_user(), name="Somebody’s treasure")

    page = signed_in.get(ADD)
    response = signed_in.post(ADD, typed(foreign))

    assert "Somebody’s treasure" not in page.text
    assert list(response.context["form"].errors) == ["connection"]
    assert not Bot.objects.exists()


def test_only_the_forms_own_fields_can_be_set(signed_in: Client, trader: User) -> None:
    home = make_connection(owner=trader)
    extra = {
        "state": "enabled",
        "halt_reason": "x",
        "enabled_at": "2026-01-01",
        "public_id": "1",
        "id": "7",
        "owner": "1",
    }

    signed_in.post(ADD, typed(home) | extra)

    bot = Bot.objects.get()
    assert (bot.state, bot.halt_reason, bot.enabled_at) == ("off", "", None)


def test_the_page_of_a_connection_can_preselect_it(signed_in: Client, trader: User) -> None:
    home = make_connection(owner=trader)

    assert f'value="{home.public_id}" selected' in signed_in.get(f"{ADD}?connection={home.public_id}").text
    assert signed_in.get(f"{ADD}?connection=nonsense").status_code == 200


def test_without_connections_the_form_gives_way_to_the_first_step(signed_in: Client) -> None:
    page = signed_in.get(ADD).text

    assert "First connect an exchange" in page
    assert "margin_limit" not in page


def test_editing_shows_what_is_stored_and_saves_what_changed(signed_in: Client, trader: User) -> None:
    bot = make_bot(owner=trader, pairs_json=["BTC/USDT", "ETH/USDT"], margin_limit=Decimal("1000.50000000"))
    url = reverse("bot_edit", args=[bot.public_id])

    page = signed_in.get(url).text
    response = signed_in.post(url, typed(bot.connection, recovery_mode=""))

    assert 'value="BTC/USDT, ETH/USDT"' in page
    assert 'value="1000.5"' in page
    assert response.status_code == 302
    bot.refresh_from_db()
    assert (bot.name, bot.risk_level, bot.recovery_mode) == ("Night owl", "medium", False)


def test_an_enabled_bot_stays_on_its_connection_whatever_is_posted(signed_in: Client, trader: User) -> None:
    bot = make_bot(owner=trader, state="enabled")
    other = make_connection(owner=trader)

    signed_in.post(reverse("bot_edit", args=[bot.public_id]), typed(other))

    moved = Bot.objects.get()
    assert (moved.connection, moved.state, moved.name) == (bot.connection, "enabled", "Night owl")


def test_a_bot_without_connection_is_moved_by_editing_it(signed_in: Client, trader: User) -> None:
    gone = make_connection(owner=trader, status="untested", deleted=True)
    bot = make_bot(connection=gone, state="halted", halt_reason="connection.deleted")
    other = make_connection(owner=trader)
    url = reverse("bot_edit", args=[bot.public_id])

    page = signed_in.get(url).text
    signed_in.post(url, typed(other))

    assert "Its connection was deleted" in page
    assert gone.name not in page
    bot.refresh_from_db()
    assert (bot.connection, bot.state) == (other, "off")


def test_a_bot_that_was_enabled_meanwhile_is_not_moved(signed_in: Client, trader: User) -> None:
    bot = make_bot(owner=trader)
    other = make_connection(owner=trader)

    with database.execute_wrapper(enabling_first(bot)):
        response = signed_in.post(reverse("bot_edit", args=[bot.public_id]), typed(other))

    assert response.status_code == 422
    assert "Disable the bot before you move it" in response.text
    assert Bot.objects.get().connection == bot.connection


def enabling_first(bot: Bot) -> Callable[..., Any]:
    """Return a wrapper that lets another tab enable the bot right before the form's own update."""
    tabs = ["another"]

    def wrapper(execute: Any, sql: Any, params: Any, many: Any, context: Any) -> Any:
        if sql.startswith('UPDATE "strategies_bot"') and tabs:
            tabs.pop()
            Bot.objects.filter(pk=bot.pk).update(state="enabled", enabled_at=bot.created_at)
        return execute(sql, params, many, context)

    return wrapper
