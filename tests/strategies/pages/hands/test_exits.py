"""The page that moves a group's exits: what they would come to, and only what was shown is done."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from strategies.models import Bot, Group
from tests.strategies import rows
from tests.strategies.factories import make_bot
from tests.strategies.rows import D

pytestmark = pytest.mark.django_db


@pytest.fixture
def group(trader: User) -> Group:
    bot = make_bot(owner=trader, state="enabled", name="Mover", take_profit=D(2), stop_loss=D(10))
    rows.make_price(price="31000", price_step=D("0.01"))
    return rows.make_group(bot=bot)


def post(client: Client, group: Group, **typed: str) -> Any:
    return client.post(reverse("group_exits", args=[group.public_id]), typed, follow=True)


def test_the_form_shows_what_holds_now(signed_in: Client, group: Group) -> None:
    page = signed_in.get(reverse("group_exits", args=[group.public_id])).text

    assert 'value="2"' in page
    assert 'value="10"' in page
    assert "What it comes to" not in page


def test_a_look_tells_both_prices_and_changes_nothing(signed_in: Client, group: Group) -> None:
    page = post(signed_in, group, take_profit="5", stop_loss="20").text

    # 300 · (1 + 0.001 + 0.05) / (0.01 · 0.999), and 30,000 · 0.8
    assert "31,561.56" in page
    assert "24,000.00" in page
    assert "27,000.00" in page
    assert Group.objects.get().own_exits is None


def test_what_was_shown_is_set_for_this_group_alone(signed_in: Client, group: Group) -> None:
    answer = post(signed_in, group, take_profit="5", stop_loss="", confirmed="5/")

    assert "BTC/USDT has its take profit and stop loss." in answer.text
    assert "Its own: take profit 5\N{NO-BREAK SPACE}%, no stop loss" in answer.text
    assert Group.objects.get().own_exits == (D(5), None)
    assert Bot.objects.get().take_profit == D(2)


def test_what_was_changed_after_it_was_shown_is_shown_again(signed_in: Client, group: Group) -> None:
    page = post(signed_in, group, take_profit="6", stop_loss="", confirmed="5/").text

    assert 'value="6/"' in page
    assert Group.objects.get().own_exits is None


def test_the_bots_settings_come_back(signed_in: Client, group: Group) -> None:
    Group.objects.update(own_take_profit=D(5), own_stop_loss=None)

    page = post(signed_in, group, as_bot="1").text
    assert 'name="confirmed" value="bot"' in page
    assert "27,000.00" in page
    assert Group.objects.get().own_exits
    post(signed_in, group, confirmed="bot")

    assert Group.objects.get().own_exits is None


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"take_profit": "3", "stop_loss": "-4"}, "The price is"),
        ({"take_profit": "0.5"}, "This take profit is reached already"),
    ],
)
def test_an_exit_that_is_reached_already_is_told(
    signed_in: Client, group: Group, typed: dict[str, str], said: str
) -> None:
    assert said in post(signed_in, group, **typed).text


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"take_profit": ""}, "This field is required."),
        ({"take_profit": "0.1"}, "The take profit must be from 0.2 to 100 percent."),
        ({"take_profit": "101"}, "The take profit must be from 0.2 to 100 percent."),
        ({"take_profit": "1"}, "Trailing must be less than the take profit"),
        ({"take_profit": "2", "stop_loss": "96"}, "The stop loss must be from −100 to 95 percent, or empty."),
        ({"take_profit": "2", "stop_loss": "-101"}, "The stop loss must be from −100 to 95 percent, or empty."),
        ({"take_profit": "2", "stop_loss": "x"}, "Enter a number."),
    ],
)
def test_what_cannot_be_is_refused_with_its_reason(
    signed_in: Client, group: Group, typed: dict[str, str], said: str
) -> None:
    Bot.objects.update(trailing=D(1))

    answer = post(signed_in, group, **typed)

    assert answer.status_code == 422
    assert said in answer.text
    assert Group.objects.get().own_exits is None


@pytest.mark.parametrize("whose", ["another trader's", "closed"])
def test_groups_of_others_and_groups_that_are_over_look_like_none(signed_in: Client, group: Group, whose: str) -> None:
    if whose == "closed":
        Group.objects.update(mode="closed")
    else:
        group = rows.make_group(bot=make_bot())

    assert post(signed_in, group, take_profit="5", confirmed="5/").status_code == 404
    assert signed_in.get(reverse("group_exits", args=[group.public_id])).status_code == 404
