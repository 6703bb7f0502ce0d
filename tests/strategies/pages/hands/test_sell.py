"""The page that sells a part of a group: what it brings and leaves, and only what was shown is asked for."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from strategies.models import Group, Instrument
from tests.strategies import rows
from tests.strategies.factories import make_bot
from tests.strategies.rows import D

pytestmark = pytest.mark.django_db


@pytest.fixture
def group(trader: User) -> Group:
    bot = make_bot(owner=trader, state="enabled", name="Seller")
    rows.make_price(price="31100", price_step=D("0.01"), amount_step=D("0.0001"))
    return rows.make_group(bot=bot)


def post(client: Client, group: Group, **typed: str) -> Any:
    return client.post(reverse("group_sell", args=[group.public_id]), typed, follow=True)


def test_a_look_tells_what_it_brings_and_what_stays(signed_in: Client, group: Group) -> None:
    page = post(signed_in, group, share="50").text

    # 0.005 · 31,100 · 0.999; it cost 150 and a fee of 0.15.
    assert "<dd>155.34</dd>" in page
    assert "<dd>5.19</dd>" in page
    assert "0.005 BTC" in page
    assert "150.00 USDT" in page
    assert Group.objects.get().sell_to is None


def test_the_part_that_was_shown_is_asked_for(signed_in: Client, group: Group) -> None:
    answer = post(signed_in, group, share="50", confirmed="50")

    assert "50 % of BTC/USDT is being sold at market." in answer.text
    assert "You asked to sell a part at market." in answer.text
    assert Group.objects.get().sell_to == D("0.005")


def test_another_part_than_the_one_shown_is_shown_first(signed_in: Client, group: Group) -> None:
    page = post(signed_in, group, share="60", confirmed="50").text

    assert 'value="60"' in page
    assert Group.objects.get().sell_to is None


@pytest.mark.parametrize(
    ("share", "said"),
    [
        ("0", "greater than or equal to 1"),
        ("100", "less than or equal to 99"),
        ("", "This field is required."),
        ("99", "What stays would be too little to be sold later."),
    ],
)
def test_what_cannot_be_is_refused_with_its_reason(signed_in: Client, group: Group, share: str, said: str) -> None:
    Instrument.objects.update(min_amount=D("0.001"))

    answer = post(signed_in, group, share=share)

    assert answer.status_code == 422
    assert said in answer.text


def test_what_is_refused_is_refused_by_the_flow_as_well(signed_in: Client, group: Group) -> None:
    Instrument.objects.update(min_amount=D("0.001"))

    answer = post(signed_in, group, share="99", confirmed="99")

    assert "Nothing is sold. What stays would be too little" in answer.text
    assert Group.objects.get().sell_to is None


def test_an_old_price_is_said_to_be_one(signed_in: Client, group: Group) -> None:
    Instrument.objects.update(priced_at=timezone.now() - timedelta(minutes=1))

    assert "The price is not of this moment" in post(signed_in, group, share="50").text


def test_without_any_price_it_is_said(signed_in: Client, group: Group) -> None:
    Instrument.objects.all().delete()

    answer = post(signed_in, group, share="50")

    assert answer.status_code == 422
    assert "There is no price of this pair yet" in answer.text


def test_groups_of_others_look_like_none(signed_in: Client, group: Group) -> None:
    other = rows.make_group(bot=make_bot())

    assert post(signed_in, other, share="50", confirmed="50").status_code == 404
    assert signed_in.get(reverse("group_sell", args=[other.public_id])).status_code == 404
