"""Whatever a runner loads, sane or not: one known decision follows, the same again, and no order out of bounds."""

from collections import Counter
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal as D
from random import Random
from typing import Any, TypeVar

from hypothesis import given, settings
from hypothesis import strategies as st

from strategies.engine import entry
from strategies.engine.decide import decide
from strategies.engine.decision import Action, Decision
from strategies.engine.ladder import Ladder
from strategies.engine.position import Fees, Position, Side
from strategies.engine.state import (
    Case,
    Held,
    Limits,
    MarginLimit,
    MarketNow,
    Mode,
    Opening,
    RecoverySettings,
    Request,
    Settings,
    Stake,
    Stop,
)
from strategies.engine.state import LimitMode as MarginMode
from strategies.words.engine import REASONS
from tests.strategies.engine.builders import NOW

T = TypeVar("T")
SEEDS = st.integers(0, 2**32)


class Source(Random):
    """Draws mostly what is usual, and now and then anything that a type allows."""

    def mostly(self, usual: T, *wild: T) -> T:
        return self.choice(wild) if self.random() < 0.06 else usual

    def share(self, low: int, high: int) -> D:
        return self.mostly(D(self.randint(low, high)) / 1000, D(0), D("0.9999"), D(1))

    def price(self, low: int = 80, high: int = 125) -> D:
        near = D(self.randint(low * 100, high * 100)) / 100
        return self.mostly(near, D("1e-12"), D("1e15"), D(self.randint(1, 10**6)).scaleb(self.randint(-9, 9)))

    def money(self, low: int, high: int) -> D:
        return self.mostly(D(self.randint(low, high)), D("1e-9"), D("1e15"))

    def moment(self, hours: int) -> datetime:
        ago = timedelta(seconds=self.randint(0, hours * 3600))
        return self.mostly(NOW - ago, NOW, NOW + ago, NOW - timedelta(days=900))


def settings_of(source: Source, side: Side, fees: Fees) -> Settings:
    return Settings(
        side=side,
        ladder=Ladder(
            base=source.money(10, 60),
            add_on=source.money(10, 60),
            step=D(source.randint(5, 40)) / 1000,
            step_scale=source.mostly(D(source.randint(10, 14)) / 10, D("0.1"), D(3)),
            volume_scale=source.mostly(D(source.randint(10, 14)) / 10, D("0.1"), D(3)),
            add_ons=source.mostly(source.randint(2, 6), 0, 1, 12),
        ),
        fees=fees,
        take_profit=source.share(5, 60),
        trailing=source.choice((None, source.share(2, 20))),
        stop_loss=source.choice((None, None, source.share(100, 300))),
        stop_timeout=timedelta(seconds=source.choice((0, 0, 600))),
        floor=source.choice((None, source.share(50, 400))),
        max_groups=source.randint(1, 3),
        re_entry_pause=timedelta(hours=source.randint(0, 1)),
        recovery=RecoverySettings(is_on=source.mostly(True, False), decay=timedelta(days=source.mostly(3, 0))),
    )


def position_of(source: Source, side: Side, fees: Fees, count: int) -> Position:
    """Make a position of so many fills; the fees of some are told, those of the others estimated."""
    position = Position(side=side, fees=fees)
    for _ in range(count):
        price, quantity = source.price(), source.mostly(D(source.randint(1, 500)) / 1000, D(0), D("1e12"))
        before, position = position, position.with_fills((price, quantity))
        if source.choice((True, False)):
            in_coin = before.fee_coin + source.choice((D(0), D(0), quantity / 1000))
            in_quote = before.fee_quote + source.choice((D(0), price / 1000))
            position = replace(position, fee_coin=in_coin, fee_quote=in_quote)
    sold, proceeds = source.mostly((D(0), D(0)), (D("0.01"), side.sign), (D("0.3"), side.sign * 90))
    return replace(position, sold=sold, proceeds=proceeds)


def group_of(source: Source, side: Side, fees: Fees) -> Held:
    fills = source.mostly(source.randint(1, 4), 0)
    return Held(
        position=position_of(source, side, fees, fills),
        first_price=source.price(),
        opened_at=source.moment(100),
        last_fill_at=source.moment(10),
        last_fill_price=source.price(),
        add_ons_done=max(0, fills - 1) + source.mostly(0, 1, 20),
        mode=source.mostly(source.choice((Mode.NORMAL, Mode.NORMAL, Mode.RECOVERY)), *Mode),
        alarms=source.mostly(0, 1, 2),
        stop_since=source.choice((None, source.moment(1))),
        recovery_since=source.choice((None, source.moment(50))),
        recovery_forced=source.mostly(False, True),
        recovery_released=source.mostly(False, True),
        quiet_until=source.mostly(None, source.moment(1)),
        has_unknown_order=source.mostly(False, True),
        has_open_order=source.mostly(False, True),
        best=source.mostly(None, source.price()),
    )


def market_of(source: Source) -> MarketNow:
    price = source.mostly(source.price(), D(0), D("NaN"))
    return MarketNow(
        price=price,
        at=source.mostly(NOW, source.moment(1)),
        minimum_cost=source.mostly(D(5), D(0), source.money(1, 90)),
        closes=tuple(source.price() for _ in range(source.randint(0, 4))),
        min_amount=source.choice((None, D("0.001"), source.share(1, 300))),
        amount_step=source.choice((None, D("0.001"), D("1e-8"), D("0.05"))),
        bid=source.choice((None, source.mostly(price * D("0.999"), D(0)))),
        ask=source.choice((None, source.mostly(price * D("1.001"), D(0)))),
    )


def limits_of(source: Source) -> Limits:
    stakes = (Stake(held=source.money(0, 100), ordered=D(source.randint(0, 9)), to_come=source.money(0, 99)),)
    return Limits(
        margin=MarginLimit(
            amount=source.mostly(source.money(200, 2000), D(0)),
            soft=D("0.6"),
            hard=D("0.8"),
            mode=source.choice(tuple(MarginMode)),
        ),
        equity=source.mostly(source.money(200, 5000), None, D(0)),
        accepted_loss=source.share(20, 70),
        stress=source.choice((D("0.25"), D("0.5"))),
        other_stakes=stakes * source.randint(0, 3),
        open_groups=source.randint(0, 2),
        pair_in_recovery=source.mostly(False, True),
        is_connection_proven=source.mostly(True, False),
        has_proof=source.mostly(True, False),
        stop=source.mostly(Stop.NONE, *Stop),
        last_closed_at=source.choice((None, source.moment(9))),
        liquidation_price=source.choice((None, None, source.price(30, 70))),
        free_quote=source.choice((None, source.money(20, 500))),
        is_pair_open=source.mostly(True, False),
        needs_recovery_elsewhere=source.mostly(False, True),
    )


def case_of(seed: int) -> Case | Opening:
    source = Source(seed)
    side = source.choice(tuple(Side))
    fees = Fees(entry=source.share(0, 2), exit=source.share(0, 2) / 2, entry_in_coin=source.choice((True, False)))
    group = group_of(source, side, fees) if source.random() < 0.7 else None
    request = Request(side=source.mostly(side, *Side), closes=source.mostly(False, True))
    request_or_none = request if group is None else source.mostly(None, request)
    seen: dict[str, Any] = {"settings": settings_of(source, side, fees), "market": market_of(source)}
    seen |= {"request": request_or_none, "limits": limits_of(source), "now": NOW}
    return Opening(**seen) if group is None else Case(**seen, group=group)


def decision_of(case: Case | Opening) -> Decision:
    return decide(case) if isinstance(case, Case) else entry.enter(case)


@settings(max_examples=1000, deadline=None)
@given(SEEDS)
def test_one_known_decision_follows_and_the_same_again(seed: int) -> None:
    first, second = decision_of(case_of(seed)), decision_of(case_of(seed))

    assert first == second
    assert first.reason in REASONS
    assert (first.quantity is not None) is (first.action in {Action.OPEN, Action.ADD, Action.CLOSE})
    assert all(number.is_finite() for number in first.numbers.values())


@settings(max_examples=1000, deadline=None)
@given(SEEDS)
def test_an_order_to_enter_is_one_that_the_exchange_takes_and_that_the_limits_allow(seed: int) -> None:
    case = case_of(seed)
    decision = decision_of(case)
    options, market, limits = case.settings, case.market, case.limits

    if decision.action not in {Action.OPEN, Action.ADD} or decision.quantity is None or decision.cost is None:
        return
    at_work = case.at_work if isinstance(case, Case) else limits.margin.at_work(limits.other_stakes)
    assert market.takes(decision.quantity, market.entry_price(options.side))
    assert decision.quantity * market.entry_price(options.side) <= decision.cost * D("1.000000001")
    assert at_work + decision.cost <= limits.margin.hard * limits.margin.amount
    assert limits.free_quote is None or decision.cost <= limits.free_quote
    assert limits.stop is Stop.NONE or (limits.stop is Stop.ENTRIES and decision.action is Action.ADD)
    assert limits.is_connection_proven
    assert market.is_fresh(case.now)


@settings(max_examples=1000, deadline=None)
@given(SEEDS)
def test_an_exit_is_never_of_more_than_is_held_and_takes_no_loss_unasked(seed: int) -> None:
    case = case_of(seed)
    decision = decision_of(case)

    if decision.action is not Action.CLOSE or isinstance(case, Opening) or decision.quantity is None:
        return
    group, market, price = case.group, case.market, case.market.exit_price(case.settings.side)
    assert 0 < decision.quantity <= group.position.held
    assert market.takes(decision.quantity, price)
    if decision.reason in {"exit.take_profit", "exit.trailing", "exit.recovery"}:
        assert group.position.result_at(price) >= -group.position.cost * D("1e-20")


def test_these_cases_reach_every_action_and_nearly_every_reason() -> None:
    decisions = [decision_of(case_of(seed)) for seed in range(5000)]
    actions, reasons = Counter(d.action for d in decisions), {d.reason for d in decisions}

    assert {action for action in Action if actions[action] >= 20} == set(Action)
    assert len(reasons) >= 40
