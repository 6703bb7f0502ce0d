"""What becomes of orders: look-ups, cancels, and the balances that they change."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest

from exchanges.errors import Cause, ExchangeError
from exchanges.values import OrderUnknownError, ReportedState
from tests.exchanges.trading import PAIR, PREFACED, Trader, new_order, run

if TYPE_CHECKING:
    from tests.practice.rig import Rig

NOTHING = Decimal(0)


def test_balances_are_those_of_the_account(trader: Trader) -> None:
    report = trader.place(new_order())

    balances = run(trader.desk.balances(trader.credentials))

    coins = balances.coins
    held = coins["USDT"].total - coins["USDT"].free
    assert report.exchange_id
    assert coins["USDT"].total == 10_000
    assert 400 <= held < 406
    assert coins["BTC"].free == coins["BTC"].total == 1
    assert balances.odd == ()


def test_what_an_immediate_order_cannot_fill_at_once_is_given_up(trader: Trader) -> None:
    trader.pin(liquidity="0.004")
    order = new_order(price="50010", is_immediate=True)

    report = trader.place(order)
    found = trader.found(order, report.exchange_id)

    assert (found.state, found.filled) == (ReportedState.CANCELED, Decimal("0.004"))
    assert [fill.quantity for fill in trader.fills(report.exchange_id)] == [Decimal("0.004")]


def test_an_immediate_order_never_trades_beyond_its_price(trader: Trader) -> None:
    order = new_order(price="49000", is_immediate=True)

    report = trader.place(order)
    found = trader.found(order, report.exchange_id)

    assert (found.state, found.filled) == (ReportedState.CANCELED, NOTHING)
    assert trader.fills(report.exchange_id) == []


def test_a_whole_fill_is_told_as_filled(trader: Trader) -> None:
    order = new_order(price="50010", is_immediate=True)

    report = trader.place(order)
    found = trader.found(order, report.exchange_id)

    assert (found.exchange_id, found.client_id) == (report.exchange_id, order.client_id)
    assert (found.state, found.filled) == (ReportedState.FILLED, Decimal("0.01"))
    assert found.at is not None
    assert abs(datetime.now(tz=UTC) - found.at) < timedelta(seconds=5)


@pytest.mark.parametrize("by", ["theirs", "ours"])
def test_a_resting_order_is_found_cancelled_and_found_again(trader: Trader, by: str) -> None:
    order = new_order()
    report = trader.place(order)
    exchange_id = report.exchange_id if by == "theirs" else ""

    before = trader.found(order, exchange_id)
    trader.cancel(order, exchange_id)
    after = trader.found(order, exchange_id)

    assert (report.state, report.client_id, report.filled) == (ReportedState.OPEN, order.client_id, NOTHING)
    assert (before.state, before.exchange_id, before.client_id) == (
        ReportedState.OPEN,
        report.exchange_id,
        order.client_id,
    )
    assert (after.state, after.exchange_id, after.filled) == (ReportedState.CANCELED, report.exchange_id, NOTHING)


def test_a_filled_order_is_found_by_our_id_alone(trader: Trader) -> None:
    order = new_order(price="50010", is_immediate=True)
    report = trader.place(order)

    found = trader.found(order)

    assert (found.exchange_id, found.state, found.filled) == (report.exchange_id, ReportedState.FILLED, order.quantity)


def test_an_order_whose_answer_was_lost_is_found_by_our_id(rig: "Rig", trader: Trader) -> None:
    order = new_order()
    run(trader.desk.rules([PAIR]))
    rig.fault("late_accept", slug=trader.slug, method="POST", count=1)

    with pytest.raises(OrderUnknownError):
        trader.place(order)

    assert trader.found(order).state is ReportedState.OPEN
    assert len(trader.journal(order)) == 1


def test_an_order_that_never_was_is_not_found(trader: Trader) -> None:
    trader.place(new_order())

    assert trader.find(new_order()) is None


@pytest.mark.parametrize("kind", ["503", "html_200", "null_200", "empty_200", "other_exchange_200", "hang", "429"])
def test_what_cannot_be_told_is_not_called_missing(
    rig: "Rig", trader: Trader, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # First what is loaded once: on a busy machine that takes longer than a question may here.
    run(trader.desk.balances(trader.credentials))
    monkeypatch.setattr("exchanges.desk.desk.SIGNED_SECONDS", 0.4)
    rig.fault(kind, slug=trader.slug)

    with pytest.raises(ExchangeError):
        trader.find(new_order())


def test_one_way_that_cannot_tell_is_enough_not_to_call_an_order_missing(rig: "Rig", trader: Trader) -> None:
    """The last question asked is broken: all before it said that there is no such order."""
    trader.find(new_order())
    asked = [row["path"] for row in trader.requests(method="GET") if row["key"]]
    rig.fault("503", slug=trader.slug, path=asked[-1])

    with pytest.raises(ExchangeError):
        trader.find(new_order())


def test_an_order_that_ccxt_leaves_out_of_a_list_is_not_called_missing(rig: "Rig", traders: Any) -> None:
    """The only row has no time, so ccxt drops it from what is newer than a moment."""
    trader = traders("bingx")
    trader.find(new_order())
    order = new_order()
    row = {"symbol": "BTC-USDT", "orderId": 7, "clientOrderID": order.client_id, "status": "FILLED"}
    body = {"code": 0, "msg": "", "data": {"orders": [row]}}
    rig.fault("answer", slug="bingx", path="*/historyOrders", body=body)

    with pytest.raises(ExchangeError):
        trader.find(order)


def test_a_question_that_ccxt_does_not_like_says_nothing_of_the_key(trader: Trader) -> None:
    run(trader.desk.balances(trader.credentials))

    with pytest.raises(ExchangeError) as raised:
        run(trader.desk._cancel(trader.desk._caller(credentials=trader.credentials), "NO/PE", "7"))

    assert raised.value.trouble.cause in {Cause.UNREADABLE, Cause.UNAVAILABLE}


def test_a_cancel_of_what_is_closed_or_never_was_is_fine(trader: Trader) -> None:
    order = new_order()
    report = trader.place(order)

    trader.cancel(order, report.exchange_id)
    trader.cancel(order, report.exchange_id)
    trader.cancel(new_order())

    assert trader.found(order).state is ReportedState.CANCELED


def test_a_cancel_of_a_filled_order_is_fine(trader: Trader) -> None:
    order = new_order(price="50010", is_immediate=True)
    report = trader.place(order)

    trader.cancel(order, report.exchange_id)

    assert trader.found(order).state is ReportedState.FILLED


@pytest.mark.parametrize("kind", ["503", "html_200", "null_200", "empty_200", "cut_body", "401_html"])
def test_a_cancel_that_proves_nothing_raises(rig: "Rig", trader: Trader, kind: str) -> None:
    order = new_order()
    report = trader.place(order)
    rig.fault(kind, slug=trader.slug)

    with pytest.raises(ExchangeError):
        trader.cancel(order, report.exchange_id)


@pytest.mark.parametrize("kind", ["503", "html_200", "null_200", "empty_200", "other_exchange_200", "truncated_json"])
def test_garbage_is_no_balance_and_no_fill(rig: "Rig", trader: Trader, kind: str) -> None:
    report = trader.place(new_order(price="50010", is_immediate=True))
    rig.fault(kind, slug=trader.slug)

    with pytest.raises(ExchangeError):
        trader.fills(report.exchange_id)
    with pytest.raises(ExchangeError):
        run(trader.desk.balances(trader.credentials))


def test_each_question_is_one_request(trader: Trader) -> None:
    order = new_order(price="50010", is_immediate=True)
    run(trader.desk.balances(trader.credentials))
    asked = [len(trader.requests())]

    report = trader.place(order)
    asked.append(len(trader.requests()))
    trader.found(order, report.exchange_id)
    asked.append(len(trader.requests()))
    trader.fills(report.exchange_id)
    asked.append(len(trader.requests()))

    assert [b - a for a, b in pairwise(asked)] == [1, 1, 1]


def test_an_account_is_asked_about_once_before_its_first_order(trader: Trader) -> None:
    run(trader.desk.rules([PAIR]))
    before = len(trader.requests())

    trader.place(new_order())
    trader.place(new_order())

    assert len(trader.requests()) - before == (3 if trader.slug in PREFACED else 2)
