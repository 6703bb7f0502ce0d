"""A group's sums come from its fills alone, whatever order they are told in."""

import random
from datetime import UTC, datetime, timedelta
from decimal import Decimal as D
from typing import Any

from exchanges.values import Fee
from strategies.engine.totals import FillLine, totals

START = datetime(2026, 1, 1, tzinfo=UTC)


def line(minute: int, price: str, quantity: str, **changes: Any) -> FillLine:
    values: dict[str, Any] = {"is_buy": True, "is_add_on": False, "step": 0, "fee": D(0), "fee_asset": "USDT"}
    values |= {"price": D(price), "quantity": D(quantity), "cost": D(price) * D(quantity)}
    return FillLine(**(values | {"at": START + timedelta(minutes=minute)} | changes))


def test_nothing_adds_up_to_nothing() -> None:
    empty = totals([], pair="BTC/USDT")

    assert empty.first_price is None
    assert [empty.quantity, empty.held, empty.result] == [0, 0, 0]


def test_fees_count_where_the_exchange_took_them() -> None:
    fills = [
        line(0, "100", "1", fee=D("0.001"), fee_asset="BTC"),
        line(1, "90", "2", is_add_on=True, step=1, fee=D("0.18"), fee_asset="USDT"),
        line(2, "80", "1", is_add_on=True, step=2, fee=D("0.01"), fee_asset="BNB"),
    ]

    found = totals(fills, pair="BTC/USDT")

    assert (found.quantity, found.cost) == (D(4), D(360))
    assert (found.fee_coin, found.fee_quote) == (D("0.001"), D("0.18"))
    assert found.held == D("3.999")
    assert found.add_ons_done == 2


def test_a_sell_brings_in_its_cost_less_its_fee() -> None:
    fills = [line(0, "100", "1"), line(5, "110", "1", is_buy=False, fee=D("0.11"))]

    found = totals(fills, pair="BTC/USDT")

    assert (found.sold, found.proceeds, found.held) == (D(1), D("109.89"), D(0))
    assert found.result == D("9.89")


def test_a_sells_fee_taken_in_the_coin_is_gone_from_what_is_held() -> None:
    fills = [line(0, "100", "2"), line(5, "110", "1", is_buy=False, fee=D("0.002"), fee_asset="BTC")]

    assert totals(fills, pair="BTC/USDT").held == D("0.998")


def test_the_first_price_is_the_average_of_the_entry_alone() -> None:
    fills = [line(0, "100", "1"), line(0, "102", "1"), line(9, "90", "5", is_add_on=True, step=1)]

    found = totals(fills, pair="BTC/USDT")

    assert (found.first_price, found.last_fill_price) == (D(101), D(90))
    assert (found.first_fill_at, found.last_fill_at) == (START, START + timedelta(minutes=9))


def test_a_sale_takes_its_share_of_what_is_held() -> None:
    """2 at 100, 1 sold, 1 at 80: the 2 that are held cost 180, not two thirds of 280."""
    fills = [
        line(0, "100", "2"),
        line(1, "110", "1", is_buy=False),
        line(2, "80", "1", is_add_on=True, step=1),
    ]

    found = totals(fills, pair="BTC/USDT")

    assert (found.held_quantity, found.at_work) == (D(2), D(180))
    assert (found.quantity, found.cost) == (D(3), D(280))


def test_what_was_sold_whole_leaves_nothing_at_work() -> None:
    fills = [line(0, "100", "1", fee=D("0.001"), fee_asset="BTC"), line(1, "110", "0.999", is_buy=False)]

    found = totals(fills, pair="BTC/USDT")

    assert (found.held, found.held_quantity, found.at_work) == (D(0), D(0), D(0))


def test_a_fee_in_a_third_coin_counts_for_what_it_was_worth() -> None:
    """Bought for 100 and sold for 110; 0.2 and 0.3 paid in BNB."""
    fills = [
        line(0, "100", "1", fee=D("0.0003"), fee_asset="BNB", fee_value=D("0.2")),
        line(1, "110", "1", is_buy=False, fee=D("0.0005"), fee_asset="BNB", fee_value=D("0.3")),
    ]

    found = totals(fills, pair="BTC/USDT")

    assert (found.fee_other, found.proceeds, found.result) == (D("0.2"), D("109.7"), D("9.5"))
    assert (found.fee_rate, found.has_unvalued_fees) == (D("0.002"), False)


def test_a_fee_of_unknown_worth_is_said_and_tells_no_rate() -> None:
    fills = [line(0, "100", "1", fee=D("0.0003"), fee_asset="BNB", fee_value=None)]

    found = totals(fills, pair="BTC/USDT")

    assert (found.fee_other, found.fee_rate, found.has_unvalued_fees) == (D(0), None, True)


def test_the_rate_is_what_was_told_of_buys_that_took_what_stood_in_the_book() -> None:
    """0.1 of 100 in money and 0.0005 coins at 200 are 0.2 of 200; a guess and a patient order tell nothing."""
    fills = [
        line(0, "100", "1", fee=D("0.1")),
        line(1, "200", "0.5", is_add_on=True, step=1, fee=D("0.0005"), fee_asset="BTC"),
        line(2, "100", "1", is_add_on=True, step=2, fee=D(9), is_fee_known=False),
        line(3, "100", "1", is_add_on=True, step=3, is_immediate=False),
    ]

    assert totals(fills, pair="BTC/USDT").fee_rate == D("0.001")


def test_the_order_in_which_fills_are_told_changes_nothing() -> None:
    fills = [line(n, str(100 - n), "1", is_add_on=n > 0, step=n) for n in range(6)]
    shuffled = random.Random(3).sample(fills, len(fills))

    assert totals(shuffled, pair="BTC/USDT") == totals(fills, pair="BTC/USDT")


def test_further_fees_of_a_fill_count_in_their_own_coins() -> None:
    more = (Fee("USDT", D("0.2")), Fee("GT", D(5)))
    fills = [line(0, "100", "2", fee=D("0.002"), fee_asset="BTC", more_fees=more)]

    found = totals(fills, pair="BTC/USDT")

    assert (found.fee_coin, found.fee_quote, found.held) == (D("0.002"), D("0.2"), D("1.998"))


PLANNED = (D(100), D(60), D(70), D(80))


def rungs(*orders: tuple[int, str, str]) -> int:
    """Return how many rungs are done after an entry of 100 and add-ons (rung, ordered, got) at a price of 1."""
    fills = [line(0, "1", "100", order=1, ordered=D(100))]
    for number, (step, ordered, got) in enumerate(orders, start=2):
        half = str(D(got) / 2)
        told = {"is_add_on": True, "step": step, "order": number, "ordered": D(ordered)}
        fills += [line(number, "1", half, **told), line(number, "1", half, **told)]
    return totals(fills, pair="BTC/USDT", planned=PLANNED).add_ons_done


def test_a_rung_is_done_when_nine_tenths_of_it_are_bought() -> None:
    """The fall that was seen: planned 60, got 2.92, and the next order was that of the rung after it."""
    assert rungs((1, "60", "2.92")) == 0
    assert rungs((1, "60", "53.98")) == 0
    assert rungs((1, "60", "54")) == 1


def test_a_rung_that_took_several_orders_is_done_with_the_last() -> None:
    assert rungs((1, "60", "20"), (1, "40", "30")) == 0
    assert rungs((1, "60", "20"), (1, "40", "35")) == 1


def test_an_order_over_several_rungs_is_done_as_far_as_it_was_filled() -> None:
    """60 and 70 and 80; the third is done from 60 + 70 + 72 on."""
    assert rungs((3, "210", "60")) == 1
    assert rungs((3, "210", "150")) == 2
    assert rungs((3, "210", "189")) == 3, "nine tenths of the order"


def test_whole_lots_that_come_to_less_than_was_planned_are_a_rung_all_the_same() -> None:
    assert rungs((1, "50", "50")) == 1


def test_a_group_without_a_ladder_that_can_be_read_counts_its_orders() -> None:
    fills = [line(0, "1", "100"), line(1, "1", "60", is_add_on=True, step=1, order=2, ordered=D(60))]

    assert totals(fills, pair="BTC/USDT").add_ons_done == 1
