from decimal import Decimal

import pytest

from strategies import inputs
from strategies.engine.state import LimitMode
from strategies.inputs import Plan
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
