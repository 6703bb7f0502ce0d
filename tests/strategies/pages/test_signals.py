"""The page about a bot's signals: how to set an alert up, and an address that is shown once."""

import html
import json
import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from accounts.by import PRODUCT
from accounts.models import AuditEvent, User
from strategies.models import Bot, RefusedAlert, Signal
from strategies.signals import inbox
from tests.accounts.factories import sign_in
from tests.connections.factories import make_connection
from tests.strategies.factories import make_bot

pytestmark = pytest.mark.django_db


def url(bot: Bot) -> str:
    return reverse("bot_signal_address", args=[bot.public_id])


def messages_in(page: str) -> list[dict[str, Any]]:
    found = re.findall(r'class="copy message" type="button" data-copy="([^"]*)"', page)
    return [json.loads(html.unescape(one)) for one in found]


def test_a_bot_without_an_address_says_so(signed_in: Client, trader: User) -> None:
    page = signed_in.get(url(make_bot(owner=trader))).text

    assert "This bot has none yet" in page
    assert "Make an address" in page


def test_a_new_address_is_shown_once_and_works(signed_in: Client, trader: User) -> None:
    bot = make_bot(owner=trader)

    made = signed_in.post(url(bot))
    again = signed_in.get(url(bot))

    (address,) = set(re.findall(r"http://127\.0\.0\.1:8000(/signals/[\w-]{43}/)", made.text))
    token = address.split("/")[2]
    bot.refresh_from_db()
    assert made.status_code == 200
    assert made["Cache-Control"] == "no-store, private"
    assert bot.signal_hash == inbox.hash_of(token)
    assert "curl -X POST" in made.text
    assert token not in again.text
    assert f"••••{token[-4:]}" in again.text
    assert token not in str(dict(signed_in.session.items()))
    assert token not in str(list(AuditEvent.objects.values()))


def test_what_came_is_looked_at_again_by_itself_where_an_alert_can_reach_the_bot(
    signed_in: Client, trader: User
) -> None:
    bot = make_bot(owner=trader, signal_hash=inbox.hash_of("t"), signal_since=timezone.now())
    Signal.objects.create(bot=bot, key="id:1", pair="BTC/USDT", wish="long")

    page = signed_in.get(url(bot)).text
    part = signed_in.get(url(bot), headers={"HX-Request": "true"}).text

    assert 'hx-trigger="every 5s"' in page
    assert "Waiting for a worker" in part
    assert "Set the alert up" not in part
    assert "every 5s" not in signed_in.get(url(make_bot(owner=trader))).text


def test_older_signals_are_turned_to_page_by_page_and_only_the_newest_page_looks_again(
    signed_in: Client, trader: User
) -> None:
    bot = make_bot(owner=trader, signal_hash=inbox.hash_of("t"), signal_since=timezone.now())
    for number in range(45):
        Signal.objects.create(bot=bot, key=f"id:{number}", pair=f"C{number}/USDT", wish="long")
    RefusedAlert.objects.create(bot=bot, status=400, answer="No pair.", body="{}")
    pages = [signed_in.get(url(bot)).text]
    while older := re.search(r'href="\?(before=\d+)"', pages[-1]):
        pages.append(signed_in.get(f"{url(bot)}?{older[1]}").text)

    assert [[int(pair) for pair in re.findall(r"<code>C(\d+)/USDT</code>", page)] for page in pages] == [
        list(range(44, 24, -1)),
        list(range(24, 4, -1)),
        list(range(4, -1, -1)),
    ]
    assert ["every 5s" in page for page in pages] == [True, False, False]
    assert ["No pair." in page for page in pages] == [True, False, False]


def test_making_another_replaces_it(signed_in: Client, trader: User) -> None:
    bot = make_bot(owner=trader)
    signed_in.post(url(bot))
    before = Bot.objects.get().signal_hash

    assert "Replace the address" in signed_in.get(url(bot)).text
    signed_in.post(url(bot))

    assert Bot.objects.get().signal_hash != before


def test_an_old_sign_in_makes_addresses_of_practice_bots_only(client: Client, trader: User) -> None:
    sign_in(client, trader, age=3600)
    practice = make_bot(connection=make_connection(owner=trader, venue="practice"))
    live = make_bot(connection=make_connection(owner=trader, venue="live"))

    shown, sent_away = client.post(url(practice)), client.post(url(live))

    assert shown.status_code == 200
    assert sent_away["Location"].startswith(reverse("account_reauthenticate"))
    assert list(Bot.objects.exclude(signal_hash=None)) == [practice]


def test_a_fresh_sign_in_makes_one_of_a_live_bot(signed_in: Client, trader: User) -> None:
    live = make_bot(connection=make_connection(owner=trader, venue="live"))

    assert signed_in.post(url(live)).status_code == 200
    assert Bot.objects.get().signal_hash


@pytest.mark.parametrize(
    ("fields", "wishes"),
    [
        ({}, ["long", "close"]),
        ({"direction": "both"}, ["long", "short", "close"]),
        ({"entry_source": "trend"}, ["close"]),
    ],
)
def test_there_is_a_message_for_each_pair_and_wish(
    signed_in: Client, trader: User, fields: dict[str, Any], wishes: list[str]
) -> None:
    bot = make_bot(owner=trader, pairs_json=["BTC/USDT", "ETH/USDT"], **fields)

    told = messages_in(signed_in.get(url(bot)).text)

    assert [(one["pair"], one["direction"]) for one in told] == [(pair, wish) for pair in bot.pairs for wish in wishes]
    assert len({one["id"] for one in told}) == len(told)
    assert all(one["time"] == "{{timenow}}" for one in told)


def test_a_message_as_tradingview_fills_it_in_is_accepted(signed_in: Client, trader: User) -> None:
    bot = make_bot(owner=trader, pairs_json=["A" * 20 + "/" + "B" * 10])
    now, token = timezone.now(), inbox.make_address(bot, by=PRODUCT)

    for told in messages_in(signed_in.get(url(bot)).text):
        filled = json.dumps(told).replace("{{timenow}}", f"{now:%Y-%m-%dT%H:%M:%SZ}")
        assert inbox.receive(token, filled.encode(), now=now)


def test_the_last_twenty_are_listed_with_what_was_done(
    signed_in: Client, trader: User, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    bot = make_bot(owner=trader)
    for number in range(25):
        Signal.objects.create(bot=bot, key=str(number), pair="BTC/USDT", wish="long")
    Signal.objects.filter(key="24").update(state="handled", outcome="entry.paused")
    Signal.objects.filter(key="23").update(state="handled", outcome="made_up.code")
    Signal.objects.filter(key="22").update(state="handled", outcome="entry.group_open")

    with django_assert_max_num_queries(8):
        page = signed_in.get(url(bot)).text

    assert page.count('<td class="nowrap">') == 20
    assert "New groups are paused." in page
    assert "Made up: code" in page
    assert "The pair has an open group already." in page
    assert page.count("Waiting for a worker") == 17


def test_other_peoples_bots_look_like_none_and_get_no_address(signed_in: Client) -> None:
    bot = make_bot()

    assert [signed_in.get(url(bot)).status_code, signed_in.post(url(bot)).status_code] == [404, 404]
    assert Bot.objects.get().signal_hash is None


def test_strangers_are_asked_to_sign_in(client: Client) -> None:
    bot = make_bot()

    assert {client.get(url(bot)).status_code, client.post(url(bot)).status_code} == {302}
    assert Bot.objects.get().signal_hash is None


def test_that_an_older_address_ended_is_said_where_there_was_one(signed_in: Client, trader: User) -> None:
    bot = make_bot(owner=trader)

    first, second = (signed_in.post(url(bot)).text for _ in range(2))

    assert "older address has just stopped" not in first
    assert "older address has just stopped" in second


@pytest.mark.parametrize(
    ("body", "pair", "wish"),
    [
        ('{"pair": "BINANCE:ETHUSDT", "direction": "buy"}', "ETH/USDT", "long"),
        ('{"pair": "DOGE/USDT", "direction": "Close"}', "BTC/USDT", "close"),
        ("ETHUSDT long", "BTC/USDT", "long"),
        ("[1, 2]", "BTC/USDT", "long"),
        ("[" * 1_000, "BTC/USDT", "long"),
        ("", "BTC/USDT", "long"),
    ],
)
def test_a_refused_alert_is_listed_with_one_that_would_have_been_taken(
    signed_in: Client, trader: User, body: str, pair: str, wish: str
) -> None:
    bot = make_bot(owner=trader, pairs_json=["BTC/USDT", "ETH/USDT"])
    RefusedAlert.objects.create(bot=bot, status=422, answer="This bot does not trade “x”.", body=body)
    token, now = inbox.make_address(bot, by=PRODUCT), timezone.now()

    page = signed_in.get(url(bot)).text

    part = page.partition("<h3>Refused</h3>")[2]
    (mended,) = re.findall(r'class="copy" type="button" data-copy="([^"]*)"', part)
    assert "This bot does not trade “x”." in part
    assert (html.escape(body[:200]) if body else "an empty body") in part
    told = json.loads(html.unescape(mended))
    assert (told["pair"], told["direction"]) == (pair, wish)
    filled = json.dumps(told).replace("{{timenow}}", f"{now:%Y-%m-%dT%H:%M:%SZ}")
    assert inbox.receive(token, filled.encode(), now=now)


def test_where_nothing_was_refused_nothing_is_said_of_it(signed_in: Client, trader: User) -> None:
    assert "Refused" not in signed_in.get(url(make_bot(owner=trader))).text


def test_another_traders_refused_alerts_are_not_shown(signed_in: Client, trader: User) -> None:
    RefusedAlert.objects.create(bot=make_bot(), status=422, answer="Somebody else's.", body="{}")

    assert "Somebody" not in signed_in.get(url(make_bot(owner=trader))).text
