"""Signals that come at once: decided upon together, each ordered once, and looked up when the rush is over."""

import json
from collections.abc import Sequence
from datetime import timedelta

import pytest
from django.db import OperationalError
from django.utils import timezone

from accounts.by import PRODUCT
from connections.models import Connection
from strategies import claims
from strategies.execution import lookup, reconcile
from strategies.market import wanted
from strategies.models import Bot, Funds, Group, Instrument, Order, Signal, signals
from strategies.models.signals import SIGNAL_LIFETIME
from strategies.runner import news, tick
from strategies.signals import handler, inbox
from strategies.signals.handler import Later
from tests.strategies.stories.trader import Trader
from workers.models import Pulse


def another_bot(connection: Connection, name: str) -> Bot:
    now = timezone.now()
    return Bot.objects.create(
        connection=connection, name=name, pairs_json=["BTC/USDT"], margin_limit=1000, state="enabled", enabled_at=now
    )


def alert(bot: Bot, *, wish: str = "long", key: str = "1", pair: str = "BTC/USDT") -> int:
    token = inbox.make_address(bot, by=PRODUCT)
    body = json.dumps({"pair": pair, "direction": wish, "id": key}).encode()
    signal = inbox.receive(token, body, now=timezone.now())
    assert signal is not None
    return signal.pk


def outcomes() -> list[tuple[str, str]]:
    return list(Signal.objects.order_by("pk").values_list("state", "outcome"))


def test_signals_of_several_bots_are_decided_upon_together_and_ordered_once_each(trading: Trader) -> None:
    bots = [trading.bot, *(another_bot(trading.bot.connection, f"Bot {number}") for number in range(3))]
    keys = [(alert(bot), False) for bot in bots]

    decided = handler.decide(keys)

    assert [[order.bot_id for order in decided[key]] for key in keys] == [[bot.pk] for bot in bots]  # type: ignore[union-attr]
    assert outcomes() == [("handled", "order.intended")] * 4
    assert handler.decide(keys) == {key: [] for key in keys}
    assert Order.objects.count() == 4


def test_a_second_signal_of_a_bot_waits_for_what_the_first_one_did(trading: Trader) -> None:
    first, second = alert(trading.bot, key="1"), alert(trading.bot, key="2")

    decided = handler.decide([(second, False), (first, False)])

    assert decided[second, False] is Later.BUSY
    assert outcomes() == [("handled", "order.intended"), ("waiting", "")]
    handler.handle(second)
    assert Order.objects.count() == 1


def test_one_that_may_not_be_acted_upon_hinders_no_other(trading: Trader) -> None:
    other = another_bot(trading.bot.connection, "Late")
    stale, fresh = alert(other), alert(trading.bot)
    Signal.objects.filter(pk=stale).update(received_at=timezone.now() - SIGNAL_LIFETIME * 2)

    decided = handler.decide([(stale, False), (fresh, False)])

    assert decided[stale, False] == []
    assert outcomes() == [("handled", "signal.stale"), ("handled", "order.intended")]


def test_an_old_price_is_asked_for_outside_and_kept(trading: Trader) -> None:
    signal = alert(trading.bot)
    Instrument.objects.update(priced_at=timezone.now() - 2 * handler.PRICE_FRESH_FOR)
    trading.price("59000")

    assert handler.decide([(signal, False)]) == {(signal, False): Later.OLD_PRICE}
    handler.handle(signal)

    assert trading.group.first_price is not None
    assert 58_900 < trading.group.first_price < 59_100
    assert timezone.now() - Instrument.objects.get(pair="BTC/USDT").priced_at < handler.PRICE_FRESH_FOR  # type: ignore[operator]


def test_an_exchange_that_gives_no_price_lets_the_engine_refuse_an_old_one(trading: Trader) -> None:
    signal = alert(trading.bot)
    Instrument.objects.update(priced_at=timezone.now() - 20 * handler.PRICE_FRESH_FOR)
    trading.rig.control("POST", "faults", kind="503", slug="kucoin")

    handler.handle(signal)

    trading.rig.control("DELETE", "faults")
    assert outcomes() == [("handled", "market.stale")]


@pytest.fixture
def rushing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(signals, "RUSH", 1)


def test_many_alerts_within_a_second_are_a_rush_whichever_process_handles_them(
    monkeypatch: pytest.MonkeyPatch, trading: Trader
) -> None:
    monkeypatch.setattr(signals, "RUSH", 10)
    for number in range(9):
        alert(trading.bot, key=f"{number}")
    now = timezone.now()
    assert not signals.is_rush(now)

    alert(trading.bot, key="10")
    Signal.objects.filter(key="id:3").update(state="handled", handled_at=now)

    assert signals.is_rush(now)
    assert not signals.is_rush(now + signals.RUSH_WITHIN + timedelta(seconds=1))


def test_two_workers_for_orders_are_in_a_rush_by_twice_as_many(
    monkeypatch: pytest.MonkeyPatch, trading: Trader
) -> None:
    monkeypatch.setattr(signals, "RUSH", 10)
    now = timezone.now()
    for name, queues, age in (("a", "orders", 0), ("b", "orders", 0), ("c", "books,checks", 0), ("d", "orders", 60)):
        seen = now - timedelta(seconds=age)
        Pulse.objects.create(name=name, queues=queues, own_time=seen, seen_at=seen)
    for number in range(19):
        alert(trading.bot, key=f"{number}")
    assert not signals.is_rush(now)

    alert(trading.bot, key="20")

    assert signals.is_rush(now)


def test_in_a_rush_the_look_up_is_left_to_the_tick_that_comes_after_it(rushing: None, trading: Trader) -> None:
    signal = alert(trading.bot)
    trading.woken.clear()

    handler.handle(signal)
    left = trading.order.state
    tick.wake_orders(timezone.now())
    lookup.look_up_due(trading.order.pk)

    assert (left, trading.order.state, trading.woken) == ("open", "open", [])
    Signal.objects.update(received_at=timezone.now() - signals.RUSH_WITHIN)
    tick.wake_orders(timezone.now())
    assert trading.woken == [("strategies.look_up", trading.order.pk)]
    lookup.look_up_due(trading.order.pk)
    assert trading.order.state == "filled"


def test_in_a_rush_that_does_not_end_what_is_late_is_looked_up_all_the_same(rushing: None, trading: Trader) -> None:
    signal = alert(trading.bot)

    handler.handle(signal)
    Order.objects.update(look_at=timezone.now() - 1.1 * lookup.PATIENCE_IN_RUSH)
    lookup.look_up_due(trading.order.pk)

    assert trading.order.state == "filled"


def test_in_a_rush_an_order_that_somebody_waits_to_be_out_of_is_looked_up_at_once(
    rushing: None, trading: Trader
) -> None:
    handler.handle(alert(trading.bot))
    Order.objects.update(look_at=timezone.now())
    assert lookup.due(9) == []

    for values in ({"purpose": "exit"}, {"purpose": "entry", "cancel_asked_at": timezone.now()}):
        Order.objects.update(**values)
        assert lookup.due(9) == [trading.order.pk]
    Order.objects.update(cancel_asked_at=None)
    Group.objects.update(close_asked_at=timezone.now())

    assert lookup.due(9) == [trading.order.pk]


def test_in_a_rush_only_books_that_grow_old_are_compared(rushing: None, trading: Trader) -> None:
    now = timezone.now()
    Funds.objects.update(look_at=now, reconciled_at=now)
    assert reconcile.due(9) == [trading.bot.connection_id]
    alert(trading.bot)

    assert reconcile.due(9) == []
    for age in (now - 1.1 * reconcile.AGE_IN_RUSH, None):
        Funds.objects.update(reconciled_at=age)
        assert reconcile.due(9) == [trading.bot.connection_id]


def test_a_look_up_does_not_put_off_books_that_are_overdue(trading: Trader) -> None:
    overdue = timezone.now() - timedelta(seconds=20)
    Funds.objects.update(look_at=overdue)

    handler.handle(alert(trading.bot))

    assert trading.order.state == "filled"
    assert Funds.objects.get().look_at == overdue


def test_a_signal_whose_books_are_not_compared_is_left_to_the_tick_at_once(trading: Trader) -> None:
    signal = alert(trading.bot)
    Funds.objects.update(reconciled_at=None)

    assert handler.decide([(signal, False)]) == {(signal, False): []}
    assert outcomes() == [("waiting", "")]
    Funds.objects.update(reconciled_at=timezone.now())
    handler.handle(signal)
    assert outcomes() == [("handled", "order.intended")]


def test_an_order_that_is_written_down_is_sent_although_the_database_fails_afterwards(
    trading: Trader, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(some: Sequence[object] = (), *_: object, **__: object) -> None:
        if some:
            raise OperationalError("away")

    trading.set(pairs_json=["BTC/USDT", "ETH/USDT"])
    trading.price("3000", pair="ETH/USDT")
    wanted.want("kucoin", "practice", ["ETH/USDT"], now=timezone.now())
    # Its open group is looked after beside.
    handler.handle(alert(trading.bot))
    trading.look()
    monkeypatch.setattr(news, "note", fail)
    monkeypatch.setattr(claims, "let_go", fail)

    handler.handle(alert(trading.bot, pair="ETH/USDT", key="2"))

    assert trading.orders() == [("entry", "filled")] * 2
    assert outcomes() == [("handled", "order.intended")] * 2


@pytest.mark.parametrize("holds", [False, True])
def test_a_bot_whose_alert_is_under_way_is_not_looked_at_before_its_order_is_answered(
    trading: Trader, holds: bool
) -> None:
    trading.set(pairs_json=["BTC/USDT", "ETH/USDT"])
    trading.price("3000", pair="ETH/USDT")
    wanted.want("kucoin", "practice", ["ETH/USDT"], now=timezone.now())
    trading.look()
    if holds:
        handler.handle(alert(trading.bot))
        trading.look()
    trading.hide()

    handler.handle(alert(trading.bot, pair="ETH/USDT", key="2"))

    assert trading.orders()[-1] == ("entry", "open")
    assert claims.AWAKE < Bot.objects.get().step_at - timezone.now() <= claims.UNDER_WAY


def test_a_bot_that_enters_by_its_own_rule_too_is_looked_at_again_soon(trading: Trader) -> None:
    trading.hide()
    signal = alert(trading.bot)
    trading.set(entry_source="immediate", pairs_json=["BTC/USDT", "ETH/USDT"])

    handler.handle(signal)

    assert trading.orders() == [("entry", "open")]
    assert Bot.objects.get().step_at <= timezone.now() + claims.AWAKE


def test_one_message_is_enough_for_all_that_is_due(trading: Trader) -> None:
    bots = [trading.bot, *(another_bot(trading.bot.connection, f"Bot {number}") for number in range(3))]
    trading.hide()
    for bot in bots:
        handler.handle(alert(bot))
    trading.show()
    assert set(Order.objects.values_list("state", flat=True)) == {"open"}
    Order.objects.update(look_at=timezone.now())

    lookup.look_up_due(Order.objects.first().pk)  # type: ignore[union-attr]

    assert set(Order.objects.values_list("state", flat=True)) == {"filled"}


@pytest.mark.parametrize("is_again", [False, True])
def test_a_signal_alone_is_looked_up_at_once_and_handled_once(trading: Trader, is_again: bool) -> None:
    signal = alert(trading.bot)

    for _ in range(1 + is_again):
        handler.handle(signal)

    assert trading.orders() == [("entry", "filled")]
