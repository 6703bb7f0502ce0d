import re
from datetime import timedelta
from decimal import Decimal
from typing import Any, cast

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from connections.models import RunState
from strategies.models import Bot
from strategies.pages.bot_list.rows import BotRow
from tests.connections.factories import make_connection, make_run
from tests.strategies.factories import make_bot, make_funds, make_group, make_instrument

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


def row(client: Client) -> BotRow:
    (found,) = client.get(reverse("bots")).context["page"].rows
    return cast("BotRow", found)


def test_it_shows_what_a_bot_has_at_work_and_what_it_won_and_lost(signed_in: Client, trader: User) -> None:
    bot = make_bot(owner=trader, state="enabled", margin_limit=Decimal(400))
    make_instrument(connection=bot.connection, price="95")
    make_group(bot=bot, mode="recovery")
    make_group(bot=bot, mode="closed")

    found = row(signed_in)

    assert (found.groups, found.troubled) == (1, 1)
    assert (found.usage.at_work, found.usage.limit, found.usage.share) == ("100.00", "400.00", 25)
    assert [(one.realised, one.open) for one in found.results] == [("+1.80", "−5.20")]


def test_other_peoples_groups_count_for_nothing(signed_in: Client, trader: User) -> None:
    make_bot(owner=trader)
    make_group(bot=make_bot())
    make_group(bot=make_bot(), mode="closed")

    found = row(signed_in)

    assert (found.groups, found.results) == (0, [])


@pytest.mark.parametrize(
    ("bot", "doing"),
    [
        ({"state": "enabled"}, "It opens a group when one of your alerts asks for it."),
        ({"state": "enabled", "entry_source": "trend"}, "It opens a group when the trend rule asks for it."),
        (
            {"state": "enabled", "entry_source": "trend", "entry_reasons_json": {"BTC/USDT": "entry.soft_limit"}},
            "BTC/USDT: The soft margin limit leaves no room for a new group.",
        ),
        ({"state": "enabled", "paused": "entries"}, "Nothing is open, and no new group is opened while it is paused."),
        ({"state": "off"}, "It does nothing until you enable it."),
        ({"state": "halted"}, ""),
    ],
)
def test_a_bot_without_groups_says_what_it_does(
    signed_in: Client, trader: User, bot: dict[str, Any], doing: str
) -> None:
    make_bot(owner=trader, **bot)

    assert row(signed_in).doing == doing


def test_of_several_groups_the_one_that_changed_last_speaks(signed_in: Client, trader: User) -> None:
    bot, now = make_bot(owner=trader, state="enabled"), timezone.now()
    make_group(bot=bot, reason="zone.not_reached", reason_since=now)
    make_group(bot=bot, pair="ETH/USDT", reason="cool_down", reason_since=now - timedelta(minutes=1))

    assert row(signed_in).doing == "BTC/USDT: The price has not reached the next zone."


def test_a_paused_bot_is_marked(signed_in: Client, trader: User) -> None:
    make_bot(owner=trader, state="enabled", paused="add_ons")

    assert "Paused</span>" in signed_in.get(reverse("bots")).text


def test_it_looks_again_every_few_seconds_while_a_bot_works(signed_in: Client, trader: User) -> None:
    make_bot(owner=trader, state="enabled")

    assert "every 5000ms" in signed_in.get(reverse("bots")).text


def test_without_bots_it_leads_to_the_first_one(signed_in: Client, trader: User) -> None:
    make_connection(owner=trader)

    page = signed_in.get(reverse("bots")).text

    assert "No bot yet" in page
    assert reverse("bot_add") in page


def test_without_connections_it_leads_to_the_first_connection(signed_in: Client) -> None:
    page = signed_in.get(reverse("bots")).text

    assert "First connect an exchange" in page
    assert reverse("connection_add") in page


def test_it_looks_again_while_a_connection_is_being_tested(signed_in: Client, trader: User) -> None:
    bot = make_bot(owner=trader)
    assert "every " not in signed_in.get(reverse("bots")).text.split('id="rows"')[1].split(">")[0]

    make_run(connection=bot.connection, state=RunState.RUNNING)

    assert "every 250ms" in signed_in.get(reverse("bots")).text


def make_many(trader: User, count: int) -> None:
    home = make_connection(owner=trader)
    make_instrument(connection=home)
    make_funds(connection=home, USDT="10000")
    for number in range(count):
        bot = make_bot(connection=home, state="halted" if number % 2 else "enabled", name=f"Many {number:03}")
        if number % 4:
            make_group(bot=bot)
        make_group(bot=bot, mode="closed")


@pytest.mark.parametrize(("count", "size"), [(5, "25"), (200, "100")])
def test_it_takes_at_most_twelve_queries_whatever_the_number_of_bots(
    signed_in: Client, trader: User, django_assert_max_num_queries: DjangoAssertNumQueries, count: int, size: str
) -> None:
    make_many(trader, count)

    with django_assert_max_num_queries(12):
        page = signed_in.get(reverse("bots"), {"size": size})

    assert page.text.count("<tr id=") == min(count, int(size))


def names(client: Client, **asked: str) -> list[str]:
    return [one.bot.name for one in client.get(reverse("bots"), asked).context["page"].rows]


def test_it_is_cut_into_pages(signed_in: Client, trader: User) -> None:
    home = make_connection(owner=trader)
    for number in range(30):
        make_bot(connection=home, name=f"Bot no {number:02}")

    assert len(names(signed_in, state="off")) == 25
    assert names(signed_in, page="2") == [f"Bot no {number}" for number in range(25, 30)]
    assert len(names(signed_in, size="50")) == 30
    assert len(names(signed_in, size="7000", page="first")) == 25


def test_words_find_names_pairs_and_connections(signed_in: Client, trader: User) -> None:
    attic, cellar = make_connection(owner=trader, name="Attic"), make_connection(owner=trader, name="Cellar")
    make_bot(connection=attic, name="Owl")
    make_bot(connection=cellar, name="Fox", pairs_json=["ETH/USDT"])

    assert names(signed_in, q="owl") == ["Owl"]
    assert names(signed_in, q="eth") == ["Fox"]
    assert names(signed_in, q="cellar fox") == ["Fox"]
    assert names(signed_in, q="cellar owl") == []


def test_states_are_told_apart(signed_in: Client, trader: User) -> None:
    home = make_connection(owner=trader)
    make_bot(connection=home, name="On", state="enabled")
    winding = make_bot(connection=home, name="Ending", state="enabled", winding_down_at=timezone.now())
    lonely = make_bot(connection=home, name="Lonely")
    make_group(bot=lonely)
    make_group(bot=winding, pair="ETH/USDT")

    assert names(signed_in, state="enabled") == ["On"]
    assert names(signed_in, state="winding_down") == ["Ending"]
    assert names(signed_in, state="left_alone") == ["Lonely"]
    assert names(signed_in, state="off") == ["Lonely"]
    assert len(names(signed_in, state="no such state")) == 3


@pytest.mark.parametrize(("sort", "first"), [("-realised", "Poor"), ("realised", "Rich"), ("-name", "Rich")])
def test_it_is_sorted_by_what_is_asked_for(signed_in: Client, trader: User, sort: str, first: str) -> None:
    home = make_connection(owner=trader)
    rich, poor = make_bot(connection=home, name="Rich"), make_bot(connection=home, name="Poor")
    make_group(bot=rich, mode="closed", result=Decimal(-5))
    make_group(bot=poor, mode="closed", result=Decimal(5))

    assert names(signed_in, sort=sort)[0] == first


def test_it_comes_back_to_what_was_asked_for_last(signed_in: Client, trader: User) -> None:
    make_bot(owner=trader)
    signed_in.get(reverse("bots"), {"state": "off", "sort": "-open", "page": "1"})

    again = signed_in.get(reverse("bots"))
    signed_in.get(reverse("bots"), {"state": ""})
    calm = signed_in.get(reverse("bots"))

    assert again["Location"] == f"{reverse('bots')}?state=off&sort=-open"
    assert calm.status_code == 200


def test_a_look_that_finds_nothing_new_is_answered_by_nothing(signed_in: Client, trader: User) -> None:
    bot = make_bot(owner=trader, state="halted")
    htmx = {"HX-Request": "true"}
    seen = re.search(r"seen=([0-9a-f]{16})", signed_in.get(reverse("bots"), headers=htmx).text)
    assert seen is not None

    idle = signed_in.get(reverse("bots"), {"seen": seen[1]}, headers=htmx)
    Bot.objects.filter(pk=bot.pk).update(name="Another name")
    changed = signed_in.get(reverse("bots"), {"seen": seen[1]}, headers=htmx)

    assert (idle.status_code, idle.content) == (204, b"")
    assert "Another name" in changed.text


def test_a_bot_of_which_no_group_can_open_is_not_green_and_says_what_is_enough(signed_in: Client, trader: User) -> None:
    home = make_connection(owner=trader)
    make_funds(connection=home, USDT="100")
    make_instrument(connection=home, min_cost=Decimal(50))
    bot = make_bot(connection=home, state="enabled")

    pages = [signed_in.get(reverse("bots")).text, signed_in.get(reverse("bot_detail", args=[bot.public_id])).text]

    assert all("Cannot trade" in page and "would be enough" in page for page in pages)
    assert all(">Enabled</span>" not in page for page in pages)
