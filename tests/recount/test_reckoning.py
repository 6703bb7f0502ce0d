"""Groups reckoned by hand: fees in quote money, in the coin and in a third coin, partial exits, dust, limits."""

from datetime import timedelta
from typing import Any

from recount import reckoning
from recount.values import OurGroup
from tests.recount.builders import NOON, D, make_group, make_limit, make_order, make_trade, told_of


def test_fees_in_quote_money_are_paid_beside_what_was_bought() -> None:
    # 2 at 100 and 1 at 97, sold at 102, 0.1 % of each: 297 + 0.297 paid, 306 − 0.306 got.
    bought = [make_trade("2", "100", ("0.2", "USDT")), make_trade("1", "97", ("0.097", "USDT"), minute=1)]
    sold = make_trade("3", "102", ("0.306", "USDT"), minute=2)

    sums = reckoning.reckon("BTC/USDT", [*((True, one) for one in bought), (False, sold)])

    assert (sums.bought, sums.cost, sums.average) == (D(3), D(297), D(99))
    assert (sums.fee_quote, sums.fee_coin, sums.sold, sums.proceeds) == (D("0.297"), D(0), D(3), D("305.694"))
    assert (sums.held, sums.result, sums.other_fees) == (D(0), D("8.397"), {})


def test_a_fee_in_the_coin_leaves_less_to_sell_and_dust() -> None:
    # 0.001 of 1 is kept: 0.999 is held, lots of 0.01 let 0.99 be sold at 110; 0.009 is dust.
    bought = make_trade("1", "100", ("0.001", "BTC"))
    sold = make_trade("0.99", "110", ("0.1089", "USDT"), minute=1)

    sums = reckoning.reckon("BTC/USDT", [(True, bought), (False, sold)])

    assert (sums.bought, sums.fee_coin, sums.fee_quote, sums.sold) == (D(1), D("0.001"), D(0), D("0.99"))
    assert (sums.held, sums.result) == (D("0.009"), D("8.7911"))


def test_a_fee_in_a_third_coin_is_told_apart() -> None:
    bought = make_trade("1", "100", ("0.0002", "bnb"))
    sold = make_trade("1", "110", ("0.00022", "BNB"), minute=1)

    sums = reckoning.reckon("BTC/USDT", [(True, bought), (False, sold)])

    assert (sums.fee_coin, sums.fee_quote, sums.result) == (D(0), D(0), D(10))
    assert sums.other_fees == {"BNB": D("0.00042")}


def test_a_fee_in_two_coins_counts_in_each() -> None:
    sums = reckoning.reckon("BTC/USDT", [(True, make_trade("1", "100", ("0.05", "USDT"), ("0.004", "GT")))])

    assert (sums.fee_quote, sums.result, sums.other_fees) == (D("0.05"), D("-100.05"), {"GT": D("0.004")})


def test_a_rebate_is_a_fee_below_nothing() -> None:
    sums = reckoning.reckon("BTC/USDT", [(True, make_trade("1", "100", ("-0.01", "USDT")))])

    assert (sums.fee_quote, sums.result) == (D("-0.01"), D("-99.99"))


def test_a_partial_exit_leaves_its_share_of_what_was_paid() -> None:
    holding = reckoning.Holding()

    holding.trade(make_trade("1", "100", ("0.001", "BTC")), "BTC", is_buy=True)
    holding.trade(make_trade("0.4995", "120"), "BTC", is_buy=False)

    assert (holding.held, holding.paid) == (D("0.4995"), D(50))


def test_a_sale_of_more_than_was_bought_leaves_nothing_at_work() -> None:
    holding = reckoning.Holding()

    holding.trade(make_trade("1", "100"), "BTC", is_buy=True)
    holding.trade(make_trade("2", "120"), "BTC", is_buy=False)

    assert holding.paid == 0


def test_nothing_traded_comes_to_nothing() -> None:
    sums = reckoning.reckon("BTC/USDT", [])

    assert (sums.bought, sums.average, sums.held, sums.result) == (D(0), None, D(0), D(0))


def test_a_fee_that_is_not_told_is_the_one_that_we_reckoned() -> None:
    told = make_trade("1", "100", is_fee_known=False, trade_id="7")
    group = make_group(make_order(make_trade("1", "100", ("0.1", "USDT"), is_fee_known=False, trade_id="7")))
    answer = told_of(make_group(make_order(told, client_id=group.orders[0].client_id)))

    ((_, trade),) = reckoning.trades_of(group, answer)

    assert trade.paid == {"USDT": D("0.1")}


# --- limits: 1000, of which 800 may be at work


def bought(*costs: tuple[str, int], **changes: Any) -> OurGroup:
    return make_group(*(make_order(make_trade("1", cost, minute=minute)) for cost, minute in costs), **changes)


def replay(*groups: OurGroup, **limit: Any) -> reckoning.Passed:
    told = told_of(*groups)
    return reckoning.replay(make_limit("1000", **limit), [(one, reckoning.moves_of(one, told)) for one in groups])


def test_what_is_at_work_may_come_up_to_the_limit() -> None:
    passed = replay(bought(("400", 0)), bought(("400", 1)))

    assert (passed.hard.buys, passed.margin.buys) == (0, 0)


def test_groups_that_add_in_one_moment_are_seen_together() -> None:
    passed = replay(bought(("300", 0), ("250", 5)), bought(("200", 0), ("328", 5)))

    assert (passed.hard.buys, passed.margin.buys) == (0, 1)
    assert (passed.margin.at_work, passed.margin.at) == (D(1078), NOON + timedelta(minutes=5))


def test_the_highest_moment_counts() -> None:
    passed = replay(bought(("790", 0)), bought(("20", 1), ("10", 2)))

    assert (passed.hard.buys, passed.hard.at_work) == (2, D(820))


def test_adopted_coins_are_at_work_from_when_they_were_adopted() -> None:
    adopted = make_group(adopted=make_trade("1", "700", minute=2))

    assert replay(adopted, bought(("150", 1))).hard.at_work == D(850)
    assert replay(adopted, bought(("100", 1))).hard.buys == 0


def test_what_was_sold_is_not_at_work_any_more() -> None:
    sold = make_group(make_order(make_trade("1", "700")), make_order(make_trade("1", "710", minute=1), side="sell"))

    assert replay(sold, bought(("700", 2))).hard.buys == 0
    assert replay(sold, bought(("700", 1))).hard.buys == 0
    assert replay(sold, bought(("700", 0))).margin.buys == 1


def test_dust_of_a_closed_group_is_not_at_work() -> None:
    orders = make_order(make_trade("1", "700")), make_order(make_trade("0.8", "710", minute=1), side="sell")

    assert replay(make_group(*orders, is_open=False), bought(("700", 2))).hard.buys == 0
    assert replay(make_group(*orders, is_open=True), bought(("700", 2))).hard.at_work == D(840)


def test_what_a_released_group_holds_is_the_traders() -> None:
    released = bought(("700", 0), is_open=False, is_released=True, ended_at=NOON + timedelta(minutes=3))

    assert replay(released, bought(("700", 4))).hard.buys == 0
    assert replay(released, bought(("700", 2))).margin.at_work == D(1400)


def test_buys_of_other_settings_are_not_judged() -> None:
    later = NOON + timedelta(minutes=3)

    assert replay(bought(("700", 0)), bought(("200", 1)), since=later).hard.buys == 0
    assert replay(bought(("700", 0)), bought(("200", 4)), since=later).hard.buys == 1
