"""The margin limit over a whole life: whatever the price does, no more is at work than the hard limit allows."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal as D
from random import Random
from typing import Any

import pytest

from strategies.engine import entry
from strategies.engine.decide import decide
from strategies.engine.decision import Action, Decision
from strategies.engine.margin import LimitMode, MarginLimit, Stake
from strategies.engine.position import Bought, Position
from strategies.engine.side import Side
from strategies.engine.state import Case, Held, Limits, MarketNow, Opening, Request, Settings
from strategies.engine.state import Mode as GroupMode
from tests.strategies.engine.builders import FEES, LONG_AGO, NOW, make_group, make_limits, make_settings

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
        fill = Bought(price=price, quantity=decision.quantity or D(0))
        if decision.action is Action.OPEN:
            position = Position(side=self.settings.side, fees=FEES, fills=(fill,))
            self.group = Held(
                position=position, first_price=price, opened_at=now, last_fill_at=now, last_fill_price=price
            )
        elif decision.action is Action.CLOSE:
            self.group = None
        elif self.group is not None:
            self.group = self.after(self.group, decision.action, fill, now)
            self.group = replace(self.group, alarms=decision.alarms, best=decision.best)

    def decide(self, market: MarketNow, limits: Limits, now: datetime) -> Decision:
        seen: dict[str, Any] = {"settings": self.settings, "market": market, "limits": limits, "now": now}
        request = Request(side=self.settings.side)
        if self.group is None:
            return entry.enter(Opening(**seen, request=request))
        return decide(Case(**seen, group=self.group, request=request))

    def after(self, group: Held, action: Action, fill: Bought, now: datetime) -> Held:
        if action is Action.ENTER_RECOVERY:
            return replace(group, mode=GroupMode.RECOVERY, recovery_since=now)
        if action is Action.LEAVE_RECOVERY:
            return replace(group, mode=GroupMode.NORMAL, recovery_since=None)
        if action is not Action.ADD:
            return group
        before, position = group.position, group.position.with_fill(fill)
        assert self.settings.side.sign * (before.average - position.average) > 0
        return replace(
            group,
            position=position,
            add_ons_done=group.add_ons_done + 1,
            last_fill_at=now,
            last_fill_price=fill.price,
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
    assert margin.admits_add_on(stakes, cost=D(60))
    assert not margin.admits_add_on(stakes, cost=D("60.01"))


def test_reserves_count_as_committed_but_not_as_work() -> None:
    margin = MarginLimit(amount=D(1000), soft=D("0.6"), hard=D("0.8"))
    stakes = [Stake(held=D(100), ordered=D(50), to_come=D(250))]

    assert (margin.committed(stakes), margin.at_work(stakes)) == (D(400), D(150))
    assert margin.usage(stakes) == D("0.15")
    assert replace(margin, mode=LimitMode.FIRST_COME).committed(stakes) == 150


def test_a_limit_of_nothing_is_used_up() -> None:
    assert MarginLimit(amount=D(0), soft=D("0.6"), hard=D("0.8")).usage([]) == 1


def test_a_group_claims_what_it_holds_has_ordered_and_plans() -> None:
    stake = make_group(("100", "20"), ("98.5", "20"), ordered=D(7), last_fill_at=LONG_AGO).stake(make_settings().ladder)

    assert (stake.held, stake.ordered) == (D(40), D(7))
    assert round(stake.to_come, 2) == D("128.83")
