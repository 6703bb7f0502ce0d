"""The panel beside the form: what it still needs, why there is nothing, that it is reckoned, and what came of it."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from connections.models import Connection
from strategies.look_backs import glimpse_work
from strategies.models import Bot, Glimpse
from strategies.words import look_backs as words
from tests.accounts.factories import make_user
from tests.connections.factories import make_connection
from tests.strategies.factories import make_bot, make_funds, make_instrument, typed
from tests.strategies.look_backs.kept import make_month
from workers import wake

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def no_broker(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wake, "publish", lambda *_: None)


@pytest.fixture
def home(trader: User) -> Connection:
    found = make_connection(owner=trader)
    make_funds(connection=found, USDT="1000")
    make_instrument(connection=found)
    return found


def panel(client: Client, home: Connection, entry_source: str = "immediate", **changes: str) -> str:
    sent = typed(home, pairs="BTC/USDT", entry_source=entry_source, re_entry_minutes="0", **changes)
    answer = client.post(reverse("bot_glimpse"), sent)
    assert answer.status_code == 200
    return answer.text


def test_it_asks_and_then_shows_the_worst_first(signed_in: Client, home: Connection) -> None:
    make_month(home)

    waiting = panel(signed_in, home, name="")
    glimpse_work.work(Glimpse.objects.get().pk)
    text = panel(signed_in, home, name="any other")

    assert "Being reckoned" in waiting
    assert "every 100ms" in waiting
    assert "every" not in text
    parts = (
        "2026-03-01 to 2026-03-11",
        "Deepest fall",
        "Longest without",
        "Most at work",
        ">Result<",
        "Holding",
        "Fees",
    )
    places = [text.index(part) for part in parts]
    assert places == sorted(places)
    assert "Not known within minutes" not in text
    assert "reckons both ways and shows the worse" in text


@pytest.mark.parametrize(("seconds", "every"), [(0.5, 100), (2, 400), (10, 1000)])
def test_the_longer_it_is_waited_for_the_less_often_the_page_asks(
    signed_in: Client, home: Connection, seconds: float, every: int
) -> None:
    make_month(home)
    panel(signed_in, home)
    Glimpse.objects.update(asked_at=timezone.now() - timedelta(seconds=seconds))

    text = panel(signed_in, home, looks_again="1")

    assert f"every {every}ms" in text


def test_a_bot_whose_alerts_nobody_knows_says_so_where_it_is_seen_at_once(signed_in: Client, home: Connection) -> None:
    make_month(home)
    panel(signed_in, home, entry_source="webhook")
    glimpse_work.work(Glimpse.objects.get().pk)

    text = panel(signed_in, home, entry_source="webhook")

    assert 0 < text.index("None of your alerts of this time are known") < text.index("<details>")
    assert text.count("None of your alerts") == 1


def test_a_change_asks_anew(signed_in: Client, home: Connection) -> None:
    make_month(home)
    panel(signed_in, home)
    glimpse_work.work(Glimpse.objects.get().pk)

    assert "Being reckoned" in panel(signed_in, home, take_profit="2.5")


def test_without_candles_it_says_so_and_what_to_do(signed_in: Client, home: Connection) -> None:
    new, saved = panel(signed_in, home), panel(signed_in, home, bot="00000000-0000-0000-0000-000000000000")

    assert "No candles of these pairs are kept here yet" in new
    assert "Save the bot, then look back on its page" in new
    assert "Look back on the bot’s page" in saved
    assert not Glimpse.objects.exists()


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"pairs": "", "margin_limit": ""}, ["It still needs: Pairs, Margin limit."]),
        ({"connection": ""}, ["It still needs: Connection."]),
        ({"margin_limit": "-3"}, ["Margin limit: The margin limit must be more than 0."]),
        ({"take_profit": "1,500"}, ["Take profit: “1,500” could mean"]),
        ({"pairs": "<b>x"}, ["Pairs:"]),
        ({"base_order": "9e99", "risk_level": "zq"}, ["First order:", "Risk level:"]),
        ({"recovery_mode": ""}, ["No candles"]),
    ],
)
def test_what_is_missing_or_wrong_is_said(
    signed_in: Client, home: Connection, changes: dict[str, str], told: list[str]
) -> None:
    sent = typed(home, pairs="BTC/USDT") | changes

    text = signed_in.post(reverse("bot_glimpse"), sent).text

    assert [part for part in told if part not in text] == []
    assert "<b>" not in text


def test_an_empty_form_is_no_fault(signed_in: Client) -> None:
    answer = signed_in.post(reverse("bot_glimpse"))

    assert (answer.status_code, "It still needs:" in answer.text) == (200, True)


@pytest.mark.parametrize("code", words.GLIMPSES)
def test_every_reason_is_a_sentence(signed_in: Client, home: Connection, code: str) -> None:
    make_month(home)
    panel(signed_in, home)
    Glimpse.objects.update(problem=code, ended_at=timezone.now())

    text = panel(signed_in, home)

    assert words.glimpse(code, is_saved=False) in text
    assert "every" not in text


def test_a_worker_that_is_silent_is_not_waited_for_for_ever(signed_in: Client, home: Connection) -> None:
    make_month(home)
    panel(signed_in, home)
    Glimpse.objects.update(asked_at=timezone.now() - timedelta(seconds=31))

    text = panel(signed_in, home, looks_again="1")

    assert "has not answered for half a minute" in text
    assert "every" not in text
    assert "Being reckoned" in panel(signed_in, home)


def test_nobody_looks_back_with_anothers_money(signed_in: Client, home: Connection) -> None:
    strangers = make_connection(owner=make_user())
    make_month(home)

    text = panel(signed_in, strangers)

    assert "Connection: Choose one of yours." in text
    assert not Glimpse.objects.exists()


def test_the_forms_have_it_before_anything_is_asked(signed_in: Client, home: Connection) -> None:
    bot = make_bot(connection=home)
    pages: list[Any] = [signed_in.get(reverse("bot_add")), signed_in.get(reverse("bot_edit", args=[bot.public_id]))]

    for page in pages:
        assert 'hx-trigger="load, input changed' in page.text
    assert reverse("bot_look_backs", args=[bot.public_id]) in pages[1].text
    assert not Glimpse.objects.exists()
    assert Bot.objects.count() == 1
