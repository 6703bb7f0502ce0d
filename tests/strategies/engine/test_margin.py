"""The margin limit over a whole life: whatever the price does, no more is at work than the hard limit allows."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal as D
from random import Random
from typing import Any

import pytest

from strategies.engine import entry, gate
from strategies.engine.decide import decide
from strategies.engine.decision import Action, Decision
from strategies.engine.position import Position, Side
from strategies.engine.state import (
    Case,
    Held,
    LimitMode,
    Limits,
    MarginLimit,
    MarketNow,
    Opening,
    Request,
    Settings,
    Stake,
)
from strategies.engine.state import Mode as GroupMode
from tests.strategies.engine.builders import (
    FEES,
    LONG_AGO,
    NOW,
    make_case,
    make_group,
    make_limits,
    make_market,
    make_settings,
)

STEP = timedelta(minutes=10)


@dataclass
class Trader:
    """Acts on every decision as a runner would, orders filled at once at the price."""

    settings: Settings
    limits: Limits
    group: Held | None = None

    def meet(self, price: D, step: int) -> None:
        now = NOW + step * STEP
        market = MarketNow(price=price, at=now, minimum_cost=D(5))
        others = replace(self.limits, open_groups=1 if self.group else 0)
        decision = self.decide(market, others, now)
        fill = price, decision.quantity or D(0)
        if decision.action is Action.OPEN:
            position = Position(side=self.settings.side, fees=FEES).with_fills(fill)
            self.group = Held(
                position=position, first_price=price, opened_at=now, last_fill_at=now, last_fill_price=price
            )
        elif decision.action is Action.CLOSE:
            self.group = None
        elif self.group is not None:
            self.group = self.after(self.group, decision, fill, now)
            self.group = replace(self.group, alarms=decision.alarms, best=decision.best)

    def decide(self, market: MarketNow, limits: Limits, now: datetime) -> Decision:
        seen: dict[str, Any] = {"settings": self.settings, "market": market, "limits": limits, "now": now}
        request = Request(side=self.settings.side)
        if self.group is None:
            return entry.enter(Opening(**seen, request=request))
        return decide(Case(**seen, group=self.group, request=request))

    def after(self, group: Held, decision: Decision, fill: tuple[D, D], now: datetime) -> Held:
        action = decision.action
        if action is Action.ENTER_RECOVERY:
            return replace(group, mode=GroupMode.RECOVERY, recovery_since=now)
        if action is Action.LEAVE_RECOVERY:
            return replace(group, mode=GroupMode.NORMAL, recovery_since=None)
        if action is not Action.ADD:
            return group
        before, position = group.position, group.position.with_fills(fill)
        assert self.settings.side.sign * (before.average - position.average) > 0
        return replace(
            group,
            position=position,
            add_ons_done=decision.step,
            last_fill_at=now,
            last_fill_price=fill[0],
        )


@pytest.mark.parametrize("mode", LimitMode)
@pytest.mark.parametrize("side", Side)
def test_ten_thousand_signals_never_put_more_to_work_than_the_hard_limit(mode: LimitMode, side: Side) -> None:
    random, opened, added = Random(11), 0, 0

    for life in range(50):
        margin = MarginLimit(amount=D(random.randint(40, 400)), soft=D("0.6"), hard=D("0.8"), mode=mode)
        others = Stake(held=D(random.randint(0, 100)))
        limits = make_limits(margin=margin, other_stakes=(others,), equity=D(random.randint(50, 5000)))
        trader, price = Trader(make_settings(side=side), limits), D(100)
        for step in range(50):
            before = trader.group
            trader.meet(price, life * 50 + step)
            held = trader.group.position.cost if trader.group else D(0)
            grew = held > (before.position.cost if before else 0)
            opened, added = opened + (grew and before is None), added + (grew and before is not None)
            assert not grew or others.held + held <= margin.hard * margin.amount
            price = round(price * D(random.randint(970, 1030)) / 1000, 4)

    assert opened >= 20
    assert added >= 20


def test_the_limits_themselves_may_be_reached_but_not_passed() -> None:
    margin = MarginLimit(amount=D(100), soft=D("0.6"), hard=D("0.8"))
    stakes = [Stake(held=D(20))]

    assert margin.admits_group(stakes, base=D(10), whole_ladder=D(40))
    assert not margin.admits_group(stakes, base=D(10), whole_ladder=D("40.01"))

    limits = make_limits(margin=margin, other_stakes=(Stake(held=D(40)),))
    case = make_case(limits=limits, market=make_market("98.4"))
    assert case.at_work == 60
    assert gate.admit(case)[0] == ""
    fuller = replace(limits, other_stakes=(Stake(held=D("40.01")),))
    assert gate.admit(replace(case, limits=fuller))[0] == "margin.hard_limit"


def test_reserves_are_set_aside_but_are_not_at_work() -> None:
    margin = MarginLimit(amount=D(1000), soft=D("0.6"), hard=D("0.8"))
    stakes = (Stake(held=D(100), ordered=D(50), to_come=D(250)),)
    first_come = replace(margin, mode=LimitMode.FIRST_COME)

    assert margin.at_work(stakes) == 150
    assert make_case(limits=make_limits(margin=margin, other_stakes=stakes)).usage == D("0.17")
    assert margin.admits_group(stakes, base=D(1), whole_ladder=D(200))
    assert not margin.admits_group(stakes, base=D(1), whole_ladder=D("200.01"))
    assert first_come.admits_group(stakes, base=D(450), whole_ladder=D(1000))
    assert not first_come.admits_group(stakes, base=D("450.01"), whole_ladder=D(1000))


def test_a_limit_of_nothing_is_used_up() -> None:
    nothing = MarginLimit(amount=D(0), soft=D("0.6"), hard=D("0.8"))

    assert make_case(limits=make_limits(margin=nothing)).usage == 1


def test_a_group_claims_what_it_holds_has_ordered_and_plans() -> None:
    group = make_group(("100", "20"), ("98.5", "20"), ordered=D(7), last_fill_at=LONG_AGO)
    case = make_case(group=group, market=make_market("96"))
    assert case.add_on is not None
    stake, with_it = case.stakes(case.add_on)

    assert (stake.held, stake.ordered) == (D(40), D(7))
    # 168.832 of the whole ladder without two of 20 and what is under way; the next one is 24.
    assert round(stake.to_come, 2) == D("121.83")
    assert (with_it.held, with_it.ordered, round(with_it.to_come, 2)) == (D(40), D(31), D("97.83"))
