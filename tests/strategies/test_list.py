import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from connections.models import RunState
from tests.connections.factories import make_connection, make_run
from tests.strategies.factories import make_bot

pytestmark = pytest.mark.django_db


def test_it_shows_my_bots_and_no_others(signed_in: Client, trader: User) -> None:
    mine, foreign = make_bot(owner=trader), make_bot()

    page = signed_in.get(reverse("bots")).text

    assert mine.name in page
    assert foreign.name not in page


def test_a_halted_bot_says_why_and_what_to_do(signed_in: Client, trader: User) -> None:
    bot = make_bot(owner=trader, state="halted", halt_reason="right.withdraw")

    page = signed_in.get(reverse("bots")).text

    assert "Halted: the key can withdraw." in page
    assert "make a key with the boxes it names" in page
    assert reverse("connection_detail", args=[bot.connection.public_id]) in page


def test_a_bot_whose_connection_was_deleted_leads_to_choosing_another(signed_in: Client, trader: User) -> None:
    home = make_connection(owner=trader, status="untested", deleted=True)
    bot = make_bot(connection=home, state="halted", halt_reason="connection.deleted")

    page = signed_in.get(reverse("bots")).text

    assert "Halted: its connection was deleted." in page
    assert reverse("bot_edit", args=[bot.public_id]) in page
    assert reverse("connection_detail", args=[home.public_id]) not in page


def test_without_bots_it_leads_to_the_first_one(signed_in: Client, trader: User) -> None:
    make_connection(owner=trader)

    page = signed_in.get(reverse("bots")).text

    assert "No bot yet" in page
    assert reverse("bot_add") in page


def test_without_connections_it_leads_to_the_first_connection(signed_in: Client) -> None:
    page = signed_in.get(reverse("bots")).text

    assert "First connect an exchange" in page
    assert reverse("connection_add") in page


def test_it_looks_again_only_while_a_connection_is_being_tested(signed_in: Client, trader: User) -> None:
    bot = make_bot(owner=trader)
    assert "every " not in signed_in.get(reverse("bots")).text.split('id="rows"')[1].split(">")[0]

    make_run(connection=bot.connection, state=RunState.RUNNING)

    assert "every 250ms" in signed_in.get(reverse("bots")).text


def test_two_hundred_bots_take_at_most_eight_queries(
    signed_in: Client, trader: User, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for _ in range(200):
        make_bot(owner=trader, state="halted")

    with django_assert_max_num_queries(8):
        page = signed_in.get(reverse("bots"))

    assert page.text.count("<article") == 200
