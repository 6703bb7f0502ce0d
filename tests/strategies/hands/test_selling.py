"""A part of a group, sold because its trader asked: once, as any exit is sent, also where the bot is off."""

from decimal import Decimal as D

import pytest
from django.utils import timezone

from accounts.by import PRODUCT
from recount.account import recount
from strategies.execution import authority, intents
from strategies.hands import flows
from strategies.models import Bot, Group, Order
from strategies.stops import flows as stopping
from tests.strategies.stories.trader import Trader

pytestmark = pytest.mark.services
HALF = D("0.5")


@pytest.fixture
def holding(trading: Trader) -> Trader:
    trading.set(take_profit=D(50))
    trading.signal("long")
    return trading


def exits(trading: Trader) -> list[Order]:
    return list(Order.objects.filter(bot=trading.bot, purpose="exit").order_by("pk"))


def test_the_part_is_sold_and_the_rest_goes_on(holding: Trader) -> None:
    bought = holding.group.held
    assert flows.sell_part(holding.group, HALF, by=PRODUCT) == ""

    holding.watch()
    holding.watch()

    group, (order,) = holding.group, exits(holding)
    assert (order.state, order.reason) == ("filled", "exit.part")
    assert (group.mode, group.sell_to, group.sold) == ("normal", None, order.quantity)
    assert bought * D("0.49") < order.quantity <= bought * HALF
    assert group.proceeds > 0
    assert holding.wrong() == []
    assert recount(holding.bot.connection).differences == []


def test_its_trader_is_told_why_in_the_journal(holding: Trader) -> None:
    flows.sell_part(holding.group, HALF, by=PRODUCT)

    holding.watch()

    line = holding.group.journal.get(reason="exit.part")
    assert line.action == "exit"
    assert line.numbers["quantity"] == exits(holding)[0].quantity


def test_what_found_nobody_is_asked_for_again(holding: Trader) -> None:
    holding.price("60000", liquidity="0.00001")
    flows.sell_part(holding.group, HALF, by=PRODUCT)
    holding.watch()
    holding.price("60000")
    for order in exits(holding):
        holding.ask(order)
    Group.objects.update(retry_at=None)
    holding.watch()
    holding.watch()

    sold = sum((order.filled for order in exits(holding)), D(0))
    assert len(exits(holding)) > 1
    assert (holding.group.sold, holding.group.sell_to) == (sold, None)
    assert holding.group.held > 0


def test_a_lost_answer_sells_it_once(holding: Trader) -> None:
    holding.lose("late_accept")
    flows.sell_part(holding.group, HALF, by=PRODUCT)
    holding.watch()
    holding.watch()
    holding.age(30)
    holding.ask()
    holding.watch()

    assert [order.state for order in exits(holding)] == ["filled"]
    assert holding.wrong() == []


def test_a_bot_that_is_off_sells_the_part_and_nothing_else(holding: Trader) -> None:
    """Its take profit is reached as well."""
    holding.set(take_profit=D(1), state="off")
    flows.sell_part(holding.group, HALF, by=PRODUCT)
    holding.at("61000")
    holding.at("61000")
    holding.at("61000")

    assert [order.reason for order in exits(holding)] == ["exit.part"]
    assert holding.group.mode == "normal"
    assert holding.group.held > 0


def test_no_other_exit_of_a_bot_that_is_off_leaves_beside_it(holding: Trader) -> None:
    holding.set(take_profit=D(1))
    holding.price("61000")
    holding.step()
    order = holding.order
    assert order.reason == "exit.take_profit"
    Bot.objects.update(state="off")
    Group.objects.update(sell_to=D("0.0001"))

    assert not authority.mark_sent(order, now=timezone.now())
    Order.objects.filter(pk=order.pk).update(reason="exit.part")
    assert authority.mark_sent(order, now=timezone.now())


def test_closing_it_all_outweighs_the_part(holding: Trader) -> None:
    flows.sell_part(holding.group, HALF, by=PRODUCT)
    stopping.close_groups([holding.group], by=PRODUCT)

    holding.watch()

    assert [order.reason for order in exits(holding)] == ["exit.asked"]
    assert holding.group.mode == "closed"
    assert flows.sell_part(holding.group, HALF, by=PRODUCT) == "group.state"


def test_a_part_that_was_changed_meanwhile_is_decided_anew(holding: Trader, monkeypatch: pytest.MonkeyPatch) -> None:
    write, asked = intents.write, list[str]()

    def change_first(*args: object, **more: object) -> object:
        if not asked:
            asked.append(flows.sell_part(holding.group, D("0.2"), by=PRODUCT))
        return write(*args, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(intents, "write", change_first)
    bought = holding.group.held
    flows.sell_part(holding.group, HALF, by=PRODUCT)
    holding.watch()
    assert exits(holding) == []
    holding.watch()

    (order,) = exits(holding)
    assert order.quantity <= bought * D("0.2")


@pytest.mark.parametrize(("share", "refusal"), [("0.001", "part.too_small"), ("0.999", "part.leaves_too_little")])
def test_what_the_exchange_would_not_sell_is_not_asked_for(holding: Trader, share: str, refusal: str) -> None:
    assert flows.sell_part(holding.group, D(share), by=PRODUCT) == refusal
    assert holding.group.sell_to is None
