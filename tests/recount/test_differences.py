"""Each difference is seen once: what agrees is silent, and of what is spoilt the one thing is named."""

from collections.abc import Mapping
from dataclasses import replace

import pytest

from recount import differences
from recount.values import OurGroup, Steps, ToldOrder
from tests.recount.builders import D, make_group, make_limit, make_order, make_trade, told_of, told_other

RULES = {"BTC/USDT": Steps(quantity=D("0.01"), price=D("0.1"))}
TRADE = make_trade("2", "100", ("0.2", "USDT"), trade_id="first")


@pytest.fixture
def group() -> OurGroup:
    """Return a group that bought 2 at 100 and holds them."""
    sums = {"bought": "2", "cost": "200", "average": "100", "fee_quote": "0.2", "held": "2"}
    return make_group(make_order(TRADE, price=D("100.5"), quantity=D(2)), **sums)


def codes(group: OurGroup, told: Mapping[str, ToldOrder | None]) -> list[str]:
    return [one.code for one in differences.of_group(group, told, RULES)]


def spoilt(group: OurGroup, **changes: object) -> list[str]:
    """Return what is told when the first order of our rows is changed, and the exchange tells as before."""
    changed = replace(group, orders=(replace(group.orders[0], **changes), *group.orders[1:]))  # type: ignore[arg-type]
    return codes(changed, told_of(group))


def test_what_agrees_is_silent(group: OurGroup) -> None:
    assert codes(group, told_of(group)) == []


def test_a_closed_group_with_dust_agrees() -> None:
    buy = make_order(make_trade("1", "100", ("0.001", "BTC")))
    sell = make_order(make_trade("0.99", "110", ("0.1089", "USDT"), minute=1), side="sell")
    sums = {"bought": "1", "cost": "100", "average": "100", "fee_coin": "0.001", "sold": "0.99", "held": "0.009"}
    closed = make_group(buy, sell, **sums, proceeds="108.7911", result="8.7911", is_open=False)

    assert codes(closed, told_of(closed)) == []
    assert codes(replace(closed, result=D("8.7912")), told_of(closed)) == ["group.result"]


def test_adopted_coins_count_at_the_price_that_was_named_and_no_order_left_them() -> None:
    sell = make_order(make_trade("0.4", "110", ("0.044", "USDT"), minute=1), side="sell")
    sums = {"bought": "1", "cost": "100", "average": "100", "sold": "0.4", "proceeds": "43.956", "held": "0.6"}
    group = make_group(sell, **sums, adopted=make_trade("1", "100"), fees=D("0.044"))

    assert codes(group, told_of(group)) == []
    assert codes(replace(group, adopted=None), told_of(group))[:2] == ["group.bought", "group.cost"]
    (line,) = differences.coin_lines({"BTC": D("0.6")}, [group], told_of(group))
    # It had one before, and sold 0.4 of it.
    assert (line.missing, line.orders, line.others) == (D(0), D("-0.4"), D(1))


def test_a_fill_that_we_have_not_is_told(group: OurGroup) -> None:
    assert spoilt(group, trades=()) == ["fill.missing"]


def test_a_fill_that_we_have_twice_is_told(group: OurGroup) -> None:
    assert spoilt(group, trades=(TRADE, replace(TRADE, trade_id="copy"))) == ["fill.twice"]
    assert spoilt(group, trades=(TRADE, TRADE)) == ["fill.twice"]


def test_a_fill_that_the_exchange_does_not_know_is_told(group: OurGroup) -> None:
    assert spoilt(group, trades=(TRADE, make_trade("1", "99"))) == ["fill.unknown"]


@pytest.mark.parametrize("name", ["price", "quantity", "cost"])
def test_a_fill_that_stands_otherwise_is_told(group: OurGroup, name: str) -> None:
    other = replace(TRADE, **{name: D("1.01")})  # type: ignore[arg-type]
    assert spoilt(group, trades=(other,)) == ["fill.traded"]


@pytest.mark.parametrize("paid", [(), (("USDT", D("0.3")),), (("BTC", D("0.2")),), (*TRADE.fees, ("KCS", D(1)))])
def test_another_fee_is_told(group: OurGroup, paid: tuple[tuple[str, D], ...]) -> None:
    assert spoilt(group, trades=(replace(TRADE, fees=paid),)) == ["fill.fee"]


def test_a_fee_that_the_exchange_has_not_told_is_no_difference(group: OurGroup) -> None:
    assert codes(group, told_other(group, replace(TRADE, fees=(), is_fee_known=False))) == []


def test_another_filled_quantity_is_told(group: OurGroup) -> None:
    assert spoilt(group, filled=D(1)) == ["order.filled"]


def test_more_than_was_ordered_is_told(group: OurGroup) -> None:
    assert spoilt(group, quantity=D("1.5")) == ["order.above_quantity"]


def test_a_price_beyond_the_promise_is_told(group: OurGroup) -> None:
    assert spoilt(group, price=D("99.9")) == ["price.beyond"]
    assert spoilt(group, price=D(100)) == []


def test_a_sale_below_its_promise_is_told() -> None:
    sale = make_order(make_trade("1", "100"), side="sell", price=D("100.1"))
    sold = make_group(sale, sold="1", proceeds="100", held="-1")

    assert codes(sold, told_of(sold)) == ["price.beyond"]


def test_what_is_no_whole_step_is_told(group: OurGroup) -> None:
    assert spoilt(group, price=D("100.55")) == ["step.price"]
    assert spoilt(group, quantity=D("2.001"), state="canceled") == ["step.quantity"]


@pytest.mark.parametrize(
    ("here", "is_open", "is_filled", "told"),
    [
        ("open", True, False, []),
        ("sent", True, False, []),
        ("unknown", True, False, []),
        ("canceled", True, False, ["order.state"]),
        ("open", False, False, ["order.state"]),
        ("canceled", False, False, []),
        ("filled", False, False, ["order.state"]),
        ("dropped", False, False, []),
        ("absent", False, False, []),
        ("refused", False, False, ["order.state"]),
        ("dropped", True, False, ["order.state"]),
        ("dropped", False, True, ["order.state", "order.filled", "fill.missing"]),
        ("canceled", False, True, ["order.state", "order.filled", "fill.missing"]),
    ],
)
def test_an_order_stands_here_as_there(here: str, is_open: bool, is_filled: bool, told: list[str]) -> None:
    ours = make_order(state=here, quantity=D(2), price=D(100))
    group = make_group(ours)
    answer = told_other(group, *([TRADE] if is_filled else []), is_open=is_open)

    assert [code for code in codes(group, answer) if not code.startswith("group.")] == told


def test_an_order_that_the_exchange_does_not_know(group: OurGroup) -> None:
    gone = {group.orders[0].client_id: None}

    assert codes(group, gone)[0] == "order.unknown_there"
    assert codes(make_group(make_order(state="refused")), {}) == []
    for state, told in (("open", ["order.state"]), ("canceled", []), ("absent", []), ("unknown", [])):
        empty = make_group(make_order(state=state))
        assert codes(empty, {empty.orders[0].client_id: None}) == told


def test_an_order_that_never_counted_as_sent_is_told(group: OurGroup) -> None:
    assert spoilt(group, sends=0) == ["order.unsent"]


def test_listed_orders_that_our_rows_do_not_know_are_told(group: OurGroup) -> None:
    (known,) = group.orders
    unsent = make_order(state="intended", sends=0)
    listed = {known.client_id: "1", unsent.client_id: "2", "bf" + "z" * 22: "3"}

    found = differences.of_list("BTC/USDT", listed, [known, unsent])

    assert [(one.code, one.there) for one in found] == [("order.unsent", "order 2"), ("order.unknown_here", "order 3")]


@pytest.mark.parametrize(
    "name", ["bought", "cost", "average", "fee_coin", "fee_quote", "sold", "proceeds", "held", "result"]
)
def test_each_sum_that_differs_is_told(group: OurGroup, name: str) -> None:
    assert codes(replace(group, **{name: D("0.5")}), told_of(group)) == [f"group.{name}"]  # type: ignore[arg-type]


def test_money_is_compared_to_the_eighteenth_decimal(group: OurGroup) -> None:
    """Books keep 28 digits: of a fee that an exchange tells in thirty, the last ones cannot stand in a sum."""
    assert codes(replace(group, fee_quote=D("0.2000000000000000004")), told_of(group)) == []
    assert codes(replace(group, fee_quote=D("0.200000000000000001")), told_of(group)) == ["group.fee_quote"]
    assert codes(replace(group, held=D("2.0000000000000000004")), told_of(group)) == ["group.held"]


def test_a_fee_in_a_third_coin_counts_for_what_it_was_worth() -> None:
    """0.0002 BNB at 580 and at 600 are 0.116 and 0.12: of 10 are left 9.764."""
    buy = make_order(make_trade("1", "100", ("0.0002", "BNB"), value=D("0.116")))
    sell = make_order(make_trade("1", "110", ("0.0002", "BNB"), minute=1, value=D("0.12")), side="sell")
    sums = {"bought": "1", "cost": "100", "average": "100", "sold": "1", "proceeds": "109.88", "fee_other": "0.116"}
    closed = make_group(buy, sell, **sums, result="9.764", is_open=False)

    assert codes(closed, told_of(closed)) == []
    assert codes(replace(closed, result=D("9.88")), told_of(closed)) == ["group.result"]
    assert codes(replace(closed, fee_other=D(0)), told_of(closed)) == ["group.fee_other"]


@pytest.mark.parametrize("value", [None, D(0)])
def test_a_result_that_leaves_out_fees_in_a_third_coin_is_told(value: D | None) -> None:
    buy = make_order(make_trade("1", "100", ("0.0002", "BNB"), value=value))
    sell = make_order(make_trade("1", "110", ("0.0002", "BNB"), minute=1, value=value), side="sell")
    sums = {"bought": "1", "cost": "100", "average": "100", "sold": "1", "proceeds": "110"}
    closed = make_group(buy, sell, **sums, result="10", is_open=False)

    (found,) = differences.of_group(closed, told_of(closed), RULES)

    assert (found.code, found.there, found.here) == ("group.other_fees", "0.0004 BNB", "not counted")


def test_a_limit_that_was_passed_is_told(group: OurGroup) -> None:
    told = told_of(group)

    assert list(differences.of_limit(make_limit("250"), [group], told)) == []
    (hard,) = differences.of_limit(make_limit("249"), [group], told)
    (margin,) = differences.of_limit(make_limit("199"), [group], told)
    assert (hard.code, hard.here) == ("limit.hard", "at most 199.2")
    assert (margin.code, margin.there) == ("limit.margin", "200 at work at 2026-03-01 12:00:00 UTC, 1 buys beyond it")


def test_coins_that_are_gone_are_told_and_those_of_the_trader_are_not(group: OurGroup) -> None:
    for account, code, others in (("2", [], "0"), ("1.9", ["coins.missing"], "-0.1"), ("2.5", [], "0.5")):
        (line,) = differences.coin_lines({"BTC": D(account)}, [group], told_of(group))

        assert [one.code for one in differences.of_coins(line)] == code
        assert (line.orders, line.others) == (D(2), D(others))
    assert "0.5 came by other hands" in line.told()


def test_coins_that_our_books_hold_and_no_order_bought_are_missing(group: OurGroup) -> None:
    (line,) = differences.coin_lines({"BTC": D(2)}, [replace(group, held=D("2.5"))], told_of(group))

    assert (line.missing, line.others) == (D("0.5"), D(0))


def test_a_coin_that_pays_fees_of_other_pairs_grows_less(group: OurGroup) -> None:
    coin = make_group(make_order(make_trade("1", "10")), pair="KCS/USDT", held="1")
    paid = make_group(make_order(make_trade("1", "100", ("0.25", "KCS"))), held="1")

    (_, line) = differences.coin_lines({"KCS": D("0.75"), "BTC": D(1)}, [coin, paid], told_of(coin, paid))

    assert (line.coin, line.missing, line.orders) == ("KCS", D("0.25"), D("0.75"))
