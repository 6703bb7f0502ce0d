"""Fees in a coin of the exchange's own count for what they were worth at their moment; what is not known is said."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from decimal import Decimal as D
from typing import Any

import pytest
from django.utils import timezone

from recount import account
from strategies.market import wanted
from strategies.models import Feed, Fill, Instrument
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


def test_the_pair_that_values_a_fee_keeps_coming_while_the_group_is_open(payer: Callable[[str, str], Trader]) -> None:
    trading = payer("binance", "BNB")
    known(trading, "BNB")
    trading.signal("long")
    Instrument.objects.filter(pair="BNB/USDT").update(wanted_until=None)

    wanted.want_what_bots_trade(Feed.objects.get(exchange="binance"), timezone.now())

    assert Instrument.objects.get(pair="BNB/USDT").wanted_until > timezone.now()  # type: ignore[operator]
