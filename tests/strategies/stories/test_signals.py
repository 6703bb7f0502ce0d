"""Signals: each is handled once, in order, and says what became of it and why."""

from datetime import timedelta
from decimal import Decimal as D

import pytest
from django.utils import timezone

from accounts.by import PRODUCT
from connections.models import Connection
from strategies.choices import StopLevel
from strategies.models import Funds, Group, Instrument, JournalLine, Signal
from strategies.runner import tick
from strategies.signals import handler, inbox
from strategies.signals.alert import SignalError
from strategies.stops import flows
from tests.strategies import rows
from tests.strategies.stories.interleave import STOPS_READ, after
from tests.strategies.stories.trader import Trader

pytestmark = pytest.mark.services


def make(trading: Trader, wish: str = "long", **fields: object) -> Signal:
    """Store a signal that nobody has handled yet."""
    return rows.make_signal(bot=trading.bot, wish=wish, **fields)


def outcome(signal: Signal) -> tuple[str, str]:
    signal.refresh_from_db()
    return signal.state, signal.outcome


def test_a_signal_that_is_told_twice_is_handled_once(trading: Trader) -> None:
    assert trading.signal("long", id="one") is not None
    assert trading.signal("long", id="one") is None

    assert trading.orders() == [("entry", "filled")]


def test_a_worker_that_waited_for_the_bot_sees_that_the_signal_is_handled(trading: Trader) -> None:
    signal = make(trading)

    with after('UPDATE "strategies_bot" SET "claim"', lambda: Signal.objects.update(state="handled", outcome="done")):
        handler.handle(signal.pk)

    assert trading.orders() == []
    assert trading.reasons() == []
    trading.bot.refresh_from_db()
    assert trading.bot.claimed_until is None


def test_signals_of_a_pair_are_handled_in_the_order_in_which_they_came(trading: Trader) -> None:
    first, second = make(trading, "long"), make(trading, "close")

    handler.handle(second.pk)
    assert (first.outcome, outcome(first)[1], outcome(second)[0]) == ("", "order.intended", "waiting")
    handler.handle(second.pk)

    assert outcome(second) == ("handled", "order.intended")
    assert trading.orders() == [("entry", "filled"), ("exit", "filled")]


def test_the_tick_wakes_one_signal_per_bot_and_pair(trading: Trader) -> None:
    early = timezone.now() - timedelta(seconds=2)
    signals = [make(trading, received_at=early) for _ in range(3)] + [make(trading, received_at=early, pair="ETH/USDT")]

    tick.wake_signals(timezone.now())

    assert sorted(trading.woken) == [
        ("strategies.handle_signal", signals[0].pk),
        ("strategies.handle_signal", signals[3].pk),
    ]


def test_no_signal_keeps_another_from_being_woken(trading: Trader, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tick, "SIGNALS_AT_ONCE", 1)
    early = timezone.now() - timedelta(seconds=2)
    signals = [make(trading, received_at=early, pair=pair) for pair in ("BTC/USDT", "ETH/USDT")]

    for _ in range(60):
        tick.wake_signals(timezone.now())

    assert len(trading.woken) == 60
    assert {pk for _, pk in trading.woken} == {signal.pk for signal in signals}


def test_a_busy_bots_signal_waits_for_the_tick(trading: Trader, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(handler, "TRIES", 1)
    trading.set(claim="another", claimed_until=timezone.now() + timedelta(seconds=8))
    signal = make(trading, received_at=timezone.now() - timedelta(seconds=2))

    handler.handle(signal.pk)
    assert outcome(signal) == ("waiting", "")
    trading.set(claim="", claimed_until=None)
    tick.wake_signals(timezone.now())
    trading.work()

    assert outcome(signal) == ("handled", "order.intended")
    assert trading.orders() == [("entry", "filled")]


@pytest.mark.parametrize("wish", ["long", "close"])
def test_a_signal_that_nobody_got_to_in_time_is_stale(trading: Trader, wish: str) -> None:
    signal = make(trading, wish, received_at=timezone.now() - timedelta(seconds=301))

    handler.handle(signal.pk)

    assert outcome(signal) == ("handled", "signal.stale")
    assert trading.reasons() == ["signal.stale"]


def test_an_alert_that_was_old_when_it_was_told_is_stale(trading: Trader) -> None:
    signal = make(trading, told_at=timezone.now() - timedelta(seconds=301))

    handler.handle(signal.pk)

    assert outcome(signal) == ("handled", "signal.stale")


def test_a_bot_that_does_not_run_says_so(trading: Trader) -> None:
    trading.set(state="off")

    signal = trading.signal("long")

    assert signal is not None
    assert (signal.outcome, trading.reasons()) == ("bot.not_running", ["bot.not_running"])


@pytest.mark.parametrize(
    ("level", "reason"),
    [(StopLevel.ENTRIES, "entry.paused"), (StopLevel.ADD_ONS, "entry.paused"), (StopLevel.ORDERS, "stop.orders")],
)
def test_a_paused_bots_signal_says_why_nothing_was_opened(trading: Trader, level: StopLevel, reason: str) -> None:
    trading.set(paused=level)

    signal = trading.signal("long")

    assert signal is not None
    assert (signal.outcome, trading.reasons(), trading.orders()) == (reason, [reason], [])


def test_an_unproven_connection_says_so(trading: Trader) -> None:
    Connection.objects.update(passed_at=timezone.now() - timedelta(hours=25))

    signal = trading.signal("long")

    assert signal is not None
    assert (signal.outcome, trading.reasons()) == ("connection.not_proven", ["connection.not_proven"])


def test_books_that_are_not_compared_say_so_once_they_had_their_time(trading: Trader) -> None:
    Funds.objects.update(reconciled_at=timezone.now() - timedelta(seconds=61))
    young, old = make(trading), make(trading, pair="ETH/USDT", received_at=timezone.now() - timedelta(seconds=31))

    handler.handle(young.pk)
    handler.handle(old.pk)

    assert outcome(young) == ("waiting", "")
    assert outcome(old) == ("handled", "market.unknown")
    Signal.objects.filter(pk=young.pk).update(received_at=timezone.now() - timedelta(seconds=31))
    handler.handle(young.pk)
    assert outcome(young) == ("handled", "books.not_compared")
    assert trading.reasons() == ["market.unknown", "books.not_compared"]


def test_a_signal_to_go_short_on_spot_says_why_not(trading: Trader) -> None:
    signal = trading.signal("short")

    assert signal is not None
    assert signal.outcome == "entry.other_direction"


def test_a_second_signal_for_an_open_pair_says_why_not(trading: Trader) -> None:
    trading.signal("long")

    signal = trading.signal("long")

    assert signal is not None
    assert signal.outcome == "entry.group_open"
    assert trading.orders() == [("entry", "filled")]


def test_a_signal_to_close_sells_everything(trading: Trader) -> None:
    trading.signal("long")

    signal = trading.signal("close")

    assert signal is not None
    assert signal.outcome == "order.intended"
    assert (trading.group.mode, trading.group.close_reason) == ("closed", "exit.signal")
    assert trading.wrong() == []


def test_a_signal_to_close_nothing_says_so(trading: Trader) -> None:
    signal = trading.signal("close")

    assert signal is not None
    assert (signal.outcome, trading.reasons()) == ("signal.no_group", ["signal.no_group"])


def test_a_signal_to_close_waits_for_an_order_whose_outcome_is_unknown(trading: Trader) -> None:
    trading.set(cool_down_minutes=0)
    trading.signal("long")
    trading.hide()
    trading.lose("late_accept")
    trading.at("58500")

    signal = trading.signal("close")
    assert signal is not None
    assert (trading.order.state, outcome(signal)) == ("unknown", ("waiting", ""))
    trading.show()
    trading.ask()
    handler.handle(signal.pk)

    assert outcome(signal) == ("handled", "order.intended")
    assert trading.group.mode == "closed"
    assert trading.wrong() == []


def test_a_signal_to_close_takes_a_resting_add_on_back_first(trading: Trader) -> None:
    trading.set(cool_down_minutes=0)
    trading.signal("long")
    trading.set(order_kind="limit")
    trading.price("58500")
    trading.step()
    trading.price("58600")
    trading.work()
    assert trading.orders()[-1] == ("add_on", "open")

    signal = trading.signal("close")
    assert signal is not None
    assert outcome(signal) == ("waiting", "")
    trading.ask()
    assert trading.ask().state == "canceled"
    handler.handle(signal.pk)

    assert outcome(signal) == ("handled", "order.intended")
    assert trading.group.close_reason == "exit.signal"


def test_a_signal_to_close_what_the_operators_have_stopped_says_so(trading: Trader) -> None:
    trading.signal("long")
    flows.pause_everybody(StopLevel.ORDERS, by=PRODUCT)

    signal = trading.signal("close")

    assert signal is not None
    assert signal.outcome == "stop.orders"
    assert trading.orders() == [("entry", "filled")]


def test_a_signal_to_close_on_an_old_price_waits_for_a_fresh_one(trading: Trader) -> None:
    trading.signal("long")
    Instrument.objects.update(priced_at=timezone.now() - timedelta(minutes=1))
    trading.rig.fault("503", method="GET", slug="kucoin")

    signal = trading.signal("close")
    assert signal is not None
    assert outcome(signal) == ("waiting", "")
    trading.show()
    handler.handle(signal.pk)

    assert trading.group.mode == "closed"


def test_other_groups_of_the_bot_count_when_a_signal_opens_one(trading: Trader) -> None:
    """Also those of pairs that the bot does not trade any more: their money is still at work."""
    group = rows.make_group(bot=trading.bot, pair="ETH/USDT", cost=D(600), ladder_json=ladder(), fee_quote=D(0))
    trading.price("3000", pair="ETH/USDT")
    rows.make_price(pair="ETH/USDT", price="3000")

    signal = trading.signal("long")

    assert signal is not None
    assert signal.outcome == "entry.soft_limit"
    assert Group.objects.get(bot=trading.bot) == group


def ladder() -> dict[str, object]:
    return {"base": "600", "add_on": "0", "step": "0.02", "step_scale": "1", "volume_scale": "1", "add_ons": 0}


def test_a_worker_that_lost_the_bot_leaves_the_signal_to_the_next(trading: Trader) -> None:
    signal = make(trading)

    with after(STOPS_READ, lambda: trading.set(claim="another", claimed_until=timezone.now() + timedelta(seconds=8))):
        handler.handle(signal.pk)

    assert outcome(signal) == ("waiting", "")
    assert trading.orders() == []
    assert not JournalLine.objects.exists()


def test_an_alert_is_refused_when_the_owner_is_switched_off(trading: Trader) -> None:
    token = inbox.make_address(trading.bot, by=PRODUCT)
    owner = trading.bot.connection.owner
    owner.is_active = False
    owner.save()

    with pytest.raises(SignalError):
        inbox.receive(token, b'{"pair": "BTC/USDT", "direction": "long"}', now=timezone.now())
