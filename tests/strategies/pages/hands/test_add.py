"""The page that lets a group buy more at once: what the order will be, and only what was shown is asked for."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from connections.models import Connection
from strategies.models import Group, Instrument, Order
from strategies.models.groups import ladder_json
from tests.strategies import rows
from tests.strategies.engine.builders import WORKED
from tests.strategies.factories import make_bot, make_funds
from tests.strategies.rows import D

pytestmark = pytest.mark.django_db


@pytest.fixture
def group(trader: User) -> Group:
    """It bought for 300, the ladder of which has 2232.48 more; its next rung is of 300 at 29,550."""
    bot = make_bot(owner=trader, state="enabled", name="Adder", margin_limit=D(5000), accepted_loss=D(50))
    Connection.objects.update(status="online", passed_at=timezone.now())
    make_funds(connection=bot.connection, USDT="100000")
    rows.make_price(price="29700", price_step=D("0.01"), amount_step=D("0.0001"))
    now = timezone.now()
    more: dict[str, Any] = {"last_fill_at": now, "last_fill_price": D(30000), "first_fill_at": now}
    return rows.make_group(bot=bot, ladder_json=ladder_json(WORKED.scaled(D(300))), **more)


def post(client: Client, group: Group, **typed: str) -> Any:
    return client.post(reverse("group_add", args=[group.public_id]), typed, follow=True)


def test_the_form_names_the_next_rung(signed_in: Client, group: Group) -> None:
    page = signed_in.get(reverse("group_add", args=[group.public_id])).text

    assert 'value="300"' in page
    assert "What it comes to" not in page


def test_a_look_tells_the_order_and_what_the_group_is_after_it(signed_in: Client, group: Group) -> None:
    page = post(signed_in, group, cost="300").text

    # 300 / 29,700 in whole steps of 0.0001, and (300 + 297) / (0.01 + 0.0101)
    assert "<dd>0.0101</dd>" in page
    assert "<dd>29,700.00</dd>" in page
    assert "29,849.25" in page
    assert "Loss at 22,500.00" in page
    assert "29,010.00 for" in page
    assert Group.objects.get().to_add is None


def test_what_was_shown_is_asked_for(signed_in: Client, group: Group) -> None:
    answer = post(signed_in, group, cost="300", confirmed="300/0")

    assert "BTC/USDT buys for 300.00 USDT within seconds" in answer.text
    assert "You asked to buy more at once." in answer.text
    assert Group.objects.get().add_asked is not None
    assert Group.objects.get().to_add == D(300)


@pytest.mark.parametrize("confirmed", ["200/0", "300/7", "300", "x"])
def test_what_was_not_shown_is_shown_first(signed_in: Client, group: Group, confirmed: str) -> None:
    page = post(signed_in, group, cost="300", confirmed=confirmed).text

    assert 'name="confirmed" value="300/0"' in page
    assert Group.objects.get().to_add is None


def test_another_tab_that_showed_it_before_an_order_is_shown_anew(signed_in: Client, group: Group) -> None:
    order = rows.make_order(group=group)

    page = post(signed_in, group, cost="300", confirmed="300/0").text

    assert f'value="300/{order.number}"' in page
    assert Group.objects.get().to_add is None


def test_a_second_click_asks_once(signed_in: Client, group: Group) -> None:
    post(signed_in, group, cost="300", confirmed="300/0")
    first = Group.objects.get().to_add_at
    again = post(signed_in, group, cost="300", confirmed="300/0")
    other = post(signed_in, group, cost="200", confirmed="200/0")

    assert "within seconds" in again.text
    assert "Nothing is bought. You asked to buy another amount a moment ago." in other.text
    assert (Group.objects.get().to_add, Group.objects.get().to_add_at) == (D(300), first)


@pytest.mark.parametrize(
    ("cost", "said"),
    [
        ("", "This field is required."),
        ("0", "greater than or equal to"),
        ("-5", "greater than or equal to"),
        ("x", "Enter a number."),
        ("2500", "That is more than what is left of the group’s ladder."),
        ("3", "Blocked: the add-on would not improve the average enough."),
    ],
)
def test_what_cannot_be_is_refused_with_its_reason(signed_in: Client, group: Group, cost: str, said: str) -> None:
    answer = post(signed_in, group, cost=cost)

    assert answer.status_code == 422
    assert said in answer.text


@pytest.mark.parametrize(
    ("befalls", "said"),
    [
        (lambda group: Instrument.objects.all().delete(), "There is no price of this pair yet"),
        (lambda group: Instrument.objects.update(priced_at=timezone.now() - timedelta(minutes=1)), "too old"),
        (lambda group: Instrument.objects.update(ask=D(30001)), "would not improve the average enough"),
        (lambda group: type(group.bot).objects.update(state="off"), "The bot is not enabled: it buys nothing."),
        (lambda group: type(group.bot).objects.update(margin_limit=D(700)), "the hard margin limit would be passed"),
        (lambda group: rows.make_order(group=group, state="open"), "An order of this group is still open."),
    ],
)
def test_it_says_before_why_it_would_not_be_bought(signed_in: Client, group: Group, befalls: Any, said: str) -> None:
    befalls(group)

    assert said in post(signed_in, group, cost="300").text
    last = Order.objects.order_by("number").values_list("number", flat=True).last() or 0
    assert said in post(signed_in, group, cost="300", confirmed=f"300/{last}").text
    assert Group.objects.get().to_add is None


def test_limit_orders_may_rest(signed_in: Client, group: Group) -> None:
    type(group.bot).objects.update(order_kind="limit")

    assert "this one may wait at its price" in post(signed_in, group, cost="300").text


def test_its_page_tells_for_a_while_why_nothing_was_bought(signed_in: Client, group: Group) -> None:
    Group.objects.update(to_add_at=timezone.now() - timedelta(minutes=9), add_refusal="margin.hard_limit")
    told = "You asked to buy more, and nothing was bought. The hard margin limit would be passed."

    assert told in signed_in.get(reverse("bot_detail", args=[group.bot.public_id])).text
    assert told in signed_in.get(reverse("group_add", args=[group.public_id])).text
    Group.objects.update(to_add_at=timezone.now() - timedelta(minutes=11))
    assert told not in signed_in.get(reverse("bot_detail", args=[group.bot.public_id])).text


def test_groups_of_others_look_like_none(signed_in: Client, group: Group) -> None:
    other = rows.make_group(bot=make_bot())

    assert post(signed_in, other, cost="300", confirmed="300/0").status_code == 404
    assert signed_in.get(reverse("group_add", args=[other.public_id])).status_code == 404
