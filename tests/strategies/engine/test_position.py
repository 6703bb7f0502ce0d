"""Positions: fees as estimated and as really taken, partial exits, and a break-even that breaks even."""

from dataclasses import replace
from decimal import Decimal as D
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from strategies.engine.ladder import full_position
from strategies.engine.position import Fees, Position, Side, position_of
from strategies.engine.state import AddOn
from strategies.engine.totals import Totals
from tests.strategies.engine.builders import FEES, WORKED

IN_COIN = Fees(entry=D("0.001"), exit=D("0.001"), entry_in_coin=True)
prices = st.decimals("0.01", "100000", places=4)
amounts = st.decimals("0.001", "1000", places=3)
fee_shares = st.none() | st.decimals("-0.0005", "0.002", places=4)


def bought(price: str, quantity: str, *, side: Side = Side.LONG, fees: Fees = FEES, **told: Any) -> Position:
    """Make the position of one fill; its fee is estimated unless one is told."""
    whole = Position(side=side, fees=fees).with_fills((D(price), D(quantity)))
    if {"fee_coin", "fee_quote"} & set(told):
        whole = replace(whole, fee_coin=D(0), fee_quote=D(0))
    return replace(whole, **told)


@st.composite
def positions(draw: st.DrawFn) -> Position:
    side, fees = draw(st.sampled_from(Side)), draw(st.sampled_from([FEES, IN_COIN]))
    whole = Position(side=side, fees=fees).with_fills(
        *draw(st.lists(st.tuples(prices, amounts), min_size=1, max_size=5))
    )
    in_coin, in_quote = draw(fee_shares), draw(fee_shares)
    if in_coin is not None or in_quote is not None:
        whole = replace(whole, fee_coin=(in_coin or 0) * whole.quantity, fee_quote=(in_quote or 0) * whole.cost)
    sold, price = whole.held * draw(st.decimals("0", "0.9", places=2)), draw(prices)
    return replace(whole, sold=sold, proceeds=side.sign * sold * price * D("0.999"))


@given(positions(), prices, amounts)
def test_an_add_on_improves_the_average_by_what_the_enlarged_position_has(position: Position, price: D, q: D) -> None:
    held = replace(position, held_quantity=position.quantity / 3, held_cost=position.cost / 3)

    for before in (position, held):
        add_on = AddOn(first=1, k=1, zone=price, cost=price * q, price=price, quantity=q, before=before)
        better = before.average - add_on.after.average
        assert add_on.improvement == before.side.sign * better / before.average


def test_a_fee_kept_in_the_coin_leaves_less_to_sell() -> None:
    position = bought("100", "1", fees=IN_COIN)

    assert position.held == D("0.999")
    assert position.break_even == 100 / (D("0.999") * D("0.999"))


def test_a_short_breaks_even_below_its_average() -> None:
    position = bought("100", "1", side=Side.SHORT)

    assert position.break_even == 100 * D("0.999") / D("1.001")
    assert position.open_loss(D(110)) == D("0.1")


def test_what_the_exchange_really_took_in_coin_counts_instead_of_the_estimate() -> None:
    position = bought("100", "1", fee_coin=D("0.0008"), fees=IN_COIN)

    assert position.held == D("0.9992")
    assert position.break_even == 100 / (D("0.9992") * D("0.999"))


def test_what_the_exchange_really_took_in_quote_counts_instead_of_the_estimate() -> None:
    position = bought("100", "1", fee_quote=D("0.25"), fees=IN_COIN)

    assert position.held == 1
    assert position.break_even == D("100.25") / D("0.999")


def test_a_fee_in_a_third_asset_costs_neither_coin_nor_quote() -> None:
    position = bought("100", "1", fee_coin=D(0), fee_quote=D(0))

    assert (position.held, position.break_even) == (D(1), 100 / D("0.999"))


def test_a_told_fee_beside_an_estimated_one_adds_up() -> None:
    position = bought("100", "1", fee_quote=D("0.3")).with_fills((D(100), D(1)))

    assert position.fee_quote == D("0.4")


@pytest.mark.parametrize("fees", [{"fee_quote": D("0.1")}, {"fee_coin": D("0.001")}])
def test_a_fee_of_a_short_lowers_what_it_received(fees: dict[str, Any]) -> None:
    position = bought("100", "1", side=Side.SHORT, **fees)

    assert position.held == 1
    assert position.break_even == D("99.9") / D("1.001")


def test_a_partial_exit_moves_break_even_by_what_it_brought_in() -> None:
    held: dict[str, Any] = {"held_quantity": D(1), "held_cost": D(100)}
    half_sold = bought("100", "2", fee_quote=D(0), sold=D(1), proceeds=D(110), **held)

    assert half_sold.held == 1
    assert half_sold.average == 100
    assert half_sold.at_work == 100
    assert half_sold.break_even == 90 / D("0.999")
    assert half_sold.result_at(D(100)) == D("9.9")


def test_a_short_pays_for_its_partial_exits() -> None:
    half_closed = bought("100", "2", fee_quote=D(0), side=Side.SHORT, sold=D(1), proceeds=D(-90))

    assert half_closed.break_even == 110 / D("1.001")
    assert half_closed.result_at(D(100)) == D("9.9")


def test_break_even_is_nothing_when_the_proceeds_have_paid_for_all() -> None:
    paid = bought("100", "2", sold=D(1), proceeds=D(250))
    gone = bought("100", "2", sold=D(2), proceeds=D(210))

    assert (paid.break_even, gone.break_even) == (D(0), D(0))
    assert paid.result_at(D(0)) == D("49.8")


def test_before_the_first_fill_nothing_is_held_and_nothing_divides_by_it() -> None:
    empty = Position(side=Side.LONG, fees=FEES)

    assert (empty.average, empty.break_even, empty.held) == (D(0), D(0), D(0))
    assert (empty.open_loss(D(5)), empty.result_at(D(5))) == (D(0), D(0))


def test_the_full_worked_ladder_loses_34_at_a_quarter_down() -> None:
    position = full_position(WORKED, first=D(100), side=Side.LONG, fees=FEES)

    assert round(position.stress_loss(D(75)), 1) == D("33.9")
    assert round(-position.result_at(D(75)), 1) == D("34.2")


@pytest.mark.parametrize(("side", "proceeds"), [(Side.LONG, D(90)), (Side.SHORT, D(-110))])
def test_the_stress_loss_counts_what_a_partial_exit_has_lost(side: Side, proceeds: D) -> None:
    whole = bought("100", "2", side=side)
    half = bought("100", "2", side=side, sold=D(1), proceeds=proceeds)
    at = 100 - side.sign * 25

    assert (whole.stress_loss(at), half.stress_loss(at)) == (D(50), D(35))


@given(positions())
def test_closing_at_break_even_neither_wins_nor_loses(position: Position) -> None:
    result = position.result_at(position.break_even)

    if position.break_even:
        assert abs(result) <= position.cost * D("1e-20")
    else:
        assert position.side.sign * result >= 0  # a long is paid for; no price saves this short


@given(positions(), prices)
def test_a_price_beyond_break_even_wins_and_one_before_it_loses(position: Position, price: D) -> None:
    beyond = position.side.sign * (price - position.break_even)

    if abs(beyond) > D("0.001"):
        assert (position.result_at(price) > 0) is (beyond > 0)


def test_where_nothing_is_held_there_is_no_price_to_sell_at() -> None:
    assert Position(side=Side.LONG, fees=FEES).price_for(D("0.015")) == 0


SUMS = Totals(
    quantity=D(2), cost=D(200), fee_coin=D("0.002"), fee_quote=D("0.1"), fee_other=D("0.05"), held_quantity=D(2),
    at_work=D(200),
)  # fmt: skip


def test_a_position_follows_from_its_sums_by_the_rate_that_was_told() -> None:
    position = position_of(
        replace(SUMS, fee_rate=D("0.0008")), side=Side.LONG, fees=FEES, carried=D("0.01"), step=D("0.001")
    )

    assert (position.quantity, position.cost, position.carried, position.step) == (D(2), D(200), D("0.01"), D("0.001"))
    assert position.fees == Fees(entry=D("0.0008"), exit=D("0.0008"), entry_in_coin=True)
    assert position.fee_quote == D("0.15")


@pytest.mark.parametrize("rate", [None, D(0)])
def test_published_fees_count_until_the_groups_own_are_told(rate: D | None) -> None:
    position = position_of(replace(SUMS, fee_rate=rate), side=Side.LONG, fees=FEES, carried=D(0), step=None)

    assert position.fees == FEES
