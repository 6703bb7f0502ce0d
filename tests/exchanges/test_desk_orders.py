"""What becomes of orders: fills with the exchange's own digits, look-ups, cancels, balances."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest

from exchanges import registry
from exchanges.desk import Desk
from exchanges.errors import ExchangeError
from exchanges.orders import OrderSide, OrderState, OrderUnknownError
from practice.dialects import BY_SLUG
from tests.exchanges.asking import place_at
from tests.exchanges.trading import PAIR, PREFACED, Trader, new_order, run

if TYPE_CHECKING:
    from tests.practice.rig import Rig

ASK, BID = Decimal("50002.5"), Decimal("49997.5")
NOTHING = Decimal(0)
QUANTITY = Decimal("0.01234567")


def test_balances_are_those_of_the_account(trader: Trader) -> None:
    report = trader.place(new_order())

    balances = run(trader.desk.balances(trader.credentials))

    held = balances["USDT"].total - balances["USDT"].free
    assert report.exchange_id
    assert balances["USDT"].total == 10_000
    assert 400 <= held < 406
    assert balances["BTC"].free == balances["BTC"].total == 1


def test_an_immediate_buy_fills_with_exact_digits(trader: Trader) -> None:
    order = new_order(quantity=QUANTITY, price="50010.12", is_immediate=True)

    report = trader.place(order)
    (fill,) = trader.fills(report.exchange_id)
    (row,) = trader.journal(order)

    assert (row["amount"], row["price"], row["lifetime"], row["type"]) == ("0.01234567", "50010.12", "IOC", "limit")
    assert (fill.exchange_id, fill.side) == (report.exchange_id, OrderSide.BUY)
    assert (fill.price, fill.quantity, fill.cost) == (ASK, QUANTITY, ASK * QUANTITY)
    assert abs(datetime.now(tz=UTC) - fill.at) < timedelta(seconds=5)


def test_a_fee_is_in_the_money_that_the_exchange_takes_it_in(trader: Trader) -> None:
    terms = BY_SLUG[trader.slug].terms
    is_quote = terms.fee_in == "quote"

    report = trader.place(new_order(quantity=QUANTITY, price="50010", is_immediate=True))
    (fill,) = trader.fills(report.exchange_id)

    assert fill.fee_asset == ("USDT" if is_quote else "BTC")
    assert fill.fee == (ASK * QUANTITY if is_quote else QUANTITY) * terms.taker


def test_an_immediate_sell_pays_its_fee_in_quote_money(trader: Trader) -> None:
    order = new_order(side=OrderSide.SELL, quantity=QUANTITY, price="49990", is_immediate=True)

    report = trader.place(order)
    (fill,) = trader.fills(report.exchange_id)

    assert (fill.side, fill.price, fill.quantity, fill.fee_asset) == (OrderSide.SELL, BID, QUANTITY, "USDT")
    assert fill.fee == BID * QUANTITY * BY_SLUG[trader.slug].terms.taker


def test_what_an_immediate_order_cannot_fill_at_once_is_given_up(trader: Trader) -> None:
    trader.pin(liquidity="0.004")
    order = new_order(price="50010", is_immediate=True)

    report = trader.place(order)
    found = trader.found(order, report.exchange_id)

    assert (found.state, found.filled) == (OrderState.CANCELED, Decimal("0.004"))
    assert [fill.quantity for fill in trader.fills(report.exchange_id)] == [Decimal("0.004")]


def test_an_immediate_order_never_trades_beyond_its_price(trader: Trader) -> None:
    order = new_order(price="49000", is_immediate=True)

    report = trader.place(order)
    found = trader.found(order, report.exchange_id)

    assert (found.state, found.filled) == (OrderState.CANCELED, NOTHING)
    assert trader.fills(report.exchange_id) == []


def test_a_whole_fill_is_told_as_filled(trader: Trader) -> None:
    order = new_order(price="50010", is_immediate=True)

    report = trader.place(order)
    found = trader.found(order, report.exchange_id)

    assert (found.exchange_id, found.client_id) == (report.exchange_id, order.client_id)
    assert (found.state, found.filled) == (OrderState.FILLED, Decimal("0.01"))
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

    assert (report.state, report.client_id, report.filled) == (OrderState.OPEN, order.client_id, NOTHING)
    assert (before.state, before.exchange_id, before.client_id) == (
        OrderState.OPEN,
        report.exchange_id,
        order.client_id,
    )
    assert (after.state, after.exchange_id, after.filled) == (OrderState.CANCELED, report.exchange_id, NOTHING)


def test_a_filled_order_is_found_by_our_id_alone(trader: Trader) -> None:
    order = new_order(price="50010", is_immediate=True)
    report = trader.place(order)

    found = trader.found(order)

    assert (found.exchange_id, found.state, found.filled) == (report.exchange_id, OrderState.FILLED, order.quantity)


def test_an_order_whose_answer_was_lost_is_found_by_our_id(rig: "Rig", trader: Trader) -> None:
    order = new_order()
    run(trader.desk.rules([PAIR]))
    rig.fault("late_accept", slug=trader.slug, method="POST", count=1)

    with pytest.raises(OrderUnknownError):
        trader.place(order)

    assert trader.found(order).state is OrderState.OPEN
    assert len(trader.journal(order)) == 1


def test_an_order_that_never_was_is_not_found(trader: Trader) -> None:
    trader.place(new_order())

    assert trader.find(new_order()) is None


@pytest.mark.parametrize("kind", ["503", "html_200", "null_200", "empty_200", "other_exchange_200", "hang", "429"])
def test_what_cannot_be_told_is_not_called_missing(
    rig: "Rig", trader: Trader, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("exchanges.desk.SIGNED_SECONDS", 0.4)
    run(trader.desk.balances(trader.credentials))
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


def test_a_cancel_of_what_is_closed_or_never_was_is_fine(trader: Trader) -> None:
    order = new_order()
    report = trader.place(order)

    trader.cancel(order, report.exchange_id)
    trader.cancel(order, report.exchange_id)
    trader.cancel(new_order())

    assert trader.found(order).state is OrderState.CANCELED


def test_a_cancel_of_a_filled_order_is_fine(trader: Trader) -> None:
    order = new_order(price="50010", is_immediate=True)
    report = trader.place(order)

    trader.cancel(order, report.exchange_id)

    assert trader.found(order).state is OrderState.FILLED


@pytest.mark.parametrize("kind", ["503", "html_200", "null_200", "empty_200", "cut_body", "401_html"])
def test_a_cancel_that_proves_nothing_raises(rig: "Rig", trader: Trader, kind: str) -> None:
    order = new_order()
    report = trader.place(order)
    rig.fault(kind, slug=trader.slug)

    with pytest.raises(ExchangeError):
        trader.cancel(order, report.exchange_id)


def test_fills_of_another_order_are_left_out(trader: Trader) -> None:
    first, second = (
        trader.place(new_order(quantity=amount, price="50010", is_immediate=True)) for amount in ("0.01", "0.02")
    )

    assert [fill.quantity for fill in trader.fills(first.exchange_id)] == [Decimal("0.01")]
    assert [fill.quantity for fill in trader.fills(second.exchange_id)] == [Decimal("0.02")]


def test_an_order_that_fills_in_parts_has_a_fill_for_each(rig: "Rig", trader: Trader) -> None:
    order = new_order(price="49000")
    report = trader.place(order)
    rig.control("POST", "price", pair=PAIR, points=[[0, "48000"], [1, "50000"]], liquidity="0.004")
    part = trader.found(order, report.exchange_id)
    trader.pin(price="47000")

    whole = trader.found(order, report.exchange_id)
    fills = trader.fills(report.exchange_id)

    assert (part.state, part.filled) == (OrderState.OPEN, Decimal("0.004"))
    assert (whole.state, whole.filled) == (OrderState.FILLED, Decimal("0.01"))
    assert [(fill.quantity, fill.price) for fill in fills] == [
        (Decimal(n), Decimal(49_000)) for n in ("0.004", "0.006")
    ]
    assert len({fill.trade_id for fill in fills}) == 2


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


def small_pages(trader: Trader, most: int) -> Trader:
    """Return the trader at a desk that takes so many fills at once for a full page."""
    spec = registry.get(trader.slug)
    ways = replace(spec.trading, fills=replace(spec.trading.fills, page=most))
    return replace(trader, desk=Desk(replace(spec, trading=ways), place_at(trader.rig.base, trader.slug)))


def test_fills_that_one_page_cannot_hold_are_all_read_or_none(trader: Trader) -> None:
    order = new_order(price="49000")
    report = trader.place(order)
    points = [[at, "48000"] for at in range(5)]
    trader.rig.control("POST", "price", pair=PAIR, points=points, liquidity="0.002")
    while trader.found(order, report.exchange_id).state is OrderState.OPEN:
        continue
    whole = trader.fills(report.exchange_id)

    try:
        paged = small_pages(trader, 2).fills(report.exchange_id)
    except ExchangeError:
        paged = None

    assert [fill.quantity for fill in whole] == [Decimal("0.002")] * 5
    assert paged == (None if trader.slug in NO_PAGES else whole)


# One answer must hold all: no time is given with an order's id, or times are told in whole seconds only.
NO_PAGES = {"binance", "htx", "gate"}
