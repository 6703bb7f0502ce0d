"""Real lots and fees in the coin: what a take profit books, what can be sold at all, what a partial exit leaves."""

from datetime import timedelta
from decimal import Decimal as D

import pytest
from django.utils import timezone

from accounts.by import PRODUCT
from strategies import inputs
from strategies.bots import flows
from strategies.execution import reconcile
from strategies.market import wanted
from strategies.models import Fill, Group, Instrument
from strategies.models.funds import Funds
from tests.connections.conftest import exchange_loop as exchange_loop
from tests.practice.rig import Rig
from tests.strategies.stories.conftest import make_trading
from tests.strategies.stories.trader import Trader

pytestmark = pytest.mark.services


@pytest.fixture
def binance(transactional_db: None, rig: Rig, published: list[object], woken: list[tuple[str, int]]) -> Trader:
    """Return a bot at Binance, whose BTC comes in lots of 0.00001 and whose fee of 0.1 % is kept in the coin."""
    return make_trading(rig, woken, exchange="binance")


def test_a_small_take_profit_books_what_it_promised(binance: Trader) -> None:
    """20 buy 0.00033 BTC, of which the fee leaves 0.00032967 and the lots 0.00032 to sell."""
    binance.set(base_order=D(20), margin_limit=5000, risk_level="high")
    binance.signal("long")
    group = binance.group
    assert (group.quantity, group.fee_coin, group.held) == (D("0.00033"), D("0.00000033"), D("0.00032967"))

    # 1.5 % on the price paid: 0.00032 of it bring back less than they cost.
    binance.at("60950")
    assert binance.group.mode == "normal"
    # 19.80·1.015 / (0.00032·0.999) is 62,867.5 at least.
    target = group.cost * D("1.015") / (D("0.00032") * D("0.999"))
    binance.at(str((target * D("1.0002")).quantize(D("0.01"))))

    closed = binance.group
    assert (closed.mode, closed.close_reason, closed.sold) == ("closed", "exit.take_profit", D("0.00032"))
    assert closed.result is not None
    assert D("0.015") <= closed.result / closed.cost < D("0.0155")
    assert binance.wrong() == []


def test_a_first_order_of_too_few_lots_opens_nothing_and_says_what_would_be_enough(binance: Trader) -> None:
    """10 buy 10 lots at 100,000, of which 9 can be sold: break-even would lie 11 % up."""
    binance.set(base_order=D(10), margin_limit=5000, risk_level="high")
    binance.price("100000")
    binance.look()

    refused = binance.signal("long")
    assert refused is not None
    assert (refused.outcome, binance.orders()) == ("size.coarse_lots", [])
    binance.set(state="off")
    with pytest.raises(flows.RefusedError, match=r"at least 22\.0\d USDT.*take profit") as told:
        flows.enable_bot(binance.bot, by=PRODUCT)
    assert told.value.code == "size.coarse_lots"

    binance.set(base_order=D("22.1"))
    flows.enable_bot(binance.bot, by=PRODUCT)
    binance.signal("long")
    group = binance.group
    # 22 lots and a fee of each: 21 can be sold.
    position = inputs.held_of(group, None, Instrument.objects.get(exchange="binance", pair="BTC/USDT")).position
    assert position.sellable < position.held
    assert D("1.048") < position.break_even / (group.average or D(0)) < D("1.053")


def test_what_could_not_be_sold_again_is_not_bought(binance: Trader) -> None:
    """Of one LINK the fee leaves 0.999, which no lot of 1 sells. Two leave one that can be sold."""
    binance.set(base_order=D(20), pairs_json=["LINK/USDT"], margin_limit=5000, add_on_behaviour="off", take_profit=100)
    binance.price("14", pair="LINK/USDT")
    wanted.want("binance", "practice", ["LINK/USDT"], now=timezone.now())
    binance.look()
    Instrument.objects.filter(exchange="binance", pair="LINK/USDT").update(amount_step=D(1), min_amount=D(1))

    refused = binance.signal("long", pair="LINK/USDT")
    assert refused is not None
    assert (refused.outcome, binance.orders()) == ("size.below_minimum", [])

    binance.set(base_order=D(30))
    binance.signal("long", pair="LINK/USDT")
    assert binance.group.held == D("1.998")


def test_after_a_partial_exit_the_average_is_that_of_what_is_held(trading: Trader) -> None:
    """A half is sold at the take profit, and an add-on follows: what was sold weighs no more."""
    trading.set(base_order=D(40), margin_limit=9000, risk_level="high", cool_down_minutes=0)
    trading.signal("long")
    whole, paid = trading.group.quantity, trading.group.cost
    half = (whole / 2).quantize(D("1e-8"))
    trading.price("61200", liquidity=str(half))
    trading.watch()
    assert (trading.group.mode, trading.group.sold) == ("normal", half)

    trading.at("58900")

    group = trading.group
    assert group.add_ons_done == 1
    left = whole - half
    more, cost = group.quantity - whole, group.cost - paid
    assert float(group.at_work) == pytest.approx(float(paid * left / whole + cost), rel=1e-15)
    assert float(group.average or 0) == pytest.approx(float((paid * left / whole + cost) / (left + more)), rel=1e-15)
    assert float(group.average or 0) < float(group.cost / group.quantity) - 100
    # 1.5 % more than the held ones cost, and both fees of 0.1 %, is where the rest is sold.
    target = (group.average or D(0)) * D("1.016") / D("0.999")
    trading.at(str((target * D("0.9998")).quantize(D("0.1"))))
    assert trading.group.mode == "normal"
    trading.at(str((target * D("1.0002")).quantize(D("0.1"))))
    assert (trading.group.mode, trading.group.close_reason) == ("closed", "exit.take_profit")


def take_profit_of(trader: Trader) -> None:
    """Let the price go far beyond the take profit, and the account be read when all is sold."""
    trader.at("64500")
    assert trader.group.mode == "closed"
    # The pause between two groups is over.
    Group.objects.update(closed_at=timezone.now() - timedelta(hours=1))
    compare(trader)


def compare(trader: Trader) -> None:
    """Let the account be read now."""
    Funds.objects.update(look_at=timezone.now(), claim_until=None)
    reconcile.reconcile(trader.bot.connection_id)


def test_dust_goes_into_the_pairs_next_group(binance: Trader) -> None:
    """Two groups of 0.00033 BTC leave 0.00000967 each: with what the first left, the second sells a whole lot more."""
    binance.set(base_order=D(20), margin_limit=5000, risk_level="high", take_profit=4)
    binance.signal("long")
    take_profit_of(binance)
    first = binance.group
    assert (first.sold, first.held) == (D("0.00032"), D("0.00000967"))

    binance.price("60000")
    binance.look()
    again = binance.signal("long")
    assert again is not None
    assert again.outcome == "order.intended"
    binance.work()
    second = binance.group
    # 0.00032967 of its own and 0.00000967 carried.
    assert (second.pk != first.pk, second.carried, second.held) == (True, D("0.00000967"), D("0.00033934"))
    assert second.journal.filter(reason="dust.carried").get().numbers == {"carried": D("0.00000967")}
    take_profit_of(binance)

    closed = binance.group
    assert (closed.sold, closed.held) == (D("0.00033"), D("0.00000934"))
    # 33 lots brought their price less a fee of 0.1 %, in steps of 1e-8; about 19.80 were paid, nothing for the dust.
    price = Fill.objects.filter(order__group=closed, order__side="sell").get().price
    assert closed.result is not None
    assert abs(closed.result - (D("0.00033") * price * D("0.999") - closed.cost)) <= D("1e-8")
    assert D("1.4") < closed.result < D("1.5")
    first.refresh_from_db()
    assert first.held == 0
    assert binance.wrong() == []


def test_dust_that_the_trader_moved_away_is_forgotten(binance: Trader) -> None:
    binance.set(base_order=D(20), margin_limit=5000, risk_level="high", take_profit=4)
    binance.signal("long")
    take_profit_of(binance)
    first = binance.group
    binance.rig.control("PATCH", f"accounts/{binance.account}", balances={"spot": {"BTC": "0"}})
    compare(binance)

    binance.price("60000")
    binance.look()
    again = binance.signal("long")
    assert again is not None
    assert again.outcome == "order.intended"
    binance.work()

    second = binance.group
    assert (second.carried, second.held) == (D(0), D("0.00032967"))
    assert second.journal.filter(reason="dust.gone").exists()
    first.refresh_from_db()
    assert first.held == 0
    binance.at("64500")
    assert binance.group.sold == D("0.00032")


def test_dust_that_a_reading_does_not_show_yet_waits(binance: Trader) -> None:
    """What an exchange tells lags behind: coins that are not told a moment after the sale are not gone."""
    binance.set(base_order=D(20), margin_limit=5000, risk_level="high", take_profit=4, re_entry_minutes=0)
    binance.signal("long")
    binance.at("64500")
    first = binance.group
    assert (first.mode, first.held) == ("closed", D("0.00000967"))
    binance.rig.control("PATCH", f"accounts/{binance.account}", balances={"spot": {"BTC": "0"}})
    compare(binance)

    binance.price("60000")
    binance.look()
    binance.signal("long")
    binance.work()

    second = binance.group
    first.refresh_from_db()
    assert (second.pk != first.pk, second.carried, first.held) == (True, D(0), D("0.00000967"))
    assert not second.journal.filter(reason="dust.gone").exists()
