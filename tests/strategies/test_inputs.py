from decimal import Decimal

import pytest

from strategies import inputs
from strategies.engine.sizing import LEVELS
from strategies.engine.state import LimitMode
from strategies.inputs import Plan
from strategies.models import Bot
from strategies.models.market import Instrument


def market_of(pair: str) -> Instrument:
    return Instrument(pair=pair, price=Decimal(100), min_cost=Decimal(1))


def make_plan(**changes: object) -> Plan:
    values: dict[str, object] = {
        "risk_level": "low",
        "add_on_behaviour": "reserve",
        "margin_limit": Decimal(500),
    }
    return Plan(**(values | changes))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("behaviour", "mode"),
    [("reserve", LimitMode.RESERVE), ("first_come", LimitMode.FIRST_COME), ("off", LimitMode.RESERVE)],
)
def test_the_margin_limit_takes_its_shares_from_the_risk_level(behaviour: str, mode: LimitMode) -> None:
    margin = inputs.margin_of(make_plan(add_on_behaviour=behaviour))

    assert (margin.amount, margin.soft, margin.hard) == (Decimal(500), Decimal("0.50"), Decimal("0.70"))
    assert margin.mode is mode


def test_without_add_ons_the_ladder_is_one_order() -> None:
    assert make_plan(add_on_behaviour="off").ladder(Decimal(20)).total == 20
    assert make_plan().ladder(Decimal(20)).total == 80


def test_a_major_coin_is_stressed_less_than_another_so_its_order_may_be_larger() -> None:
    plan = make_plan(margin_limit=Decimal(100_000))

    sizes = [inputs.sizing_of(plan, market_of(pair), Decimal(1000)).largest for pair in ("BTC/USDT", "SOL/USDT")]

    assert sizes[0] > 2 * sizes[1]


def test_a_wished_first_order_is_kept() -> None:
    sizing = inputs.sizing_of(make_plan(base_order=Decimal(5)), market_of("BTC/USDT"), Decimal(1000))

    assert sizing.ladder is not None
    assert sizing.ladder.base == 5


def test_the_minimum_is_the_greater_of_the_least_cost_and_the_least_amount() -> None:
    instrument = Instrument(price=Decimal(143), min_amount=Decimal("0.01"), min_cost=Decimal(1))

    assert inputs.minimum_of(instrument) == Decimal("1.43")
    assert inputs.minimum_of(Instrument(price=Decimal(50), min_cost=Decimal(1))) == 1
    assert inputs.minimum_of(None) == 0


def test_fees_are_the_takers_rate_and_the_usual_one_until_it_is_known() -> None:
    assert inputs.fees_of(Instrument(taker=Decimal("0.0008"))).exit == Decimal("0.0008")
    assert inputs.fees_of(Instrument()).entry == inputs.fees_of(None).entry == Decimal("0.001")


def test_without_a_ladder_of_its_own_a_bot_has_its_levels() -> None:
    assert inputs.level_of(make_plan(risk_level="high")) is LEVELS["high"]


@pytest.mark.parametrize(
    ("column", "typed", "figure", "value"),
    [
        ("add_ons", 8, "add_ons", 8),
        ("add_ons", 0, "add_ons", 0),
        ("add_on_ratio", Decimal("1.5"), "add_on", Decimal("1.5")),
        ("first_step", Decimal("2.2"), "step", Decimal("0.022")),
        ("step_scale", Decimal(1), "step_scale", Decimal(1)),
        ("volume_scale", Decimal(2), "volume_scale", Decimal(2)),
        ("floor", Decimal(20), "floor", Decimal("0.2")),
        ("least_improvement", Decimal("0.5"), "improve", Decimal("0.005")),
        ("accepted_loss", Decimal(10), "accepted_loss", Decimal("0.1")),
        ("max_groups", 9, "groups", 9),
    ],
)
def test_what_a_trader_set_takes_the_place_of_the_levels_value_and_of_no_other(
    column: str, typed: Decimal | int, figure: str, value: Decimal | int
) -> None:
    level = inputs.level_of(make_plan(risk_level="medium", **{column: typed}))

    assert getattr(level, figure) == value
    others = {name: was for name, was in vars(LEVELS["medium"]).items() if name != figure}
    assert {name: getattr(level, name) for name in others} == others


def test_a_bot_and_a_plan_of_the_same_settings_have_the_same_level() -> None:
    own = {"add_ons": 4, "first_step": Decimal(3), "base_order": Decimal(10), "first_add_on": Decimal(25)}

    assert inputs.level_of(Bot(risk_level="high", **own)) == inputs.level_of(make_plan(risk_level="high", **own))


def test_sizes_typed_in_money_are_what_is_ordered_to_the_last_digit() -> None:
    """Base 30, first add-on 20, three of them, each twice the one before: 30 + 20 + 40 + 80 = 170."""
    own = {"first_add_on": Decimal(20), "volume_scale": Decimal(2), "add_ons": 3, "pairs": ("BTC/USDT",)}
    plan = make_plan(base_order=Decimal(30), margin_limit=Decimal(10_000), **own)

    ladder = inputs.sizing_of(plan, market_of("BTC/USDT"), Decimal(10_000)).ladder

    assert ladder is not None
    assert ladder.costs == tuple(map(Decimal, (30, 20, 40, 80)))
    assert ladder.total == 170


def test_steps_of_ones_own_are_where_other_products_with_the_same_numbers_have_them() -> None:
    """Deviation 2 %, step scale 1.5, 3 add-ons: 2, 2 + 3, 2 + 3 + 4.5 percent below the entry."""
    own = {"first_step": Decimal(2), "step_scale": Decimal("1.5"), "add_ons": 3}

    ladder = make_plan(**own).ladder(Decimal(10))

    assert ladder.deviations == (Decimal(0), Decimal("0.02"), Decimal("0.05"), Decimal("0.095"))


@pytest.mark.parametrize(
    ("pairs", "max_groups", "groups"),
    [
        (("BTC/USDT",), None, 1),
        (("BTC/USDT", "ETH/USDT"), None, 2),
        (("BTC/USDT", "ETH/USDT", "SOL/USDT"), None, 2),
        (("BTC/USDT", "ETH/USDT", "SOL/USDT"), 9, 3),
        (("BTC/USDT", "ETH/USDT", "SOL/USDT"), 1, 1),
        ((), None, 1),
    ],
)
def test_a_bot_can_have_as_many_groups_as_allowed_and_never_more_than_pairs(
    pairs: tuple[str, ...], max_groups: int | None, groups: int
) -> None:
    assert inputs.groups_of(make_plan(pairs=pairs, max_groups=max_groups)) == groups


def test_money_is_set_aside_for_groups_that_can_exist() -> None:
    """Low sets half the limit aside: 500 of 1000 for the only group of one pair, 250 each for those of two."""
    sizes = []
    for pairs in (("BTC/USDT",), ("BTC/USDT", "ETH/USDT"), ("BTC/USDT", "ETH/USDT", "SOL/USDT")):
        plan = make_plan(pairs=pairs, margin_limit=Decimal(1000))
        ladder = inputs.sizing_of(plan, market_of("BTC/USDT"), Decimal(1_000_000)).ladder
        assert ladder is not None
        sizes.append(ladder.total)

    assert sizes == [500, 250, 250]
