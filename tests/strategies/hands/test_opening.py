"""A group that is opened now because its trader asked: by the way and the rules of every alert, and once."""

from typing import Any

import pytest

from accounts.by import PRODUCT, By
from accounts.models import AuditEvent
from accounts.sudo import NotFreshError
from recount.account import recount
from strategies.hands import flows
from strategies.models import Group, Instrument, Order, Signal
from strategies.signals import handler
from tests.accounts.factories import make_user
from tests.connections.factories import make_connection
from tests.strategies.factories import make_bot
from tests.strategies.stories.trader import Trader

pytestmark = pytest.mark.services


def ask(trading: Trader) -> str:
    return flows.open_now(trading.bot, "BTC/USDT", seen=flows.last_signal(trading.bot), by=PRODUCT)


def handle() -> Signal:
    signal = Signal.objects.latest("pk")
    handler.handle(signal.pk)
    signal.refresh_from_db()
    return signal


def test_the_group_opens_by_the_way_of_an_alert(trading: Trader) -> None:
    assert ask(trading) == ""
    signal = handle()

    assert (signal.is_by_hand, signal.outcome) == (True, "order.intended")
    assert trading.orders() == [("entry", "filled")]
    assert trading.order.reason == "entry.by_hand"
    assert (trading.group.opened_by, trading.group.journal.first().reason) == (signal, "entry.by_hand")  # type: ignore[union-attr]
    assert AuditEvent.objects.get(action="bot.open_asked").outcome == "BTC/USDT"
    assert trading.wrong() == []
    assert recount(trading.bot.connection).differences == []


def test_a_bot_that_enters_by_its_own_rule_opens_it_as_well(trading: Trader) -> None:
    trading.set(entry_source="trend")
    assert ask(trading) == ""
    handle()

    assert trading.orders() == [("entry", "filled")]


def test_a_double_click_and_a_second_tab_open_one(trading: Trader) -> None:
    assert ask(trading) == ""
    assert flows.open_now(trading.bot, "BTC/USDT", seen=0, by=PRODUCT) == ""
    handle()
    assert flows.open_now(trading.bot, "BTC/USDT", seen=0, by=PRODUCT) == ""

    assert Signal.objects.count() == 1
    assert ask(trading) == "entry.group_open"
    assert Order.objects.count() == 1


def test_what_was_seen_before_another_signal_is_not_opened(trading: Trader) -> None:
    trading.set(pairs_json=["BTC/USDT", "ETH/USDT"])
    trading.signal("close")

    assert flows.open_now(trading.bot, "BTC/USDT", seen=0, by=PRODUCT) == "more.signal_between"
    assert ask(trading) == ""


@pytest.mark.parametrize(
    ("befalls", "refusal"),
    [
        (lambda trading: trading.set(state="off"), "add_on.bot_off"),
        (lambda trading: trading.set(paused="entries"), "entry.paused"),
        (lambda trading: trading.set(margin_limit=2), "size.below_minimum"),
        (lambda trading: trading.set(pairs_json=["ETH/USDT"]), "bot.not_running"),
        (lambda trading: Instrument.objects.all().delete(), "part.no_price"),
    ],
)
def test_what_is_forbidden_is_not_asked_for(trading: Trader, befalls: Any, refusal: str) -> None:
    befalls(trading)
    trading.bot.refresh_from_db()

    assert ask(trading) == refusal
    assert not Signal.objects.exists()


def test_what_forbids_it_meanwhile_is_told(trading: Trader) -> None:
    ask(trading)
    trading.set(paused="entries")

    assert handle().outcome == "entry.paused"
    assert "entry.paused" in trading.reasons()
    assert not Group.objects.exists()


@pytest.mark.django_db
def test_where_money_is_live_it_asks_for_a_fresh_sign_in() -> None:
    home = make_connection(owner=make_user(), venue="live")
    bot = make_bot(connection=home, state="enabled")

    with pytest.raises(NotFreshError):
        flows.open_now(bot, "BTC/USDT", seen=0, by=By(user=home.owner))
    assert flows.open_now(bot, "BTC/USDT", seen=0, by=By(user=home.owner, is_fresh=True)) == "part.no_price"
