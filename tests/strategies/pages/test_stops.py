"""The page of stops and the pauses: what they set, and what they say about open groups."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from accounts.by import PRODUCT
from accounts.models import AuditEvent, User
from strategies.bots import flows
from strategies.models import Bot, StopSwitch
from tests.strategies import rows
from tests.strategies.factories import make_bot

pytestmark = pytest.mark.django_db


def pause(client: Client, bot: Bot, level: str, **more: Any) -> Any:
    return client.post(reverse("bot_pause", args=[bot.public_id]), {"level": level, **more}, follow=True)


@pytest.mark.parametrize(
    ("level", "said"),
    [
        ("entries", "Entries are paused: 2 open groups go on, they may still add on and close."),
        (
            "add_ons",
            "Entries and add-ons are paused: 2 open groups go on, they may still close, but buy nothing more; "
            "nothing is sold because of the pause.",
        ),
        ("", "Nothing is paused: 2 open groups go on, they may add on and close."),
    ],
)
def test_a_pause_of_a_bot_says_what_its_open_groups_do(signed_in: Client, trader: User, level: str, said: str) -> None:
    bot = make_bot(owner=trader, state="enabled", paused="" if level else "entries")
    rows.make_group(bot=bot)
    rows.make_group(bot=bot, pair="ETH/USDT")
    rows.make_group(bot=bot, pair="XRP/USDT", mode="closed")
    rows.make_group(bot=make_bot(owner=trader))

    answer = pause(signed_in, bot, level)

    bot.refresh_from_db()
    assert bot.paused == level
    assert f"{bot.name}: {said}" in answer.text
    assert AuditEvent.objects.get(action="bot.paused").outcome == (level or "none")


def test_a_single_group_is_spoken_of_as_one(signed_in: Client, trader: User) -> None:
    bot = make_bot(owner=trader, state="enabled")
    rows.make_group(bot=bot)

    assert "1 open group goes on, it may still add on and close." in pause(signed_in, bot, "entries").text


def test_groups_of_a_bot_that_is_off_are_not_said_to_go_on(signed_in: Client, trader: User) -> None:
    off, on = make_bot(owner=trader), make_bot(owner=trader, state="enabled")
    rows.make_group(bot=off)
    rows.make_group(bot=on)

    of_one = pause(signed_in, off, "entries").text
    of_all = signed_in.post(reverse("trader_pause"), {"level": "entries"}, follow=True).text

    assert "Entries are paused. 1 open group stays as it is: nothing is bought or sold" in of_one
    assert "1 open group goes on, it may still add on and close. 1 more stays as it is" in of_all


@pytest.mark.parametrize("posted", [{}, {"level": "orders"}, {"level": "ENTRIES"}, {"level": "none"}, {"level": "\0"}])
@pytest.mark.parametrize("name", ["bot_pause", "trader_pause"])
def test_a_level_that_a_trader_cannot_choose_changes_nothing(
    signed_in: Client, trader: User, name: str, posted: dict[str, str]
) -> None:
    bot = make_bot(owner=trader, paused="add_ons")
    StopSwitch.objects.create(owner=trader, level="add_ons")

    answer = signed_in.post(reverse(name, args=[bot.public_id] if name == "bot_pause" else []), posted)

    assert answer.status_code == 400
    assert Bot.objects.get().paused == "add_ons"
    assert StopSwitch.objects.get().level == "add_ons"


def test_ending_a_bots_pause_says_which_other_stop_still_holds(signed_in: Client, trader: User) -> None:
    bot = make_bot(owner=trader, paused="entries")
    StopSwitch.objects.create(owner=trader, level="add_ons")

    answer = pause(signed_in, bot, "")

    assert "Still in force for all your bots: entries and add-ons are paused." in answer.text


def test_a_bot_deleted_meanwhile_is_gone(signed_in: Client, trader: User) -> None:
    bot = make_bot(owner=trader)
    flows.delete_bot(bot, by=PRODUCT)

    assert pause(signed_in, bot, "entries").status_code == 404


ELSEWHERE = ("https://evil.test/", "//evil.test", "nonsense", "overview", "")


@pytest.mark.parametrize(("to", "lands"), [("/stops/", "/stops/"), *((to, None) for to in ELSEWHERE)])
def test_it_leads_back_on_this_site_only(signed_in: Client, trader: User, to: str, lands: str | None) -> None:
    bot = make_bot(owner=trader)

    answer = signed_in.post(reverse("bot_pause", args=[bot.public_id]), {"level": "entries", "next": to})

    assert answer["Location"] == (lands or reverse("bot_detail", args=[bot.public_id]))


@pytest.mark.parametrize("level", ["entries", "add_ons", ""])
def test_the_traders_switch_is_set_for_all_bots_and_shown(signed_in: Client, trader: User, level: str) -> None:
    make_bot(owner=trader)
    StopSwitch.objects.create(owner=trader, level="" if level else "entries")

    signed_in.post(reverse("trader_pause"), {"level": level})
    page = signed_in.get(reverse("bots")).text

    assert StopSwitch.objects.get().level == level
    assert ("You paused all your bots" in page) is bool(level)
    assert AuditEvent.objects.filter(action="trader.paused").count() == 1


def test_the_switch_of_another_trader_is_nobody_elses_business(signed_in: Client, trader: User) -> None:
    other = make_bot()
    StopSwitch.objects.create(owner=other.connection.owner, level="entries")

    signed_in.post(reverse("trader_pause"), {"level": ""})

    assert "You paused" not in signed_in.get(reverse("stops")).text
    assert StopSwitch.objects.get(owner=other.connection.owner).level == "entries"


@pytest.mark.parametrize(
    ("level", "said"),
    [
        ("entries", "No bot opens a new group."),
        ("add_ons", "No bot opens a new group or adds on."),
        ("orders", "No bot sends any order, exits neither"),
        ("", None),
    ],
)
@pytest.mark.parametrize("page", ["overview", "bots", "connections", "stops", "account_page"])
def test_the_operators_stop_is_told_on_every_page(signed_in: Client, level: str, said: str | None, page: str) -> None:
    StopSwitch.objects.create(is_global=True, level=level, changed_at=timezone.now())

    text = signed_in.get(reverse(page)).text

    assert ("Trading is paused by us, since" in text) is bool(level)
    assert said is None or said in text


def test_the_page_shows_the_choices_and_the_bots(
    signed_in: Client, trader: User, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    StopSwitch.objects.create(owner=trader, level="entries")
    for number in range(30):
        bot = make_bot(owner=trader, name=f"B{number}", paused="entries", state="off" if number else "enabled")
        rows.make_group(bot=bot)

    with django_assert_max_num_queries(8):
        page = signed_in.get(reverse("stops")).text

    assert 'value="entries" checked' in page
    assert "Entries are paused: 1 open group goes on" in page
    assert "29 more stay as they are" in page
    assert page.count("not looked after") == 29
    assert page.count("Close…") == 30
    assert reverse("trader_close") in page


def test_a_trader_without_bots_sees_the_stops_explained(signed_in: Client) -> None:
    page = signed_in.get(reverse("stops")).text

    assert "There is no open group." in page
    assert "Close everything" not in page


def test_the_navigation_knows_where_it_is(signed_in: Client) -> None:
    page = signed_in.get(reverse("trader_close")).text

    assert f'href="{reverse("stops")}" aria-current="page"' in page


def test_disabling_with_open_groups_asks_what_becomes_of_them(signed_in: Client, trader: User) -> None:
    bot = make_bot(owner=trader, state="enabled")
    rows.make_group(bot=bot)
    url = reverse("bot_disable", args=[bot.public_id])

    answers = [signed_in.get(url), signed_in.post(url), signed_in.post(url, {"how": "somehow"})]

    assert all("What becomes of its open group?" in one.text for one in answers)
    assert 'value="keep" checked' in answers[0].text
    assert Bot.objects.get().opens_groups


def test_a_bot_that_is_to_look_after_its_groups_winds_down(signed_in: Client, trader: User) -> None:
    bot = make_bot(owner=trader, state="enabled")
    rows.make_group(bot=bot)

    answer = signed_in.post(reverse("bot_disable", args=[bot.public_id]), {"how": "keep"}, follow=True)

    assert f"{bot.name} winds down. It opens nothing new. 1 open group goes on: it may add on and close." in answer.text
    assert "Enable again" in answer.text
    assert Bot.objects.get().is_winding_down


def test_closing_now_shows_the_preview_and_changes_nothing_before(signed_in: Client, trader: User) -> None:
    bot = make_bot(owner=trader, state="enabled")
    group = rows.make_group(bot=bot)
    close = reverse("bot_close", args=[bot.public_id])

    answer = signed_in.post(reverse("bot_disable", args=[bot.public_id]), {"how": "close"}, follow=True)
    before = Bot.objects.get().opens_groups
    signed_in.post(close, {"disable": "1"})

    assert "What it would bring now" in answer.text
    assert "is off once it is closed" in answer.text
    group.refresh_from_db()
    assert (before, Bot.objects.get().is_winding_down, group.close_asked_at is not None) == (True, True, True)


def test_a_halted_bot_cannot_promise_to_look_after_its_groups(signed_in: Client, trader: User) -> None:
    bot = make_bot(owner=trader, state="halted")
    rows.make_group(bot=bot)

    page = signed_in.get(reverse("bot_disable", args=[bot.public_id])).text

    assert 'value="keep"' not in page
    assert 'value="close" checked' in page


def test_a_bot_that_is_off_can_be_let_look_after_its_groups_alone(signed_in: Client, trader: User) -> None:
    bot = make_bot(owner=trader)
    rows.make_group(bot=bot)

    page = signed_in.get(reverse("bot_detail", args=[bot.public_id])).text
    signed_in.post(reverse("bot_enable", args=[bot.public_id]), {"only_to_close": "1"})

    assert "Look after them until they are closed" in page
    assert (Bot.objects.get().is_enabled, Bot.objects.get().opens_groups) == (True, False)


@pytest.mark.parametrize("state", ["off", "halted"])
def test_no_page_says_that_a_group_waits_which_nobody_looks_after(signed_in: Client, trader: User, state: str) -> None:
    bot = make_bot(owner=trader, state=state)
    rows.make_group(bot=bot, reason="zone.not_reached")
    waits = "waits for its price"

    pages = [
        signed_in.get(reverse(name, args=args)).text
        for name, args in (("bot_detail", [bot.public_id]), ("bots", []), ("overview", []))
    ]

    assert all("Left alone" in page and waits not in page for page in pages[:2])
    assert "Nobody looks after 1 open group" in pages[2]


def test_what_is_being_closed_is_not_left_alone(signed_in: Client, trader: User) -> None:
    bot = make_bot(owner=trader)
    rows.make_group(bot=bot, close_asked_at=timezone.now())

    page = signed_in.get(reverse("bot_detail", args=[bot.public_id])).text

    assert "You asked to close it at market." in page
    assert "Left alone" not in page


def test_disabling_says_that_nobody_looks_after_open_groups(signed_in: Client, trader: User) -> None:
    bot = make_bot(owner=trader, state="enabled")
    rows.make_group(bot=bot)

    answer = signed_in.post(reverse("bot_disable", args=[bot.public_id]), {"how": "alone"}, follow=True)

    assert f"{bot.name} is off. 1 open group stays as it is: nothing is bought or sold" in answer.text


def test_a_bot_with_open_groups_is_not_deleted_and_the_page_says_what_to_do(signed_in: Client, trader: User) -> None:
    bot = make_bot(owner=trader)
    rows.make_group(bot=bot)
    url = reverse("bot_delete", args=[bot.public_id])

    page, answer = signed_in.get(url).text, signed_in.post(url, follow=True)

    assert "It has open groups" in page
    assert "Delete this bot" not in page
    assert "Close or release its open groups before you delete the bot." in answer.text
    assert Bot.objects.get().deleted_at is None


def test_deleting_a_connection_says_which_groups_are_left(signed_in: Client, trader: User) -> None:
    bot, other = make_bot(owner=trader), make_bot(owner=trader)
    rows.make_group(bot=bot)
    rows.make_group(bot=bot, pair="ETH/USDT")

    page = signed_in.get(reverse("connection_delete", args=[bot.connection.public_id])).text
    calm = signed_in.get(reverse("connection_delete", args=[other.connection.public_id])).text

    assert "2 open groups will never be closed by us: BTC/USDT, ETH/USDT." in page
    assert "never be closed" not in calm
