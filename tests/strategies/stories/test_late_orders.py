"""Orders that were given up and turn out to have been filled: no coin is forgotten, and none is counted twice."""

from datetime import datetime, timedelta
from decimal import Decimal as D

import pytest
from django.db import transaction
from django.utils import timezone

from accounts.by import PRODUCT
from exchanges.values import OrderReport, ReportedState
from strategies import account
from strategies.bots import flows
from strategies.execution import books
from strategies.models import Bot, Funds, Group, Order
from tests.connections.factories import make_connection
from tests.strategies.stories.trader import Trader

pytestmark = pytest.mark.services
LONG = timedelta(minutes=10)


@pytest.fixture
def doubting(monkeypatch: pytest.MonkeyPatch) -> None:
    """Doubt an end with nothing filled for longer than any machine needs for a test."""
    for side in ("buy", "sell"):
        monkeypatch.setitem(books.BELIEVED_AFTER, side, LONG)
    monkeypatch.setattr(books, "BESIDE_OTHERS", LONG)


def lost_entry(trading: Trader) -> Order:
    """Let an entry be filled at the exchange while our books say that it never arrived."""
    trading.hide()
    trading.lose("late_accept")
    trading.signal("long")
    assert trading.order.state == "unknown"
    order = trading.forget()
    assert (trading.group.mode, trading.group.close_reason) == ("closed", "entry.not_filled")
    return order


def test_a_late_entry_opens_its_group_again_and_wakes_the_bot(trading: Trader) -> None:
    order = lost_entry(trading)
    Bot.objects.update(step_at=timezone.now() + timedelta(minutes=10))

    trading.ask(order)

    assert (order.state, order.refusal) == ("filled", "")
    assert (trading.group.mode, trading.group.result) == ("normal", None)
    assert trading.group.quantity == trading.bought() > 0
    assert trading.wrong() == []
    trading.bot.refresh_from_db()
    assert trading.bot.step_at <= timezone.now()


def test_a_late_entry_is_sold_like_any_other(trading: Trader) -> None:
    trading.ask(lost_entry(trading))

    trading.at("61500")

    assert trading.group.mode == "closed"
    assert trading.wrong() == []


def test_a_late_entry_is_handed_to_the_group_that_opened_since(trading: Trader) -> None:
    order = lost_entry(trading)
    trading.age(61)
    trading.signal("long")
    opened = trading.group

    trading.ask(order)

    first = Group.objects.earliest("pk")
    assert (first.mode, first.quantity, first.result) == ("closed", 0, 0)
    assert trading.group == opened
    assert trading.group.quantity == trading.bought() == 2 * order.filled
    assert (order.group, order.purpose, order.step, order.number) == (opened, "add_on", 0, 2)
    assert trading.wrong() == []


def test_a_late_entry_is_the_first_of_a_group_whose_own_has_not_come(trading: Trader) -> None:
    order = lost_entry(trading)
    trading.age(61)
    trading.lose()
    trading.signal("long")

    trading.ask(order)
    trading.watch()

    assert trading.group.first_price is not None
    assert (order.group, order.purpose) == (trading.group, "entry")
    assert trading.group.quantity == order.filled


def test_only_the_late_order_is_handed_over_and_what_was_won_stays(trading: Trader) -> None:
    trading.set(cool_down_minutes=0)
    trading.signal("long")
    trading.hide()
    trading.lose("late_accept")
    trading.at("58000")
    late = trading.forget()
    assert late.purpose == "add_on"
    trading.at("61500")
    closed = trading.group
    assert (closed.mode, closed.close_reason) == ("closed", "exit.take_profit")
    trading.set(re_entry_minutes=0)
    trading.signal("long")

    trading.ask(late)

    was, now = Group.objects.get(pk=closed.pk), trading.group
    assert (was.result, was.quantity, was.held) == (closed.result, closed.quantity, D(0))
    assert now.quantity == late.filled + now.orders.exclude(pk=late.pk).get().filled
    assert trading.wrong() == []


def test_after_a_hand_over_both_groups_can_order_again(trading: Trader) -> None:
    order = lost_entry(trading)
    trading.age(61)
    trading.signal("long")
    trading.ask(order)

    trading.at("61500")

    assert trading.group.mode == "closed"
    assert trading.group.held == 0
    assert trading.wrong() == []
    numbers = Order.objects.filter(group=trading.group).values_list("number", flat=True)
    assert sorted(numbers) == [1, 2, 3]


def test_coins_of_a_deleted_bot_are_the_traders_own(trading: Trader) -> None:
    order = lost_entry(trading)
    flows.disable_bot(trading.bot, by=PRODUCT)
    flows.delete_bot(trading.bot, by=PRODUCT)

    trading.ask(order)

    assert order.filled > 0
    assert (trading.group.mode, trading.group.close_reason) == ("released", "group.released")
    assert "order.late" in trading.reasons()


def test_coins_of_a_bot_that_moved_on_are_not_sold_from_its_new_account(trading: Trader) -> None:
    order = lost_entry(trading)
    trading.set(connection=make_connection(owner=trading.bot.connection.owner))

    trading.ask(order)

    assert trading.group.mode == "released"


def test_a_late_exit_ends_the_group_that_went_on(trading: Trader) -> None:
    trading.signal("long")
    trading.hide()
    trading.lose("late_accept")
    trading.at("61500")
    late = trading.forget()
    assert trading.group.mode == "normal"

    trading.ask(late)

    assert (trading.group.mode, trading.group.close_reason, trading.group.held) == ("closed", "exit.take_profit", D(0))
    assert trading.group.result is not None
    assert trading.group.result > 0
    assert trading.wrong() == []


def test_an_answer_that_is_older_than_the_end_changes_nothing(trading: Trader) -> None:
    trading.signal("long")
    order = trading.order
    older = OrderReport(
        exchange_id=order.exchange_id, client_id=order.client_id, state=ReportedState.OPEN, filled=D(0), at=None
    )

    books.record(order.pk, older, [], now=timezone.now())

    order.refresh_from_db()
    assert (order.state, order.look_at) == ("filled", None)


def test_a_group_in_another_account_than_its_bots_is_left_alone(trading: Trader) -> None:
    trading.signal("long")
    other = make_connection(owner=trading.bot.connection.owner)
    Group.objects.update(connection=other)

    trading.at("61500")

    assert trading.orders() == [("entry", "filled")]


@pytest.mark.usefixtures("doubting")
def test_an_order_that_was_told_to_have_ended_unfilled_is_asked_about_until_it_is_sure(trading: Trader) -> None:
    trading.blind()
    trading.signal("long")
    order = trading.order
    assert (order.state, trading.group.mode) == ("open", "normal")
    trading.age(LONG.total_seconds())
    assert (trading.ask().state, trading.group.close_reason) == ("canceled", "entry.not_filled")
    assert trading.order.look_at is not None
    trading.show()

    trading.ask(order)

    assert (order.state, trading.group.mode) == ("filled", "normal")
    assert trading.group.quantity == trading.bought() > 0
    assert trading.wrong() == []


@pytest.mark.usefixtures("doubting")
def test_an_entry_that_a_lagging_answer_calls_unfilled_is_not_bought_again(trading: Trader) -> None:
    trading.set(entry_source="immediate", re_entry_minutes=0)
    trading.blind()
    trading.watch()
    for _ in range(3):
        trading.ask()
        trading.look()
    assert trading.orders() == [("entry", "open")]
    trading.show()

    trading.age(LONG.total_seconds())

    assert trading.ask().state == "filled"
    assert Group.objects.count() == 1
    assert trading.wrong() == []


@pytest.mark.usefixtures("doubting")
def test_a_rung_that_a_lagging_answer_calls_unfilled_is_not_bought_again(trading: Trader) -> None:
    trading.set(cool_down_minutes=0)
    trading.signal("long")
    trading.blind()
    trading.at("58000")
    for _ in range(3):
        trading.ask()
        trading.look()
    assert trading.orders() == [("entry", "filled"), ("add_on", "open")]
    trading.show()

    trading.age(LONG.total_seconds())

    assert trading.ask().state == "filled"
    assert trading.group.add_ons_done == 1
    assert trading.wrong() == []


@pytest.mark.usefixtures("doubting")
def test_money_of_a_buy_whose_end_is_not_believed_counts_as_under_way(trading: Trader) -> None:
    trading.blind()
    trading.signal("long")
    trading.look()
    (funds,) = Funds.objects.all()

    pools = account.read({funds.connection_id: funds}, now=timezone.now())

    order = trading.order
    assert order.state == "open"
    assert pools.holdings[trading.group.pk].ordered == order.quantity * order.price > 0


@pytest.mark.usefixtures("doubting")
def test_an_exit_does_not_wait_until_the_end_of_a_buy_is_believed(trading: Trader) -> None:
    trading.set(cool_down_minutes=0)
    trading.signal("long")
    trading.blind()
    trading.at("58000")
    assert trading.orders() == [("entry", "filled"), ("add_on", "open")]
    trading.show()
    trading.rig.fault("blind_orders", ms=10**9, slug="kucoin", count=1)

    trading.at("61500")
    trading.ask(Order.objects.get(purpose="add_on"))
    trading.watch()

    assert ("exit", "filled") in trading.orders(), trading.orders()


def make_way(trading: Trader) -> Order:
    """Let an exit end its group while an add-on that it took back was filled, which the exchange does not tell yet."""
    trading.set(cool_down_minutes=0, re_entry_minutes=0)
    trading.signal("long")
    trading.blind()
    trading.at("58000")
    trading.at("61500")
    order = trading.ask(Order.objects.get(purpose="add_on"))
    trading.show()
    trading.watch()
    assert (order.state, order.filled, trading.group.mode) == ("canceled", 0, "closed")
    return order


@pytest.mark.usefixtures("doubting")
def test_money_of_a_buy_that_made_way_for_an_exit_counts_until_it_is_sure_that_it_got_nothing(trading: Trader) -> None:
    order = make_way(trading)
    now = timezone.now()

    def under_way(at: datetime) -> D:
        with transaction.atomic():
            pools = account.hold({order.connection_id}, now=at)
        return sum((stake.ordered for stake in pools.stakes_of(trading.bot)), D(0))

    assert under_way(now) == order.quantity * order.price
    assert under_way(now + account.MADE_WAY_FOR) == 0
    # The first look after its end has come by then.
    assert order.look_at is not None
    assert order.ended_at is not None
    assert order.look_at - order.ended_at < account.MADE_WAY_FOR


@pytest.mark.usefixtures("doubting")
def test_what_would_pass_a_limit_with_a_buy_that_made_way_is_not_bought(trading: Trader) -> None:
    order = make_way(trading)

    refused = trading.signal("long")
    Order.objects.filter(pk=order.pk).update(ended_at=timezone.now() - account.MADE_WAY_FOR)
    taken = trading.signal("long")

    assert refused is not None
    assert taken is not None
    assert (refused.outcome, taken.outcome) == ("entry.soft_limit", "order.intended")


@pytest.mark.usefixtures("doubting")
def test_an_exit_that_a_lagging_answer_calls_unfilled_is_not_sold_twice(trading: Trader) -> None:
    """The trader has coins of his own there, which a second sale would take."""
    trading.rig.control("PATCH", f"accounts/{trading.account}", balances={"spot": {"USDT": "10000", "BTC": "1"}})
    trading.signal("long")
    trading.look()
    trading.blind()
    trading.at("61500")
    for _ in range(3):
        trading.ask()
        trading.look()
    assert trading.orders() == [("entry", "filled"), ("exit", "open")]
    trading.show()

    trading.age(LONG.total_seconds())

    assert trading.ask().state == "filled"
    assert trading.group.mode == "closed"
    assert len(trading.truth()["orders"]) == 2


@pytest.mark.parametrize(
    ("others", "state"),
    [
        ("nothing", "canceled"),
        ("the trader's own coins", "open"),
        ("another group's coins", "open"),
        ("what nobody could read", "open"),
    ],
)
def test_an_exit_is_sure_later_that_it_got_nothing_where_another_would_take_what_is_not_its_own(
    trading: Trader, monkeypatch: pytest.MonkeyPatch, others: str, state: str
) -> None:
    monkeypatch.setitem(books.BELIEVED_AFTER, "sell", timedelta(0))
    monkeypatch.setattr(books, "BESIDE_OTHERS", LONG)
    trading.signal("long")
    trading.look()
    held = trading.group.held
    trading.blind()
    trading.at("61500")
    there = 2 * held if others == "the trader's own coins" else held
    Funds.objects.update(balances_json={"BTC": {"free": str(there), "total": str(there)}})
    if others == "another group's coins":
        home = trading.bot.connection
        bot = Bot.objects.create(connection=home, name="Beside", pairs_json=["BTC/USDC"], margin_limit=1000)
        Group.objects.create(bot=bot, connection=home, pair="BTC/USDC", quantity=held, cost=1)
    elif others == "what nobody could read":
        Funds.objects.update(odd_json={"coins": ["BTC"]})

    order = trading.ask()

    assert (order.purpose, order.state) == ("exit", state)


def test_an_ended_order_is_asked_about_for_an_hour_less_and_less_often(trading: Trader) -> None:
    trading.blind()
    trading.signal("long")
    asked = []
    while (order := trading.order).look_at is not None and order.sent_at is not None:
        asked.append((order.look_at - order.sent_at).total_seconds())
        trading.age((order.look_at - timezone.now()).total_seconds())
        trading.ask()

    assert (trading.order.state, len(asked)) == ("canceled", 17)
    assert asked[:3] == pytest.approx([5, 10, 15], abs=3)
    assert 3600 < asked[-1] < 5400


def test_an_order_that_got_a_part_is_asked_about_too_and_counts_once(trading: Trader) -> None:
    """Half of it was there to be bought."""
    trading.set(cool_down_minutes=0)
    trading.price("60000", liquidity="0.0005")
    trading.signal("long")
    half = trading.group.quantity
    assert (trading.order.state, trading.group.mode, half) == ("canceled", "normal", D("0.0005"))
    assert trading.order.look_at is not None

    trading.ask()

    assert (trading.group.quantity, trading.order.state) == (half, "canceled")
    assert trading.order.look_at is not None
    assert trading.wrong() == []
