"""A test signal goes the way of every alert, to practice bots alone."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.by import PRODUCT
from accounts.models import AuditEvent, User
from strategies.models import Bot, Signal
from strategies.signals import inbox
from strategies.signals.alert import SignalError
from tests.accounts.factories import make_user, sign_in
from tests.connections.factories import make_connection
from tests.strategies.factories import make_bot
from workers import wake

pytestmark = pytest.mark.django_db


@pytest.fixture
def woken(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Any, ...]]:
    sent: list[tuple[Any, ...]] = []
    monkeypatch.setattr(wake, "after_commit", lambda task, *args: sent.append((task, *args)))
    return sent


@pytest.fixture
def trader() -> User:
    return make_user()


@pytest.fixture
def bot(trader: User) -> Bot:
    return make_bot(owner=trader, state="enabled", pairs_json=["BTC/USDT", "ETH/USDT"])


def send(client: Client, bot: Bot, **data: str) -> str:
    return client.post(reverse("bot_signal_test", args=[bot.public_id]), data, follow=True).text


def test_it_is_stored_as_an_alert_is_and_wakes_a_worker(
    client: Client, trader: User, bot: Bot, woken: list[tuple[Any, ...]]
) -> None:
    page = send(sign_in(client, trader), bot, pair="ETH/USDT")

    signal = Signal.objects.get()
    assert (signal.bot, signal.pair, signal.wish, signal.state) == (bot, "ETH/USDT", "long", "waiting")
    assert ("strategies.handle_signal", signal.pk) in woken
    assert "A test signal for ETH/USDT was sent" in page
    event = AuditEvent.objects.get(action="bot.test_signal")
    assert (event.actor, event.target) == (trader, f"bot:{bot.public_id}")


def test_two_of_them_are_two(bot: Bot) -> None:
    for _ in range(2):
        inbox.send_test(bot, pair="BTC/USDT", by=PRODUCT)

    assert Signal.objects.count() == 2


def test_a_live_bot_takes_none(trader: User) -> None:
    live = make_bot(connection=make_connection(owner=trader, venue="live"), state="enabled")

    with pytest.raises(SignalError, match="real money"):
        inbox.send_test(live, pair="BTC/USDT", by=PRODUCT)

    assert not Signal.objects.exists()


@pytest.mark.parametrize("state", ["off", "halted"])
def test_a_bot_that_would_do_nothing_says_so(client: Client, trader: User, state: str) -> None:
    bot = make_bot(owner=trader, state=state)

    page = send(sign_in(client, trader), bot)

    assert "Enable it first." in page
    assert not Signal.objects.exists()


def test_a_bot_with_a_rule_of_its_own_takes_no_entry(trader: User) -> None:
    bot = make_bot(owner=trader, state="enabled", entry_source="immediate")

    with pytest.raises(SignalError, match="enters by its own rule"):
        inbox.send_test(bot, pair="BTC/USDT", by=PRODUCT)


def test_a_pair_of_others_is_refused_with_those_it_trades(client: Client, trader: User, bot: Bot) -> None:
    page = send(sign_in(client, trader), bot, pair="DOGE/USDT")

    assert "It trades BTC/USDT, ETH/USDT." in page
    assert not AuditEvent.objects.filter(action="bot.test_signal").exists()


def test_it_counts_among_the_alerts_of_a_minute(bot: Bot, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inbox, "PER_MINUTE", 1)
    inbox.send_test(bot, pair="BTC/USDT", by=PRODUCT)

    with pytest.raises(SignalError, match="alerts in a minute"):
        inbox.send_test(bot, pair="BTC/USDT", by=PRODUCT)


def test_other_peoples_bots_are_not_there(client: Client, bot: Bot) -> None:
    path = reverse("bot_signal_test", args=[bot.public_id])

    assert sign_in(client, make_user()).post(path).status_code == 404
