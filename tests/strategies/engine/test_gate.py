"""The add-on gate: the example of the public page, each rule, and their order."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal as D
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from strategies.engine import gate
from strategies.engine.position import Position, Side
from strategies.engine.state import AddOn, Case, MarginLimit, MarketNow, Mode, Stake, Stop
from strategies.engine.state import LimitMode as MarginMode
from tests.strategies.engine.builders import FEES, NOW, make_case, make_group, make_limits, make_market, make_settings

JUST_NOW = NOW - timedelta(seconds=30)
WORTHLESS = make_group(position=Position(side=Side.LONG, fees=FEES).with_fills((D(0), D(1))))
FULL = tuple((price, "20") for price in ("100", "98.5", "96.7", "94.54", "91.95", "88.84"))


def admit(**changes: Any) -> str:
    return gate.admit(make_case(**{"market": make_market("98.4"), **changes}))


def test_an_add_on_in_its_zone_passes() -> None:
    assert admit() == ""


def add_on_of(case: Case) -> AddOn:
    assert case.add_on is not None
    return case.add_on


@pytest.mark.parametrize(
    ("reason", "changes"),
    [
        ("group.state", {"group": make_group(mode=Mode.CLOSING)}),
        ("group.paused", {"limits": make_limits(stop=Stop.ADD_ONS)}),
        ("ladder.done", {"group": make_group(*FULL), "market": make_market("80")}),
        ("zone.not_reached", {"market": make_market("99")}),
        ("zone.below_floor", {"settings": make_settings(floor=D("0.30")), "market": make_market("69")}),
        ("average.worse", {"settings": make_settings(improve=D("0.01"))}),
        ("spacing.too_close", {"group": make_group(last_fill_price=D("98.9"))}),
        ("cool_down", {"group": make_group(last_fill_at=JUST_NOW)}),
        ("margin.hard_limit", {"limits": make_limits(margin=MarginLimit(amount=D(45), soft=D(1), hard=D("0.8")))}),
        ("risk.stress_loss", {"limits": make_limits(equity=D(100))}),
        ("funds.unknown", {"limits": make_limits(equity=None)}),
        ("funds.too_little", {"limits": make_limits(free_quote=D("20.22"))}),
        ("size.below_minimum", {"market": make_market("98.4", minimum_cost=D("19.5"))}),
        ("size.below_minimum", {"market": make_market("98.4", min_amount=D("0.25"))}),
        ("size.below_minimum", {"market": make_market("98.4", ask=D("98.4"), bid=D("0.01"))}),
        ("entry.pair_closed", {"limits": make_limits(is_pair_open=False)}),
        ("average.worse", {"settings": make_settings(improve=D(0)), "group": WORTHLESS}),
        ("connection.not_proven", {"limits": make_limits(is_connection_proven=False)}),
        ("market.stale", {"market": make_market("98.4", at=JUST_NOW)}),
        ("order.unknown", {"group": make_group(has_unknown_order=True)}),
        ("group.order_open", {"group": make_group(has_open_order=True)}),
        ("liquidation.too_near", {"limits": make_limits(liquidation_price=D(86))}),
    ],
)
def test_each_rule_names_itself(reason: str, changes: dict[str, Any]) -> None:
    assert admit(**changes) == reason


def test_the_zone_is_reached_by_what_one_really_pays() -> None:
    wide = make_market("98.4", bid=D("98.3"), ask=D("98.6"))
    narrow = make_market("98.6", bid=D("98.3"), ask=D("98.5"))

    assert (admit(market=wide), admit(market=narrow)) == ("zone.not_reached", "")


def test_a_short_is_added_to_at_the_bid() -> None:
    short = {"settings": make_settings(side=Side.SHORT), "group": make_group(side=Side.SHORT)}

    assert admit(**short, market=make_market("101.6", bid=D("101.4"), ask=D("101.7"))) == "zone.not_reached"
    assert admit(**short, market=make_market("101.4", bid=D("101.6"), ask=D("101.7"))) == ""


@pytest.mark.parametrize(
    ("market", "changes"),
    [
        (make_market("98.5"), {}),
        (make_market("97"), {"settings": make_settings(floor=D("0.03"))}),
        (make_market("98.5"), {"group": make_group(last_fill_price=D("99.7"))}),
        (make_market("98.5"), {"group": make_group(last_fill_at=NOW - timedelta(minutes=5))}),
        (make_market("98.5"), {"limits": make_limits(margin=MarginLimit(amount=D(50), soft=D(1), hard=D("0.8")))}),
        (make_market("98.5", minimum_cost=D(20) / D("1.05")), {}),
        (make_market("98.5", at=NOW - timedelta(seconds=15)), {}),
    ],
)
def test_the_bounds_themselves_admit(market: MarketNow, changes: dict[str, Any]) -> None:
    assert admit(market=market, **changes) == ""


def test_just_the_accepted_loss_and_just_the_liquidation_gap_admit() -> None:
    case = make_case(market=make_market("98.4"))
    loss = add_on_of(case).after.stress_loss(gate.stressed(case))
    last = case.settings.ladder.price(5, D(100), Side.LONG)

    assert admit(limits=make_limits(equity=loss, accepted_loss=D(1))) == ""
    assert admit(limits=make_limits(equity=loss - D("1e-20"), accepted_loss=D(1))) == "risk.stress_loss"
    assert admit(limits=make_limits(liquidation_price=last * D("0.95"))) == ""


def test_just_enough_free_money_admits() -> None:
    assert admit(limits=make_limits(free_quote=D(20) * D("1.001") * D("1.01"))) == ""


def test_a_partial_exit_frees_what_it_sold() -> None:
    margin = MarginLimit(amount=D(45), soft=D(1), hard=D("0.8"))
    whole = Position(side=Side.LONG, fees=FEES).with_fills((D(100), D("0.2")))
    half_sold = replace(whole, sold=D("0.1"), proceeds=D(10))

    assert admit(limits=make_limits(margin=margin)) == "margin.hard_limit"
    assert admit(limits=make_limits(margin=margin), group=make_group(position=half_sold)) == ""


def test_a_far_liquidation_admits() -> None:
    assert admit(limits=make_limits(liquidation_price=D(60))) == ""


def test_the_first_rule_that_fails_is_the_reason() -> None:
    blocked_twice = {"group": make_group(last_fill_at=JUST_NOW), "limits": make_limits(is_connection_proven=False)}

    assert admit(**blocked_twice) == "cool_down"


@pytest.mark.parametrize(
    ("reason", "changes"),
    [
        ("average.worse", {"settings": make_settings(improve=D("0.0035"))}),
        ("spacing.too_close", {"group": make_group(mode=Mode.RECOVERY, last_fill_price=D("99.8"))}),
        ("cool_down", {"group": make_group(mode=Mode.RECOVERY, last_fill_at=NOW - timedelta(minutes=7))}),
    ],
)
def test_recovery_mode_is_stricter(reason: str, changes: dict[str, Any]) -> None:
    in_recovery = {"group": make_group(mode=Mode.RECOVERY), "market": make_market("98.1"), **changes}
    calm = {**in_recovery, "group": replace(in_recovery["group"], mode=Mode.NORMAL)}

    assert admit(**in_recovery) == reason
    assert admit(**calm) == ""


def test_a_short_is_added_to_above_its_entry() -> None:
    short = {"settings": make_settings(side=Side.SHORT), "group": make_group(side=Side.SHORT)}

    assert admit(**short, market=make_market("101.6")) == ""
    assert admit(**short, market=make_market("101")) == "zone.not_reached"


@given(st.decimals("1", "150", places=2), st.sampled_from(Side))
def test_an_admitted_add_on_never_worsens_the_average(price: D, side: Side) -> None:
    group, limits = make_group(side=side), make_limits(equity=D(10**6))
    case = make_case(settings=make_settings(side=side), group=group, market=make_market(str(price)), limits=limits)

    if gate.admit(case) == "":
        after = add_on_of(case).after.average
        assert side.sign * (group.position.average - after) > 0


@given(st.decimals("10", "2000", places=1), st.decimals("0", "1500", places=1), st.sampled_from(MarginMode))
def test_the_hard_limit_is_never_passed(amount: D, others: D, mode: MarginMode) -> None:
    margin = MarginLimit(amount=amount, soft=D("0.6"), hard=D("0.8"), mode=mode)
    limits = make_limits(margin=margin, other_stakes=(Stake(held=others),))
    case = make_case(market=make_market("98.4"), limits=limits)

    if gate.admit(case) == "":
        at_work = others + case.group.position.cost + add_on_of(case).cost
        assert at_work <= amount * D("0.8")
