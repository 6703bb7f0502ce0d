"""One act on several bots: what is shown before, and what happens."""

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import AuditEvent, User
from strategies.models import Bot, Group
from tests.accounts.factories import sign_in
from tests.connections.factories import make_connection
from tests.strategies.factories import make_bot, make_group, make_instrument

pytestmark = pytest.mark.django_db
URL = reverse("bots_together")


def posted(client: Client, act: str, *bots: Bot) -> str:
    return client.post(URL, {"act": act, "bot": [str(bot.public_id) for bot in bots]}, follow=True).text


@pytest.fixture
def two(trader: User) -> tuple[Bot, Bot]:
    home = make_connection(owner=trader)
    busy, idle = (
        make_bot(connection=home, name="Busy", state="enabled"),
        make_bot(connection=home, name="Idle", state="enabled", pairs_json=["ETH/USDT"]),
    )
    make_instrument(connection=home)
    make_group(bot=busy)
    return busy, idle


@pytest.mark.parametrize("act", ["pause", "pause_all", "resume", "disable", "close"])
def test_the_preview_names_each_bot_and_changes_nothing(signed_in: Client, two: tuple[Bot, Bot], act: str) -> None:
    before = list(Bot.objects.order_by("pk").values())

    page = signed_in.get(URL, {"act": act, "bot": [str(bot.public_id) for bot in two]}).text

    assert "Nothing is done yet." in page
    assert all(bot.name in page for bot in two)
    assert list(Bot.objects.order_by("pk").values()) == before
    assert not Group.objects.exclude(close_asked_at=None).exists()


def test_all_are_paused_and_let_go_on(signed_in: Client, two: tuple[Bot, Bot]) -> None:
    answer = posted(signed_in, "pause", *two)
    paused = set(Bot.objects.values_list("paused", flat=True))
    posted(signed_in, "resume", *two)

    assert "2 bots: Pause entries." in answer
    assert paused == {"entries"}
    assert set(Bot.objects.values_list("paused", flat=True)) == {""}
    assert AuditEvent.objects.filter(action="bot.paused").count() == 4


def test_those_that_are_disabled_look_after_their_groups(signed_in: Client, two: tuple[Bot, Bot]) -> None:
    posted(signed_in, "disable", *two)

    busy, idle = Bot.objects.order_by("pk")
    assert (busy.is_winding_down, busy.is_enabled) == (True, True)
    assert idle.state == "off"


def test_closing_pauses_first_and_asks_for_each_group(signed_in: Client, two: tuple[Bot, Bot]) -> None:
    page = signed_in.get(URL, {"act": "close", "bot": [str(bot.public_id) for bot in two]}).text
    posted(signed_in, "close", *two)

    assert "What it would bring now" in page
    assert Group.objects.get().close_asked_at is not None
    assert list(Bot.objects.order_by("pk").values_list("paused", flat=True)) == ["entries", ""]


def test_other_peoples_bots_are_not_among_them(signed_in: Client, two: tuple[Bot, Bot]) -> None:
    foreign = make_bot(state="enabled")

    page = signed_in.get(URL, {"act": "pause", "bot": [str(bot.public_id) for bot in (*two, foreign)]}).text
    posted(signed_in, "pause", *two, foreign)

    assert foreign.name not in page
    assert Bot.objects.get(pk=foreign.pk).paused == ""


@pytest.mark.parametrize("given", [{}, {"act": "pause"}, {"act": "explode", "bot": "x"}, {"act": "pause", "bot": "x"}])
@pytest.mark.parametrize("method", ["get", "post"])
def test_without_bots_or_an_act_nothing_is_done(signed_in: Client, method: str, given: dict[str, str]) -> None:
    answer = getattr(signed_in, method)(URL, given, follow=True)

    assert "Nothing done: tick the bots first" in answer.text


def test_ending_the_pause_of_a_live_bot_asks_for_a_fresh_sign_in_and_ends_none_before(
    client: Client, trader: User
) -> None:
    practice = make_bot(connection=make_connection(owner=trader, venue="practice"), paused="entries")
    live = make_bot(connection=make_connection(owner=trader, venue="live"), paused="entries")
    sign_in(client, trader, age=3600)

    answer = client.post(URL, {"act": "resume", "bot": [str(practice.public_id), str(live.public_id)]})

    assert answer["Location"].startswith(reverse("account_reauthenticate"))
    assert set(Bot.objects.values_list("paused", flat=True)) == {"entries"}
