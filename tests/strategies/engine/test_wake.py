"""The band of a decision: stepping a group only when its prices or the time leave the band decides the same."""

from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal as D
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from strategies.engine import recovery
from strategies.engine.decide import decide
from strategies.engine.decision import Action, Decision
from strategies.engine.ladder import Ladder
from strategies.engine.position import Position, Side
from strategies.engine.state import (
    Case,
    Held,
    Limits,
    MarginLimit,
    MarketNow,
    Mode,
    RecoverySettings,
    Request,
    Settings,
    Stake,
    Stop,
)
from strategies.engine.wake import Band, wake
from tests.strategies.engine.builders import (
    FEES,
    NOW,
    make_case,
    make_group,
    make_limits,
    make_market,
    make_recovery,
    make_settings,
)

Told = tuple[str, str]


def settings_of(random: Random, side: Side) -> Settings:
    step = D(random.randint(5, 40)) / 1000
    scales = {"step_scale": D(random.randint(10, 14)) / 10, "volume_scale": D(random.randint(10, 14)) / 10}
    ladder = Ladder(base=D(20), add_on=D(random.randint(10, 40)), step=step, add_ons=random.randint(0, 5), **scales)
    return Settings(
        side=side,
        ladder=ladder,
        fees=FEES,
        take_profit=D(random.randint(2, 40)) / 1000,
        trailing=random.choice((None, D(random.randint(2, 20)) / 1000)),
        stop_loss=random.choice((None, D(random.randint(20, 200)) / 1000)),
        stop_timeout=timedelta(seconds=random.choice((0, 0, 30, 600))),
        improve=random.choice((D("0.001"), D("0.02"))),
        floor=random.choice((None, D(random.randint(20, 150)) / 1000)),
        recovery=RecoverySettings(
            is_on=random.random() < 0.8,
            enter_loss=D(random.randint(20, 150)) / 1000,
            enter_age=timedelta(hours=random.choice((2, 20, 200))),
            decay=timedelta(hours=random.choice((0, 1, 10, 100))),
        ),
    )


def group_of(random: Random, side: Side) -> Held:
    position = Position(side=side, fees=FEES).with_fills((D(100), D("0.2")))
    if random.random() < 0.2:
        position = replace(position, sold=D("0.1"), proceeds=side.sign * random.choice((D("9.8"), D("10.4"))))
    ago = NOW - timedelta(minutes=random.randint(0, 300))
    is_recovering = random.random() < 0.3
    return Held(
        position=position,
        first_price=D(100),
        opened_at=ago,
        last_fill_at=ago,
        last_fill_price=D(100),
        add_ons_done=random.choice((0, 0, 0, 2)),
        mode=Mode.RECOVERY if is_recovering else Mode.NORMAL,
        recovery_since=ago if is_recovering else None,
        quiet_until=random.choice((None, None, NOW + timedelta(minutes=random.randint(0, 200)))),
        has_unknown_order=random.random() < 0.1,
        has_open_order=random.random() < 0.1,
    )


def limits_of(random: Random) -> Limits:
    return make_limits(
        margin=MarginLimit(amount=D(200), soft=D("0.6"), hard=D("0.8")),
        equity=random.choice((D(1000), D(1000), D(100), None)),
        other_stakes=(Stake(held=D(random.choice((0, 20, 120, 140)))),),
        stop=random.choice((Stop.NONE, Stop.NONE, Stop.NONE, Stop.ENTRIES, Stop.ADD_ONS, Stop.CLOSE)),
        has_proof=random.random() < 0.9,
        is_connection_proven=random.random() < 0.9,
        free_quote=random.choice((None, D(15))),
    )


def path_of(random: Random, length: int) -> list[tuple[datetime, MarketNow]]:
    """Return moments with their markets: a walk with spreads, jumps, rests, and prices that stop coming."""
    price, now, path = D(100), NOW, list[tuple[datetime, MarketNow]]()
    pace = random.choice((1, 10, 300, 3600))
    size = random.choice((2, 10, 40))
    rules: dict[str, Any] = {"minimum_cost": random.choice((D(1), D(5), D("19.5"))), "amount_step": D("0.001")}
    closes: tuple[D, ...] = ()
    for _ in range(length):
        if random.random() < 0.1:
            closes = random.choice(((), (D(99),) * 3, (D(101),) * 3, (D(106),) * 3))
        now += timedelta(seconds=random.randint(1, pace))
        if path and random.random() < 0.1:
            path.append((now, replace(path[-1][1], closes=closes)))
            continue
        moved = random.randint(-size, size) * (10 if random.random() < 0.02 else 1)
        price = max(D(40), price + D(moved) / 20)
        spread = random.choice((None, D(0), D(random.randint(1, 10)) / 100))
        sides: dict[str, Any] = {} if spread is None else {"bid": price - spread, "ask": price + spread}
        path.append((now, MarketNow(price=price, at=now, closes=closes, **sides, **rules)))
    return path


@dataclass
class Trader:
    """Acts on every decision as a worker would. A lazy one decides only where its band does not hold."""

    settings: Settings
    limits: Limits
    group: Held | None
    is_lazy: bool
    band: Band | None = None
    last: Decision | None = None
    decided: int = 0
    told: list[Told] = field(default_factory=list)

    def move(self, **exits: Any) -> None:
        """Set other exits, and forget what was so by those before."""
        self.settings, self.band = replace(self.settings, **exits), None
        if self.group is not None:
            self.group = replace(self.group, best=None, stop_since=None)

    def meet(self, now: datetime, market: MarketNow) -> None:
        if self.group is None:
            return
        if self.is_lazy and self.last and self.band and self.band.holds(market, now):
            self.told.append((self.last.action, self.last.reason))
            return
        case = Case(settings=self.settings, group=self.group, market=market, limits=self.limits, now=now)
        self.last = decide(case)
        self.band = wake(case, self.last)
        self.decided += 1
        self.told.append((self.last.action, self.last.reason))
        self.group = after(self.group, self.last, market, now)


def after(group: Held, decision: Decision, market: MarketNow, now: datetime) -> Held | None:
    if decision.action is Action.CLOSE:
        return None
    group = replace(group, alarms=decision.alarms, best=decision.best, stop_since=decision.stop_since)
    if decision.action is Action.ENTER_RECOVERY:
        began = group.recovery_began_at or now
        quiet = now + recovery.QUIET_FOR
        return replace(
            group, mode=Mode.RECOVERY, recovery_since=now, recovery_began_at=began, alarms=0, quiet_until=quiet
        )
    if decision.action is Action.LEAVE_RECOVERY:
        return replace(group, mode=Mode.NORMAL, recovery_since=None, recovery_left_at=now)
    if decision.action is not Action.ADD:
        return group
    price = market.entry_price(group.position.side)
    return replace(
        group,
        position=group.position.with_fills((price, decision.quantity or D(0))),
        add_ons_done=decision.step,
        last_fill_at=now,
        last_fill_price=price,
    )


def lives_of(seed: int, length: int = 60, *, moves: bool = False) -> tuple[Trader, Trader]:
    """Let one trader decide at each price and a lazy one only outside its band, all else alike.

    With `moves` the exits of the group are moved in the middle of it, as its trader does by hand.
    """
    random = Random(seed)
    side = random.choice(tuple(Side))
    values: dict[str, Any] = {"settings": settings_of(random, side), "limits": limits_of(random)}
    values["group"] = group_of(random, side)
    steady, lazy = Trader(is_lazy=False, **values), Trader(is_lazy=True, **values)
    for number, (now, market) in enumerate(path_of(random, length)):
        if moves and number == length // 2:
            moved = {"take_profit": D(random.randint(2, 40)) / 1000, "stop_loss": D(random.randint(-20, 100)) / 1000}
            for one in (steady, lazy):
                one.move(**moved)
        steady.meet(now, market)
        lazy.meet(now, market)
    return steady, lazy


def require_the_same(seed: int, *, moves: bool = False) -> tuple[Trader, Trader]:
    steady, lazy = lives_of(seed, moves=moves)
    assert lazy.told == steady.told
    assert lazy.group == steady.group
    return steady, lazy


@settings(max_examples=300, deadline=None)
@given(st.integers(0, 2**32))
def test_deciding_only_outside_the_band_decides_the_same(seed: int) -> None:
    require_the_same(seed)


@settings(max_examples=300, deadline=None)
@given(st.integers(0, 2**32))
def test_exits_that_are_moved_by_hand_are_known_to_the_band(seed: int) -> None:
    require_the_same(seed, moves=True)


def test_a_thousand_lives_decide_the_same_with_far_fewer_decisions() -> None:
    lives = [require_the_same(seed) for seed in range(1500)]
    steady, lazy = sum(one.decided for one, _ in lives), sum(one.decided for _, one in lives)
    reasons = Counter(reason for one, _ in lives for _, reason in one.told)

    assert lazy < steady * 0.55
    wanted = {"exit.take_profit", "exit.trailing", "exit.recovery", "exit.stop_loss", "exit.dust", "add_on.zone"}
    wanted |= {
        "stop_loss.confirming",
        "recovery.loss",
        "recovery.age",
        "recovery.average",
        "recovery.left_calm",
        "zone.below_floor",
    }
    assert not [reason for reason in wanted if reasons[reason] < 5]


def band_of(**changes: Any) -> Band | None:
    case = make_case(**changes)
    return wake(case, decide(case))


def test_a_quiet_group_wakes_at_its_next_add_on_and_beyond_break_even() -> None:
    group = make_group()
    band = band_of(group=group, market=make_market("99.5"))

    assert band is not None
    assert band.low == pytest.approx(D("98.5"))
    assert band.high == pytest.approx(group.position.break_even)
    assert band.at == group.opened_at + timedelta(days=7)


def test_a_band_ends_at_its_bounds_and_at_its_moment() -> None:
    band = Band(low=D(98), high=D(101), at=NOW)
    just_before = NOW - timedelta(microseconds=1)

    assert band.holds(make_market("99"), just_before)
    assert not band.holds(make_market("99"), NOW)
    assert not band.holds(make_market("98"), just_before)
    assert not band.holds(make_market("101"), just_before)
    assert not band.holds(make_market("99", bid=D(98), ask=D(99)), just_before)
    assert Band().holds(make_market("1e9"), NOW + timedelta(days=9))


@pytest.mark.parametrize(
    "changes",
    [
        {"request": Request(side=Side.LONG, closes=True)},
        {"market": make_market("0")},
        {"market": make_market("99.5", at=NOW - timedelta(seconds=16))},
        {"market": make_market("98.4"), "limits": make_limits(equity=None)},
        {"market": make_market("98.5")},
        {"market": make_market("98.6", bid=D("98.4"), ask=D("98.7"))},
        {"market": make_market("89")},
        {"market": make_market("103"), "settings": make_settings(trailing=D("0.01"))},
        {"market": make_market("100.21"), "group": make_group(mode=Mode.RECOVERY, recovery_since=NOW)},
        {"group": make_group(recovery_forced=True)},
        {"group": make_group(to_add=D(10))},
        {"group": make_group(to_sell=D("0.1"))},
        {"market": make_market("98", bid=D(94)), "settings": make_settings(stop_loss=D("0.05"))},
        {"group": make_group(stop_since=NOW), "settings": make_settings(stop_loss=D("0.05"))},
    ],
)
def test_where_the_next_look_may_decide_otherwise_there_is_no_band(changes: dict[str, Any]) -> None:
    assert band_of(**changes) is None


@pytest.mark.parametrize("changes", [{"mode": Mode.CLOSING}, {"position": Position(side=Side.LONG, fees=FEES)}])
def test_what_only_waits_for_its_orders_does_not_wake_at_any_price(changes: dict[str, Any]) -> None:
    assert band_of(group=make_group(**changes)) == Band()


def test_an_exit_that_is_followed_or_in_doubt_wakes_when_the_price_has_become_too_old() -> None:
    armed = band_of(
        settings=make_settings(trailing=D("0.01")), group=make_group(best=D(105)), market=make_market("104.5")
    )
    doubtful = band_of(group=make_group(has_unknown_order=True))

    just_too_old = NOW + timedelta(seconds=15, microseconds=1)
    assert armed is not None
    assert armed.at == just_too_old
    assert armed.high == pytest.approx(D(105))
    assert doubtful is not None
    assert doubtful.at == just_too_old


def test_a_group_released_from_recovery_wakes_when_its_quiet_time_is_over() -> None:
    until = NOW + timedelta(minutes=20)
    band = band_of(group=make_group(quiet_until=until), settings=make_settings(recovery=make_recovery(is_on=True)))

    assert band is not None
    assert band.at == until


def test_what_is_less_than_one_step_of_the_exchange_has_a_band_like_any_other() -> None:
    assert band_of(market=make_market("99.5", amount_step=D(1))) is not None
