"""Fees in a coin of the exchange's own count for what they were worth at their moment; what is not known is said."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from decimal import ROUND_CEILING
from decimal import Decimal as D
from fractions import Fraction as F
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from connections import desks
from exchanges.values import OrderReport, OrderSide, ReportedState, TradeFill
from recount import account
from strategies import inputs
from strategies.engine import recovery
from strategies.execution import books
from strategies.market import wanted
from strategies.models import Feed, Fill, Group, Instrument, Order
from tests.practice.rig import Rig
from tests.strategies.stories.conftest import make_trading
from tests.strategies.stories.trader import MONEY, Trader

pytestmark = pytest.mark.services


@pytest.fixture
def payer(
    transactional_db: None, rig: Rig, published: list[object], woken: list[tuple[str, int]]
) -> Iterator[Callable[[str, str], Trader]]:
    """Return what makes a bot whose account pays its fees in the exchange's own coin."""

    def make(exchange: str, coin: str) -> Trader:
        rig.control("POST", "price", pair=f"{coin}/USDT", price="600")
        account_of: dict[str, Any] = {"balances": {"spot": {**MONEY, coin: "100"}}, "traits": {"pays_fees_in": coin}}
        trading = make_trading(rig, woken, exchange=exchange, **account_of)
        trading.set(base_order=D(100), margin_limit=D(9000), add_on_behaviour="off")
        return trading

    rig.control("DELETE", "price")
    yield make
    rig.control("DELETE", "price")


def known(trading: Trader, coin: str) -> None:
    wanted.want(trading.bot.connection.exchange, "practice", [f"{coin}/USDT"], now=timezone.now())
    trading.look()


@pytest.mark.parametrize(("exchange", "coin", "rate"), [("binance", "BNB", "0.00075"), ("kucoin", "KCS", "0.0008")])
def test_a_fee_in_a_third_coin_counts_in_break_even_take_profit_and_result(
    payer: Callable[[str, str], Trader], exchange: str, coin: str, rate: str
) -> None:
    trading = payer(exchange, coin)
    known(trading, coin)

    trading.signal("long")

    group = trading.group
    assert (group.fee_coin, group.fee_quote, group.has_unvalued_fees) == (D(0), D(0), False)
    assert float(group.fee_other / group.cost) == pytest.approx(float(rate), rel=1e-3)
    assert float(group.fee_rate or 0) == pytest.approx(float(rate), rel=1e-3)

    # 1.5 % is won after the fee of the buy and one like it of the sale.
    average, told = group.cost / group.quantity, D(rate)
    target = average * (1 + told + D("0.015")) / (1 - told)
    trading.at(str((target * D("0.9998")).quantize(D("0.1"))))
    assert trading.group.mode == "normal"
    trading.at(str((target * D("1.0002")).quantize(D("0.1"))))

    closed, fills = trading.group, Fill.objects.filter(order__bot=trading.bot)
    paid = sum((fill.fee for fill in fills), D(0)) * 600
    assert {fill.fee_asset for fill in fills} == {coin}
    sold = sum((fill.cost for fill in fills.filter(order__side="sell")), D(0))
    assert closed.result == sold - closed.cost - paid
    assert D("0.015") <= closed.result / closed.cost < D("0.0155")
    assert account.recount(trading.bot.connection).differences == []


def test_what_no_price_told_is_said_and_valued_by_the_first_price_of_that_moment(
    payer: Callable[[str, str], Trader],
) -> None:
    trading = payer("binance", "BNB")

    trading.signal("long")
    assert (trading.group.fee_other, trading.group.fee_rate, trading.group.has_unvalued_fees) == (D(0), None, True)
    assert trading.order.look_at is not None
    trading.look()
    trading.ask()

    group, fill = trading.group, Fill.objects.get()
    assert (group.has_unvalued_fees, group.fee_other) == (False, fill.fee * 600)
    assert group.fee_other > 0


def test_a_price_of_another_moment_values_nothing(payer: Callable[[str, str], Trader]) -> None:
    trading = payer("binance", "BNB")
    known(trading, "BNB")
    Instrument.objects.filter(pair="BNB/USDT").update(priced_at=timezone.now() - timedelta(minutes=2))

    trading.signal("long")

    assert Fill.objects.get().fee_value is None
    assert trading.group.has_unvalued_fees
    assert [one.code for one in account.recount(trading.bot.connection).differences] == ["group.other_fees"]


def unvalued(payer: Callable[[str, str], Trader], *, ago: timedelta) -> Trader:
    """Return a bot whose group paid a fee so long ago that no price of that moment is known any more."""
    trading = payer("binance", "BNB")
    known(trading, "BNB")
    Instrument.objects.filter(pair="BNB/USDT").update(priced_at=timezone.now() - timedelta(days=1))
    trading.signal("long")
    Fill.objects.update(at=timezone.now() - ago)
    assert trading.group.has_unvalued_fees
    return trading


def test_a_fee_that_is_told_too_late_for_its_price_is_valued_by_the_candle_of_its_minute(
    payer: Callable[[str, str], Trader],
) -> None:
    trading = unvalued(payer, ago=timedelta(minutes=90))

    trading.look()

    group, fill = trading.group, Fill.objects.get()
    minute = fill.at.replace(second=0, microsecond=0)
    candles = desks.ask("binance", "practice", lambda desk: desk.candles("BNB/USDT", "1m", 100))
    close = next(candle.close for candle in candles if candle.start == minute)
    assert (fill.fee_value, group.fee_other, group.has_unvalued_fees) == (fill.fee * close, fill.fee * close, False)


def test_a_fee_without_a_candle_of_its_minute_stays_unvalued_and_is_not_asked_for_for_ever(
    payer: Callable[[str, str], Trader],
) -> None:
    trading = unvalued(payer, ago=timedelta(minutes=90))
    trading.rig.fault("503", slug="binance", path="*klines*")
    trading.look()
    assert trading.group.has_unvalued_fees

    trading.rig.control("DELETE", "faults")
    Order.objects.update(answered_at=timezone.now() - timedelta(minutes=16))
    trading.rig.control("DELETE", "requests")
    trading.look()

    assert trading.group.has_unvalued_fees
    assert trading.rig.control("GET", "requests?path=/api/v3/klines")["count"] == 0


def test_the_result_of_a_closed_group_is_mended_when_its_fee_is_valued(payer: Callable[[str, str], Trader]) -> None:
    trading = unvalued(payer, ago=timedelta(minutes=2))
    trading.at("70000")
    before = trading.group
    assert (before.mode, before.has_unvalued_fees) == ("closed", True)
    Fill.objects.update(at=timezone.now() - timedelta(minutes=2))

    trading.look()

    after = trading.group
    paid = Fill.objects.get(order__side="buy").fee_value or D(0)
    assert not after.has_unvalued_fees
    assert (before.result or D(0)) - (after.result or D(0)) == paid > 0
    assert trading.bot.journal.filter(action="fee", reason="fee.told").exists()


def test_the_pair_that_values_a_fee_keeps_coming_while_the_group_is_open(payer: Callable[[str, str], Trader]) -> None:
    trading = payer("binance", "BNB")
    known(trading, "BNB")
    trading.signal("long")
    Instrument.objects.filter(pair="BNB/USDT").update(wanted_until=None)

    wanted.want_what_bots_trade(Feed.objects.get(exchange="binance"), timezone.now())

    assert Instrument.objects.get(pair="BNB/USDT").wanted_until > timezone.now()  # type: ignore[operator]


# What each order bought of LTC, at which price, and what a KCS cost then. A Medium ladder of 70: its rungs come to 70,
# 140, 220.50, 313.075 and 419.53625, each order of what is missing to its sum, in lots of 0.01 at half a percent more.
BOUGHT = [
    ("0.99", "70", "12.5"),
    ("1.02", "68.7", "10"),
    ("1.20", "67.1", "8"),
    ("1.42", "65.1", "12.5"),
    ("1.70", "62.7", "10"),
]
# 0.3 %, and a fifth less of it for those that pay in KCS.
RATE = F("0.0024")
COST, COINS = F("418.926"), F("6.33")
TICK = D("0.001")
# At these prices bid and ask each lie so far from the price.
HALF_SPREAD = 3 * TICK


def deep_in_kcs(payer: Callable[[str, str], Trader]) -> Trader:
    """Return a bot whose group bought four of its five add-ons, each with its fee in KCS, and is in Recovery Mode."""
    trading = payer("kucoin", "KCS")
    trading.set(pairs_json=["LTC/USDT"], base_order=D(70), risk_level="medium", cool_down_minutes=0)
    trading.set(add_on_behaviour="first_come")
    for number, (_, price, coin) in enumerate(BOUGHT):
        trading.rig.control("POST", "price", pair="KCS/USDT", price=coin, levels=1)
        trading.price(str(D(price) - HALF_SPREAD), pair="LTC/USDT")
        wanted.want("kucoin", "practice", ["LTC/USDT", "KCS/USDT"], now=timezone.now())
        trading.look()
        if number == 0:
            trading.signal("long", pair="LTC/USDT")
    assert trading.group.mode == "normal", trading.reasons()
    trading.watch()
    trading.watch()
    assert (trading.group.mode, trading.group.recovery_reason) == ("recovery", "recovery.last_add_ons")
    return trading


def bid(trading: Trader, price: D) -> str:
    """Let this be bid for an LTC; return the mode in which the group is then."""
    trading.price(str(price + HALF_SPREAD), pair="LTC/USDT")
    trading.watch()
    return trading.group.mode


def above(price: F) -> D:
    """Return the lowest price of the exchange that is not below."""
    return (D(price.numerator) / D(price.denominator)).quantize(TICK, ROUND_CEILING)


def test_each_fee_in_kcs_counts_for_what_it_was_worth_when_it_was_paid(payer: Callable[[str, str], Trader]) -> None:
    trading = deep_in_kcs(payer)

    fills = list(Fill.objects.filter(order__bot=trading.bot).order_by("pk"))
    assert [(fill.quantity, fill.price) for fill in fills] == [(D(q), D(p)) for q, p, _ in BOUGHT]
    # 0.24 % of 69.30, 70.074, 80.52, 92.442 and 106.59, at 12.5, 10, 8, 12.5 and 10 a KCS.
    in_kcs = ["0.0133056", "0.01681776", "0.024156", "0.017748864", "0.0255816"]
    assert [(fill.fee_asset, fill.fee) for fill in fills] == [("KCS", D(fee)) for fee in in_kcs]
    worth = ["0.16632", "0.1681776", "0.193248", "0.2218608", "0.255816"]
    assert [fill.fee_value for fill in fills] == [D(value) for value in worth]

    group = trading.group
    assert (group.cost, group.quantity, group.held) == (D("418.926"), D("6.33"), D("6.33"))
    # At any one price of these all KCS together would come to something else: 0.976, 1.220 or 0.781.
    assert (group.fee_other, group.fee_quote, group.fee_coin) == (D("1.0054224"), D(0), D(0))
    assert (group.fee_rate, group.has_unvalued_fees) == (D("0.0024"), False)
    assert account.recount(trading.bot.connection).differences == []


def test_what_recovery_mode_promises_of_a_group_with_fees_in_kcs_is_won(payer: Callable[[str, str], Trader]) -> None:
    """Of the 0.3 % class: with fees left out, break-even lay so low that it sold at a loss of 0.58."""
    trading = deep_in_kcs(payer)
    group, instrument = trading.group, Instrument.objects.get(exchange="kucoin", pair="LTC/USDT")
    held = inputs.held_of(group, None, instrument)
    settings = inputs.settings_of(trading.bot, group.ladder, instrument)

    # 419.9314224 / (6.33 · 0.9976) = 66.4995; the average is 66.1810.
    paid = COST * (1 + RATE)
    break_even = paid / (COINS * (1 - RATE))
    assert abs(F(held.position.break_even) - break_even) < F("1e-24")

    # Halfway through the three days of its decay it lies halfway from 1.5 % to break-even and a thousandth: 67.0303.
    normal, least = COST * (1 + RATE + F("0.015")) / (COINS * (1 - RATE)), break_even * F("1.001")
    halfway = (normal + least) / 2
    began = group.recovery_began_at or timezone.now()
    assert abs(F(recovery.take_profit_price(settings, held, began + timedelta(hours=36))) - halfway) < F("1e-24")
    Group.objects.filter(pk=group.pk).update(recovery_began_at=timezone.now() - timedelta(hours=36))
    assert bid(trading, above(halfway) - TICK) == "recovery"

    # At its end: 66.4995 · 1.001 = 66.5660, which this exchange takes as 66.566 or more.
    trading.recover_since(days=4)
    target = above(least)
    assert bid(trading, target - TICK) == "recovery"
    trading.rig.control("POST", "price", pair="KCS/USDT", price="16", levels=1)
    assert bid(trading, target) == "closed"

    closed, sale = trading.group, Fill.objects.filter(order__bot=trading.bot, order__side="sell").get()
    assert (closed.close_reason, closed.sold) == ("exit.recovery", D("6.33"))
    assert sale.price == target == D("66.566")
    # 421.36278 less 0.24 % of it, which are 0.063204417 KCS at 16.
    assert (sale.cost, sale.fee, sale.fee_value) == (D("421.36278"), D("0.063204417"), D("1.011270672"))
    assert closed.proceeds == D("420.351509328")
    assert closed.result == D("420.351509328") - D("418.926") - D("1.0054224") == D("0.420086928")
    # A thousandth of what was paid, and at most what one step of the price makes more.
    assert 0 <= F(closed.result) - paid / 1000 < COINS * F("0.001")
    assert trading.wrong() == []
    assert account.recount(trading.bot.connection).differences == []


def test_fills_that_are_told_again_cost_no_statement_each(payer: Callable[[str, str], Trader]) -> None:
    trading = payer("binance", "BNB")
    trading.signal("long")
    order = trading.order
    counts = []
    for many in (2, 40):
        fills = [
            TradeFill(
                trade_id=f"{many}-{number}",
                exchange_id=order.exchange_id,
                side=OrderSide.BUY,
                price=D(60000),
                quantity=D("0.00001"),
                cost=D("0.6"),
                fee=D("0.000001"),
                fee_asset="BNB",
                at=timezone.now() - timedelta(minutes=5),
            )
            for number in range(many)
        ]
        report = OrderReport(
            exchange_id=order.exchange_id, client_id=order.client_id, state=ReportedState.FILLED, filled=D(0), at=None
        )
        books.record(order.pk, report, fills, now=timezone.now())
        with CaptureQueriesContext(connection) as told_again:
            books.record(order.pk, report, fills, now=timezone.now())
        counts.append(len(told_again))

    assert counts[0] == counts[1] < 12
