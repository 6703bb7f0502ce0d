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
    return gate.admit(make_case(**{"market": make_market("98.4"), **changes}))[0]


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
    half_sold = replace(whole, sold=D("0.1"), proceeds=D(10), held_quantity=D("0.1"), held_cost=D(10))

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

    if add_on := gate.admit(case)[1]:
        after = add_on.after.average
        assert side.sign * (group.position.average - after) > 0


@given(st.decimals("10", "2000", places=1), st.decimals("0", "1500", places=1), st.sampled_from(MarginMode))
def test_the_hard_limit_is_never_passed(amount: D, others: D, mode: MarginMode) -> None:
    margin = MarginLimit(amount=amount, soft=D("0.6"), hard=D("0.8"), mode=mode)
    limits = make_limits(margin=margin, other_stakes=(Stake(held=others),))
    case = make_case(market=make_market("94"), limits=limits)

    if add_on := gate.admit(case)[1]:
        at_work = others + case.group.position.cost + add_on.cost
        assert at_work <= amount * D("0.8")


def bought(price: str, **changes: Any) -> tuple[int, D] | None:
    """Return the rung that the order reaches at this price, and its cost; None: nothing may be bought."""
    add_on = gate.admit(make_case(**{"market": make_market(price), **changes}))[1]
    return (add_on.k, add_on.cost) if add_on else None


@pytest.mark.parametrize(
    ("price", "order"),
    [
        ("98.5", (1, D(20))),
        ("96.71", (1, D(20))),
        ("96.7", (2, D(44))),
        ("94", (3, D("72.8"))),
        ("60", (5, D("148.832"))),
    ],
)
def test_all_rungs_that_a_fall_has_passed_are_one_order(price: str, order: tuple[int, D]) -> None:
    assert bought(price) == order


def test_a_ladder_goes_on_from_the_rung_that_was_reached_last() -> None:
    reached = make_group(("100", "20"), ("94", "72.8"), add_ons_done=3)

    assert bought("91.9", group=reached) == (4, D("34.56"))
    assert bought("88.8", group=reached) == (5, D("76.032"))


@pytest.mark.parametrize(
    ("limits", "order"),
    [
        ({"free_quote": D(74)}, (3, D("72.8"))),
        ({"free_quote": D(73)}, (2, D(44))),
        ({"free_quote": D(44)}, (1, D(20))),
        ({"free_quote": D(20)}, None),
        # 20 at 100 and 72.8 at 94 lose 19.71 at 75, 20 and 44 lose 13.89.
        ({"equity": D(1000), "accepted_loss": D("0.0198")}, (3, D("72.8"))),
        ({"equity": D(1000), "accepted_loss": D("0.0139")}, (2, D(44))),
        ({"margin": MarginLimit(amount=D(116), soft=D("0.6"), hard=D("0.8"))}, (3, D("72.8"))),
        ({"margin": MarginLimit(amount=D(115), soft=D("0.6"), hard=D("0.8"))}, (2, D(44))),
    ],
)
def test_as_many_rungs_are_bought_as_every_rule_admits_for_the_whole(
    limits: dict[str, Any], order: tuple[int, D] | None
) -> None:
    assert bought("94", limits=make_limits(**limits)) == order


def test_the_distance_from_the_last_fill_is_that_of_the_first_rung() -> None:
    """0.8 of 1.5 %, from 95.19; of the third rung it would be 0.8 of 2.16 %."""
    assert bought("94", group=make_group(last_fill_price=D("95.2"))) == (3, D("72.8"))
    assert admit(market=make_market("94"), group=make_group(last_fill_price=D("95.19"))) == "spacing.too_close"


def test_a_short_buys_what_a_rise_has_passed_at_once() -> None:
    short = {"settings": make_settings(side=Side.SHORT), "group": make_group(side=Side.SHORT)}

    assert bought("105.5", **short) == (3, D("72.8"))


def test_beyond_the_floor_nothing_is_bought_however_many_rungs_were_passed() -> None:
    assert admit(market=make_market("89"), settings=make_settings(floor=D("0.1"))) == "zone.below_floor"


def test_what_an_order_did_not_get_is_bought_with_the_next() -> None:
    """Of the first rung's 20 only 5 were bought: 15 are missing, and the second takes 24 with them."""
    partly = make_group(("100", "20"), ("98.4", "5"), add_ons_done=0, last_fill_price=D("98.4"))

    assert admit(group=partly, market=make_market("98.3")) == "spacing.too_close"
    assert bought("97.2", group=partly) == (1, D(15))
    assert bought("96.7", group=partly) == (2, D(39))
