"""A worker that stood still: what it was about to do it does not do, and what it learnt counts for its own attempt."""

import threading
import time
from collections.abc import Callable
from typing import Any, NoReturn

import pytest
from django.db import OperationalError
from django.db import connection as database
from django.utils import timezone

from connections import desks
from connections.models import Secret
from exchanges.errors import Cause, Trouble
from exchanges.values import OrderNotSentError, OrderRefusedError, OrderUnknownError, RefusalReason
from strategies.execution import authority
from strategies.execution import send as sending
from strategies.models import Order
from tests.strategies.stories.trader import Trader

pytestmark = pytest.mark.services
TROUBLE = Trouble(cause=Cause.UNAVAILABLE)


def stall_after_marking(seconds: float) -> Any:
    """Let the worker stand still right after the statement that marks an order sent."""

    def wrap(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        result = execute(sql, params, many, context)
        if sql.startswith("UPDATE") and '"sends" = ' in sql:
            time.sleep(seconds)
        return result

    return database.execute_wrapper(wrap)


def test_an_order_that_was_marked_too_long_ago_does_not_leave(trading: Trader, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sending, "LEAVES_WITHIN_SECONDS", 0.05)
    order = trading.intend()

    with stall_after_marking(0.06):
        sending.send(order.pk)

    order.refresh_from_db()
    assert (order.state, order.refusal) == ("dropped", "order.not_sent")
    assert trading.truth()["orders"] == []


@pytest.mark.parametrize(
    "answer",
    [OrderRefusedError(RefusalReason.FUNDS, TROUBLE), OrderNotSentError(), OrderUnknownError(TROUBLE)],
    ids=["refused", "not sent", "unknown"],
)
def test_a_late_answer_to_an_earlier_attempt_says_nothing_about_the_one_under_way(
    trading: Trader, monkeypatch: pytest.MonkeyPatch, answer: Exception
) -> None:
    order = trading.intend()

    def answer_late(*_: Any, **__: Any) -> NoReturn:
        """By the time of the answer the order was proven absent, and another worker has sent it once more."""
        Order.objects.filter(pk=order.pk).update(sends=2, sent_at=timezone.now())
        raise answer

    monkeypatch.setattr(desks, "answer", answer_late)
    sending.send(order.pk)

    order.refresh_from_db()
    assert (order.state, order.sends) == ("sent", 2)


def test_a_worker_that_read_an_order_before_it_was_sent_again_does_not_send_it(trading: Trader) -> None:
    order = trading.intend()
    stale = Order.objects.get(pk=order.pk)
    Order.objects.filter(pk=order.pk).update(sends=1)

    assert not authority.mark_sent(stale, now=timezone.now())
    assert authority.mark_sent(Order.objects.get(pk=order.pk), now=timezone.now())


def test_however_many_workers_are_told_to_send_an_order_it_leaves_once(trading: Trader) -> None:
    order = trading.intend()
    gate = threading.Barrier(4)

    def send() -> None:
        gate.wait()
        sending.send(order.pk)
        database.close()

    threads = [threading.Thread(target=send) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)

    order.refresh_from_db()
    assert [row["client_id"] for row in trading.truth()["orders"]] == [order.client_id]
    assert (order.state, order.sends) == ("filled", 1)


def test_what_was_marked_before_the_database_failed_is_found_absent_and_sent_once(
    trading: Trader, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = trading.intend()

    def fail(*args: object, **named: object) -> NoReturn:
        raise OperationalError

    with monkeypatch.context() as patch:
        patch.setattr(desks, "open_key", fail)
        with pytest.raises(OperationalError):
            sending.send(order.pk)

    order.refresh_from_db()
    assert (order.state, order.sends, trading.truth()["orders"]) == ("sent", 1, [])
    trading.never_arrived()
    trading.watch()
    assert [row["client_id"] for row in trading.truth()["orders"]] == [order.client_id]
    assert (trading.order.state, trading.order.sends) == ("filled", 2)


def test_with_a_key_that_does_not_open_nothing_is_sent_and_nothing_asked_about(trading: Trader) -> None:
    order = trading.intend()
    Secret.objects.filter(connection=order.connection).delete()

    sending.send(order.pk)

    order.refresh_from_db()
    assert (order.state, order.refusal, order.look_at) == ("dropped", "order.not_sent", None)
    assert not trading.truth()["orders"]
