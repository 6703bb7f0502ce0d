"""Decisions: entering, leaving, Recovery Mode, and that the same values always decide the same."""

from datetime import timedelta
from decimal import Decimal as D
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from strategies.engine import recovery
from strategies.engine.decide import decide
from strategies.engine.decision import REASONS, Action, Decision
from strategies.engine.margin import MarginLimit, Stake
from strategies.engine.margin import Mode as MarginMode
from strategies.engine.side import Side
from strategies.engine.state import Mode, Signal, Stop
from tests.strategies.engine.builders import (
    LONG_AGO,
    NOW,
    make_group,
    make_limits,
    make_market,
    make_recovery,
    make_settings,
)

ENTER = Signal(side=Side.LONG)
LEAVE = Signal(side=Side.LONG, closes=True)


def run(**changes: Any) -> Decision:
    values = {
        "settings": make_settings(),
        "group": make_group(),
        "market": make_market("99.5"),
        "signal": None,
        "limits": make_limits(),
        "now": NOW,
    }
    return decide(**{**values, **changes})


def enter(**changes: Any) -> Decision:
    return run(group=None, **{"signal": ENTER, **changes})


def test_a_signal_opens_a_group_with_the_base_order() -> None:
    decision = enter()

    assert (decision.action, decision.reason, decision.cost) == (Action.OPEN, "entry.signal", D(20))


@pytest.mark.parametrize(
    ("reason", "changes"),
    [
        ("entry.no_signal", {"signal": None}),
        ("entry.no_signal", {"signal": LEAVE}),
        ("entry.other_direction", {"signal": Signal(side=Side.SHORT)}),
        ("entry.paused", {"limits": make_limits(stop=Stop.ENTRIES)}),
        ("connection.not_proven", {"limits": make_limits(is_connection_proven=False)}),
        ("market.stale", {"market": make_market("100", at=LONG_AGO)}),
        (
            "entry.cool_down",
            {"settings": make_settings(re_entry_pause=timedelta(hours=1)), "limits": make_limits(last_closed_at=NOW)},
        ),
        ("entry.too_many_groups", {"limits": make_limits(open_groups=1)}),
        ("entry.pair_in_recovery", {"limits": make_limits(pair_in_recovery=True)}),
        ("entry.soft_limit", {"limits": make_limits(other_stakes=(Stake(held=D(450)),))}),
        ("entry.below_minimum", {"market": make_market("100", minimum_cost=D(20))}),
    ],
)
def test_an_entry_that_is_refused_says_why(reason: str, changes: dict[str, Any]) -> None:
    decision = enter(**changes)

    assert decision.reason == reason
    assert decision.action in {Action.WAIT, Action.BLOCK}


def test_first_come_reserves_only_the_base_order() -> None:
    margin = MarginLimit(amount=D(1000), soft=D("0.6"), hard=D("0.8"), mode=MarginMode.FIRST_COME)

    decision = enter(limits=make_limits(margin=margin, other_stakes=(Stake(held=D(450), to_come=D(500)),)))

    assert decision.action is Action.OPEN


@pytest.mark.parametrize(
    ("reason", "changes"),
    [
        ("exit.take_profit", {"market": make_market("102")}),
        ("exit.asked", {"limits": make_limits(stop=Stop.CLOSE)}),
        ("exit.signal", {"signal": LEAVE}),
        ("exit.stop_loss", {"settings": make_settings(stop_loss=D("0.05")), "market": make_market("94")}),
    ],
)
def test_a_group_closes_for_a_reason(reason: str, changes: dict[str, Any]) -> None:
    decision = run(**changes)

    assert (decision.action, decision.reason) == (Action.CLOSE, reason)


@pytest.mark.parametrize(
    "changes",
    [
        {"group": make_group(has_unknown_order=True)},
        {"market": make_market("102", at=LONG_AGO)},
        {"limits": make_limits(is_connection_proven=False)},
    ],
)
def test_nothing_closes_while_something_is_in_doubt(changes: dict[str, Any]) -> None:
    assert run(**{"market": make_market("102"), **changes}).action is not Action.CLOSE


def test_a_closing_group_waits() -> None:
    assert run(group=make_group(mode=Mode.CLOSING), market=make_market("50")).action is Action.WAIT


def test_losses_are_never_realised_without_a_stop() -> None:
    assert run(market=make_market("10")).action is not Action.CLOSE


def test_a_trailing_take_profit_follows_the_price_and_closes_when_it_falls_back() -> None:
    settings = make_settings(trailing=D("0.01"))

    waiting = run(settings=settings, market=make_market("101"))
    lower = run(settings=settings, group=make_group(best=D(105)), market=make_market("104.5"))
    armed = run(settings=settings, market=make_market("103"))
    followed = run(settings=settings, group=make_group(best=D(103)), market=make_market("105"))
    closed = run(settings=settings, group=make_group(best=D(105)), market=make_market("103.9"))
    gap = run(settings=settings, group=make_group(best=D(105)), market=make_market("99"))

    assert waiting.best is None
    assert (lower.reason, lower.best) == ("exit.trailing_armed", D(105))
    assert (armed.reason, armed.best) == ("exit.trailing_armed", D(103))
    assert followed.best == D(105)
    assert (closed.action, closed.reason) == (Action.CLOSE, "exit.trailing")
    assert gap.action is not Action.CLOSE


def test_an_add_on_in_its_zone_is_placed_with_its_cost() -> None:
    decision = run(market=make_market("98.4"))

    assert (decision.action, decision.reason, decision.cost) == (Action.ADD, "add_on.zone", D(20))
    assert decision.numbers["next_add_on"] == D("98.5")


def test_waiting_for_a_zone_is_no_news_but_a_blocked_add_on_is() -> None:
    waiting = run(market=make_market("99.5"))
    blocked = run(market=make_market("98.4"), limits=make_limits(equity=D(10)))

    assert (waiting.action, waiting.reason) == (Action.WAIT, "zone.not_reached")
    assert (blocked.action, blocked.reason) == (Action.BLOCK, "risk.stress_loss")


@pytest.mark.parametrize(
    ("reason", "changes"),
    [
        (
            "recovery.last_add_ons",
            {"group": make_group(*((p, "20") for p in ("100", "98", "96", "94", "92"))), "market": make_market("93")},
        ),
        ("recovery.loss", {"market": make_market("89")}),
        ("recovery.usage", {"limits": make_limits(other_stakes=(Stake(held=D(790)),))}),
        ("recovery.age", {"group": make_group(opened_at=NOW - timedelta(days=8))}),
        ("recovery.average", {"settings": make_settings(improve=D("0.05")), "market": make_market("98.4")}),
    ],
)
def test_recovery_mode_is_entered_at_the_second_alarm_running(reason: str, changes: dict[str, Any]) -> None:
    first = run(**{"market": make_market("99.5"), **changes})
    group = changes.get("group", make_group())
    again = {**changes, "group": type(group)(**{**vars(group), "alarms": first.alarms})}

    second = run(**{"market": make_market("99.5"), **again})

    assert first.alarms == 1
    assert (second.action, second.reason) == (Action.ENTER_RECOVERY, reason)


def test_a_trader_may_switch_recovery_mode_at_once() -> None:
    assert run(group=make_group(recovery_forced=True)).reason == "recovery.asked"


def test_recovery_mode_can_be_off() -> None:
    settings = make_settings(recovery=make_recovery(is_on=False))

    assert run(settings=settings, market=make_market("50")).alarms == 0


def test_a_group_leaves_recovery_beyond_break_even_on_closed_candles() -> None:
    group = make_group(mode=Mode.RECOVERY, recovery_since=NOW)
    beyond = make_market("100.25", closes=(D("100.3"), D("100.4"), D("100.3")))
    touched = make_market("100.25", closes=(D("100.3"), D("99"), D("100.3")))
    limits = make_limits(other_stakes=(Stake(held=D(700)),))

    assert run(group=group, market=beyond, limits=limits).reason == "recovery.left_break_even"
    assert run(group=group, market=touched, limits=limits).action is not Action.LEAVE_RECOVERY


def test_a_group_leaves_recovery_when_loss_and_usage_are_small() -> None:
    group = make_group(mode=Mode.RECOVERY, recovery_since=NOW)
    forced = make_group(mode=Mode.RECOVERY, recovery_since=NOW, recovery_forced=True)

    assert run(group=group, market=make_market("96")).reason == "recovery.left_calm"
    assert run(group=forced, market=make_market("96")).action is not Action.LEAVE_RECOVERY
    assert run(group=group, market=make_market("94")).action is not Action.LEAVE_RECOVERY


def test_the_take_profit_decays_to_break_even_in_recovery() -> None:
    settings = make_settings(recovery=make_recovery(decay=timedelta(days=2)))
    group = make_group(mode=Mode.RECOVERY, recovery_since=NOW)
    least = group.position.break_even * D("1.001")

    prices = [recovery.take_profit_price(settings, group, NOW + timedelta(days=day)) for day in (0, 1, 2, 5)]

    assert prices == [D(102), least + (D(102) - least) / 2, least, least]


def test_recovery_closes_at_its_decayed_take_profit() -> None:
    group = make_group(mode=Mode.RECOVERY, recovery_since=NOW - timedelta(days=9))

    assert run(group=group, market=make_market("100.31")).reason == "exit.recovery"


@given(st.decimals("1", "200", places=2), st.sampled_from(Mode), st.booleans())
def test_the_same_values_decide_the_same_and_name_a_known_reason(price: D, mode: Mode, has_signal: bool) -> None:
    values = {
        "group": make_group(mode=mode, recovery_since=LONG_AGO),
        "market": make_market(str(price)),
        "signal": ENTER if has_signal else None,
    }

    first, second = run(**values), run(**values)

    assert first == second
    assert first.reason in REASONS


def test_a_full_ladder_waits_without_a_next_add_on() -> None:
    settings = make_settings(recovery=make_recovery(is_on=False))
    full = make_group(*((price, "20") for price in ("100", "98.5", "96.7", "94.5", "92", "89")))

    decision = run(settings=settings, group=full, market=make_market("80"))

    assert (decision.action, decision.reason) == (Action.WAIT, "ladder.done")
    assert "next_add_on" not in decision.numbers
