"""X6: what takes the authority away keeps every order from leaving, whatever it is for; 0 reach the exchange.

That a connection is Online without a pass of the key now stored, or deleted, the database itself refuses.
"""

from collections.abc import Callable
from datetime import timedelta

import pytest
from allauth.mfa.models import Authenticator
from django.utils import timezone
from pytest_django import Settings

from accounts.by import PRODUCT, By
from connections import flows as connection_flows
from connections.models import Connection
from strategies.choices import OrderState, Purpose, StopLevel
from strategies.execution import authority, send
from strategies.models import Bot, Funds, Group, Order
from strategies.stops import flows
from tests.connections.factories import make_connection
from tests.strategies.stories.trader import Trader

pytestmark = pytest.mark.services
Take = Callable[[Trader], object]


def bots(**values: object) -> Take:
    return lambda trading: Bot.objects.update(**values)


def connections(**values: object) -> Take:
    return lambda trading: Connection.objects.update(**values)


def groups(**values: object) -> Take:
    return lambda trading: Group.objects.update(**values)


def ago(**span: float) -> object:
    return timezone.now() - timedelta(**span)


def switch_owner_off(trading: Trader) -> None:
    owner = trading.bot.connection.owner
    owner.is_active = False
    owner.save()


HALTED = {"state": "halted", "halt_reason": "key.invalid", "halted_at": timezone.now()}
TROUBLED = HALTED | {"halt_reason": "reach.unavailable", "halted_by": "trouble"}
# What takes every order's authority away.
ALWAYS: dict[str, Take] = {
    "a finding": connections(status="error", passed_revision=None),
    "a finding, then trouble": connections(status="error", passed_revision=None, trouble="reach.unavailable"),
    "connection untested": connections(status="untested"),
    "pass of yesterday": lambda trading: Connection.objects.update(passed_at=ago(hours=24, seconds=1)),
    "connection deleted": lambda trading: connection_flows.delete_connection(trading.bot.connection, by=PRODUCT),
    "owner inactive": switch_owner_off,
    "books old": lambda trading: Funds.objects.update(reconciled_at=ago(seconds=61)),
    "books never compared": lambda trading: Funds.objects.update(reconciled_at=None),
    "no books": lambda trading: Funds.objects.all().delete(),
    "claim of another": bots(fence=99),
    "bot moved": lambda trading: Bot.objects.update(connection=make_connection(owner=trading.bot.connection.owner)),
    "group released": groups(mode="released"),
    "group closed": groups(mode="closed"),
    "group behind after a restore": groups(is_behind=True),
    "adopted coins that were not seen": groups(is_unseen=True),
}
# What takes it away unless the trader asked for the group to be closed.
RUNNING: dict[str, Take] = {"bot off": bots(state="off"), "bot halted": bots(**HALTED)}
STOPS: dict[StopLevel, set[Purpose]] = {
    StopLevel.NONE: set(),
    StopLevel.ENTRIES: {Purpose.ENTRY},
    StopLevel.ADD_ONS: {Purpose.ENTRY, Purpose.ADD_ON},
    StopLevel.ORDERS: {Purpose.ENTRY, Purpose.ADD_ON, Purpose.EXIT},
}
WHO: dict[str, Callable[[Trader, StopLevel], object]] = {
    "bot": lambda trading, level: Bot.objects.update(paused=level),
    "trader": lambda trading, level: flows.pause_trader(trading.bot.connection.owner, level, by=PRODUCT),
    "everybody": lambda trading, level: flows.pause_everybody(level, by=PRODUCT),
}


@pytest.fixture
def order(trading: Trader) -> Order:
    """Return an order that is written down and that everything gives the right to leave."""
    return trading.intend()


def made_for(order: Order, purpose: str) -> Order:
    """Let the order be one for this purpose; its authority is the only thing that is looked at."""
    Order.objects.filter(pk=order.pk).update(purpose=purpose)
    order.refresh_from_db()
    return order


def leaves(trading: Trader, order: Order) -> bool:
    """Send it, and say whether it reached the exchange."""
    send.send(order.pk)
    order.refresh_from_db()
    has_left = bool(trading.truth()["orders"])
    assert has_left is (order.sends == 1)
    if not has_left:
        assert (order.state, order.refusal) == (OrderState.DROPPED, "order.no_authority")
    return has_left


@pytest.mark.parametrize("purpose", Purpose.values)
def test_with_everything_in_order_it_leaves(trading: Trader, order: Order, purpose: str) -> None:
    assert leaves(trading, made_for(order, purpose))


@pytest.mark.parametrize("is_asked", [False, True], ids=["", "asked to close"])
@pytest.mark.parametrize("case", ALWAYS)
def test_nothing_leaves_without_proof(trading: Trader, order: Order, case: str, is_asked: bool) -> None:
    if is_asked:
        Group.objects.update(close_asked_at=timezone.now())
    ALWAYS[case](trading)

    for purpose in Purpose.values:
        assert not authority.mark_sent(made_for(order, purpose), now=timezone.now()), purpose
    assert not leaves(trading, order)


@pytest.mark.parametrize("state", ["enabled", "halted"])
def test_in_trouble_only_exits_leave(trading: Trader, order: Order, state: str) -> None:
    Connection.objects.update(status="error", trouble="reach.unavailable")
    Bot.objects.update(**(TROUBLED if state == "halted" else {"state": state}))

    for purpose in (Purpose.ENTRY, Purpose.ADD_ON):
        assert not authority.mark_sent(made_for(order, purpose), now=timezone.now()), purpose

    assert leaves(trading, made_for(order, Purpose.EXIT))


@pytest.mark.parametrize("level", [StopLevel.ORDERS])
@pytest.mark.parametrize("who", WHO)
def test_in_trouble_stops_hold_as_ever(trading: Trader, order: Order, who: str, level: StopLevel) -> None:
    Connection.objects.update(status="error", trouble="reach.unavailable")
    Bot.objects.update(**TROUBLED)
    WHO[who](trading, level)

    assert not leaves(trading, made_for(order, Purpose.EXIT))


@pytest.mark.parametrize("case", RUNNING)
def test_of_a_bot_that_does_not_run_only_what_its_trader_asked_for_leaves(
    trading: Trader, order: Order, case: str
) -> None:
    RUNNING[case](trading)
    for purpose in Purpose.values:
        assert not authority.mark_sent(made_for(order, purpose), now=timezone.now()), purpose

    Group.objects.update(close_asked_at=timezone.now())
    for purpose in (Purpose.ENTRY, Purpose.ADD_ON):
        assert not authority.mark_sent(made_for(order, purpose), now=timezone.now()), purpose

    assert leaves(trading, made_for(order, Purpose.EXIT))


def test_a_bot_that_winds_down_opens_nothing_and_looks_after_what_it_has(trading: Trader, order: Order) -> None:
    Bot.objects.update(winding_down_at=timezone.now())

    assert not authority.mark_sent(made_for(order, Purpose.ENTRY), now=timezone.now())
    assert leaves(trading, made_for(order, Purpose.ADD_ON))


def test_an_exit_of_a_bot_that_winds_down_leaves_in_trouble_too(trading: Trader, order: Order) -> None:
    Bot.objects.update(winding_down_at=timezone.now(), **TROUBLED)

    assert leaves(trading, made_for(order, Purpose.EXIT))


def test_after_a_restore_a_group_of_a_pair_that_is_told_is_sold_and_nothing_is_bought(
    trading: Trader, order: Order
) -> None:
    Funds.objects.update(restored_from=timezone.now())

    for purpose in (Purpose.ENTRY, Purpose.ADD_ON):
        assert not authority.mark_sent(made_for(order, purpose), now=timezone.now()), purpose

    assert leaves(trading, made_for(order, Purpose.EXIT))


def test_nothing_is_bought_for_a_group_that_is_to_be_closed(trading: Trader, order: Order) -> None:
    Group.objects.update(close_asked_at=timezone.now())

    for purpose in (Purpose.ENTRY, Purpose.ADD_ON):
        assert not authority.mark_sent(made_for(order, purpose), now=timezone.now()), purpose


@pytest.fixture
def live(trading: Trader, order: Order, settings: Settings) -> Order:
    """Return the order as one with real money, whose owner has no second factor."""
    settings.EXCHANGE_URLS = {"kucoin": f"{trading.rig.base}/kucoin"}
    Connection.objects.update(venue="live")
    return order


def add_factor(trading: Trader, kind: str) -> None:
    Authenticator.objects.create(user=trading.bot.connection.owner, type=kind, data={})


@pytest.mark.parametrize("kind", ["", "recovery_codes"])
@pytest.mark.parametrize("purpose", [Purpose.ENTRY, Purpose.ADD_ON])
def test_without_a_second_factor_nothing_is_bought_with_real_money(
    trading: Trader, live: Order, purpose: Purpose, kind: str
) -> None:
    if kind:
        add_factor(trading, kind)

    send.send(made_for(live, purpose).pk)

    live.refresh_from_db()
    assert (live.state, live.refusal, live.sends) == (OrderState.DROPPED, "order.no_factor", 0)
    assert trading.truth()["orders"] == []
    assert "order.no_factor" in trading.reasons()


def test_without_a_second_factor_exits_with_real_money_leave(trading: Trader, live: Order) -> None:
    assert leaves(trading, made_for(live, Purpose.EXIT))


@pytest.mark.parametrize("kind", ["totp", "webauthn"])
@pytest.mark.parametrize("purpose", Purpose.values)
def test_with_a_second_factor_each_order_with_real_money_leaves(
    trading: Trader, live: Order, purpose: str, kind: str
) -> None:
    add_factor(trading, kind)

    assert leaves(trading, made_for(live, purpose))


def test_what_else_is_missing_is_not_blamed_on_the_second_factor(trading: Trader, live: Order) -> None:
    add_factor(trading, "totp")
    Bot.objects.update(state="off")

    assert not leaves(trading, live)


@pytest.mark.parametrize("who", WHO)
@pytest.mark.parametrize("level", STOPS)
@pytest.mark.parametrize("purpose", Purpose)
def test_a_stop_holds_what_it_names_and_no_more(
    trading: Trader, order: Order, purpose: Purpose, level: StopLevel, who: str
) -> None:
    WHO[who](trading, level)

    assert leaves(trading, made_for(order, purpose)) is (purpose not in STOPS[level])


def test_another_traders_stop_holds_nothing_of_ours(trading: Trader, order: Order) -> None:
    other = make_connection(owner=type(trading.bot.connection.owner).objects.create(email="other@example.test"))
    flows.pause_trader(other.owner, StopLevel.ORDERS, by=PRODUCT)

    assert leaves(trading, order)


def test_what_was_decided_on_a_running_bot_does_not_leave_once_it_is_off(trading: Trader) -> None:
    trading.signal("long")
    trading.price("61500")
    trading.step()
    trading.set(state="off")

    trading.work()

    assert trading.orders() == [("entry", "filled"), ("exit", "dropped")]
    assert [row["side"] for row in trading.truth()["orders"]] == ["buy"]


@pytest.mark.parametrize("state", ["off", "halted"])
def test_a_close_that_the_trader_asks_for_works_on_a_bot_that_does_not_run(trading: Trader, state: str) -> None:
    trading.signal("long")
    trading.set(**(HALTED if state == "halted" else {"state": state}))

    trading.at("58500")
    trading.at("61500")
    assert trading.orders() == [("entry", "filled")], "nothing happens by itself"
    flows.close_groups([trading.group], by=By(user=trading.bot.connection.owner))
    trading.at("55000")

    assert trading.orders() == [("entry", "filled"), ("exit", "filled")]
    assert (trading.group.mode, trading.group.close_reason) == ("closed", "exit.asked")
    assert trading.wrong() == []
