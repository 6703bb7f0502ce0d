"""An exchange that asks us to wait: what gives way, what still leaves, and that every process keeps to it."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.by import By
from connections.models import ExchangePause
from strategies.execution import lookup, reconcile, send
from strategies.models import Feed, Funds, Instrument, Order
from strategies.runner import watch
from strategies.stops import flows
from tests.connections.practising import check_again
from tests.practice.rig import Rig
from tests.strategies.stories.conftest import make_trading
from tests.strategies.stories.trader import Trader

pytestmark = pytest.mark.services
HOME = ("kucoin", "practice")


def pause(seconds: float = 60, *, began: float = 0, is_total: bool = False) -> ExchangePause:
    """Let the exchange have asked to be left alone for so long, some seconds ago."""
    now = timezone.now()
    ExchangePause.objects.all().delete()
    begun = now - timedelta(seconds=began)
    ExchangePause.objects.extend(*HOME, now + timedelta(seconds=seconds), now=begun, is_total=is_total)
    return ExchangePause.objects.get()


def limit(trading: Trader, *, seconds: int = 60, **more: object) -> None:
    trading.rig.fault("429", slug="kucoin", seconds=seconds, **more)


def asked(rig: Rig, act: Callable[[], object]) -> int:
    """Return how many requests reached the exchange meanwhile."""
    rig.control("DELETE", "requests")
    act()
    return int(rig.control("GET", "requests")["count"])


def read_prices(trading: Trader) -> None:
    watch.watch(due_feed().pk)


def due_feed() -> Feed:
    Feed.objects.update(look_at=timezone.now(), claim_until=None)
    return Feed.objects.get()


def read_price_of_a_signal(trading: Trader) -> None:
    Instrument.objects.update(priced_at=timezone.now() - timedelta(seconds=6))
    trading.signal("long")


def compare_books(trading: Trader) -> None:
    Funds.objects.update(look_at=timezone.now())
    reconcile.reconcile(trading.bot.connection_id)


def look_an_order_up(trading: Trader) -> None:
    Order.objects.update(state="open", look_at=timezone.now())
    lookup.look_up(trading.order.pk)


def send_a_buy(trading: Trader) -> None:
    send.send(trading.order.pk)


def check_the_key(trading: Trader) -> None:
    check_again(trading.bot.connection)


WHO_ASKS = (read_prices, read_price_of_a_signal, compare_books, look_an_order_up, send_a_buy, check_the_key)


@pytest.mark.parametrize("act", WHO_ASKS)
def test_everybody_who_hears_it_tells_everybody(trading: Trader, act: Callable[[Trader], None]) -> None:
    if act in {look_an_order_up, send_a_buy}:
        trading.intend()
    limit(trading)

    act(trading)

    pause = ExchangePause.objects.current(*HOME, timezone.now())
    assert pause is not None
    assert 50 <= pause.seconds_left(timezone.now()) <= 60


@pytest.mark.parametrize("act", WHO_ASKS)
def test_everybody_but_exits_asks_nothing_until_it_is_over(trading: Trader, act: Callable[[Trader], None]) -> None:
    if act in {look_an_order_up, send_a_buy}:
        trading.intend()
    pause()

    assert asked(trading.rig, lambda: act(trading)) == 0
    ExchangePause.objects.update(until=timezone.now())
    if act is not send_a_buy:
        assert asked(trading.rig, lambda: act(trading)) > 0


def test_all_ask_again_when_it_is_over_and_not_before(trading: Trader) -> None:
    trading.intend()
    until = pause(120).until
    Order.objects.update(state="open", sent_at=timezone.now(), look_at=timezone.now())

    read_prices(trading)
    compare_books(trading)
    lookup.look_up(trading.order.pk)

    assert Feed.objects.get().look_at == until
    for moment in (Funds.objects.get().look_at, Order.objects.get().look_at):
        assert moment is not None
        assert moment >= until - timedelta(seconds=1)


def test_an_add_on_waits_and_says_so(trading: Trader) -> None:
    trading.set(cool_down_minutes=0, stop_loss=50)
    trading.signal("long")
    pause()

    trading.at("58400")

    assert trading.orders() == [("entry", "filled")]
    assert trading.group.reason == "exchange.paused"
    assert "exchange.paused" in trading.reasons()


def test_a_signal_to_enter_is_told_that_the_exchange_asks_to_wait(trading: Trader) -> None:
    pause()

    signal = trading.signal("long")

    assert signal is not None
    assert (signal.outcome, trading.orders()) == ("exchange.paused", [])


def test_a_buy_that_was_written_down_before_does_not_leave(trading: Trader) -> None:
    order = trading.intend()
    pause()

    send.send(order.pk)

    order.refresh_from_db()
    assert (order.state, order.refusal, trading.truth()["orders"]) == ("dropped", "order.no_authority", [])


def test_a_close_that_its_trader_asks_for_still_leaves(trading: Trader) -> None:
    trading.signal("long")
    pause()
    flows.close_groups([trading.group], by=By(user=trading.bot.connection.owner))

    trading.watch()

    assert trading.orders() == [("entry", "filled"), ("exit", "open")], "it left; what became of it is asked later"
    ExchangePause.objects.all().delete()
    assert trading.ask().state == "filled"
    assert trading.wrong() == []


def test_a_stop_loss_is_watched_seldom_and_still_leaves(trading: Trader) -> None:
    trading.set(stop_loss=5)
    trading.signal("long")
    pause()

    assert asked(trading.rig, lambda: read_prices(trading)) == 1, "the prices alone: no candles, no rules"
    look_at = Feed.objects.get().look_at
    assert look_at is not None
    assert look_at - timezone.now() > watch.GENTLE - timedelta(seconds=2)
    trading.price("56000")
    trading.watch()

    assert trading.orders() == [("entry", "filled"), ("exit", "open")]


def test_without_anything_that_may_have_to_leave_no_price_is_asked_for(trading: Trader) -> None:
    trading.signal("long")
    pause()

    assert asked(trading.rig, lambda: read_prices(trading)) == 0


def test_books_that_were_fresh_when_it_began_are_enough_to_sell_by(trading: Trader) -> None:
    trading.signal("long")
    pause(60, began=100)
    Funds.objects.update(reconciled_at=timezone.now() - timedelta(seconds=130))
    flows.close_groups([trading.group], by=By(user=trading.bot.connection.owner))

    trading.watch()

    assert trading.orders()[-1] == ("exit", "open")


@pytest.mark.parametrize("seconds", [170, 1000])
def test_books_that_were_old_before_it_are_not(trading: Trader, seconds: int) -> None:
    trading.signal("long")
    pause(60, began=100)
    Funds.objects.update(reconciled_at=timezone.now() - timedelta(seconds=seconds))
    flows.close_groups([trading.group], by=By(user=trading.bot.connection.owner))

    trading.watch()

    assert trading.orders() == [("entry", "filled")]


def test_once_an_exit_is_refused_exits_wait_too_and_leave_the_moment_it_is_over(trading: Trader) -> None:
    trading.signal("long")
    flows.close_groups([trading.group], by=By(user=trading.bot.connection.owner))
    limit(trading, method="POST")
    trading.watch()
    trading.rig.control("DELETE", "faults")
    assert trading.orders()[-1] == ("exit", "refused")
    assert trading.order.refusal == "order.refused_rate_limited"
    assert ExchangePause.objects.get().is_total

    assert asked(trading.rig, trading.watch) == 0
    assert len(trading.orders()) == 2
    assert trading.group.retry_at is None, "the limit is nobody's fault here"
    ExchangePause.objects.update(until=timezone.now())
    trading.look()

    assert trading.orders()[-1] == ("exit", "filled")
    assert trading.reasons().count("order.refused_rate_limited") == 1


def test_another_exchanges_wait_is_nothing_to_us(trading: Trader) -> None:
    now = timezone.now()
    for place in (("mexc", "practice"), ("kucoin", "live")):
        ExchangePause.objects.extend(*place, now + timedelta(minutes=1))

    trading.signal("long")

    assert trading.orders() == [("entry", "filled")]


def test_a_limit_without_a_moment_is_heeded_for_some_seconds(trading: Trader) -> None:
    trading.rig.fault("answer", slug="kucoin", status=429, body={"code": "429000", "msg": "Too many requests"})

    read_prices(trading)

    pause = ExchangePause.objects.current(*HOME, timezone.now())
    assert pause is not None
    assert 3 <= pause.seconds_left(timezone.now()) <= 5


@pytest.mark.parametrize("exchange", ["mexc", "binance", "okx", "bitget", "gate", "htx", "bingx", "coinbase", "bybit"])
def test_each_exchange_is_heeded(
    transactional_db: None, rig: Rig, published: list[object], woken: list[tuple[str, int]], exchange: str
) -> None:
    trading = make_trading(rig, woken, exchange=exchange)
    rig.fault("429", slug=exchange, seconds=60)

    read_prices(trading)

    assert ExchangePause.objects.current(exchange, "practice", timezone.now()) is not None
    assert asked(rig, lambda: compare_books(trading)) == 0


def test_exits_leave_few_at_a_time(db: None) -> None:
    now = timezone.now()
    row = pause()

    at_once = sum(row.let_exit(now) for _ in range(20))
    later = [row.let_exit(now + timedelta(seconds=seconds)) for seconds in (0.5, 1, 1, 2, 2)]

    assert at_once == 5
    assert later == [False, True, False, True, False]


def test_two_processes_share_the_turns_of_exits(db: None) -> None:
    pause()
    rows = [ExchangePause.objects.get() for _ in range(3)]
    now = timezone.now()

    let = [row.let_exit(now) for row in rows]

    assert let == [True, False, False], "who looked at an older row looks again"


def test_a_new_pause_forgets_the_one_before(db: None) -> None:
    pause(is_total=True)
    ExchangePause.objects.update(until=timezone.now())
    row = ExchangePause.objects.get()
    assert not row.let_exit(timezone.now())

    ExchangePause.objects.extend(*HOME, timezone.now() + timedelta(seconds=9))

    row = ExchangePause.objects.get()
    assert (row.is_total, row.exits_at) == (False, None)
