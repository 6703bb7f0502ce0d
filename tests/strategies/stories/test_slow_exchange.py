"""An exchange that does not answer, or lets callers wait: others go on, buys wait, exits are tried all the same."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime, timedelta

import pytest
from django.utils import timezone

from accounts.by import By
from connections import breaker, crowds, pauses
from connections.models import ExchangePause
from strategies.execution import authority, books, lookup, reconcile, send
from strategies.models import Feed, Funds, Order
from strategies.runner import watch
from strategies.signals import handler
from strategies.stops import flows
from tests.strategies.stories.trader import Trader

pytestmark = pytest.mark.services
HOME = ("kucoin", "practice")


@contextmanager
def crowded(many: int = crowds.MANY) -> Iterator[None]:
    """Let so many threads of this process wait for the exchange meanwhile."""
    with ExitStack() as waiting:
        for _ in range(many):
            waiting.enter_context(crowds.crowd_of(*HOME).join(gives_way=False))
        yield


def go_away() -> None:
    for _ in range(pauses.FAULTS_BELIEVED):
        breaker.note(*HOME, has_answered=False)
    assert ExchangePause.objects.get().is_away


def close(trading: Trader) -> None:
    flows.close_groups([trading.group], by=By(user=trading.bot.connection.owner))


def test_a_signal_waits_while_too_many_wait_for_its_exchange_and_is_taken_up_again(trading: Trader) -> None:
    with crowded():
        signal = trading.signal("long")
    assert signal is not None
    assert (signal.state, trading.orders()) == ("waiting", [])

    handler.handle(signal.pk)

    assert trading.orders() == [("entry", "filled")]


def test_a_signal_that_closes_is_not_kept_waiting(trading: Trader) -> None:
    trading.signal("long")

    with crowded():
        trading.signal("close")

    assert trading.orders()[-1][0] == "exit"
    assert trading.truth()["orders"][-1]["side"] == "sell"


def test_a_buy_that_was_written_down_before_does_not_leave(trading: Trader) -> None:
    order = trading.intend()

    with crowded():
        send.send(order.pk)

    order.refresh_from_db()
    assert (order.state, order.refusal, trading.truth()["orders"]) == ("dropped", "order.exchange_slow", [])


def test_of_buys_that_leave_together_those_without_a_place_certainly_did_not_leave(
    trading: Trader, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each saw that there was room before any of them asked."""
    order = trading.intend()
    monkeypatch.setattr(crowds, "FREE_WITHIN_SECONDS", 0)

    with ExitStack() as others:

        def mark_while_others_get_in(order: Order, *, now: datetime) -> bool:
            others.enter_context(crowded())
            return authority.mark_sent(order, now=now)

        monkeypatch.setattr(send, "mark_sent", mark_while_others_get_in)
        send.send(order.pk)

    order.refresh_from_db()
    assert (order.state, order.refusal, trading.truth()["orders"]) == ("dropped", "order.exchange_slow", [])


def test_what_waits_for_a_crowded_exchange_stands_in_nobodys_way(trading: Trader) -> None:
    trading.signal("long")
    Funds.objects.update(look_at=timezone.now(), claim_until=None)
    Order.objects.update(look_at=timezone.now())
    assert (len(reconcile.due(9)), len(lookup.due(9))) == (1, 1)

    with crowded():
        assert (reconcile.due(9), lookup.due(9)) == ([], [])


def test_away_it_gets_no_buys_and_says_so(trading: Trader) -> None:
    go_away()

    signal = trading.signal("long")

    assert signal is not None
    assert (signal.outcome, trading.orders()) == ("exchange.away", [])


def test_a_buy_is_no_probe(trading: Trader) -> None:
    order = trading.intend()
    go_away()
    ExchangePause.objects.update(until=timezone.now())

    send.send(order.pk)

    order.refresh_from_db()
    assert (order.state, order.refusal, trading.truth()["orders"]) == ("dropped", "order.no_authority", [])


def test_away_a_close_that_its_trader_asks_for_is_tried(trading: Trader) -> None:
    trading.signal("long")
    go_away()
    close(trading)

    trading.watch()

    assert trading.orders()[-1][0] == "exit"
    assert trading.truth()["orders"][-1]["side"] == "sell"


def test_the_next_look_at_prices_is_the_probe_that_ends_it(trading: Trader) -> None:
    go_away()
    ExchangePause.objects.update(until=timezone.now())
    Feed.objects.update(look_at=timezone.now(), claim_until=None)

    watch.watch(Feed.objects.get().pk)

    assert ExchangePause.objects.current(*HOME, timezone.now()) is None
    trading.signal("long")
    assert trading.orders() == [("entry", "filled")]


def test_away_no_price_is_asked_for_where_nothing_may_have_to_leave(trading: Trader) -> None:
    go_away()
    trading.rig.control("DELETE", "requests")
    Feed.objects.update(look_at=timezone.now(), claim_until=None)

    watch.watch(Feed.objects.get().pk)

    assert trading.rig.control("GET", "requests")["count"] == 0
    assert Feed.objects.get().trouble == "reach.unavailable"


def test_books_wait_for_an_exchange_that_is_away_and_are_compared_once_it_answers(trading: Trader) -> None:
    """Put off until its next probe, they were compared half a minute after it was back, and nothing left meanwhile."""
    home = trading.bot.connection_id
    go_away()
    Funds.objects.update(look_at=timezone.now())
    assert reconcile.due(10) == []
    reconcile.reconcile(home)
    put_off = Funds.objects.get().look_at
    assert put_off is not None
    assert Funds.objects.get().trouble == "reach.unavailable"

    breaker.note(*HOME, has_answered=True)

    # Ten seconds pass.
    Funds.objects.update(look_at=put_off - timedelta(seconds=10))
    assert reconcile.due(10) == [home]


def test_books_may_ask_whether_an_exchange_that_is_away_is_back(trading: Trader) -> None:
    go_away()
    ExchangePause.objects.update(until=timezone.now())
    Funds.objects.update(look_at=timezone.now())

    assert reconcile.due(10) == [trading.bot.connection_id]


def test_an_order_in_question_waits_for_the_next_answer_of_an_exchange_that_is_away(trading: Trader) -> None:
    """Put off until its next probe, orders stayed in question for half a minute more, and their exits with them."""
    order = trading.intend()
    Order.objects.update(state="unknown", sent_at=timezone.now(), look_at=timezone.now())
    go_away()
    assert lookup.due(9) == []
    lookup.look_up(order.pk)
    order.refresh_from_db()
    assert order.look_at is not None
    assert order.look_at - timezone.now() <= books.SLOWEST

    Order.objects.update(look_at=timezone.now())
    assert lookup.due(9) == []
    breaker.note(*HOME, has_answered=True)

    assert lookup.due(9) == [order.pk]


@pytest.mark.parametrize("state", lookup.UNASKED)
def test_what_nobody_has_to_be_asked_about_is_given_up_while_its_exchange_is_away(trading: Trader, state: str) -> None:
    order = trading.intend()
    Order.objects.update(state=state, look_at=timezone.now())
    go_away()

    assert lookup.due(9) == [order.pk]
