"""What bots could come to: all groups that each can have, and the pairs that could never open one."""

from decimal import Decimal as D
from typing import Any

import pytest

from strategies.inputs import Plan
from strategies.models import Instrument
from strategies.portfolio import exposure


def plan(**changes: Any) -> Plan:
    """Return a Low plan: three add-ons as large as the entry of 10."""
    values: dict[str, Any] = {
        "risk_level": "low",
        "add_on_behaviour": "reserve",
        "margin_limit": D(1000),
        "base_order": D(10),
        "pairs": ("BTC/USDT", "ETH/USDT", "SOL/USDT"),
    }
    return Plan(**(values | changes))


def market(pair: str, **changes: Any) -> Instrument:
    values = {"price": D(100), "ruled_at": "now", "taker": D(0), "min_cost": D(1), "is_tradable": True} | changes
    return Instrument(pair=pair, **values)


KNOWN = {pair: market(pair) for pair in ("BTC/USDT", "ETH/USDT", "SOL/USDT")}


def test_a_bot_has_no_more_groups_than_its_level_and_its_pairs_allow() -> None:
    """A ladder of 10 is 40: low allows two of three pairs, an own limit all three, and one pair is one group."""
    found = [
        exposure.exposure_of(one, KNOWN, D(100_000))
        for one in (plan(), plan(max_groups=9), plan(pairs=("BTC/USDT",), max_groups=9))
    ]

    assert [(one.groups, one.at_work) for one in found if one] == [(2, D(80)), (3, D(120)), (1, D(40))]


def test_who_comes_first_is_served_as_far_as_the_soft_and_the_hard_limit_go() -> None:
    """Of 100, half may be entered: two entries of 20. 70 may be at work: less than both ladders of 80."""
    found = exposure.exposure_of(
        plan(add_on_behaviour="first_come", margin_limit=D(100), base_order=D(17), max_groups=3), KNOWN, D(100_000)
    )

    assert found is not None
    assert (found.groups, found.wanted, found.at_work) == (2, D(136), D(70))


def test_no_account_can_have_more_at_work_than_it_holds() -> None:
    found = exposure.exposure_of(plan(accepted_loss=D(100), max_groups=3), KNOWN, D(100))

    assert found is not None
    assert (found.wanted, found.at_work) == (D(120), D(100))
    assert found.losses[2] <= 50


def test_a_stop_loss_bounds_what_all_groups_lose() -> None:
    """2 % below an entry of 10 comes before the first add-on: 0.2 each, whatever the price does then."""
    found = exposure.exposure_of(plan(stop_loss=D(2)), KNOWN, D(100_000))

    assert found is not None
    assert [round(loss, 6) for loss in found.losses] == [D("0.4")] * 3


def test_a_pair_that_can_open_no_group_loses_nothing() -> None:
    only_btc = {**KNOWN, "ETH/USDT": market("ETH/USDT", min_cost=D(50)), "SOL/USDT": market("SOL/USDT", min_cost=D(50))}

    found = exposure.exposure_of(plan(), only_btc, D(100_000))
    none = exposure.exposure_of(plan(pairs=("ETH/USDT",)), only_btc, D(100_000))

    assert found is not None
    assert found.at_work == 40
    assert none is None


def test_a_bot_of_which_every_pair_is_refused_is_told_what_the_nearest_lacks() -> None:
    """Least orders of 5 and 50: 5.25 and 52.50 with the room to close, times four orders and two groups, of half."""
    known = {"BTC/USDT": market("BTC/USDT", min_cost=D(50)), "ETH/USDT": market("ETH/USDT", min_cost=D(5))}
    lack = exposure.never_trades(
        plan(pairs=("BTC/USDT", "ETH/USDT"), margin_limit=D(20), base_order=None), known, D(100_000)
    )

    assert lack is not None
    assert (lack.reason, lack.smallest, lack.needed_margin) == ("size.below_minimum", D("5.25"), D(84))


@pytest.mark.parametrize(
    ("known", "equity"),
    [
        (KNOWN, None),
        ({}, D(10)),
        ({**KNOWN, "SOL/USDT": market("SOL/USDT", ruled_at=None)}, D(10)),
        ({**KNOWN, "SOL/USDT": market("SOL/USDT", price=None)}, D(10)),
        ({**KNOWN, "SOL/USDT": market("SOL/USDT", min_cost=D(0))}, D(10)),
    ],
)
def test_a_bot_that_may_trade_is_not_refused(known: dict[str, Instrument], equity: D | None) -> None:
    assert exposure.never_trades(plan(base_order=None), known, equity) is None
