"""Decisions about open groups: add-ons, waiting, the numbers told, and the time it takes."""

import sys
import timeit
from datetime import timedelta
from decimal import Decimal as D
from typing import Any

import pytest

from strategies.engine.decide import decide
from strategies.engine.decision import Action
from strategies.engine.position import Position, Side
from strategies.engine.state import MarginLimit
from tests.strategies.engine.builders import (
    FEES,
    NOW,
    make_case,
    make_group,
    make_limits,
    make_market,
    make_recovery,
    make_settings,
    run,
)

BUDGET = 120e-6


def test_an_add_on_in_its_zone_is_placed_with_its_cost() -> None:
    decision = run(market=make_market("98.4", amount_step=D("0.001")))

    assert (decision.action, decision.reason, decision.cost) == (Action.ADD, "add_on.zone", D(20))
    assert decision.numbers["next_add_on"] == D("98.5")
    assert decision.quantity == D("0.203")


def test_waiting_for_a_zone_is_no_news_but_a_blocked_add_on_is() -> None:
    waiting = run(market=make_market("99.5"))
    blocked = run(market=make_market("98.4"), limits=make_limits(equity=D(10)))

    assert (waiting.action, waiting.reason) == (Action.WAIT, "zone.not_reached")
    assert (blocked.action, blocked.reason) == (Action.BLOCK, "risk.stress_loss")


JUST_NOW = NOW - timedelta(minutes=1)
IN_ZONE = make_market("98.4")


@pytest.mark.parametrize(
    ("reason", "told", "changes"),
    [
        ("average.worse", {"improvement_needed": D("0.01")}, {"settings": make_settings(improve=D("0.01"))}),
        (
            "spacing.too_close",
            {"distance": D("0.005"), "distance_needed": D("0.012")},
            {"group": make_group(last_fill_price=D("98.9"))},
        ),
        ("cool_down", {"seconds_left": D(240)}, {"group": make_group(last_fill_at=JUST_NOW)}),
        (
            "margin.hard_limit",
            {"at_work": D(20), "hard_limit": D(36)},
            {"limits": make_limits(margin=MarginLimit(amount=D(45), soft=D(1), hard=D("0.8")))},
        ),
        (
            "risk.stress_loss",
            {"stress_price": D(75), "accepted_loss": D(5)},
            {"limits": make_limits(equity=D(100))},
        ),
        ("funds.too_little", {"needed": D("20.2202"), "free": D(20)}, {"limits": make_limits(free_quote=D(20))}),
        ("size.below_minimum", {"least_order": D("21")}, {"market": make_market("98.4", minimum_cost=D(20))}),
        ("zone.below_floor", {"floor": D(99)}, {"settings": make_settings(floor=D("0.01"))}),
        ("liquidation.too_near", {"liquidation": D(86)}, {"limits": make_limits(liquidation_price=D(86))}),
    ],
)
def test_a_blocked_add_on_tells_the_numbers_that_its_rule_compared(
    reason: str, told: dict[str, D], changes: dict[str, Any]
) -> None:
    decision = run(**{"market": IN_ZONE, **changes})

    assert decision.reason == reason
    assert {name: decision.numbers[name] for name in told} == told


def test_both_sides_of_the_book_are_told_where_they_are_known() -> None:
    decision = run(market=make_market("99.5", bid=D("99.4"), ask=D("99.6")))

    assert (decision.numbers["bid"], decision.numbers["ask"]) == (D("99.4"), D("99.6"))
    assert "bid" not in run().numbers


@pytest.mark.parametrize(
    ("reason", "changes"),
    [
        ("order.unknown", {"has_unknown_order": True}),
        ("group.order_open", {"has_open_order": True}),
        ("group.empty", {}),
    ],
)
def test_a_group_that_holds_nothing_is_waited_for(reason: str, changes: dict[str, Any]) -> None:
    nothing = Position(side=Side.LONG, fees=FEES)

    decision = run(group=make_group(position=nothing, **changes), market=make_market("50"))

    assert (decision.action, decision.reason) == (Action.WAIT, reason)


def test_a_full_ladder_waits_without_a_next_add_on() -> None:
    options = make_settings(recovery=make_recovery(is_on=False))
    full = make_group(*((price, "20") for price in ("100", "98.5", "96.7", "94.5", "92", "89")))

    decision = run(settings=options, group=full, market=make_market("80"))

    assert (decision.action, decision.reason) == (Action.WAIT, "ladder.done")
    assert "next_add_on" not in decision.numbers


@pytest.mark.skipif(sys.gettrace() is not None, reason="a tracer measures itself")
def test_a_waiting_group_is_decided_within_its_budget() -> None:
    case = make_case()

    once = min(timeit.repeat(lambda: decide(case), number=200, repeat=7)) / 200

    assert once <= BUDGET
