"""Exits: sold for the price that they were decided for, or not at all; others go on until all is sold."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal as D

import pytest
from django.utils import timezone

from accounts.by import By
from exchanges.values import Quote
from strategies.market import feed
from strategies.models import Group, Instrument, Order
from strategies.stops import flows
from tests.strategies.stories.trader import Trader

pytestmark = pytest.mark.services


@pytest.fixture
def held(trading: Trader) -> Trader:
    """Return a bot whose group bought at 60,003 and takes its profit at 1.5 %."""
    trading.signal("long")
    return trading


def lost_exit(trading: Trader, price: str) -> Order:
    """Let the exit of this price never arrive, as its look-ups prove."""
    trading.lose()
    trading.at(price)
    assert (trading.order.purpose, trading.order.state) == ("exit", "unknown")
    return trading.never_arrived()


def test_a_take_profit_that_never_arrived_is_not_sold_at_a_loss_later(held: Trader) -> None:
    lost_exit(held, "61500")

    held.at("55000")

    assert held.orders()[:2] == [("entry", "filled"), ("exit", "dropped")]
    assert held.group.sold == 0
    assert held.group.mode in {"normal", "recovery"}


def test_a_take_profit_that_never_arrived_is_sent_again_while_the_price_is_there(held: Trader) -> None:
    lost = lost_exit(held, "61500")

    held.at("61400")

    assert held.order.client_id == lost.client_id
    assert (held.order.state, held.order.sends, held.group.mode) == ("filled", 2, "closed")


def test_a_close_that_was_asked_for_and_never_arrived_is_sent_again_at_any_price(held: Trader) -> None:
    held.lose()
    flows.close_groups([held.group], by=By(user=held.bot.connection.owner))
    held.at("60000")
    lost = held.never_arrived()

    held.at("55000")

    assert held.order.client_id == lost.client_id
    assert (held.group.mode, held.group.close_reason) == ("closed", "exit.asked")


def test_a_trailing_take_profit_is_never_sold_below_break_even(held: Trader) -> None:
    held.set(trailing=D(1))
    held.at("61500")
    assert held.group.reason == "exit.trailing_armed"

    held.at("60800")

    assert (held.order.reason, held.order.state) == ("exit.trailing", "filled")
    # 60,003 and two fees of 0.1 %; two percent below the market would be 59,581.
    assert held.order.price == D("60123.2")
    assert held.group.result is not None
    assert held.group.result > 0


def test_the_rest_of_a_trailing_take_profit_waits_for_a_new_price(held: Trader) -> None:
    held.set(trailing=D(1))
    held.at("61500")
    held.price("60800", liquidity="0.0005")

    held.watch()
    assert held.order.state == "canceled"
    assert held.group.mode == "normal"
    held.at("55000")

    assert held.group.mode in {"normal", "recovery"}, held.reasons()
    assert held.group.sold == D("0.0005")


def test_the_price_of_an_exit_is_never_rounded_below_its_target(held: Trader) -> None:
    assert held.group.average is not None
    # 1.5 % after two fees of 0.1 %.
    target = held.group.average * D("1.016") / D("0.999")

    held.at(str((target * D("1.0002")).quantize(D("0.1"))))

    assert target <= held.order.price < target + 1
    assert held.group.mode == "closed"


def test_a_stop_loss_goes_on_until_all_is_sold(held: Trader) -> None:
    held.set(stop_loss=D(5))
    held.price("56000", liquidity="0.0005")

    held.watch()
    assert (held.group.mode, held.group.sold) == ("closing", D("0.0005"))
    held.at("54000")

    assert (held.group.mode, held.group.close_reason) == ("closed", "exit.stop_loss")
    assert held.group.sold == held.group.quantity


def let_it_try(trading: Trader) -> float:
    """Let the exit that waits leave now; return how many seconds the group rests after it found nobody."""
    count = Order.objects.filter(purpose="exit").count()
    Group.objects.update(retry_at=None)
    trading.watch()
    assert Order.objects.filter(purpose="exit").count() == count + 1, trading.group.reason
    trading.age(1)
    trading.ask()
    assert (trading.order.state, trading.order.filled) == ("canceled", 0)
    until = trading.group.retry_at
    return 0 if until is None else round((until - timezone.now()).total_seconds())


def test_exits_that_find_nobody_leave_less_often_from_the_fourth_in_a_row_on(held: Trader) -> None:
    held.set(stop_loss=D(5))
    held.price("56000", liquidity="0")

    rests = [let_it_try(held) for _ in range(8)]
    held.watch()

    assert rests == [0, 0, 0, 2, 4, 8, 10, 10]
    assert held.group.reason == "order.found_nobody"
    assert Order.objects.filter(purpose="exit").count() == 8, "it rests"
    assert held.reasons().count("order.found_nobody") == 1


def test_a_close_leaves_though_thousands_of_exits_sold_nothing_today(held: Trader) -> None:
    held.set(stop_loss=D(5))
    held.price("56000", liquidity="0")
    let_it_try(held)
    found_nobody = held.order
    for number in range(3, 2000):
        found_nobody.pk, found_nobody.number, found_nobody.client_id = None, number, f"before{number}"
        found_nobody.save()
    flows.close_groups([held.group], by=By(user=held.bot.connection.owner))

    held.at("56000")

    assert (held.order.number, held.order.state, held.group.mode) == (2000, "filled", "closed")


def test_an_exit_that_sold_a_little_begins_the_row_anew(held: Trader) -> None:
    held.set(stop_loss=D(5))
    held.price("56000", liquidity="0")
    assert [let_it_try(held) for _ in range(5)][-1] == 4
    Group.objects.update(retry_at=None)

    held.price("56000", liquidity="0.0003")
    held.watch()
    assert held.order.filled == D("0.0003")
    held.price("56000", liquidity="0")

    assert [let_it_try(held) for _ in range(4)] == [0, 0, 0, 2]


def test_add_ons_that_find_nobody_do_not_keep_the_group_from_being_sold(held: Trader) -> None:
    held.set(cool_down_minutes=0)
    held.price("58500", liquidity="0")
    for _ in range(6):
        Group.objects.update(retry_at=None)
        held.watch()
        held.age(5)
        held.ask()
    assert (held.order.purpose, held.order.state) == ("add_on", "canceled")
    held.watch()
    assert held.group.reason == "order.found_nobody"

    held.at("61500")

    assert held.group.mode == "closed"


@contextmanager
def lone_bid(share: str) -> Iterator[None]:
    """Let looks see a bid that stands alone in the book, at a share of the last price."""
    keep = feed.keep_quotes

    def bend(instruments: Mapping[str, Instrument], quotes: Mapping[str, Quote]) -> None:
        keep(instruments, {pair: replace(one, bid=one.price * D(share)) for pair, one in quotes.items()})

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(feed, "keep_quotes", bend)
        yield


def test_one_stray_bid_does_not_sell_a_group_out(held: Trader) -> None:
    """The last price is 60,000, and one look sees a bid of 50,000."""
    held.set(stop_loss=D(10))
    with lone_bid("0.8333"):
        held.watch()
    assert (held.group.reason, held.group.stop_since is None) == ("stop_loss.confirming", False)

    held.watch()

    assert held.orders() == [("entry", "filled")]
    assert (held.group.mode, held.group.stop_since) == ("normal", None)


def test_two_looks_in_a_row_sell_though_the_last_price_lags(held: Trader) -> None:
    held.set(stop_loss=D(10))
    with lone_bid("0.8333"):
        held.watch()
        held.watch()

    assert (held.order.purpose, held.order.reason) == ("exit", "exit.stop_loss")


def test_the_time_out_of_a_stop_loss_waits_and_is_forgotten_when_the_price_is_back(held: Trader) -> None:
    held.set(stop_loss=D(5), stop_timeout_seconds=60)
    held.at("56000")
    Group.objects.update(stop_since=timezone.now() - timedelta(seconds=10))
    held.at("56100")
    assert (held.group.mode, held.group.reason) == ("normal", "stop_loss.confirming")
    held.at("58000")
    assert held.group.stop_since is None

    held.at("56000")
    assert held.group.mode == "normal"
    Group.objects.update(stop_since=timezone.now() - timedelta(seconds=61))
    held.at("56000")

    assert (held.group.mode, held.group.close_reason) == ("closed", "exit.stop_loss")
    assert held.reasons().count("stop_loss.confirming") == 1
