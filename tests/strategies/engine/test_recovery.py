"""Recovery Mode: what calls for it, what ends it, and the way of its take profit to break-even."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal as D
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from strategies.engine import recovery
from strategies.engine.decision import Action
from strategies.engine.ladder import Ladder
from strategies.engine.position import Fees, Position, Side
from strategies.engine.state import Held, MarginLimit, Mode, Stake
from tests.strategies.engine.builders import (
    FEES,
    LONG_AGO,
    NOW,
    WORKED,
    make_case,
    make_group,
    make_limits,
    make_market,
    make_recovery,
    make_settings,
    run,
)

OLD = NOW - timedelta(days=8)
BEYOND = (D("100.3"), D("100.4"), D("100.3"))
BUSY = make_limits(other_stakes=(Stake(held=D(700)),))
EXTRA = ("98", "20"), ("96", "20"), ("94", "20"), ("92", "20")


def troubled(**changes: Any) -> Held:
    return make_group(**{"mode": Mode.RECOVERY, "recovery_since": NOW, **changes})


@pytest.mark.parametrize(
    ("reason", "changes"),
    [
        ("recovery.last_add_ons", {"group": make_group(("100", "20"), *EXTRA), "market": make_market("93")}),
        ("recovery.loss", {"market": make_market("89")}),
        ("recovery.usage", {"limits": make_limits(other_stakes=(Stake(held=D(790)),))}),
        ("recovery.usage", {"limits": make_limits(margin=MarginLimit(amount=D(0), soft=D("0.6"), hard=D("0.8")))}),
        ("recovery.age", {"group": make_group(opened_at=OLD)}),
        ("recovery.average", {"settings": make_settings(improve=D("0.05")), "market": make_market("98.4")}),
    ],
)
def test_it_is_entered_at_the_second_alarm_running(reason: str, changes: dict[str, Any]) -> None:
    given_ = {"market": make_market("99.5"), **changes}

    first = run(**given_)
    second = run(**{**given_, "group": replace(given_.get("group", make_group()), alarms=first.alarms)})

    assert (first.alarms, first.action is Action.ENTER_RECOVERY) == (1, False)
    assert (second.action, second.reason) == (Action.ENTER_RECOVERY, reason)


@pytest.mark.parametrize(
    "changes",
    [
        {"market": make_market("90")},
        {"limits": make_limits(other_stakes=(Stake(held=D(780)),))},
        {"group": make_group(opened_at=NOW - timedelta(days=7))},
        {"group": make_group(("100", "20"), *EXTRA), "market": make_market("93")},
    ],
)
def test_the_bounds_themselves_alarm(changes: dict[str, Any]) -> None:
    assert run(**changes).alarms == 1


def test_before_the_next_zone_it_does_not_matter_whether_an_add_on_would_help() -> None:
    assert run(market=make_market("99.95")).alarms == 0


def test_a_bot_without_add_ons_is_not_in_trouble_for_one_that_would_not_help() -> None:
    settings = make_settings(ladder=replace(WORKED, add_ons=0), improve=D("0.5"))

    assert run(settings=settings, market=make_market("97")).alarms == 0


def test_an_evaluation_without_trouble_starts_the_count_again() -> None:
    assert run(group=make_group(alarms=1)).alarms == 0


def test_old_prices_neither_alarm_nor_calm() -> None:
    stale = make_market("89", at=LONG_AGO, closes=BEYOND)

    assert run(group=make_group(alarms=1), market=stale).alarms == 1
    assert run(group=troubled(), market=stale).action is Action.BLOCK


@pytest.mark.parametrize("at", [NOW, LONG_AGO])
def test_a_trader_switches_it_on_and_off_at_once(at: Any) -> None:
    on = run(group=make_group(recovery_forced=True), market=make_market("99.5", at=at))
    off = run(group=troubled(recovery_released=True), market=make_market("89", at=at))

    assert (on.action, on.reason) == (Action.ENTER_RECOVERY, "recovery.asked")
    assert (off.action, off.reason) == (Action.LEAVE_RECOVERY, "recovery.released")


def test_a_trader_can_switch_it_on_where_it_does_not_switch_itself() -> None:
    settings = make_settings(recovery=make_recovery(is_on=False))

    assert run(settings=settings, market=make_market("50")).alarms == 0
    assert run(settings=settings, group=make_group(recovery_forced=True)).reason == "recovery.asked"


def test_no_alarm_counts_until_the_quiet_time_is_over() -> None:
    quiet = make_group(opened_at=OLD, alarms=1, quiet_until=NOW + timedelta(minutes=1), recovery_released=True)
    over = replace(quiet, quiet_until=NOW)

    assert run(group=quiet).alarms == 0
    assert run(group=over).reason == "recovery.age"


def test_the_trader_may_switch_it_on_in_the_quiet_time() -> None:
    group = make_group(recovery_forced=True, quiet_until=NOW + timedelta(days=1))

    assert run(group=group).reason == "recovery.asked"


def test_candles_of_the_time_before_a_sharp_fall_calm_nothing() -> None:
    fallen = make_market("90", closes=BEYOND)

    assert run(group=troubled(), market=fallen, limits=BUSY).action is not Action.LEAVE_RECOVERY
    assert (
        recovery.alarm(make_case(group=make_group(add_ons_done=4), market=fallen, limits=BUSY))
        == "recovery.last_add_ons"
    )


def test_it_is_left_when_the_price_held_beyond_break_even_on_closed_candles() -> None:
    beyond = make_market("100.25", closes=(D(90), *BEYOND))
    touched = make_market("100.25", closes=(D("100.3"), D(99), D("100.3")))
    too_few = make_market("100.25", closes=BEYOND[1:])

    assert run(group=troubled(), market=beyond, limits=BUSY).reason == "recovery.left_break_even"
    assert run(group=troubled(), market=touched, limits=BUSY).action is not Action.LEAVE_RECOVERY
    assert run(group=troubled(), market=too_few, limits=BUSY).action is not Action.LEAVE_RECOVERY


def test_a_candle_that_closed_just_at_break_even_is_not_beyond_it() -> None:
    group = troubled()
    market = make_market("100.25", closes=(group.position.break_even, *BEYOND[1:]))

    assert run(group=group, market=market, limits=BUSY).action is not Action.LEAVE_RECOVERY


def test_no_candles_asked_for_prove_nothing() -> None:
    settings = make_settings(recovery=make_recovery(leave_candles=0))
    market = make_market("100.25", closes=BEYOND)

    assert run(settings=settings, group=troubled(), market=market, limits=BUSY).action is not Action.LEAVE_RECOVERY


def test_it_is_left_when_loss_and_usage_are_small() -> None:
    calm = run(group=troubled(), market=make_market("96"))

    assert (calm.action, calm.reason) == (Action.LEAVE_RECOVERY, "recovery.left_calm")
    assert calm.numbers["usage"] == D("0.02")


@pytest.mark.parametrize(
    "changes",
    [
        {"group": troubled(recovery_forced=True)},
        {"market": make_market("94")},
        {"limits": BUSY},
    ],
)
def test_it_is_not_left_while_trouble_lasts(changes: dict[str, Any]) -> None:
    assert run(**{"group": troubled(), "market": make_market("96"), **changes}).action is not Action.LEAVE_RECOVERY


@pytest.mark.parametrize(
    "lasting",
    [
        troubled(opened_at=OLD),
        make_group(("100", "20"), *EXTRA, mode=Mode.RECOVERY, recovery_since=NOW),
    ],
)
def test_what_lasts_is_left_only_beyond_break_even_and_not_entered_again_there(lasting: Held) -> None:
    far = make_settings(take_profit=D("0.2"))
    beyond = make_market("100.25", closes=BEYOND)
    back_to_normal = replace(lasting, mode=Mode.NORMAL, recovery_since=None, alarms=1)

    calm = run(settings=far, group=lasting, market=make_market("99.5"))
    left = run(settings=far, group=lasting, market=beyond)
    again = run(settings=far, group=back_to_normal, market=beyond)

    assert calm.action is not Action.LEAVE_RECOVERY
    assert left.reason == "recovery.left_break_even"
    assert (again.action, again.alarms) == (Action.WAIT, 0)


@pytest.mark.parametrize("add_ons", [0, 1])
def test_a_ladder_of_one_add_on_or_none_is_not_in_trouble_from_the_start(add_ons: int) -> None:
    settings = make_settings(ladder=replace(WORKED, add_ons=add_ons))

    assert run(settings=settings).alarms == 0


def test_it_shows_how_far_break_even_is() -> None:
    group = troubled()

    decision = run(group=group, market=make_market("94"))

    assert decision.numbers["to_break_even"] == (group.position.break_even - 94) / 94


def test_the_take_profit_decays_to_break_even() -> None:
    settings = make_settings(recovery=make_recovery(decay=timedelta(days=2)))
    group = troubled()
    # Two percent after two fees of 0.1 %.
    first, least = D("102.1") / D("0.999"), group.position.break_even * D("1.001")

    prices = [recovery.take_profit_price(settings, group, NOW + timedelta(days=day)) for day in (0, 1, 2, 5)]

    assert prices == [first, least + (first - least) / 2, least, least]


def test_a_clock_set_back_does_not_raise_the_take_profit() -> None:
    assert recovery.take_profit_price(make_settings(), troubled(), NOW - timedelta(days=9)) == D("102.1") / D("0.999")


def test_without_a_time_for_it_the_decay_is_done_at_once() -> None:
    settings = make_settings(recovery=make_recovery(decay=timedelta(0)))
    group = troubled()

    assert recovery.take_profit_price(settings, group, NOW) == group.position.break_even * D("1.001")


@given(
    st.sampled_from(Side),
    st.decimals("0", "0.2", places=3),
    st.decimals("0", "0.01", places=4),
    st.lists(st.timedeltas(timedelta(0), timedelta(days=10)), min_size=2, max_size=6).map(sorted),
)
def test_the_take_profit_only_comes_nearer_and_ends_at_break_even_and_the_least_gain(
    side: Side, take_profit: D, fee: D, times: list[timedelta]
) -> None:
    position = Position(side=side, fees=Fees(entry=fee, exit=fee)).with_fills((D(100), D(1)))
    settings = make_settings(side=side, take_profit=take_profit)
    least = position.break_even * (1 + side.sign * D("0.001"))

    prices = [recovery.take_profit_price(settings, troubled(side=side, position=position), NOW + t) for t in times]

    assert all(side.sign * (before - after) >= 0 for before, after in pairwise(prices))
    assert all(side.sign * (price - least) >= 0 for price in prices)
    assert times[-1] < settings.recovery.decay or prices[-1] == least


def test_the_public_story_of_ether() -> None:
    """Opened at 3000; 2850 is an allowed zone; 2700 asks risk and margin; back at 2900 a buy would worsen it."""
    ladder = Ladder(base=D(30), add_on=D(30), step=D("0.05"), step_scale=D(1), volume_scale=D(1), add_ons=3)
    story: dict[str, Any] = {"settings": make_settings(ladder=ladder, fees=FEES)}
    opened, once = make_group(("3000", "30")), make_group(("3000", "30"), ("2850", "30"))
    twice = make_group(("3000", "30"), ("2850", "30"), ("2700", "30"), mode=Mode.RECOVERY, recovery_since=NOW)
    poor = make_limits(equity=D(100))
    small = make_limits(margin=MarginLimit(amount=D(100), soft=D("0.6"), hard=D("0.8")))

    allowed = run(**story, group=opened, market=make_market("2850"))
    deeper = run(**story, group=once, market=make_market("2700"))
    risky = run(**story, group=once, market=make_market("2700"), limits=poor)
    full = run(**story, group=once, market=make_market("2700"), limits=small)
    back = run(**story, group=twice, market=make_market("2900"), limits=BUSY)

    assert (allowed.action, deeper.action) == (Action.ADD, Action.ADD)
    assert (risky.reason, full.reason) == ("risk.stress_loss", "margin.hard_limit")
    assert (back.action, back.reason) == (Action.WAIT, "zone.not_reached")
    assert back.numbers["improvement"] < 0


def test_what_enters_is_quiet_for_a_day_and_remembers_when_it_first_was() -> None:
    entered = recovery.marks(make_group(), Action.ENTER_RECOVERY, "recovery.loss", NOW)
    again = recovery.marks(make_group(recovery_began_at=LONG_AGO), Action.ENTER_RECOVERY, "recovery.loss", NOW)

    assert (entered["recovery_since"], entered["recovery_began_at"]) == (NOW, NOW)
    assert entered["quiet_until"] == NOW + timedelta(hours=24)
    assert again["recovery_began_at"] == LONG_AGO
    assert (entered["alarms"], entered["recovery_released"]) == (0, False)


def test_what_its_trader_put_in_is_not_quiet_for_that() -> None:
    assert "quiet_until" not in recovery.marks(
        make_group(recovery_forced=True), Action.ENTER_RECOVERY, "recovery.forced", NOW
    )


def test_what_leaves_remembers_when() -> None:
    left = recovery.marks(make_group(recovery_since=LONG_AGO), Action.LEAVE_RECOVERY, "recovery.calm", NOW)

    assert (left["recovery_since"], left["recovery_left_at"]) == (None, NOW)
    assert "quiet_until" not in left


@pytest.mark.parametrize(
    ("quiet", "until"),
    [(None, timedelta(hours=1)), (timedelta(minutes=5), timedelta(hours=1)), (timedelta(hours=9),) * 2],
)
def test_what_its_trader_released_is_left_alone_for_an_hour_at_least(quiet: timedelta | None, until: timedelta) -> None:
    group = make_group(quiet_until=NOW + quiet if quiet else None)

    released = recovery.marks(group, Action.LEAVE_RECOVERY, "recovery.released", NOW)

    assert released["quiet_until"] == NOW + until
