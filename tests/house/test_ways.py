"""The ways through the product are short: through how many files and functions an alert, a look and a check pass.

A number that grows needs a reason: find the shorter way first, then raise the bound and say why in the commit. Each
way is gone several times, and the shortest counts: what a process makes once for all, and what is due once a minute,
is not on it. Nor does it matter how slow the machine is: prices are fresh before each alert, and no half minute ends
between two looks.
"""

import json
import sys
from collections.abc import Sequence
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.by import PRODUCT
from connections.check import run as checking
from connections.models import Connection
from exchanges.values import Credentials
from strategies.bots import flows
from strategies.choices import StopLevel
from strategies.execution import lookup
from strategies.models import Bot, Feed, Instrument, Order, Signal, market
from strategies.runner import watch
from strategies.signals import handler, inbox
from tests.accounts.factories import sign_in
from tests.connections.conftest import exchange_loop as exchange_loop
from tests.house.counting import Way, counted
from tests.strategies.stories.conftest import make_trading as make_trading
from tests.strategies.stories.conftest import no_rush as no_rush
from tests.strategies.stories.conftest import published as published
from tests.strategies.stories.conftest import rig as rig
from tests.strategies.stories.conftest import trading as trading
from tests.strategies.stories.conftest import woken as woken
from tests.strategies.stories.trader import Trader

pytestmark = pytest.mark.services


def judge(name: str, ways: Sequence[Way], *, files: int, functions: int) -> None:
    """Print the figures of the shortest way; fail with all that was called when there are more than before."""
    way = min(ways, key=lambda one: (one.files > files, one.functions))
    told = "\n".join(f"{file} {function}" for file, function in sorted(way.called))
    sys.stdout.write(f"{name}: {way.files} files, {way.functions} functions\n")
    assert (way.files <= files, way.functions <= functions) == (True, True), f"{way.files} {way.functions}\n{told}"


def alert(bot: Bot) -> Signal:
    body = json.dumps({"pair": "BTC/USDT", "direction": "long", "id": "1"}).encode()
    signal = inbox.receive(inbox.make_address(bot, by=PRODUCT), body, now=timezone.now())
    assert signal is not None
    return signal


def test_alert_to_order(trading: Trader, monkeypatch: pytest.MonkeyPatch) -> None:
    """In the worker: decide, write down, send; then look up and count the fill into the books.

    Each alert is the first of its bot: a bot that holds something already is looked after beside.
    """
    ask, placed = lookup.ask, list[tuple[Order, Credentials | None]]()
    monkeypatch.setattr(lookup, "ask", lambda order, *, key=None: placed.append((order, key)))
    taken, counted_in = list[Way](), list[Way]()
    for name in ("first", "second", "third"):
        values = {"pairs_json": ["BTC/USDT"], "base_order": 20, "risk_level": "high", "margin_limit": 5_000}
        bot = Bot.objects.create(connection=trading.bot.connection, name=name, **values)
        flows.enable_bot(bot, by=PRODUCT)
        signal = alert(bot)
        Instrument.objects.update(priced_at=timezone.now())
        with counted() as way:
            handler.handle(signal.pk)
        taken.append(way)
        order, key = placed.pop()
        with counted() as way:
            ask(order, key=key)
        counted_in.append(way)

    assert set(Order.objects.values_list("purpose", "state")) == {("entry", "filled")}
    # It is seen that not too many wait for the exchange, and told every process that it answered.
    # Three: what sizes and admits an entry is the engine's own function, so that past candles are judged by it, too.
    # And two, in a file of theirs, ask of the key that was opened whether we planted it.
    # One builds what surrounds a group here and for the acts by hand.
    # Here and below three, in a file of theirs, let what writes ask often for SQLite's turn.
    # One says what must hold around any new group, also one that begins with coins that are adopted.
    judge("alert -> order taken", taken, files=50, functions=195)
    # Eight of these files, and eighteen functions, write the message that the group is opened.
    judge("order taken -> books", counted_in, files=36, functions=133)


def test_tick_to_journal(trading: Trader, monkeypatch: pytest.MonkeyPatch) -> None:
    """In the worker: ask for the price, decide about the group, write down what is new."""
    monkeypatch.setattr(market, "PAIRS_FOR", timedelta(days=36_500))
    trading.signal("long")
    ways = []
    for price, pause in (("60100", StopLevel.ENTRIES), ("57000", StopLevel.ADD_ONS)) * 2:
        trading.price(price)
        trading.set(paused=pause, step_at=timezone.now())
        Feed.objects.update(look_at=timezone.now(), claim_until=None)
        with counted() as way:
            watch.watch(Feed.objects.get(exchange="kucoin", venue="practice").pk)
        if pause is StopLevel.ADD_ONS:
            ways.append(way)

    assert trading.reasons()[-1] == "group.paused"
    # How a position follows from the books is asked of past candles, too.
    judge("tick -> journal", ways, files=41, functions=170)


def test_click_to_status(trading: Trader, client: Client, published: list[tuple[int, int]]) -> None:
    """The click that starts a check, the worker that carries it out, the page that shows the status."""
    connection: Connection = trading.bot.connection
    sign_in(client, connection.owner)
    args = [connection.public_id]
    ways = []
    for _ in range(3):
        published.clear()
        with counted() as way:
            client.post(reverse("connection_test", args=args))
            checking.run_check(*published[0])
            page = client.get(reverse("connection_detail", args=args))
        ways.append(way)

    assert "Online" in page.content.decode()
    # A check waits for its turn, wakes the next one that waits, and counts to its owner's quota.
    # Workers go on for an account that is switched off with open groups, which one more function says.
    # And two, in a file of theirs, ask of the key that was opened whether we planted it.
    # One asks whether the page may be compressed.
    # A sentence is kept with its pattern and said in the language of its reader: seven, most in a file of theirs.
    # One looks at the clock when a connection is handed over.
    judge("click -> status", ways, files=59, functions=221)
