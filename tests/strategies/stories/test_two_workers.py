"""One worker per bot: one that stood still too long changes nothing, and no bot keeps another from being stepped."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal as D
from typing import Any

import pytest
from django.utils import timezone

from accounts.by import PRODUCT, By
from database.ids import public_id
from strategies import claims
from strategies.bots import flows
from strategies.execution import lookup
from strategies.models import Bot, Group, JournalLine, Order
from strategies.runner import tick
from strategies.stops import flows as stopping
from tests.strategies import rows
from tests.strategies.factories import make_settings
from tests.strategies.stories.interleave import STOPS_READ, after
from tests.strategies.stories.trader import Trader

pytestmark = pytest.mark.services


@pytest.fixture
def held(trading: Trader) -> Trader:
    trading.set(cool_down_minutes=0)
    trading.signal("long")
    return trading


def take_away(trading: Trader) -> Callable[[], object]:
    """Let another worker claim the bot, as it may once the lease is over."""
    until = timezone.now() + timedelta(seconds=8)
    return lambda: Bot.objects.update(claim="another", claimed_until=until, fence=99)


def everything(trading: Trader) -> list[Any]:
    """Return all that a step may write about the bot's trading."""
    groups = list(Group.objects.values())
    orders = list(Order.objects.values())
    bots = list(Bot.objects.values("entry_reasons_json"))
    return [groups, orders, bots, JournalLine.objects.count()]


@pytest.mark.parametrize(
    ("price", "changes"),
    [
        ("58500", {}),
        ("61500", {}),
        ("61500", {"trailing": D(1)}),
        ("55000", {"add_on_behaviour": "off"}),
        ("59900", {}),
        ("59900", {"entry_source": "immediate", "pairs_json": ["BTC/USDT", "ETH/USDT"]}),
    ],
    ids=["add-on", "exit", "following the price", "alarm", "waiting", "entry of its own"],
)
def test_a_worker_that_lost_the_bot_while_it_decided_writes_nothing(
    held: Trader, price: str, changes: dict[str, Any]
) -> None:
    held.set(**changes)
    before = everything(held)

    with after(STOPS_READ, take_away(held)):
        held.at(price)

    assert everything(held) == before
    assert Bot.objects.get().claim == "another"


def test_a_worker_that_lost_the_bot_gives_up_no_order_that_never_arrived(held: Trader) -> None:
    held.lose()
    held.at("58500")
    held.never_arrived()
    before = everything(held)

    with after(STOPS_READ, take_away(held)):
        held.at("59900")

    assert everything(held) == before


def test_a_worker_that_lost_the_bot_takes_no_resting_order_back(held: Trader) -> None:
    held.set(order_kind="limit")
    held.price("58500")
    held.step()
    held.price("58600")
    held.work()
    stopping.close_groups([held.group], by=By(user=held.bot.connection.owner))
    before = everything(held)

    with after(STOPS_READ, take_away(held)):
        held.step()

    assert everything(held) == before


def test_an_order_of_an_old_claim_does_not_leave(trading: Trader) -> None:
    order = trading.intend()
    trading.set(fence=order.fence + 1)

    trading.work()

    order.refresh_from_db()
    assert (order.state, order.refusal) == ("dropped", "order.no_authority")
    assert trading.truth()["orders"] == []


def test_nobody_claims_a_bot_while_an_order_of_it_is_about_to_leave(trading: Trader) -> None:
    trading.intend()

    assert claims.claim_some([trading.bot.pk], now=timezone.now()) == []
    trading.work()
    assert claims.claim_some([trading.bot.pk], now=timezone.now()) != []


def test_a_claim_that_was_not_given_back_ends_by_itself(trading: Trader) -> None:
    assert claims.claim_some([trading.bot.pk], now=timezone.now())

    assert claims.claim_some([trading.bot.pk], now=timezone.now()) == []
    assert claims.claim_some([trading.bot.pk], now=timezone.now() + timedelta(seconds=9)) != []


def test_an_order_whose_message_was_lost_is_given_up_and_decided_anew(trading: Trader) -> None:
    first = trading.intend()
    trading.woken.clear()
    trading.age(9)
    lookup.look_up(first.pk)
    first.refresh_from_db()
    assert first.state == "intended"

    trading.age(1)
    tick.wake_orders(timezone.now())
    trading.work()

    first.refresh_from_db()
    assert (first.state, first.refusal, first.sends) == ("dropped", "order.not_sent", 0)
    trading.age(61)
    trading.watch()
    assert trading.orders() == [("entry", "dropped"), ("entry", "filled")]


def test_a_bot_that_cannot_be_reckoned_with_keeps_no_other_from_its_profit(held: Trader) -> None:
    broken = Bot.objects.get()
    broken.pk, broken.public_id, broken.signal_hash = None, public_id(), None
    broken.save()
    rows.make_group(bot=broken, pair="BTC/USDT", ladder_json={"base": "no number"})

    held.price("61500")
    Bot.objects.update(step_at=timezone.now())
    held.watch()

    assert held.group.mode == "closed"
    assert Group.objects.get(bot=broken).reason == "step.failed"
    assert list(JournalLine.objects.filter(bot=broken).values_list("reason", flat=True)) == ["step.failed"]


def test_bots_of_a_trader_who_was_switched_off_decide_nothing(held: Trader) -> None:
    owner = held.bot.connection.owner
    owner.is_active = False
    owner.save()
    before = everything(held)

    held.at("58500")

    assert everything(held) == before


def test_a_sleeping_bot_is_stepped_at_once_by_its_new_settings(trading: Trader) -> None:
    trading.watch()
    trading.bot.refresh_from_db()
    assert trading.bot.step_at > timezone.now() + timedelta(minutes=5)

    settings = make_settings(connection=trading.bot.connection, entry_source="immediate", name="Trader")
    flows.change_bot(trading.bot, settings=settings, by=PRODUCT)

    trading.bot.refresh_from_db()
    assert trading.bot.step_at <= timezone.now()
