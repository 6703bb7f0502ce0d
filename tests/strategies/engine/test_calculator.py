"""The engine's figures against those of a calculator that shares no code with it: none differs.

`CALCULATED=6000 pytest tests/strategies/engine/test_calculator.py` goes through more settings.
"""

import os
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal as D
from decimal import localcontext
from fractions import Fraction as F
from random import Random

from exchanges.values import Fee
from strategies.engine.ladder import Ladder, rungs
from strategies.engine.position import Fees, Position, Side
from strategies.engine.totals import FillLine, totals
from tests.strategies.engine import calculator
from tests.strategies.engine.calculator import Book, Plan, Trade

CALCULATED = int(os.environ.get("CALCULATED", "300"))
START = datetime(2026, 1, 1, tzinfo=UTC)
# Decimals carry 28 digits, and a figure comes out of a dozen steps.
NEARLY = F(1, 10**20)


def exact(value: F) -> D:
    """Return a fraction as a decimal of all digits that exchanges could tell."""
    with localcontext(prec=60):
        return +(D(value.numerator) / D(value.denominator))


def line(number: int, one: Trade) -> FillLine:
    fees = (("BTC", one.in_coin), ("USDT", one.in_quote))
    asset, amount = next(((asset, fee) for asset, fee in fees if fee), ("USDT", F(0)))
    return FillLine(
        is_buy=one.is_buy,
        is_add_on=one.rung > 0,
        step=one.rung,
        price=exact(one.price),
        quantity=exact(one.quantity),
        cost=exact(one.cost),
        fee=exact(amount),
        fee_asset=asset,
        more_fees=(Fee("BNB", exact(one.in_third / 600)),) if one.in_third else (),
        fee_value=exact(one.in_third),
        at=START + timedelta(minutes=number),
    )


def position_of(book: Book) -> Position:
    """Return what the engine makes of the same trades."""
    found = totals([line(number, one) for number, one in enumerate(book.trades)], pair="BTC/USDT")
    plan = book.plan
    return Position(
        side=Side.LONG,
        fees=Fees(entry=exact(plan.rate), exit=exact(plan.exit_rate), entry_in_coin=plan.fee_in == "coin"),
        quantity=found.quantity,
        cost=found.cost,
        fee_coin=found.fee_coin,
        fee_quote=found.fee_quote + found.fee_other,
        sold=found.sold,
        proceeds=found.proceeds,
        held_quantity=found.held_quantity,
        held_cost=found.at_work,
        step=exact(plan.lot),
    )


Row = tuple[str, F, D]


def rows(plan: Plan) -> Iterator[Row]:
    """Yield each figure as both reckon it, after each rung and after the sale of a part."""
    names = ("base", "add_on", "step", "step_scale", "volume_scale")
    ladder = Ladder(**{name: exact(getattr(plan, name)) for name in names}, add_ons=plan.add_ons)
    fees = Fees(entry=exact(plan.rate), exit=exact(plan.exit_rate), entry_in_coin=plan.fee_in == "coin")
    planned = rungs(ladder, first=exact(plan.first), side=Side.LONG, fees=fees, step=exact(plan.lot))
    book, total, is_whole = Book(plan), F(0), True
    for rung in planned:
        buy = calculator.buy_of(plan, rung.k)
        book.trade(buy)
        total += calculator.rung_cost(plan, rung.k)
        yield "rung price", buy.price, rung.price
        yield "rung cost", calculator.rung_cost(plan, rung.k), rung.cost
        yield "ladder total", total, rung.total
        yield from of_book(book)
        if is_whole:
            yield "planned average", book.average, rung.average
            yield "planned break-even", book.break_even, rung.break_even
        if rung.k == plan.sold_after and (sale := calculator.sale_of(plan, book.held)):
            is_whole = False
            book.trade(sale)
            yield from of_book(book)


def of_book(book: Book) -> Iterator[Row]:
    position, price = position_of(book), book.plan.first * F(9, 10)
    take_profit = book.take_profit
    yield "average", book.average, position.average
    yield "at work", book.basis[1], position.at_work
    yield "sellable", book.lots, position.sellable
    yield "break-even", book.break_even, position.break_even
    yield "take profit", take_profit, position.price_for(exact(book.plan.gain))
    yield "result", book.result_at(price), position.result_at(exact(price))
    yield "result at take profit", book.result_at(take_profit), position.result_at(exact(take_profit))


def differs(row: Row, scale: F) -> bool:
    _, there, here = row
    return abs(F(here) - there) > max(abs(there), scale) * NEARLY


def test_no_figure_differs() -> None:
    random, seen, found = Random(20261129), Counter[str](), list[tuple[int, str, float, D]]()
    while sum(seen[kind] for kind in ("coin", "quote", "third")) < CALCULATED:
        if (plan := calculator.plan_of(random)) is None:
            continue
        seen[plan.fee_in] += 1
        for row in rows(plan):
            seen[row[0]] += 1
            # A result of nothing is the difference of two sums of money.
            if differs(row, plan.base if row[0].startswith("result") else F(0)):
                found.append((seen.total(), row[0], float(row[1]), row[2]))

    assert found == []
    assert min(seen.values()) >= CALCULATED // 5


def test_the_calculator_reckons_by_hand() -> None:
    """20 at 60,000 in lots of 0.00001, a fee of 0.1 % in the coin: 0.00033 bought, 0.00032967 held, 0.00032 sold."""
    plan = Plan(
        first=F(60_000),
        base=F(20),
        add_on=F(20),
        step=F(15, 1000),
        step_scale=F(1),
        volume_scale=F(1),
        add_ons=0,
        lot=F(1, 100_000),
        rate=F(1, 1000),
        fee_in="coin",
        exit_rate=F(1, 1000),
        gain=F(15, 1000),
        sold_after=0,
        sold_share=F(0),
        sold_at=F(0),
    )
    book = Book(plan)
    book.trade(calculator.buy_of(plan, 0))

    assert (book.held, book.lots, book.average) == (F("0.00032967"), F("0.00032"), F(60_000))
    assert round(float(book.break_even), 2) == 61_936.94
    assert round(float(book.take_profit), 2) == 62_865.99
    assert round(float(book.result_at(book.take_profit)), 4) == 0.297
