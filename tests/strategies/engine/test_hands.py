"""Acts by hand in figures: a part that is sold."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal as D
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from strategies.engine.decide import decide, sell_part
from strategies.engine.decision import Action
from strategies.engine.hands import part_of
from strategies.engine.position import Fees, Position, Side
from strategies.engine.state import OrderRules, Stop
from strategies.engine.totals import FillLine, totals
from strategies.engine.wake import wake
from tests.strategies.engine.builders import NOW, make_case, make_group, make_limits, make_market, make_settings

# It bought 0.2 at 100.
HELD = make_group().position


@pytest.mark.parametrize(
    ("share", "quantity", "refusal"),
    [
        ("0.5", "0.1", ""),
        # 0.0666 in steps of 0.01.
        ("0.333", "0.06", ""),
        ("0.01", "0.00", "part.too_small"),
        # 0.04 is worth 4, less than the 5 that the exchange takes.
        ("0.2", "0.04", "part.too_small"),
        ("0.8", "0.16", "part.leaves_too_little"),
        # 0.05 is worth 5 now, and less after the smallest fall.
        ("0.75", "0.15", "part.leaves_too_little"),
        ("0.7", "0.14", ""),
    ],
)
def test_a_part_is_of_whole_steps_and_leaves_what_can_be_sold(share: str, quantity: str, refusal: str) -> None:
    rules = OrderRules(minimum_cost=D(5), amount_step=D("0.01"))

    part = part_of(HELD, rules, D(share), D(100))

    assert (part.quantity, part.refusal) == (D(quantity), refusal)


def test_without_a_price_only_amounts_are_judged() -> None:
    rules = OrderRules(minimum_cost=D(5), min_amount=D("0.03"))

    assert part_of(HELD, rules, D("0.2"), None).refusal == ""
    assert part_of(HELD, rules, D("0.1"), None).refusal == "part.too_small"


@given(st.decimals("0.05", "0.95", places=2), st.decimals("50", "150", places=1), st.booleans())
def test_what_a_sale_leaves_is_what_the_books_make_of_its_fill(share: D, price: D, in_coin: bool) -> None:
    fees = Fees(entry=D("0.001"), exit=D("0.001"), entry_in_coin=in_coin)
    before = Position(side=Side.LONG, fees=fees).with_fills((D(100), D("0.2")), (D(90), D("0.3")))
    quantity = before.held * share
    after = before.with_sale(price, quantity)

    def line(at: int, bought: D, cost: D, fee: D, coin: str, *, is_buy: bool = True) -> FillLine:
        values: dict[str, Any] = {"quantity": bought, "price": cost / bought, "cost": cost, "fee": fee}
        return FillLine(is_buy=is_buy, is_add_on=False, step=0, fee_asset=coin, at=NOW + timedelta(at), **values)

    def buy(at: int, price: D, bought: D) -> FillLine:
        fee, coin = (bought * fees.entry, "BTC") if in_coin else (bought * price * fees.entry, "USDT")
        return line(at, bought, bought * price, fee, coin)

    cost = quantity * price
    sums = totals(
        [
            buy(0, D(100), D("0.2")),
            buy(1, D(90), D("0.3")),
            line(2, quantity, cost, cost * fees.exit, "USDT", is_buy=False),
        ],
        pair="BTC/USDT",
    )

    assert after.held == pytest.approx(sums.held)
    assert after.proceeds == pytest.approx(sums.proceeds)
    assert after.at_work == pytest.approx(sums.at_work)
    assert after.average == pytest.approx(before.average)


def test_a_part_that_is_asked_for_is_sold_and_no_more() -> None:
    decision = decide(make_case(group=make_group(to_sell=D("0.1"))))

    assert (decision.action, decision.reason, decision.quantity) == (Action.CLOSE, "exit.part", D("0.1"))


def test_never_more_than_is_held() -> None:
    assert decide(make_case(group=make_group(to_sell=D(9)))).quantity == HELD.held


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"limits": make_limits(stop=Stop.CLOSE)}, "exit.asked"),
        ({"market": make_market("103")}, "exit.take_profit"),
        ({"market": make_market("90", bid=D(90)), "settings": make_settings(stop_loss=D("0.05"))}, "exit.stop_loss"),
    ],
)
def test_an_exit_of_the_whole_that_is_due_goes_before(changes: dict[str, Any], reason: str) -> None:
    decision = decide(make_case(group=make_group(to_sell=D("0.1")), **changes))

    assert (decision.reason, decision.quantity) == (reason, HELD.held)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"market": make_market("99.5", at=NOW - timedelta(seconds=16))}, "market.stale"),
        ({"limits": make_limits(has_proof=False)}, "connection.not_proven"),
        ({"market": make_market("0")}, "market.no_price"),
        ({"group": make_group(to_sell=D("0.1"), has_unknown_order=True)}, "order.unknown"),
    ],
)
@pytest.mark.parametrize("decider", [decide, sell_part])
def test_in_doubt_no_part_is_sold(decider: Any, changes: dict[str, Any], reason: str) -> None:
    decision = decider(make_case(**{"group": make_group(to_sell=D("0.1")), **changes}))

    assert (decision.action, decision.reason) == (Action.BLOCK, reason)


def test_where_nobody_looks_after_the_group_only_the_part_is_sold() -> None:
    """Its take profit is reached, and its bot is off."""
    case = make_case(group=make_group(to_sell=D("0.1")), market=make_market("103"))

    decision = sell_part(case)

    assert (decision.reason, decision.quantity) == ("exit.part", D("0.1"))


def test_a_part_that_became_too_small_keeps_nothing_from_going_on() -> None:
    case = make_case(group=make_group(to_sell=D("0.01")))

    assert decide(case).reason == "zone.not_reached"
    assert sell_part(case).reason == "exit.dust"


def test_a_part_that_waits_has_no_band() -> None:
    case = make_case(group=make_group(to_sell=D("0.01")))

    assert wake(case, decide(case)) is None
    quiet = replace(case, group=make_group())
    assert wake(quiet, decide(quiet)) is not None
