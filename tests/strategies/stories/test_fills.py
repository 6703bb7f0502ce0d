"""Fills: each counts once, however often, in whatever order and however late it is told; fees count where they were
taken."""

import random
from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal as D
from typing import Any

import pytest
from django.core.mail import EmailMessage
from django.utils import timezone

from exchanges.values import OrderReport, OrderSide, ReportedState, TradeFill
from messaging.tasks import send as send_messages
from strategies.execution import books, excess
from strategies.models import Bot, Fill, Group, Instrument, JournalLine, Order
from tests.strategies import rows
from tests.strategies.factories import make_bot
from tests.strategies.stories.trader import Trader
from workers.models import Alarm

pytestmark = [pytest.mark.services, pytest.mark.django_db]
LADDER = {"base": "100", "add_on": "100", "step": "0.02", "step_scale": "1", "volume_scale": "1", "add_ons": 2}
NOTHING: dict[str, Any] = {"quantity": D(0), "cost": D(0), "fee_quote": D(0), "first_price": None}


def make_order(*, group: Group | None = None, quantity: str = "10", **fields: Any) -> Order:
    """Make an order of a fresh group that was accepted a moment ago."""
    group = group or rows.make_group(bot=make_bot(state="enabled"), ladder_json=LADDER, **NOTHING)
    values = {"state": "open", "exchange_id": "x1", "sends": 1, "sent_at": timezone.now()} | fields
    return rows.make_order(group=group, quantity=D(quantity), price=D(30000), **values)


def fill(trade_id: str, quantity: str, price: str = "30000", **changes: Any) -> TradeFill:
    values: dict[str, Any] = {
        "trade_id": trade_id,
        "exchange_id": "x1",
        "side": OrderSide.BUY,
        "price": D(price),
        "quantity": D(quantity),
        "cost": D(price) * D(quantity),
        "fee": D(0),
        "fee_asset": "USDT",
        "at": timezone.now() + timedelta(milliseconds=len(trade_id)),
    }
    return TradeFill(**(values | changes))


def tell(
    order: Order, fills: Sequence[TradeFill], *, filled: str, state: ReportedState = ReportedState.FILLED
) -> Order:
    report = OrderReport(exchange_id="x1", client_id=order.client_id, state=state, filled=D(filled), at=None)
    return books.record(order.pk, report, fills, now=timezone.now())


def test_fills_told_ten_times_and_shuffled_count_once() -> None:
    order, rng = make_order(), random.Random(7)
    fills = [fill(f"t{number}", "1", str(30000 + number)) for number in range(10)]

    for _ in range(10):
        tell(order, rng.sample(fills, rng.randint(1, 10)), filled="10", state=ReportedState.OPEN)
    told = tell(order, rng.sample(fills, 10), filled="10")

    group = Group.objects.get()
    assert (told.state, told.filled, Fill.objects.count()) == ("filled", 10, 10)
    assert (group.quantity, group.cost) == (10, sum(one.cost for one in fills))


def test_an_order_is_over_only_when_all_its_fills_are_told() -> None:
    order = make_order()

    early = tell(order, [fill("t1", "4")], filled="10")
    assert (early.state, early.filled) == ("open", 4)
    assert early.look_at is not None
    late = tell(order, [fill("t1", "4"), fill("t2", "6")], filled="10")

    assert (late.state, late.filled, late.look_at) == ("filled", 10, None)


def test_a_fill_that_is_told_an_hour_late_counts() -> None:
    order = make_order()
    tell(order, [fill("t1", "4")], filled="4", state=ReportedState.CANCELED)
    Order.objects.update(ended_at=timezone.now() - timedelta(hours=1))

    told = tell(order, [fill("t2", "1")], filled="5", state=ReportedState.CANCELED)

    assert (told.state, told.filled, Group.objects.get().quantity) == ("canceled", 5, 5)


def test_an_older_answer_takes_nothing_back() -> None:
    order = make_order()
    tell(order, [fill("t1", "4"), fill("t2", "6")], filled="10")

    told = tell(order, [fill("t1", "4")], filled="4", state=ReportedState.CANCELED)

    assert (told.state, told.filled, Group.objects.get().quantity) == ("filled", 10, 10)


@pytest.mark.django_db(transaction=True)
def test_fills_above_the_order_count_and_halt_the_bot_once(mailoutbox: list[EmailMessage]) -> None:
    order = make_order()
    tell(order, [fill("t1", "10")], filled="10")
    assert Bot.objects.get().is_enabled

    for _ in range(3):
        tell(order, [fill("t1", "10"), fill("t2", "0.00000001")], filled="10.00000001")

    bot = Bot.objects.get()
    assert (bot.state, bot.halt_reason, bot.halted_by) == ("halted", "fills.above_order", "books")
    assert (Order.objects.get().state, Group.objects.get().quantity) == ("filled", D("10.00000001"))
    assert Alarm.objects.get(name="fills.above_order").count == 1
    assert list(JournalLine.objects.order_by("pk").values_list("action", "reason")) == [
        ("late", "fills.above_order"),
        ("halted", "fills.above_order"),
    ]
    send_messages()
    assert [(one.to, bot.name in one.subject) for one in mailoutbox] == [([bot.connection.owner.email], True)]


@pytest.mark.django_db(transaction=True)
def test_a_halt_that_was_lost_is_made_up_for_when_books_are_compared() -> None:
    order = make_order()
    tell(order, [fill("t1", "10"), fill("t2", "1")], filled="11")
    Bot.objects.update(state="enabled", halt_reason="", halted_at=None, halted_by="")

    excess.halt(order.connection_id, now=timezone.now())
    assert Bot.objects.get().halt_reason == "fills.above_order"
    Group.objects.update(mode="released")
    Bot.objects.update(state="enabled", halt_reason="", halted_at=None, halted_by="")
    excess.halt(order.connection_id, now=timezone.now())

    assert Bot.objects.get().is_enabled


def test_one_trade_between_two_of_our_orders_is_a_fill_of_both() -> None:
    one = make_order()
    second = make_bot(connection=one.connection, state="enabled")
    other = make_order(group=rows.make_group(bot=second, ladder_json=LADDER, **NOTHING))

    for order in (one, other):
        assert tell(order, [fill("same", "10")], filled="10").state == "filled"


def test_a_fee_in_quote_money_comes_off_the_result() -> None:
    order = make_order()
    tell(order, [fill("t1", "10", fee=D(300))], filled="10")

    group = Group.objects.get()
    assert (group.held, group.fee_quote, group.fee_coin) == (D(10), D(300), D(0))
    sell(group, "10", "31000", fee=D(310))

    group.refresh_from_db()
    assert group.result == D(310000 - 310) - D(300000 + 300)


def test_a_fee_in_the_coin_comes_off_what_is_held() -> None:
    order = make_order()
    tell(order, [fill("t1", "10", fee=D("0.01"), fee_asset="BTC")], filled="10")

    group = Group.objects.get()
    assert (group.held, group.fee_coin, group.fee_quote) == (D("9.99"), D("0.01"), D(0))
    sell(group, "9.99", "31000")

    group.refresh_from_db()
    assert group.result == D("9.99") * 31000 - 300000


def test_a_fee_in_a_third_asset_is_kept_and_comes_off_nothing() -> None:
    order = make_order()
    tell(order, [fill("t1", "10", fee=D("0.5"), fee_asset="BNB")], filled="10")

    group = Group.objects.get()
    assert (group.held, group.fee_coin, group.fee_quote) == (D(10), D(0), D(0))
    assert Fill.objects.get().fee == D("0.5")


def test_a_rebate_adds_to_the_result() -> None:
    order = make_order()
    tell(order, [fill("t1", "10", fee=D(-30))], filled="10")
    group = Group.objects.get()

    sell(group, "10", "30000")

    group.refresh_from_db()
    assert group.result == 30


def sell(group: Group, quantity: str, price: str, **changes: Any) -> Order:
    """Sell so much of the group, as its exit would."""
    Group.objects.filter(pk=group.pk).update(mode="closing", close_reason="exit.asked")
    order = make_order(group=group, purpose="exit", side="sell", quantity=quantity)
    return tell(order, [fill(f"s{order.pk}", quantity, price, side=OrderSide.SELL, **changes)], filled=quantity)


@pytest.mark.parametrize(
    ("left", "rules", "is_over"),
    [
        ("0.000009", {"amount_step": D("0.00001")}, True),
        ("0.00005", {"min_amount": D("0.0001")}, True),
        ("0.00005", {"min_cost": D(5)}, True),
        ("0.0002", {"min_cost": D(5)}, False),
    ],
    ids=["below a step", "below the least amount", "below the least cost", "enough for an order"],
)
def test_a_group_ends_when_the_exchange_would_not_take_the_rest(
    left: str, rules: dict[str, Any], is_over: bool
) -> None:
    rows.make_price(price="30000", **rules)
    tell(make_order(quantity="1"), [fill("t1", "1")], filled="1")
    group = Group.objects.get()

    sell(group, str(1 - D(left)), "30000")

    group.refresh_from_db()
    assert group.held == D(left)
    assert group.mode == ("closed" if is_over else "closing")


def test_without_the_exchanges_rules_only_nothing_is_dust() -> None:
    tell(make_order(quantity="1"), [fill("t1", "1")], filled="1")
    group = Group.objects.get()

    sell(group, "0.99999999", "30000")
    group.refresh_from_db()
    assert group.mode == "closing"
    sell(group, "0.00000001", "30000")

    group.refresh_from_db()
    assert group.mode == "closed"


def test_sums_have_all_the_digits_that_the_exchange_told() -> None:
    order = make_order(quantity="3")
    digits = [("0.123456789012345678", "30000.123456789"), ("0.987654321098765432", "29999.987654321")]

    told = tell(
        order,
        [fill(f"t{n}", *one) for n, one in enumerate(digits)],
        filled="1.11111111011111111",
        state=ReportedState.OPEN,
    )

    group = Group.objects.get()
    assert told.filled == group.quantity == D("1.111111110111111110")
    assert group.cost == sum(Fill.objects.values_list("cost", flat=True))


def test_a_partly_filled_order_is_canceled_and_counts_what_it_got(trading: Trader) -> None:
    trading.price("60000", liquidity="0.0004")

    trading.signal("long")

    assert (trading.order.state, trading.order.filled) == ("canceled", D("0.0004"))
    assert trading.group.quantity == D("0.0004")
    assert trading.wrong() == []


def test_an_exit_in_parts_equals_the_exchanges_truth(trading: Trader) -> None:
    trading.set(base_order=D(60))
    trading.signal("long")
    trading.price("61500", liquidity="0.0003")

    for _ in range(6):
        trading.watch()

    truth = trading.truth()["orders"]
    paid = sum(D(row["spent"]) + D(row["fee"]) for row in truth if row["side"] == "buy")
    got = sum(D(row["spent"]) - D(row["fee"]) for row in truth if row["side"] == "sell")
    assert sum(1 for row in truth if row["side"] == "sell") == 4
    assert (trading.group.mode, trading.group.result) == ("closed", got - paid)
    assert trading.wrong() == []


def test_what_is_left_of_an_exit_and_too_small_for_an_order_is_dust(trading: Trader) -> None:
    trading.signal("long")
    Instrument.objects.update(ruled_at=timezone.now())
    almost = trading.group.quantity - D("0.0000005")
    trading.price("61500", liquidity=str(almost.quantize(D("0.00000001"))))

    trading.watch()

    assert trading.group.mode == "closed"
    assert 0 < trading.group.held < D("0.000001")
    assert trading.group.journal.latest("pk").numbers["dust"] == trading.group.held
