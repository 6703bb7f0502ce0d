"""Acts by hand in figures: a part that is sold, and more that is bought."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal as D
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from strategies.engine import gate
from strategies.engine.account import Pool
from strategies.engine.decide import decide, decide_asked, sell_part
from strategies.engine.decision import Action
from strategies.engine.hands import adopt, part_of
from strategies.engine.position import Fees, Position, Side
from strategies.engine.sizing import LimitedBy, Sizing
from strategies.engine.state import LimitMode, MarginLimit, Mode, Opening, OrderRules, Stake, Stop
from strategies.engine.totals import FillLine, totals
from strategies.engine.wake import wake
from tests.strategies.engine.builders import (
    LONG_AGO,
    NOW,
    WORKED,
    make_case,
    make_group,
    make_limits,
    make_market,
    make_settings,
)

# It bought 0.2 at 100.
HELD = make_group().position


@pytest.mark.parametrize(
    ("share", "quantity", "refusal"),
    [
        ("0.5", "0.1", ""),
        # 0.0666 in steps of 0.01.
        ("0.333", "0.06", ""),
        ("0.01", "0.00", "part.too_small"),
        # 0.04 is worth 4, less than the 5 that the exchange takes.
        ("0.2", "0.04", "part.too_small"),
        ("0.8", "0.16", "part.leaves_too_little"),
        # 0.05 is worth 5 now, and less after the smallest fall.
        ("0.75", "0.15", "part.leaves_too_little"),
        ("0.7", "0.14", ""),
    ],
)
def test_a_part_is_of_whole_steps_and_leaves_what_can_be_sold(share: str, quantity: str, refusal: str) -> None:
    rules = OrderRules(minimum_cost=D(5), amount_step=D("0.01"))

    part = part_of(HELD, rules, D(share), D(100))

    assert (part.quantity, part.refusal) == (D(quantity), refusal)


def test_without_a_price_only_amounts_are_judged() -> None:
    rules = OrderRules(minimum_cost=D(5), min_amount=D("0.03"))

    assert part_of(HELD, rules, D("0.2"), None).refusal == ""
    assert part_of(HELD, rules, D("0.1"), None).refusal == "part.too_small"


@given(st.decimals("0.05", "0.95", places=2), st.decimals("50", "150", places=1), st.booleans())
def test_what_a_sale_leaves_is_what_the_books_make_of_its_fill(share: D, price: D, in_coin: bool) -> None:
    fees = Fees(entry=D("0.001"), exit=D("0.001"), entry_in_coin=in_coin)
    before = Position(side=Side.LONG, fees=fees).with_fills((D(100), D("0.2")), (D(90), D("0.3")))
    quantity = before.held * share
    after = before.with_sale(price, quantity)

    def line(at: int, bought: D, cost: D, fee: D, coin: str, *, is_buy: bool = True) -> FillLine:
        values: dict[str, Any] = {"quantity": bought, "price": cost / bought, "cost": cost, "fee": fee}
        return FillLine(is_buy=is_buy, is_add_on=False, step=0, fee_asset=coin, at=NOW + timedelta(at), **values)

    def buy(at: int, price: D, bought: D) -> FillLine:
        fee, coin = (bought * fees.entry, "BTC") if in_coin else (bought * price * fees.entry, "USDT")
        return line(at, bought, bought * price, fee, coin)

    cost = quantity * price
    sums = totals(
        [
            buy(0, D(100), D("0.2")),
            buy(1, D(90), D("0.3")),
            line(2, quantity, cost, cost * fees.exit, "USDT", is_buy=False),
        ],
        pair="BTC/USDT",
    )

    assert after.held == pytest.approx(sums.held)
    assert after.proceeds == pytest.approx(sums.proceeds)
    assert after.at_work == pytest.approx(sums.at_work)
    assert after.average == pytest.approx(before.average)


def test_a_part_that_is_asked_for_is_sold_and_no_more() -> None:
    decision = decide(make_case(group=make_group(to_sell=D("0.1"))))

    assert (decision.action, decision.reason, decision.quantity) == (Action.CLOSE, "exit.part", D("0.1"))


def test_never_more_than_is_held() -> None:
    assert decide(make_case(group=make_group(to_sell=D(9)))).quantity == HELD.held


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"limits": make_limits(stop=Stop.CLOSE)}, "exit.asked"),
        ({"market": make_market("103")}, "exit.take_profit"),
        ({"market": make_market("90", bid=D(90)), "settings": make_settings(stop_loss=D("0.05"))}, "exit.stop_loss"),
    ],
)
def test_an_exit_of_the_whole_that_is_due_goes_before(changes: dict[str, Any], reason: str) -> None:
    decision = decide(make_case(group=make_group(to_sell=D("0.1")), **changes))

    assert (decision.reason, decision.quantity) == (reason, HELD.held)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"market": make_market("99.5", at=NOW - timedelta(seconds=16))}, "market.stale"),
        ({"limits": make_limits(has_proof=False)}, "connection.not_proven"),
        ({"market": make_market("0")}, "market.no_price"),
        ({"group": make_group(to_sell=D("0.1"), has_unknown_order=True)}, "order.unknown"),
    ],
)
@pytest.mark.parametrize("decider", [decide, sell_part])
def test_in_doubt_no_part_is_sold(decider: Any, changes: dict[str, Any], reason: str) -> None:
    decision = decider(make_case(**{"group": make_group(to_sell=D("0.1")), **changes}))

    assert (decision.action, decision.reason) == (Action.BLOCK, reason)


def test_where_nobody_looks_after_the_group_only_the_part_is_sold() -> None:
    """Its take profit is reached, and its bot is off."""
    case = make_case(group=make_group(to_sell=D("0.1")), market=make_market("103"))

    decision = sell_part(case)

    assert (decision.reason, decision.quantity) == ("exit.part", D("0.1"))


def test_a_part_that_became_too_small_keeps_nothing_from_going_on() -> None:
    case = make_case(group=make_group(to_sell=D("0.01")))

    assert decide(case).reason == "zone.not_reached"
    assert sell_part(case).reason == "exit.dust"


def test_a_part_that_waits_has_no_band() -> None:
    case = make_case(group=make_group(to_sell=D("0.01")))

    assert wake(case, decide(case)) is None
    quiet = replace(case, group=make_group())
    assert wake(quiet, decide(quiet)) is not None


# The worked ladder, of which the entry is done: its next add-on, of 20, waits at 98.5 for a cool-down to be over.
JUST_NOW = NOW - timedelta(seconds=5)


def asked(cost: str = "20", **changes: Any) -> Any:
    """Decide about a group whose trader asks to buy more at once, at 99."""
    group = {"to_add": D(cost), "last_fill_at": JUST_NOW} | changes.pop("group", {})
    return decide_asked(make_case(**{"group": make_group(**group), "market": make_market("99"), **changes}))


def test_the_next_rung_is_bought_before_its_zone_and_in_the_cool_down() -> None:
    decision = asked()

    assert (decision.action, decision.reason, decision.cost, decision.step) == (Action.ADD, "add_on.asked", D(20), 1)
    assert decision.quantity == D(20) / D(99)
    assert decision.numbers["cost"] == D(20)
    assert "next_add_on" not in decision.numbers


@pytest.mark.parametrize(
    ("cost", "step"),
    [
        # Less than the rung counts as the rung; T_1 is 40, T_2 64, T_3 92.8, of which 20 are spent.
        ("10", 1),
        ("43.99", 1),
        ("44", 2),
        ("72.8", 3),
        # All that is left: T_5 is 168.832.
        ("148.832", 5),
    ],
)
def test_what_is_bought_counts_as_the_last_rung_that_it_pays_for(cost: str, step: int) -> None:
    decision = asked(cost)

    assert (decision.action, decision.cost, decision.step) == (Action.ADD, D(cost), step)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"cost": "148.833"}, "add_on.above_ladder"),
        ({"market": make_market("100")}, "average.worse"),
        ({"market": make_market("101")}, "average.worse"),
        ({"settings": make_settings(floor=D("0.005"))}, "zone.below_floor"),
        ({"limits": make_limits(stop=Stop.ADD_ONS)}, "group.paused"),
        ({"limits": make_limits(equity=D(1))}, "risk.stress_loss"),
        ({"limits": make_limits(equity=None)}, "funds.unknown"),
        ({"limits": make_limits(free_quote=D(20))}, "funds.too_little"),
        ({"limits": make_limits(is_connection_proven=False)}, "connection.not_proven"),
        ({"limits": make_limits(is_pair_open=False)}, "entry.pair_closed"),
        ({"limits": make_limits(margin=replace(make_limits().margin, amount=D(49)))}, "margin.hard_limit"),
        ({"market": make_market("99", minimum_cost=D(20))}, "size.below_minimum"),
        ({"group": {"add_ons_done": 5}}, "ladder.done"),
        ({"group": {"mode": Mode.CLOSING}}, "group.state"),
        ({"group": {"stop_since": JUST_NOW}}, "stop_loss.confirming"),
    ],
)
def test_every_rule_that_protects_money_holds_for_it(changes: dict[str, Any], reason: str) -> None:
    decision = asked(**changes)

    assert decision.action is not Action.ADD
    assert (decision.refused.action, decision.refused.reason) == (Action.BLOCK, reason)


def test_a_refusal_tells_the_figures_of_what_was_asked_for() -> None:
    refused = asked("200").refused

    assert (refused.numbers["cost"], refused.numbers["ladder_left"]) == (D(200), D("148.8320"))
    assert asked(limits=make_limits(free_quote=D(20))).refused.numbers["needed"] > D(20)


def test_the_bot_goes_on_deciding_while_it_refuses() -> None:
    """Its own add-on is due at this price; what was asked for is too much."""
    quiet = {"last_fill_at": NOW - timedelta(hours=6)}
    decision = asked("500", group=quiet, market=make_market("98.4"))

    assert (decision.action, decision.reason) == (Action.ADD, "add_on.zone")
    assert decision.refused.reason == "add_on.above_ladder"


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"market": make_market("99", at=NOW - timedelta(seconds=16))}, "market.stale"),
        # By this old price it would be refused.
        ({"market": make_market("101", at=NOW - timedelta(seconds=16))}, "market.stale"),
        ({"market": make_market("0")}, "market.no_price"),
        ({"group": {"has_unknown_order": True}}, "order.unknown"),
        ({"group": {"has_open_order": True}}, "group.order_open"),
    ],
)
def test_what_passes_by_itself_is_waited_for(changes: dict[str, Any], reason: str) -> None:
    decision = asked(**changes)

    assert decision.refused is None
    assert decision.action is not Action.ADD
    assert gate.admit_asked(case_of(**changes)) == (reason, None)


def case_of(**changes: Any) -> Any:
    group = {"to_add": D(20), "last_fill_at": JUST_NOW} | changes.pop("group", {})
    return make_case(**{"group": make_group(**group), "market": make_market("99"), **changes})


def test_before_the_entry_has_bought_anything_it_waits() -> None:
    empty = replace(make_group(to_add=D(20)), position=Position(side=Side.LONG, fees=Fees(entry=D(0), exit=D(0))))
    case = make_case(group=empty)

    assert gate.admit_asked(case) == ("group.empty", None)
    assert (decide_asked(case).reason, decide_asked(case).refused) == ("group.empty", None)


@pytest.mark.parametrize(
    ("price", "last_fill_at", "reason"),
    [
        ("99", LONG_AGO, "zone.not_reached"),
        # Beyond P_1, and not 1.5 × 0.8 × 1.5 % away from the last fill.
        ("98.4", LONG_AGO, "spacing.too_close"),
        ("98", NOW - timedelta(minutes=9), "cool_down"),
        ("98", LONG_AGO, ""),
    ],
)
def test_in_recovery_mode_all_of_its_rules_hold(price: str, last_fill_at: Any, reason: str) -> None:
    trouble = {"mode": Mode.RECOVERY, "recovery_forced": True, "recovery_since": NOW, "last_fill_at": last_fill_at}
    decision = asked(group=trouble, market=make_market(price))

    assert (decision.refused.reason if decision.refused else "") == reason
    assert (decision.action is Action.ADD) == (reason == "")


@pytest.mark.parametrize(
    ("changes", "action"),
    [
        ({"market": make_market("103")}, Action.CLOSE),
        ({"limits": make_limits(stop=Stop.CLOSE)}, Action.CLOSE),
    ],
)
def test_an_exit_ends_what_was_asked_for(changes: dict[str, Any], action: Action) -> None:
    decision = asked(**changes)

    assert (decision.action, decision.refused.reason) == (action, "group.state")


@pytest.mark.parametrize("group", [{"to_sell": D("0.1")}, {"recovery_forced": True}])
def test_a_part_and_recovery_mode_come_first_and_it_waits(group: dict[str, Any]) -> None:
    decision = asked(group=group)

    assert decision.reason in {"exit.part", "recovery.asked"}
    assert decision.refused is None


def test_what_is_asked_for_has_no_band() -> None:
    case = case_of()
    waiting = replace(case, market=make_market("99", at=NOW - timedelta(seconds=1)), group=replace(case.group))

    assert wake(waiting, replace(decide_asked(case), action=Action.WAIT, reason="zone.not_reached")) is None


@pytest.mark.parametrize(
    ("seconds", "is_running", "reason"),
    [
        (60, True, ""),
        (61, True, "add_on.late"),
        (61, False, "add_on.late"),
        # A clock ahead of ours.
        (-61, True, "add_on.late"),
        (5, False, "add_on.bot_off"),
    ],
)
def test_it_counts_for_a_minute_of_a_bot_that_runs(seconds: int, is_running: bool, reason: str) -> None:
    assert gate.too_late(NOW - timedelta(seconds=seconds), NOW, is_running=is_running) == reason


@given(st.decimals("1", "160", places=2), st.decimals("80", "99.8", places=1))
def test_no_rule_of_money_is_passed_by_what_is_asked_for(cost: D, price: D) -> None:
    case = case_of(group={"to_add": cost}, market=make_market(str(price)))
    _, add_on = gate.admit_asked(case)

    if add_on is not None:
        assert case.group.position.cost + add_on.cost <= case.settings.ladder.total
        assert add_on.after.average < case.group.position.average
        assert add_on.after.stress_loss(gate.stressed(case)) <= D("0.05") * 1000


# --- coins that are adopted: what cost 20 where a group of the ladder begins with 20


LADDER = Sizing(ladder=WORKED, largest=D(20), limited_by=LimitedBy.WISH)
NO_LADDER = Sizing(ladder=None, largest=D(1), limited_by=LimitedBy.RISK, reason="size.below_minimum")


def bought_for(cost: str, price: str = "100") -> Position:
    return Position(side=Side.LONG, fees=make_settings().fees, quantity=D(cost) / D(price), cost=D(cost))


def ask(coins: Position, *, sizing: Sizing = LADDER, done: int = 0, **changes: Any) -> str:
    opening = Opening(settings=make_settings(), market=make_market("100"), limits=make_limits(), now=NOW)
    return adopt(replace(opening, **changes), sizing, coins, done=done)


@pytest.mark.parametrize("cost", ["10", "20", "100"])
def test_coins_are_adopted_as_far_as_a_ladder_would_have_bought_them(cost: str) -> None:
    assert ask(bought_for(cost)) == ""


def test_never_more_than_the_whole_ladder() -> None:
    whole = WORKED.total

    assert ask(bought_for(str(whole)), done=5) == ""
    assert ask(bought_for(str(whole + 1)), done=5) == "adopt.above_ladder"


@pytest.mark.parametrize(
    ("refusal", "changes"),
    [
        ("market.no_price", {"market": make_market("0")}),
        ("market.stale", {"market": make_market("100", at=LONG_AGO)}),
        ("entry.paused", {"limits": make_limits(stop=Stop.ENTRIES)}),
        ("connection.not_proven", {"limits": make_limits(is_connection_proven=False)}),
        ("entry.pair_closed", {"limits": make_limits(is_pair_open=False)}),
        ("entry.too_many_groups", {"limits": make_limits(open_groups=1)}),
        ("entry.pair_in_recovery", {"limits": make_limits(pair_in_recovery=True)}),
        ("part.too_small", {"market": make_market("100", minimum_cost=D(20))}),
        ("part.too_small", {"market": make_market("100", amount_step=D(1))}),
        ("funds.unknown", {"limits": make_limits(equity=None)}),
        ("size.below_minimum", {"sizing": NO_LADDER}),
        ("entry.soft_limit", {"limits": make_limits(other_stakes=(Stake(held=D(450)),))}),
        ("risk.stress_loss", {"limits": make_limits(equity=D(99))}),
        ("account.cap", {"limits": make_limits(pool=Pool(equity=D(100), loss_cap=D("0.04")))}),
        ("account.reserve", {"limits": make_limits(pool=Pool(free=D(100)))}),
    ],
)
def test_every_rule_of_an_opening_holds_for_them(refusal: str, changes: dict[str, Any]) -> None:
    assert ask(bought_for("20"), **changes) == refusal


def test_what_has_lost_more_by_now_than_a_group_may_lose_is_refused() -> None:
    # 20 at 100 would lose 5 where a ladder is judged, and has lost 10 at 50.
    poor = make_limits(equity=D(120))

    assert ask(bought_for("20"), limits=poor) == ""
    assert ask(bought_for("20"), limits=poor, market=make_market("50")) == "risk.stress_loss"


def test_the_money_that_they_would_have_cost_need_not_be_there() -> None:
    margin = MarginLimit(amount=D(1000), soft=D("0.6"), hard=D("0.8"), mode=LimitMode.FIRST_COME)
    lacks = Pool(equity=D(1000), free=D(0), set_aside=D(50))

    assert ask(bought_for("20"), limits=make_limits(free_quote=D(0))) == ""
    assert ask(bought_for("20"), limits=make_limits(margin=margin, pool=lacks)) == ""
