"""Sizing: an accepted loss and a margin limit decide the base order, and a refusal says what would be enough."""

from dataclasses import replace
from decimal import Decimal as D
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from strategies.engine.ladder import full_position, stress_price
from strategies.engine.position import Fees, Position, Side
from strategies.engine.sizing import LEVELS, LimitedBy, RiskLevel, Sizing, least_cost, least_in_lots, size, size_at
from strategies.engine.state import LimitMode, MarginLimit, OrderRules
from tests.strategies.engine.builders import FEES

WORKED_LEVEL = RiskLevel(
    name="Worked",
    accepted_loss=D("0.05"),
    groups=2,
    add_ons=5,
    step=D("0.015"),
    step_scale=D("1.2"),
    volume_scale=D("1.2"),
    leverage_cap=1,
    soft=D("0.6"),
    hard=D("0.8"),
)
AMPLE = MarginLimit(amount=D(10**6), soft=D("0.6"), hard=D("0.8"))


def sized(level: RiskLevel = WORKED_LEVEL, **changes: Any) -> Sizing:
    given_ = {
        "side": Side.LONG,
        "stress": D("0.25"),
        "equity": D(1000),
        "margin": AMPLE,
        "add_ons_off": False,
        "minimum_cost": D(5),
        "wish": None,
        "fees": FEES,
    }
    return size(level, **{**given_, **changes})


def total(sizing: Sizing) -> D:
    assert sizing.ladder is not None
    return sizing.ladder.total


def test_five_percent_of_a_thousand_are_a_base_order_of_29_and_a_ladder_of_248() -> None:
    sizing = sized()

    assert round(sizing.largest, 1) == D("29.5")
    assert round(total(sizing), 1) == D("248.7")
    assert (sizing.limited_by, sizing.reason) == (LimitedBy.RISK, "")
    assert round(sizing.loss, 4) == 50
    assert sizing.loss_with_fees > sizing.loss


def test_reserving_shares_the_soft_limit_among_all_groups() -> None:
    sizing = sized(margin=MarginLimit(amount=D(400), soft=D("0.6"), hard=D("0.8")))

    assert sizing.limited_by is LimitedBy.MARGIN
    assert round(total(sizing), 4) == 120


def test_first_come_lets_one_ladder_reach_the_hard_limit() -> None:
    sizing = sized(margin=MarginLimit(amount=D(200), soft=D("0.6"), hard=D("0.8"), mode=LimitMode.FIRST_COME))

    assert round(total(sizing), 4) == 160


def test_first_come_without_add_ons_stays_below_the_soft_limit() -> None:
    margin = MarginLimit(amount=D(100), soft=D("0.6"), hard=D("0.8"), mode=LimitMode.FIRST_COME)

    sizing = sized(margin=margin, add_ons_off=True)

    assert (sizing.largest, total(sizing)) == (D(60), D(60))


def test_without_add_ons_the_stress_alone_decides() -> None:
    sizing = sized(add_ons_off=True)

    assert sizing.largest == 200
    assert (sizing.ladder.add_ons if sizing.ladder else None) == 0


def test_a_smaller_wish_is_granted() -> None:
    sizing = sized(wish=D(10))

    assert sizing.limited_by is LimitedBy.WISH
    assert sizing.ladder == WORKED_LEVEL.ladder(D(10))


@pytest.mark.parametrize(
    ("reason", "limited_by", "margin"),
    [
        ("size.risk", LimitedBy.RISK, AMPLE),
        ("size.margin", LimitedBy.MARGIN, replace(AMPLE, amount=D(200))),
    ],
)
def test_a_larger_wish_is_refused_and_the_limit_named(reason: str, limited_by: LimitedBy, margin: MarginLimit) -> None:
    sizing = sized(wish=D(30), margin=margin)

    assert (sizing.ladder, sizing.reason, sizing.limited_by) == (None, reason, limited_by)
    assert 0 < sizing.largest < 30


def test_the_largest_that_is_shown_can_be_wished() -> None:
    assert sized(wish=sized().largest).reason == ""


def test_the_smallest_order_itself_may_be_wished() -> None:
    assert sized(wish=D("5.25")).reason == ""


@pytest.mark.parametrize("wish", [D("5.24"), D(0), D(-1)])
def test_a_wish_below_the_minimum_is_refused_with_the_smallest_order(wish: D) -> None:
    sizing = sized(wish=wish)

    assert (sizing.ladder, sizing.reason, sizing.smallest) == (None, "size.below_minimum", D("5.25"))


LOT, IN_COIN = D("0.00001"), replace(FEES, entry_in_coin=True)


@pytest.mark.parametrize(
    ("price", "take_profit", "lots"), [(D(60000), "0.015", 21), (D(100000), "0.04", 21), (D(100000), "0.1", 11)]
)
def test_a_first_order_is_of_so_many_lots_that_its_take_profit_pays_for_the_lost_one(
    price: D, take_profit: str, lots: int
) -> None:
    least = least_in_lots(LOT, price, take_profit=D(take_profit), fees=IN_COIN)

    assert least == lots * LOT * price * D("1.05")
    for many, is_enough in ((lots, True), (lots + 1, True), (lots - 1, False)):
        bought = Position(side=Side.LONG, fees=IN_COIN, step=LOT).with_fills((price, many * LOT))
        reach = max(D(take_profit), D("0.05"))
        assert (bought.break_even <= replace(bought, step=None).price_for(reach)) is is_enough


@pytest.mark.parametrize(("step", "fees"), [(None, IN_COIN), (D(0), IN_COIN), (LOT, FEES)])
def test_without_lots_or_a_fee_in_the_coin_no_lot_is_lost(step: D | None, fees: Fees) -> None:
    assert least_in_lots(step, D(60000), take_profit=D("0.015"), fees=fees) == 0


def test_a_first_order_of_too_few_lots_is_refused_with_one_that_is_enough() -> None:
    sizing = sized(wish=D(10), least_first=D("40.32"))

    assert (sizing.ladder, sizing.reason, sizing.smallest) == (None, "size.coarse_lots", D("40.32"))
    assert sized(wish=D("40.32"), least_first=D("40.32"), margin=replace(AMPLE, amount=D(5000)), equity=D(5000)).ladder
    # What the exchange would not take at all is told first.
    assert sized(wish=D(5), least_first=D("40.32")).reason == "size.below_minimum"


def test_too_little_for_so_many_lots_is_told_what_would_be_enough() -> None:
    sizing = sized(least_first=D("40.32"))

    assert (sizing.ladder, sizing.reason) == (None, "size.coarse_lots")
    assert sizing.needed_equity is not None
    assert sized(least_first=D("40.32"), equity=sizing.needed_equity).ladder is not None


@pytest.mark.parametrize("equity", [None, D(0), D(-5)])
def test_no_size_follows_from_no_equity(equity: D | None) -> None:
    assert (sized(equity=equity).reason, sized(equity=equity).largest) == ("size.no_equity", D(0))


def test_too_little_equity_is_told_how_many_add_ons_would_fit_and_what_would_be_enough() -> None:
    sizing = sized(equity=D(100))

    assert (sizing.ladder, sizing.reason) == (None, "size.below_minimum")
    assert sizing.fits_add_ons is not None
    assert sized(replace(WORKED_LEVEL, add_ons=sizing.fits_add_ons), equity=D(100)).ladder is not None
    assert sized(replace(WORKED_LEVEL, add_ons=sizing.fits_add_ons + 1), equity=D(100)).ladder is None
    assert sizing.needed_margin is None
    assert sized(equity=sizing.needed_equity).ladder is not None


def test_far_too_little_equity_fits_no_ladder_at_all() -> None:
    assert sized(equity=D(1)).fits_add_ons is None


@pytest.mark.parametrize("mode", LimitMode)
def test_too_small_a_margin_limit_is_told_which_would_be_enough(mode: LimitMode) -> None:
    margin = MarginLimit(amount=D(20), soft=D("0.6"), hard=D("0.8"), mode=mode)

    sizing = sized(margin=margin)

    assert (sizing.reason, sizing.needed_equity) == ("size.below_minimum", None)
    assert sizing.needed_margin is not None
    assert sized(margin=replace(margin, amount=sizing.needed_margin)).ladder is not None
    assert sized(margin=replace(margin, amount=sizing.needed_margin * D("0.999"))).ladder is None


def test_a_margin_limit_of_nothing_has_no_room_even_without_a_minimum() -> None:
    sizing = sized(margin=replace(AMPLE, amount=D(0)), minimum_cost=D(0))

    assert (sizing.ladder, sizing.reason) == (None, "size.below_minimum")


@given(
    st.sampled_from(sorted(LEVELS)),
    st.sampled_from(Side),
    st.sampled_from([D("0.25"), D("0.5")]),
    st.decimals("1", "1000000", places=2),
    st.decimals("1", "1000000", places=2),
    st.sampled_from(LimitMode),
    st.booleans(),
    st.none() | st.decimals("1", "1000", places=2),
)
def test_a_granted_ladder_keeps_to_the_accepted_loss_the_margin_limit_and_the_minimum(
    name: str, side: Side, stress: D, equity: D, amount: D, mode: LimitMode, add_ons_off: bool, wish: D | None
) -> None:
    level = LEVELS[name]
    margin = MarginLimit(amount=amount, soft=level.soft, hard=level.hard, mode=mode)
    sizing = sized(level, side=side, stress=stress, equity=equity, margin=margin, add_ons_off=add_ons_off, wish=wish)

    if sizing.ladder is None:
        assert sizing.reason in {"size.below_minimum", "size.risk", "size.margin"}
        return
    at = stress_price(sizing.ladder, first=D(100), side=side, stress=stress)
    loss = full_position(sizing.ladder, first=D(100), side=side, fees=FEES).stress_loss(at)
    most = level.soft * amount / level.groups if mode is LimitMode.RESERVE else level.hard * amount
    assert loss <= level.accepted_loss * equity
    assert sizing.ladder.total <= most
    assert sizing.ladder.base <= level.soft * amount
    assert min(sizing.ladder.costs) >= D("5.25")


@pytest.mark.parametrize(
    ("rules", "price", "fees", "least"),
    [
        ({"minimum_cost": D(1), "min_amount": D("0.01")}, "143", FEES, "1.43"),
        ({"minimum_cost": D(1)}, "50", FEES, "1"),
        ({"minimum_cost": D(1)}, "0", FEES, "1"),
        # A coin of one lot of which the fee takes a part could not be sold: two are bought.
        ({"minimum_cost": D(1), "amount_step": D(1)}, "7", IN_COIN, "14"),
        ({"minimum_cost": D(10), "amount_step": D(1)}, "7", FEES, "14"),
    ],
)
def test_the_least_is_what_can_be_sold_again(rules: dict[str, D], price: str, fees: Fees, least: str) -> None:
    assert least_cost(OrderRules(**rules), D(price), fees) == D(least)


def test_a_ladder_at_a_price_keeps_to_what_the_exchange_takes_there() -> None:
    wishes: dict[str, Any] = {"side": Side.LONG, "stress": D("0.25"), "equity": D(1000), "margin": AMPLE, "wish": None}
    rules = OrderRules(minimum_cost=D(5), amount_step=LOT)

    sizing = size_at(
        D(60000), WORKED_LEVEL, **wishes, rules=rules, add_ons_off=False, fees=IN_COIN, take_profit=D("0.015")
    )

    least_first = least_in_lots(LOT, D(60000), take_profit=D("0.015"), fees=IN_COIN)
    assert sizing == sized(minimum_cost=least_cost(rules, D(60000), IN_COIN), fees=IN_COIN, least_first=least_first)
