"""Entering: a signal opens a group, or is told why not."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal as D
from typing import Any

import pytest

from strategies.engine import entry
from strategies.engine.decision import Action, Decision
from strategies.engine.position import Side
from strategies.engine.sizing import LEVELS, LimitedBy, Sizing
from strategies.engine.state import LimitMode, MarginLimit, Opening, Request, Stake, Stop
from tests.strategies.engine.builders import LONG_AGO, NOW, WORKED, enter, make_limits, make_market, make_settings

LEAVE = Request(side=Side.LONG, closes=True)


def test_a_signal_opens_a_group_with_the_base_order() -> None:
    decision = enter()

    assert (decision.action, decision.reason, decision.cost) == (Action.OPEN, "entry.signal", D(20))


def test_the_amount_is_what_the_ask_buys_rounded_down_to_the_step() -> None:
    decision = enter(market=make_market("100", bid=D("99.9"), ask=D("100.1"), amount_step=D("0.01")))

    assert decision.quantity == D("0.19")


@pytest.mark.parametrize(
    ("reason", "changes"),
    [
        ("entry.no_signal", {"request": None}),
        ("entry.no_signal", {"request": LEAVE}),
        ("entry.other_direction", {"request": Request(side=Side.SHORT)}),
        ("entry.paused", {"limits": make_limits(stop=Stop.ENTRIES)}),
        ("connection.not_proven", {"limits": make_limits(is_connection_proven=False)}),
        ("market.stale", {"market": make_market("100", at=LONG_AGO)}),
        ("market.stale", {"market": make_market("100", at=NOW + timedelta(hours=1))}),
        ("market.no_price", {"market": make_market("0")}),
        ("market.no_price", {"market": make_market("NaN")}),
        ("market.no_price", {"market": make_market("100", ask=D(0))}),
        ("entry.pair_closed", {"limits": make_limits(is_pair_open=False)}),
        ("entry.not_beside_recovery", {"limits": make_limits(needs_recovery_elsewhere=True)}),
        (
            "entry.cool_down",
            {"settings": make_settings(re_entry_pause=timedelta(hours=1)), "limits": make_limits(last_closed_at=NOW)},
        ),
        ("entry.too_many_groups", {"limits": make_limits(open_groups=1)}),
        ("entry.pair_in_recovery", {"limits": make_limits(pair_in_recovery=True)}),
        ("entry.soft_limit", {"limits": make_limits(other_stakes=(Stake(held=D(450)),))}),
        ("entry.below_minimum", {"market": make_market("100", minimum_cost=D(20))}),
        ("entry.below_minimum", {"market": make_market("100", min_amount=D("0.3"))}),
        ("entry.below_minimum", {"market": make_market("100", amount_step=D(1))}),
        ("funds.unknown", {"limits": make_limits(equity=None)}),
        ("funds.too_little", {"limits": make_limits(free_quote=D("20.22"))}),
    ],
)
def test_an_entry_that_is_refused_says_why(reason: str, changes: dict[str, Any]) -> None:
    decision = enter(**changes)

    assert decision.reason == reason
    assert decision.action is (Action.WAIT if reason == "entry.no_signal" else Action.BLOCK)
    assert decision.quantity is None


def test_the_first_rule_that_fails_is_the_reason() -> None:
    limits = make_limits(is_pair_open=False, needs_recovery_elsewhere=True, open_groups=9, equity=None)

    assert enter(limits=limits).reason == "entry.pair_closed"


def test_a_recovery_on_another_connection_lets_a_bot_beside_it_enter() -> None:
    limits = make_limits(needs_recovery_elsewhere=True, recovery_elsewhere=True)

    assert enter(limits=limits).action is Action.OPEN


def test_enough_money_is_the_order_its_fee_and_one_percent_for_slippage() -> None:
    needed = D(20) * D("1.001") * D("1.01")

    decision = enter(limits=make_limits(free_quote=needed))

    assert decision.action is Action.OPEN
    assert (decision.numbers["needed"], decision.numbers["free"]) == (needed, needed)


def test_a_base_order_of_just_the_minimum_and_its_margin_opens() -> None:
    assert enter(market=make_market("100", minimum_cost=D(20) / D("1.05"))).action is Action.OPEN
    assert enter(market=make_market("100", minimum_cost=D("19.05"))).reason == "entry.below_minimum"


def test_a_pause_after_the_last_group_ends() -> None:
    settings = make_settings(re_entry_pause=timedelta(hours=6))

    assert enter(settings=settings, limits=make_limits(last_closed_at=LONG_AGO)).action is Action.OPEN


def test_a_reserved_ladder_leaves_less_room_than_first_come() -> None:
    others = (Stake(held=D(430), to_come=D(500)),)
    margin = MarginLimit(amount=D(1000), soft=D("0.6"), hard=D("0.8"), mode=LimitMode.FIRST_COME)

    reserved = enter(limits=make_limits(other_stakes=others))
    first_come = enter(limits=make_limits(other_stakes=others, margin=margin))

    assert (reserved.reason, first_come.action) == ("entry.soft_limit", Action.OPEN)


def enter_sized(sizing: Sizing, **limits: Any) -> Decision:
    opening = Opening(
        settings=make_settings(),
        market=make_market("99.5"),
        limits=make_limits(**limits),
        now=NOW,
        request=Request(side=Side.LONG),
    )
    return entry.enter_sized(opening, sizing, LEVELS["low"])


NO_LADDER = Sizing(ladder=None, largest=D(3), limited_by=LimitedBy.RISK, reason="size.below_minimum", smallest=D(5))


def test_a_request_is_opened_with_the_ladder_that_was_sized_for_it() -> None:
    ladder = replace(WORKED, base=D(33))

    decision = enter_sized(Sizing(ladder=ladder, largest=D(40), limited_by=LimitedBy.RISK))

    assert (decision.action, decision.cost) == (Action.OPEN, D(33))


def test_without_a_ladder_it_is_told_why_there_is_none() -> None:
    decision = enter_sized(NO_LADDER)

    assert (decision.action, decision.reason) == (Action.BLOCK, "size.below_minimum")
    assert decision.numbers == {"largest": D(3), "smallest": D(5)}


def test_a_ladder_that_cannot_be_hides_no_earlier_reason() -> None:
    assert enter_sized(NO_LADDER, stop=Stop.ENTRIES).reason == "entry.paused"
