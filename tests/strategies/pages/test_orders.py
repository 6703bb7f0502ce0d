from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from strategies.models import Bot
from strategies.pages.orders import ShownOrder
from tests.strategies.factories import make_bot, make_fill, make_group, make_order

pytestmark = pytest.mark.django_db


@pytest.fixture
def bot(trader: User) -> Bot:
    return make_bot(owner=trader)


def url(bot: Bot, name: str = "bot_orders") -> str:
    return reverse(name, args=[bot.public_id])


def order(client: Client, bot: Bot) -> ShownOrder:
    found: ShownOrder
    (found,) = client.get(url(bot)).context["page"].orders
    return found


def test_an_order_stands_with_its_fills_and_what_they_cost(signed_in: Client, bot: Bot) -> None:
    made = make_order(group=make_group(bot=bot), purpose="add_on", step=3)
    make_fill(order=made, price=Decimal("99.5"), quantity=Decimal("0.4"), fee=Decimal("0.04"), trade_id="first")
    make_fill(order=made, price=Decimal(100), quantity=Decimal("0.6"), fee=Decimal("0.06"))

    shown = order(signed_in, bot)
    text = signed_in.get(url(bot)).text

    assert (shown.purpose, shown.look.label) == ("Add-on 3", "Filled")
    assert (shown.quantity, shown.price, shown.filled, shown.fees) == ("1", "100.00", "1", "0.1 USDT")
    first = shown.fills[0]
    assert (first.quantity, first.price, first.cost, first.fee) == ("0.4", "99.50", "39.80", "fee 0.04 USDT")
    assert f'data-copy="{made.client_id}"' in text
    assert "<code>first</code>" in text


def test_a_refusal_is_told_in_words(signed_in: Client, bot: Bot) -> None:
    make_order(group=make_group(bot=bot), state="refused", refusal="order.refused_funds")

    assert order(signed_in, bot).refusal == "The account did not have enough free money."
    assert "The account did not have enough free money." in signed_in.get(url(bot)).text


def test_orders_of_other_bots_are_not_there(signed_in: Client, trader: User, bot: Bot) -> None:
    make_order(group=make_group(bot=make_bot(owner=trader)))

    assert "No order yet." in signed_in.get(url(bot)).text


def test_many_orders_come_fifty_at_a_time_in_few_queries(
    signed_in: Client, bot: Bot, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    group = make_group(bot=bot)
    for _ in range(60):
        make_fill(order=make_order(group=group))

    with django_assert_max_num_queries(7):
        answer = signed_in.get(url(bot))

    assert len(answer.context["page"].orders) == 50
    assert "Older" in answer.text


def test_closed_groups_stand_with_their_results(signed_in: Client, bot: Bot) -> None:
    make_group(bot=bot)
    make_group(bot=bot, mode="closed")
    make_group(bot=bot, mode="released", close_reason="group.released")

    released, closed = signed_in.get(url(bot, "bot_closed")).context["page"].groups

    assert (closed.bought, closed.average, closed.sold_at) == ("100.00", "100.00", "101.898")
    assert (closed.result, closed.tone, closed.why) == ("+1.80", "gain", "The take profit is reached.")
    assert (released.result, released.why) == ("–", "You released the group: its coins stay in your account.")


def test_closed_groups_take_few_queries(
    signed_in: Client, bot: Bot, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for _ in range(200):
        make_group(bot=bot, mode="closed")

    with django_assert_max_num_queries(6):
        answer = signed_in.get(url(bot, "bot_closed"))

    assert answer.text.count('id="g-') == 50
