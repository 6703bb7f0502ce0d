"""A bot as a file, and a new one like another."""

import json
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from strategies.models import Bot
from strategies.pages.bot_form.bot_file import FIELDS
from tests.accounts.factories import make_user
from tests.connections.factories import make_connection
from tests.strategies.factories import make_bot

pytestmark = pytest.mark.django_db
IMPORT = "/bots/import/"


def file_of(client: Client, bot: Bot) -> dict[str, Any]:
    answer = client.get(reverse("bot_file", args=[bot.public_id]))
    assert answer["Content-Disposition"].startswith("attachment")
    told: dict[str, Any] = answer.json()
    return told


@pytest.fixture
def bot(trader: User) -> Bot:
    fields: dict[str, Any] = {"stop_loss": Decimal("12.5"), "add_ons": 2, "recovery_mode": False, "direction": "long"}
    return make_bot(owner=trader, name="Ūhu", pairs_json=["BTC/USDT", "ETH/USDT"], signal_hash="h" * 64, **fields)


def test_the_file_holds_every_setting_and_nothing_else(signed_in: Client, bot: Bot) -> None:
    told = file_of(signed_in, bot)

    assert (told["schema"], told["version"]) == ("backfuture.bot", 1)
    assert set(told["settings"]) == set(FIELDS)
    assert told["settings"]["pairs"] == ["BTC/USDT", "ETH/USDT"]
    assert "hhhh" not in json.dumps(told)
    assert bot.connection.name not in json.dumps(told)


def test_what_was_taken_in_and_saved_is_the_same_bot_and_off(signed_in: Client, bot: Bot) -> None:
    told = file_of(signed_in, bot)
    told["settings"]["name"] = "Another"

    page = signed_in.post(IMPORT, {"text": json.dumps(told)})
    assert Bot.objects.count() == 1, "a file saves nothing"
    form = page.context["form"]
    typed = {name: form[name].value() for name in form.fields if form[name].value() not in (None, False)}
    signed_in.post(reverse("bot_add"), typed)

    copy = Bot.objects.get(name="Another")
    assert f'action="{reverse("bot_add")}"' in page.text
    kept = [name for name in FIELDS if name not in {"name", "pairs"}]
    assert [getattr(copy, name) for name in kept] == [getattr(bot, name) for name in kept]
    assert (copy.pairs, copy.state) == (bot.pairs, "off")


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"settings": {"leverage": "100"}}, "We do not know the setting “leverage”"),
        ({"settings": {"state": "enabled"}}, "We do not know the setting “state”"),
        ({"settings": {"connection": "x"}}, "We do not know the setting “connection”"),
        ({"settings": {"take_profit": "a lot"}}, "Take profit: Enter a number."),
        ({"settings": {"risk_level": "extreme"}}, "Risk level: Select a valid choice."),
        ({"settings": {"pairs": ["BTC"]}}, "“BTC” is not a pair"),
        ({"settings": {"pairs": {"BTC": 1}}}, "The setting “pairs” cannot be read."),
        ({"version": 2}, "another version than ours, which is 1"),
        ({"schema": "other"}, "This is no bot that was downloaded here."),
        ({"settings": []}, "This is no bot that was downloaded here."),
    ],
)
def test_what_is_not_known_or_wrong_is_refused_by_its_name(
    signed_in: Client, bot: Bot, changes: dict[str, Any], error: str
) -> None:
    told = file_of(signed_in, bot) | changes

    page = signed_in.post(IMPORT, {"text": json.dumps(told)})

    assert page.status_code == 422
    assert error in page.text
    assert Bot.objects.count() == 1


@pytest.mark.parametrize("text", ["", "nonsense", "[" * 9000, "[]", "null", "9" * 20_001])
def test_what_is_no_file_of_ours_is_refused(signed_in: Client, text: str) -> None:
    assert signed_in.post(IMPORT, {"text": text}).status_code == 422


def test_a_new_bot_can_be_like_another_of_mine(signed_in: Client, bot: Bot) -> None:
    foreign = make_bot(connection=make_connection(owner=make_user()), name="Foreign")

    mine = signed_in.get(reverse("bot_add"), {"like": str(bot.public_id)}).text
    other = signed_in.get(reverse("bot_add"), {"like": str(foreign.public_id)}).text

    assert 'value="Ūhu copy"' in mine
    assert 'value="12.5"' in mine
    assert "Foreign" not in other
