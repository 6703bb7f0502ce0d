"""The fills of an order: all of them, each with the exchange's own digits and its fee in the coin that paid it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from exchanges import registry
from exchanges.desk.desk import Desk
from exchanges.errors import ExchangeError
from exchanges.values import FillsMissingError, OrderSide, ReportedState
from exchanges.wire.ccxt_object import Lender
from practice.dialects import BY_SLUG
from tests.exchanges.asking import location_at
from tests.exchanges.trading import PAIR, Trader, new_order

if TYPE_CHECKING:
    from tests.practice.rig import Rig

ASK, BID = Decimal("50002.5"), Decimal("49997.5")
# In steps that every exchange takes.
QUANTITY = Decimal("0.01234")


def test_an_immediate_buy_fills_with_exact_digits(trader: Trader) -> None:
    order = new_order(quantity=QUANTITY, price="50010.1", is_immediate=True)

    report = trader.place(order)
    (fill,) = trader.fills(report.exchange_id)
    (row,) = trader.journal(order)

    assert (row["amount"], row["price"], row["lifetime"], row["type"]) == ("0.01234", "50010.1", "IOC", "limit")
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

    assert (part.state, part.filled) == (ReportedState.OPEN, Decimal("0.004"))
    assert (whole.state, whole.filled) == (ReportedState.FILLED, Decimal("0.01"))
    assert [(fill.quantity, fill.price) for fill in fills] == [
        (Decimal(n), Decimal(49_000)) for n in ("0.004", "0.006")
    ]
    assert len({fill.trade_id for fill in fills}) == 2


def small_pages(trader: Trader, most: int) -> Trader:
    """Return the trader at a desk that takes so many fills at once for a full page."""
    spec = registry.get(trader.slug)
    ways = replace(spec.trading, fills=replace(spec.trading.fills, page=most))
    return replace(trader, desk=Desk(Lender(replace(spec, trading=ways), location_at(trader.rig.base, trader.slug))))


def test_fills_that_one_page_cannot_hold_are_all_read_or_none(trader: Trader) -> None:
    order = new_order(price="49000")
    report = trader.place(order)
    points = [[at, "48000"] for at in range(5)]
    trader.rig.control("POST", "price", pair=PAIR, points=points, liquidity="0.002")
    while trader.found(order, report.exchange_id).state is ReportedState.OPEN:
        continue
    whole = trader.fills(report.exchange_id)

    try:
        paged = small_pages(trader, 2).fills(report.exchange_id)
    except ExchangeError:
        paged = None

    assert [fill.quantity for fill in whole] == [Decimal("0.002")] * 5
    assert paged == (None if trader.slug in NO_PAGES else whole)


# One answer must hold all: its matches of an order come whole.
NO_PAGES = {"htx"}
# No way leads to what one moment has more of than a page holds.
NO_CURSOR = {"mexc"}


def sweep(trader: Trader, parts: int) -> str:
    """Let one immediate order take what the best price offers in so many trades, all in one millisecond."""
    trader.rig.control("POST", "price", pair=PAIR, price="50000", liquidity="1000", levels=1, parts=parts)
    order = new_order(side=OrderSide.SELL, quantity="0.25", price="49990", is_immediate=True)
    return trader.place(order).exchange_id


def test_more_fills_in_one_millisecond_than_a_page_holds_are_all_read(trader: Trader) -> None:
    exchange_id = sweep(trader, 250)
    one = small_pages(trader, 100) if trader.slug not in NO_PAGES else trader

    if trader.slug in NO_CURSOR:
        with pytest.raises(FillsMissingError) as raised:
            one.fills(exchange_id)
        fills = raised.value.fills
    else:
        fills = one.fills(exchange_id)

    assert len(fills) == (100 if trader.slug in NO_CURSOR else 250)
    assert len({fill.at for fill in fills}) == 1
    assert {fill.quantity for fill in fills} == {Decimal("0.001")}
    assert len({fill.trade_id for fill in fills}) == len(fills)


def test_a_last_page_that_is_just_full_is_no_lack(trader: Trader) -> None:
    exchange_id = sweep(trader, 200)
    one = small_pages(trader, 100) if trader.slug not in NO_PAGES else trader

    if trader.slug not in NO_CURSOR:
        assert len(one.fills(exchange_id)) == 200
