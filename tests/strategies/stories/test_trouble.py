"""An exchange that is away for a while: what halts, what still closes, and what goes on by itself afterwards."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.by import PRODUCT, By
from connections import flows as connection_flows
from connections.models import Connection, Trigger
from strategies.bots import flows
from strategies.choices import StopLevel
from strategies.models import Bot
from strategies.stops import flows as stopping
from tests.connections.practising import check_again
from tests.strategies.stories.trader import Trader

pytestmark = pytest.mark.services


def go_away(trading: Trader) -> Connection:
    """Let the exchange be down until the connection is no longer Online, then be back before the next check."""
    home = trading.bot.connection
    trading.rig.fault("503", slug=home.exchange)
    for _ in range(3):
        check_again(home)
    trading.rig.control("DELETE", "faults")
    trading.bot.refresh_from_db()
    assert (home.status, trading.bot.state) == ("error", "halted")
    return home


def come_back(trading: Trader) -> None:
    check_again(Connection.objects.get(pk=trading.bot.connection_id))
    trading.bot.refresh_from_db()


def test_pressing_test_again_while_the_exchange_is_away_halts_nothing(trading: Trader) -> None:
    home = trading.bot.connection
    trading.rig.fault("503", slug=home.exchange)
    check_again(home)

    for _ in range(2):
        check_again(home, Trigger.USER)

    trading.bot.refresh_from_db()
    assert (home.status, home.trouble, trading.bot.state) == ("online", "reach.unavailable", "enabled")


def test_a_stop_loss_is_sold_by_the_last_proof_before_any_check_has_passed(trading: Trader) -> None:
    trading.set(stop_loss=5)
    trading.signal("long")
    home = go_away(trading)

    trading.price("56000")
    trading.look()

    assert trading.orders() == [("entry", "filled"), ("exit", "filled")]
    assert (trading.group.mode, trading.group.close_reason) == ("closed", "exit.stop_loss")
    home.refresh_from_db()
    assert home.status == "error"
    assert trading.wrong() == []


def test_a_take_profit_and_a_signal_to_close_are_followed_too(trading: Trader) -> None:
    trading.signal("long")
    go_away(trading)

    signal = trading.signal("close")
    trading.look()

    assert signal is not None
    assert signal.outcome == "order.intended"
    assert trading.group.close_reason == "exit.signal"
    come_back(trading)
    trading.set(re_entry_minutes=0)
    trading.signal("long")
    go_away(trading)
    trading.price("61500")
    trading.look()
    assert trading.group.close_reason == "exit.take_profit"


def test_what_its_trader_asks_to_close_is_closed(trading: Trader) -> None:
    trading.signal("long")
    go_away(trading)

    stopping.close_groups([trading.group], by=By(user=trading.bot.connection.owner))
    trading.look()

    assert trading.group.close_reason == "exit.asked"


def test_nothing_is_bought_meanwhile(trading: Trader) -> None:
    trading.set(cool_down_minutes=0)
    trading.signal("long")
    go_away(trading)

    trading.price("58400")
    trading.look()
    signal = trading.signal("long")

    assert trading.orders() == [("entry", "filled")]
    assert trading.group.reason == "connection.not_proven"
    assert signal is not None
    assert signal.outcome == "bot.not_running"


def test_afterwards_it_goes_on_with_what_it_has(trading: Trader) -> None:
    trading.set(cool_down_minutes=0)
    trading.signal("long")
    go_away(trading)

    come_back(trading)
    trading.price("58400")
    trading.look()

    assert trading.bot.is_enabled
    assert trading.orders() == [("entry", "filled"), ("add_on", "filled")]
    told = trading.reasons()
    assert told.index("reach.unavailable") < told.index("connection.online_again") < told.index("add_on.zone")


def test_one_that_its_trader_switched_off_meanwhile_stays_off(trading: Trader) -> None:
    trading.set(stop_loss=5)
    trading.signal("long")
    go_away(trading)
    flows.disable_bot(trading.bot, by=PRODUCT)

    trading.price("56000")
    trading.look()
    come_back(trading)
    trading.look()

    assert (trading.bot.state, trading.orders()) == ("off", [("entry", "filled")])


def test_one_that_is_paused_stays_paused(trading: Trader) -> None:
    stopping.pause_bot(trading.bot, StopLevel.ENTRIES, by=PRODUCT)
    go_away(trading)

    come_back(trading)
    signal = trading.signal("long")

    assert trading.bot.is_enabled
    assert signal is not None
    assert (signal.outcome, trading.orders()) == ("entry.paused", [])


def test_the_kill_switch_holds_exits_in_trouble_as_ever(trading: Trader) -> None:
    trading.set(stop_loss=5)
    trading.signal("long")
    go_away(trading)
    stopping.pause_everybody(StopLevel.ORDERS, by=PRODUCT)

    trading.price("56000")
    trading.look()

    assert trading.orders() == [("entry", "filled")]


def widen(trading: Trader) -> None:
    """Let the key be one that can withdraw; the next check finds it."""
    keys = f"keys/{trading.bot.connection.exchange}/{trading.keys['api_key']}"
    trading.rig.control("PATCH", keys, grants=["read", "trade", "withdraw"])


def test_after_a_finding_nothing_is_sold_and_nothing_goes_on(trading: Trader) -> None:
    trading.set(stop_loss=5)
    trading.signal("long")
    home = trading.bot.connection
    widen(trading)
    check_again(home)
    # A test that could not ask says nothing, and gives nothing back.
    go_away(trading)

    trading.price("56000")
    trading.look()

    stopping.close_groups([trading.group], by=By(user=home.owner))
    trading.look()

    assert trading.orders() == [("entry", "filled")]
    trading.bot.refresh_from_db()
    assert (trading.bot.halt_reason, trading.bot.halted_by) == ("right.withdraw", "check")


def test_a_finding_in_the_midst_of_trouble_ends_it_all(trading: Trader) -> None:
    trading.set(stop_loss=5)
    trading.signal("long")
    go_away(trading)
    widen(trading)
    come_back(trading)

    trading.price("56000")
    trading.look()

    assert trading.orders() == [("entry", "filled")]
    assert (trading.bot.halt_reason, trading.bot.halted_by) == ("right.withdraw", "check")


def test_a_proof_of_yesterday_sells_nothing(trading: Trader) -> None:
    trading.set(stop_loss=5)
    trading.signal("long")
    go_away(trading)
    Connection.objects.update(passed_at=timezone.now() - timedelta(hours=24, seconds=1))

    trading.price("56000")
    trading.look()

    assert trading.orders() == [("entry", "filled")]
    assert trading.group.reason == "connection.not_proven"
    come_back(trading)
    trading.look()
    assert trading.orders() == [("entry", "filled"), ("exit", "filled")]


def test_deleting_the_connection_ends_exits_as_ever(trading: Trader) -> None:
    trading.set(stop_loss=5)
    trading.signal("long")
    home = go_away(trading)
    connection_flows.delete_connection(home, by=PRODUCT)

    trading.price("56000")
    trading.look()

    assert trading.orders() == [("entry", "filled")]
    assert Bot.objects.get().halted_by == "trader"
