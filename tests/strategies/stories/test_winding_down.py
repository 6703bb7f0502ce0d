"""A bot that its trader disables with open groups: it looks after them, opens nothing new, and is off at the end."""

import pytest
from django.utils import timezone

from accounts.by import PRODUCT
from accounts.models import AuditEvent
from strategies import halts
from strategies.bots import flows
from strategies.choices import BotState, HaltedBy
from strategies.models import Bot, Group, JournalLine, Signal
from strategies.runner import winding_down
from tests.strategies.stories.trader import Trader

pytestmark = pytest.mark.services


def wind_down(trading: Trader) -> None:
    flows.wind_down_bot(trading.bot, by=PRODUCT)
    trading.bot.refresh_from_db()


def end(trading: Trader) -> None:
    winding_down.end(timezone.now())
    trading.bot.refresh_from_db()


def test_it_adds_on_and_takes_the_profit_and_is_off_then(trading: Trader) -> None:
    trading.signal("long")
    wind_down(trading)
    trading.at("58500")
    end(trading)
    assert trading.bot.is_winding_down, "a group is open"

    trading.at("61500")
    end(trading)

    assert trading.orders() == [("entry", "filled"), ("add_on", "filled"), ("exit", "filled")]
    assert (trading.group.mode, trading.group.close_reason) == ("closed", "exit.take_profit")
    assert (trading.bot.state, trading.bot.winding_down_at) == (BotState.OFF, None)
    assert trading.wrong() == []
    assert ("wound_down", "bot.wound_down") in JournalLine.objects.values_list("action", "reason")
    assert list(AuditEvent.objects.filter(action__contains="wound").values_list("action", flat=True)) == [
        "bot.wound_down"
    ]


def test_it_opens_nothing_by_itself(trading: Trader) -> None:
    trading.signal("long")
    trading.set(entry_source="immediate", re_entry_minutes=0, pairs_json=["BTC/USDT", "ETH/USDT"])
    wind_down(trading)

    trading.watch()
    trading.watch()

    assert trading.orders() == [("entry", "filled")]


def test_a_signal_opens_nothing_and_is_told_why(trading: Trader) -> None:
    trading.set(pairs_json=["BTC/USDT", "ETH/USDT"])
    trading.signal("long")
    wind_down(trading)

    trading.signal("long", pair="ETH/USDT")

    assert trading.orders() == [("entry", "filled")]
    assert Signal.objects.latest("pk").outcome == "bot.winding_down"


def test_a_signal_to_close_is_followed(trading: Trader) -> None:
    trading.signal("long")
    wind_down(trading)

    trading.signal("close")

    assert trading.orders() == [("entry", "filled"), ("exit", "filled")]


def test_an_entry_that_was_only_written_down_does_not_leave(trading: Trader) -> None:
    order = trading.intend()
    wind_down(trading)

    trading.work()

    order.refresh_from_db()
    assert (order.state, trading.truth()["orders"]) == ("dropped", [])
    end(trading)
    assert trading.bot.state == BotState.OFF


def test_after_trouble_it_winds_down_on(trading: Trader) -> None:
    trading.signal("long")
    wind_down(trading)
    mine = Bot.objects.filter(pk=trading.bot.pk)
    halts.halt_some(mine, reason="reach.unavailable", by=HaltedBy.TROUBLE, now=timezone.now())

    flows.go_on(trading.bot.connection_id)

    trading.bot.refresh_from_db()
    assert (trading.bot.state, trading.bot.is_winding_down) == (BotState.ENABLED, True)


def test_a_bot_that_is_halted_for_good_is_left_off(trading: Trader) -> None:
    trading.signal("long")
    mine = Bot.objects.filter(pk=trading.bot.pk)
    halts.halt_some(mine, reason="right.withdraw", by=HaltedBy.CHECK, now=timezone.now())

    wind_down(trading)

    assert (trading.bot.state, trading.bot.winding_down_at) == (BotState.OFF, None)


def test_without_an_open_group_it_is_off_at_once(trading: Trader) -> None:
    wind_down(trading)

    assert (trading.bot.state, trading.bot.winding_down_at) == (BotState.OFF, None)


def test_it_can_be_enabled_whole_again(trading: Trader) -> None:
    trading.signal("long")
    wind_down(trading)

    flows.enable_bot(trading.bot, by=PRODUCT)

    trading.bot.refresh_from_db()
    assert trading.bot.opens_groups


def test_a_bot_that_is_off_can_look_after_its_groups_alone(trading: Trader) -> None:
    trading.signal("long")
    flows.disable_bot(trading.bot, by=PRODUCT)
    assert Group.objects.open().get().is_left_alone

    flows.enable_bot(trading.bot, by=PRODUCT, only_to_close=True)
    trading.at("61500")
    end(trading)

    assert trading.orders() == [("entry", "filled"), ("exit", "filled")]
    assert trading.bot.state == BotState.OFF
