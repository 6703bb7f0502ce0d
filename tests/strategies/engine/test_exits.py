"""Exits: why a group closes, at which price, and when it must not."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal as D
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from strategies.engine.decision import Action, Decision
from strategies.engine.position import Fees, Position, Side
from strategies.engine.state import MarketNow, Mode, Request, Settings, Stop
from tests.strategies.engine.builders import (
    FEES,
    LONG_AGO,
    NOW,
    make_group,
    make_limits,
    make_market,
    make_settings,
    run,
)

LEAVE = Request(side=Side.LONG, closes=True)
TRAILING = make_settings(trailing=D("0.01"))


def holding(*, fees: Fees = FEES, **changes: Any) -> Position:
    return replace(Position(side=Side.LONG, fees=fees).with_fills((D(100), D("0.2"))), **changes)


@pytest.mark.parametrize(
    ("reason", "changes"),
    [
        ("exit.take_profit", {"market": make_market("102.21")}),
        ("exit.asked", {"limits": make_limits(stop=Stop.CLOSE)}),
        ("exit.signal", {"request": LEAVE}),
        ("exit.stop_loss", {"settings": make_settings(stop_loss=D("0.05")), "market": make_market("94", bid=D(94))}),
    ],
)
@pytest.mark.parametrize("equity", [D(1000), None])
def test_a_group_closes_for_a_reason_whatever_is_known_of_the_funds(
    reason: str, changes: dict[str, Any], equity: D | None
) -> None:
    limits = make_limits(equity=equity, stop=Stop.CLOSE if reason == "exit.asked" else Stop.NONE)

    decision = run(**{**changes, "limits": limits})

    assert (decision.action, decision.reason, decision.quantity) == (Action.CLOSE, reason, D("0.2"))


@pytest.mark.parametrize(
    ("reason", "changes"),
    [
        ("order.unknown", {"group": make_group(has_unknown_order=True, alarms=1)}),
        ("market.stale", {"market": make_market("102.21", at=LONG_AGO)}),
        ("connection.not_proven", {"limits": make_limits(is_connection_proven=False, has_proof=False)}),
    ],
)
def test_an_exit_that_is_due_waits_for_what_is_in_doubt(reason: str, changes: dict[str, Any]) -> None:
    decision = run(**{"market": make_market("102.21"), **changes})

    assert (decision.action, decision.reason) == (Action.BLOCK, reason)


def test_the_last_proof_is_enough_to_sell_by() -> None:
    """Trouble that keeps us from testing the key takes no exit away."""
    limits = make_limits(is_connection_proven=False, has_proof=True)

    decision = run(market=make_market("102.21"), limits=limits)

    assert (decision.action, decision.reason) == (Action.CLOSE, "exit.take_profit")


def test_a_closing_group_waits() -> None:
    decision = run(group=make_group(mode=Mode.CLOSING), market=make_market("50"))

    assert (decision.action, decision.reason) == (Action.WAIT, "group.state")


@given(st.decimals("0.01", "100", places=2))
def test_losses_are_never_realised_without_a_stop(price: D) -> None:
    assert run(market=make_market(str(price))).action is not Action.CLOSE


def test_a_long_takes_its_profit_at_the_bid() -> None:
    """20.00 for 0.2: 2 % and both fees of 0.1 % are won at 20·1.021 / (0.2·0.999) = 102.2023."""
    short_of_it = make_market("102.5", bid=D("102.20"), ask=D("103"))
    enough = make_market("101", bid=D("102.21"), ask=D(103))

    assert run(market=short_of_it).action is not Action.CLOSE
    assert run(market=enough).reason == "exit.take_profit"


def test_a_short_takes_its_profit_at_the_ask() -> None:
    """20·0.979 / (0.2·1.001) = 97.8022."""
    short = {"settings": make_settings(side=Side.SHORT), "group": make_group(side=Side.SHORT)}

    assert run(**short, market=make_market("97", bid=D(97), ask=D("97.81"))).action is not Action.CLOSE
    assert run(**short, market=make_market("99", bid=D(97), ask=D("97.80"))).reason == "exit.take_profit"


def test_the_stop_loss_is_measured_at_the_bid() -> None:
    assert run(settings=STOPPED, market=make_market("95.3", bid=D(95), ask=D(96))).reason == "exit.stop_loss"
    assert run(settings=STOPPED, market=make_market("94", bid=D("95.1"), ask=D(96))).action is not Action.CLOSE


STOPPED = make_settings(stop_loss=D("0.05"))


def beyond(seconds: float = 0, *, price: str = "100", bid: str | None = "90", **changes: Any) -> Decision:
    """Decide about a bid that is beyond the stop loss of 5 %, seen so long after it was first seen there (0: now)."""
    group = make_group(stop_since=NOW - timedelta(seconds=seconds) if seconds else None)
    market = make_market(price, bid=None if bid is None else D(bid))
    return run(**{"settings": STOPPED, "group": group, "market": market, **changes})


def test_one_bid_that_the_last_price_does_not_agree_with_stops_nothing_out() -> None:
    """As when a thin bid stood alone in the book for a moment: last price 60,000, bid 50,000."""
    first = beyond()

    assert (first.action, first.reason, first.stop_since) == (Action.WAIT, "stop_loss.confirming", NOW)


def test_a_second_look_beyond_the_stop_loss_closes() -> None:
    assert beyond(1).reason == "exit.stop_loss"


@pytest.mark.parametrize(("price", "closes"), [("90.45", True), ("90.46", False), ("89.56", True), ("89.55", False)])
def test_one_look_is_enough_where_bid_and_last_price_agree_within_half_a_percent(price: str, closes: bool) -> None:
    assert (beyond(price=price).reason == "exit.stop_loss") is closes


def test_a_last_price_without_a_bid_takes_two_looks() -> None:
    assert beyond(price="90", bid=None).reason == "stop_loss.confirming"
    assert beyond(1, price="90", bid=None).reason == "exit.stop_loss"


def test_the_same_price_looked_at_twice_is_one_look() -> None:
    again = beyond(group=make_group(stop_since=NOW), now=NOW + timedelta(seconds=3))

    assert (again.reason, again.stop_since) == ("stop_loss.confirming", NOW)


def test_a_price_back_inside_forgets_that_it_was_beyond() -> None:
    assert beyond(5, bid="95.1").stop_since is None


def test_a_time_out_lets_the_price_stay_beyond_the_stop_loss_for_so_long() -> None:
    patient: dict[str, Any] = {
        "settings": make_settings(stop_loss=D("0.05"), stop_timeout=timedelta(seconds=60)),
        "price": "90",
    }

    first, waiting = beyond(**patient), beyond(45, **patient)

    assert (first.reason, first.stop_since, first.numbers["seconds_left"]) == ("stop_loss.confirming", NOW, D(60))
    assert (waiting.reason, waiting.numbers["seconds_left"]) == ("stop_loss.confirming", D(15))
    assert beyond(59.9, **patient).reason == "stop_loss.confirming"
    assert beyond(60, **patient).reason == "exit.stop_loss"


def test_nothing_is_bought_while_the_price_is_beyond_the_stop_loss() -> None:
    assert beyond(bid="94", price="98", settings=make_settings()).action is Action.ADD
    assert beyond(bid="94", price="98").reason == "stop_loss.confirming"


def test_what_closes_for_another_reason_does_not_wait_for_the_stop_loss() -> None:
    assert beyond(limits=make_limits(stop=Stop.CLOSE)).reason == "exit.asked"
    assert beyond(request=LEAVE).reason == "exit.signal"


def test_recovery_mode_is_entered_while_the_stop_loss_is_confirmed() -> None:
    group = make_group(alarms=1)
    deep = {"settings": make_settings(stop_loss=D("0.15")), "market": make_market("88", bid=D(84)), "group": group}

    assert (run(**deep).action, run(**deep).reason) == (Action.ENTER_RECOVERY, "recovery.loss")


@pytest.mark.parametrize("market", [make_market("90", at=LONG_AGO), make_market("0")])
def test_old_or_missing_prices_neither_confirm_a_stop_loss_nor_forget_it(market: MarketNow) -> None:
    decision = beyond(2, market=market)

    assert decision.action is not Action.CLOSE
    assert decision.stop_since == NOW - timedelta(seconds=2)


def test_a_clock_that_was_set_back_costs_a_stop_loss_one_more_look() -> None:
    ahead = make_group(stop_since=NOW + timedelta(hours=1))

    assert beyond(group=ahead).stop_since == NOW


def test_a_short_is_stopped_out_at_the_ask_in_the_same_way() -> None:
    short = {"settings": make_settings(side=Side.SHORT, stop_loss=D("0.05")), "group": make_group(side=Side.SHORT)}

    assert run(**short, market=make_market("100", ask=D(106))).reason == "stop_loss.confirming"
    assert run(**short, market=make_market("106", ask=D(106))).reason == "exit.stop_loss"


def test_a_stop_loss_of_what_is_too_small_to_be_sold_stays_confirmed() -> None:
    dust = beyond(5, market=make_market("90", bid=D(90), minimum_cost=D(500)))

    assert (dust.reason, dust.stop_since) == ("exit.dust", NOW - timedelta(seconds=5))


def test_a_take_profit_is_what_is_won_after_all_fees() -> None:
    """Fees of 2 % each way: break-even is 20·1.02 / (0.2·0.98) = 104.0817, 2 % more 20·1.04 / (0.2·0.98) = 106.1225."""
    dear = holding(fees=Fees(entry=D("0.02"), exit=D("0.02")))
    group = make_group(position=dear)

    assert run(group=group, market=make_market("106.12")).action is not Action.CLOSE
    assert run(group=group, market=make_market("106.13")).reason == "exit.take_profit"


def test_a_trailing_take_profit_follows_the_price_and_closes_when_it_falls_back() -> None:
    waiting = run(settings=TRAILING, market=make_market("101"))
    armed = run(settings=TRAILING, market=make_market("103"))
    followed = run(settings=TRAILING, group=make_group(best=D(103)), market=make_market("105"))
    lower = run(settings=TRAILING, group=make_group(best=D(105)), market=make_market("104.5"))
    closed = run(settings=TRAILING, group=make_group(best=D(105)), market=make_market("103.9"))

    assert waiting.best is None
    assert (armed.action, armed.reason, armed.best) == (Action.WAIT, "exit.trailing_armed", D(103))
    assert (followed.action, followed.best) == (Action.WAIT, D(105))
    assert (lower.action, lower.best) == (Action.WAIT, D(105))
    assert (closed.action, closed.reason) == (Action.CLOSE, "exit.trailing")


def test_the_trailing_distance_itself_closes() -> None:
    group = make_group(best=D(105))

    assert run(settings=TRAILING, group=group, market=make_market("103.95")).reason == "exit.trailing"
    assert run(settings=TRAILING, group=group, market=make_market("103.96")).reason == "exit.trailing_armed"


def test_a_short_trails_downwards() -> None:
    short = {"settings": make_settings(side=Side.SHORT, trailing=D("0.01"))}

    followed = run(**short, group=make_group(side=Side.SHORT, best=D(97)), market=make_market("96"))
    closed = run(**short, group=make_group(side=Side.SHORT, best=D(96)), market=make_market("97"))

    assert (followed.best, closed.reason) == (D(96), "exit.trailing")


def test_a_gap_below_break_even_disarms_the_trailing_and_add_ons_go_on() -> None:
    decision = run(settings=TRAILING, group=make_group(best=D(105)), market=make_market("98.4"))

    assert (decision.action, decision.best) == (Action.ADD, None)


def test_a_best_price_outlives_a_moment_of_doubt() -> None:
    stale = make_market("104", at=LONG_AGO)
    priceless = make_market("0")

    assert run(settings=TRAILING, group=make_group(best=D(105)), market=stale).best == D(105)
    assert run(settings=TRAILING, group=make_group(best=D(105)), market=priceless).best == D(105)


@pytest.mark.parametrize(
    "changes",
    [
        {"minimum_cost": D(21)},
        {"min_amount": D("0.3")},
        {"amount_step": D(1)},
    ],
)
def test_what_the_exchange_would_not_take_waits_as_dust(changes: dict[str, Any]) -> None:
    decision = run(market=make_market("102.21", **changes))

    assert (decision.action, decision.reason, decision.quantity) == (Action.WAIT, "exit.dust", None)
    assert decision.numbers["held"] == D("0.2")


def test_a_group_asked_to_close_may_be_dust_too() -> None:
    position = holding(sold=D("0.19"), proceeds=D(19))

    decision = run(group=make_group(position=position), limits=make_limits(stop=Stop.CLOSE))

    assert decision.reason == "exit.dust"


def test_a_trailing_exit_of_dust_keeps_its_best_price() -> None:
    group = make_group(best=D(105))

    decision = run(settings=TRAILING, group=group, market=make_market("103", minimum_cost=D(500)))

    assert (decision.reason, decision.best) == ("exit.dust", D(105))


def test_only_what_is_held_is_closed_rounded_down_to_the_step() -> None:
    position = holding(fees=Fees(entry=D("0.001"), exit=D("0.001"), entry_in_coin=True))

    decision = run(group=make_group(position=position), market=make_market("103", amount_step=D("0.001")))

    assert decision.quantity == D("0.199")


def test_recovery_closes_at_its_decayed_take_profit_even_with_trailing() -> None:
    group = make_group(mode=Mode.RECOVERY, recovery_since=NOW - timedelta(days=9))

    assert run(group=group, market=make_market("100.31")).reason == "exit.recovery"
    assert run(settings=TRAILING, group=group, market=make_market("100.31")).reason == "exit.recovery"


@pytest.mark.parametrize(("options", "mode"), [(TRAILING, Mode.RECOVERY), (make_settings(), Mode.NORMAL)])
def test_a_best_price_of_before_closes_nothing_where_nothing_trails(options: Settings, mode: Mode) -> None:
    group = make_group(mode=mode, recovery_since=NOW, best=D(105))

    assert run(settings=options, group=group, market=make_market("101")).action is not Action.CLOSE


def test_an_exit_is_not_explained_by_the_next_add_on() -> None:
    leaving, staying = run(market=make_market("102.21")), run(market=make_market("99.9"))

    assert {"next_add_on", "next_cost", "improvement"} & leaving.numbers.keys() == set()
    assert {"next_add_on", "next_cost", "improvement"} <= staying.numbers.keys()
