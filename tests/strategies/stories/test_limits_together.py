"""Limits hold for all groups together: in one look, in a fall of everything, and over all bots of an account."""

from decimal import Decimal as D

import pytest
from django.utils import timezone

from accounts.by import PRODUCT
from strategies.bots import flows
from strategies.market import wanted
from strategies.models import Bot, Funds, Group, JournalLine, Order
from tests.strategies.stories.trader import Trader

pytestmark = pytest.mark.services
START = {"BTC/USDT": D(60000), "ETH/USDT": D(3000), "SOL/USDT": D(150), "XRP/USDT": D("0.6")}


def fall_to(trading: Trader, share: str) -> None:
    """Let everything stand at this share of where it began, then look."""
    for pair, price in START.items():
        trading.price(str(price * D(share)), pair=pair, liquidity="10000000")
    trading.watch()


def at_work() -> D:
    return sum((group.at_work for group in Group.objects.open()), D(0))


@pytest.fixture
def four(trading: Trader) -> Trader:
    """Return a Medium bot with four groups of 86 each, and a margin limit of 1000 whose hard share is 80 %."""
    trading.set(
        pairs_json=list(START),
        risk_level="medium",
        add_on_behaviour="first_come",
        base_order=D(86),
        margin_limit=D(1000),
        cool_down_minutes=0,
        entry_source="immediate",
    )
    wanted.want("kucoin", "practice", list(START), now=timezone.now())
    fall_to(trading, "1")
    trading.look()
    trading.look()
    assert Group.objects.open().count() == 4, trading.reasons()
    trading.set(entry_source="webhook")
    return trading


def test_groups_that_fall_together_do_not_pass_the_hard_limit_together(four: Trader) -> None:
    for share in ("0.98", "0.955", "0.93", "0.90", "0.86"):
        fall_to(four, share)
        assert at_work() <= 800, (share, at_work())

    assert at_work() > 600
    assert Order.objects.filter(purpose="add_on").exists()
    assert "margin.hard_limit" in four.reasons()


def test_every_rung_of_a_reserved_ladder_finds_its_money_whatever_other_bots_do(trading: Trader) -> None:
    """Four ladders of 402 do not stand on 1000: two open, and all that they set aside is there when it is needed."""
    trading.rig.control("PATCH", f"accounts/{trading.account}", balances={"spot": {"USDT": "1000"}})
    Funds.objects.update(loss_cap=100)
    trading.look()
    ladder = {"risk_level": "high", "base_order": D(25), "margin_limit": D(5000), "cool_down_minutes": 0}
    wants = {"pairs_json": ["BTC/USDT", "ETH/USDT"], "entry_source": "immediate", "re_entry_minutes": 0, **ladder}
    trading.set(**wants)
    other = Bot.objects.create(connection=trading.bot.connection, name="Other", **wants)
    flows.enable_bot(other, by=PRODUCT)
    wanted.want("kucoin", "practice", list(START), now=timezone.now())
    fall_to(trading, "1")
    for _ in range(3):
        Bot.objects.update(step_at=timezone.now())
        trading.look()

    assert Group.objects.open().count() == 2, trading.reasons()
    assert JournalLine.objects.filter(reason="account.reserve", action="block").exists()

    for percent in (*range(98, 90, -1), *range(90, 76, -1)):
        Bot.objects.update(step_at=timezone.now())
        fall_to(trading, f"0.{percent}")

    assert not Order.objects.exclude(state="filled").exists()
    assert [group.add_ons_done for group in Group.objects.open()] == [7, 7]
    assert 780 < at_work() < 804
