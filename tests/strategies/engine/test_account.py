"""All groups of an account together: what each may lose at its stress price, what is set aside, and the two rules.

The figures are those of the worked example: a ladder of 168.83 that loses 33.9 when the price has fallen by a quarter.
"""

from dataclasses import replace
from decimal import Decimal as D
from typing import Any

import pytest

from strategies.engine import gate
from strategies.engine.account import NO_STAKE, Grounds, Pool, Stake
from strategies.engine.ladder import Ladder
from strategies.engine.position import Side
from strategies.engine.state import LimitMode, Limits, MarginLimit
from tests.strategies.engine.builders import FEES, WORKED, enter, make_case, make_group, make_limits, make_market, run

MONEY = {"equity": D(1000), "free": D(100000)}


def make_grounds(**changes: Any) -> Grounds:
    return replace(Grounds(ladder=WORKED, side=Side.LONG, stress=D("0.25"), is_reserved=True), **changes)


def limits_of(pool: Pool, mode: LimitMode = LimitMode.RESERVE) -> Limits:
    margin = MarginLimit(amount=D(1000), soft=D("0.6"), hard=D("0.8"), mode=mode)
    return make_limits(margin=margin, pool=pool, free_quote=pool.free, equity=pool.equity)


def test_a_new_group_risks_its_whole_ladder_where_it_is_reserved() -> None:
    new = make_grounds().ordering(D(20), 0).stake

    assert round(new.at_risk, 1) == D("33.9")
    assert (new.held, new.ordered, round(new.to_come, 2)) == (D(0), D(20), D("148.83"))


def test_a_new_group_risks_its_first_order_where_it_is_not() -> None:
    assert make_grounds(is_reserved=False).ordering(D(20), 0).stake == Stake(held=D(0), ordered=D(20), at_risk=D(5))


def test_what_is_held_is_at_risk_at_what_was_paid_for_it() -> None:
    """20 bought 0.2 at 100 and 20 bought 0.203 at 98.5: at 75 they are worth 30.23, 9.77 less."""
    held = make_grounds(is_reserved=False, first=D(100), at_work=D(40), held=D(20) / 100 + D(20) / D("98.5"), done=1)

    assert round(held.stake.at_risk, 2) == D("9.77")


def test_the_risk_of_a_reserved_ladder_stays_the_same_while_it_fills() -> None:
    part = make_grounds(first=D(100), at_work=D(40), cost=D(40), held=D(20) / 100 + D(20) / D("98.5"), done=1)
    under_way = part.ordering(WORKED.costs[2], 2)

    assert round(part.stake.at_risk, 10) == round(make_grounds().ordering(D(20), 0).stake.at_risk, 10)
    assert round(under_way.stake.at_risk, 10) == round(part.stake.at_risk, 10)
    assert under_way.stake.to_come == WORKED.remaining(2)


def test_what_an_order_did_not_get_of_its_rung_stays_set_aside() -> None:
    """The entry got 20, the first add-on 15 of 20 at 98.5: 5 and the four rungs after it are still to be bought."""
    held = D(20) / 100 + D(15) / D("98.5")
    part = make_grounds(first=D(100), at_work=D(35), cost=D(35), held=held, done=1)

    assert part.stake.to_come == WORKED.remaining(1) + 5
    losses = [1 - D(75) / WORKED.price(k, D(100), Side.LONG) for k in range(6)]
    to_come = sum((WORKED.costs[k] * losses[k] for k in range(2, 6)), D(0))
    # They are bought at the next rung, and lose there what it loses.
    assert round(part.stake.at_risk, 10) == round(35 - held * 75 + 5 * losses[2] + to_come, 10)


def test_what_an_order_did_not_get_is_not_set_aside_once_it_is_under_way() -> None:
    part = make_grounds(first=D(100), at_work=D(35), cost=D(35), held=D("0.35"), done=1)

    assert part.ordering(WORKED.costs[2] + 5, 2).stake.to_come == WORKED.remaining(2)
    assert part.ordering(D(3), 1).stake.to_come == WORKED.remaining(1) + 2


def test_what_an_order_got_of_a_rung_is_not_set_aside_again() -> None:
    """Half of the first add-on is bought: its other half and the four rungs after it are to come."""
    part = make_grounds(first=D(100), at_work=D(30), cost=D(30), held=D("0.3"), done=0)

    assert part.stake.to_come == WORKED.total - 30


def test_more_than_planned_is_taken_off_the_rungs_that_follow() -> None:
    """A buy that came late paid for the first add-on and for half of the second."""
    more = make_grounds(first=D(100), at_work=D(52), cost=D(52), held=D("0.52"), done=0)
    losses = [1 - D(75) / WORKED.price(k, D(100), Side.LONG) for k in range(6)]
    to_come = sum((WORKED.costs[k] * losses[k] for k in range(3, 6)), 12 * losses[2])

    assert more.stake.to_come == WORKED.total - 52
    assert round(more.stake.at_risk, 10) == round(52 - D("0.52") * 75 + to_come, 10)


def test_nothing_is_to_come_after_the_last_rung() -> None:
    """No rung is left that could buy what the last one lacks."""
    done = make_grounds(first=D(100), at_work=D(160), cost=D(160), held=D(1), done=5)

    assert done.stake.to_come == 0


def test_coins_that_were_paid_for_by_a_partial_exit_risk_nothing() -> None:
    assert make_grounds(is_reserved=False, first=D(100), at_work=D(5), held=D("0.1"), done=0).stake.at_risk == 0


def test_a_short_loses_when_the_price_rises() -> None:
    short = make_grounds(side=Side.SHORT, is_reserved=False, first=D(100), at_work=D(20), held=D("0.2"))

    assert short.stake.at_risk == 5


def test_a_rung_below_nothing_is_never_bought() -> None:
    deep = Ladder(base=D(20), add_on=D(20), step=D("0.6"), step_scale=D(1), volume_scale=D(1), add_ons=2)

    # The first order loses all of it, the rung at 40 too, and the one at -20 is not there.
    assert make_grounds(ladder=deep).ordering(D(20), 0).stake.at_risk == 40


@pytest.mark.parametrize(("at_risk", "reason"), [(D(16), ""), (D("16.2"), "account.cap")])
def test_no_entry_passes_the_cap(at_risk: D, reason: str) -> None:
    """Of 1000 all groups may lose 5 %: 50, of which the new one takes 33.9."""
    decision = enter(limits=limits_of(Pool(**MONEY, loss_cap=D("0.05"), at_risk=at_risk)))

    assert decision.reason == (reason or "entry.signal")
    if reason:
        assert round(decision.numbers["at_risk"], 1) == D("50.1")
        assert decision.numbers["loss_cap"] == 50
        assert "set_aside" not in decision.numbers


@pytest.mark.parametrize(("free", "reason"), [("474.00", ""), ("473.99", "account.reserve")])
def test_an_entry_leaves_what_others_have_set_aside(free: str, reason: str) -> None:
    """168.832 and 300, each with a fee of 0.1 % and 1 % of slippage: 170.691 and 303.303."""
    decision = enter(limits=limits_of(Pool(equity=D(1000), free=D(free), set_aside=D(300))))

    assert decision.reason == (reason or "entry.signal")
    if reason:
        assert round(decision.numbers["needed"], 3) == D("170.691")
        assert decision.numbers["set_aside"] == D("303.303")


@pytest.mark.parametrize(("free", "reason"), [("323.6", ""), ("323.5", "account.reserve")])
def test_first_come_leaves_it_too_and_asks_for_no_more_than_its_order(free: str, reason: str) -> None:
    pool = Pool(equity=D(1000), free=D(free), set_aside=D(300))
    limits = limits_of(pool, LimitMode.FIRST_COME)

    assert enter(limits=limits).reason == (reason or "entry.signal")
    assert gate.admit(make_case(limits=limits, market=make_market("98.4")))[0] == reason


def test_an_add_on_whose_money_was_set_aside_needs_that_alone() -> None:
    """Others' 300 and most of its own are gone: it is told elsewhere, and stops nothing."""
    pool = Pool(equity=D(1000), free=D("20.3"), set_aside=D("448.83"))

    assert gate.admit(make_case(limits=limits_of(pool), market=make_market("98.4")))[0] == ""


def test_no_add_on_passes_the_cap_and_it_says_by_how_much() -> None:
    """Together they may lose 50, and by now lose 60 of which this group's are 33.9: the equity has fallen."""
    pool = Pool(**MONEY, loss_cap=D("0.05"), at_risk=D(60))

    decision = run(limits=limits_of(pool), market=make_market("98.4"))

    assert decision.reason == "account.cap"
    assert round(decision.numbers["at_risk"], 6) == 60
    assert decision.numbers["loss_cap"] == 50


def test_an_exit_is_never_asked() -> None:
    beyond = Pool(**MONEY, loss_cap=D("0.01"), at_risk=D(900), set_aside=D(10**6))

    assert run(limits=limits_of(beyond), market=make_market("103")).reason == "exit.take_profit"


def test_what_is_not_known_is_refused_by_its_own_rule() -> None:
    """Without a balance nothing is measured here: each order waits for it all the same."""
    assert Pool(set_aside=D(10**6)).refusal(NO_STAKE, Stake(held=D(0), ordered=D(20)), FEES) == ""
    assert enter(limits=limits_of(Pool())).reason == "funds.unknown"


def test_what_is_counted_takes_from_what_is_free() -> None:
    pool = Pool(equity=D(1000), free=D(500), at_risk=D(10), set_aside=D(100))
    group = make_group()
    before, after = make_case(group=group, market=make_market("98.4")).stakes(gate_add_on())

    counted = pool.counting(before, after)

    assert counted.free == 480
    assert counted.equity == 1000
    assert counted.set_aside == 80
    assert Pool().counting(before, after).free is None


def gate_add_on() -> Any:
    return make_case(market=make_market("98.4")).add_on


def test_what_is_set_aside_and_not_free_any_more_is_missing() -> None:
    assert Pool(equity=D(1000), free=D(100), set_aside=D(130)).missing == D(30)
    assert Pool(equity=D(1000), free=D(130), set_aside=D(130)).missing == 0
    assert Pool(set_aside=D(130)).missing == 0


def test_a_buy_beyond_a_ladder_that_stands_in_for_another_is_reckoned_all_the_same() -> None:
    single = Ladder(base=D(1), add_on=D(1), step=D(1), step_scale=D(1), volume_scale=D(1), add_ons=0)

    assert make_grounds(ladder=single).ordering(D(20), 3).stake.ordered == 20
