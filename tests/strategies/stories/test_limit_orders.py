"""Limit orders: they wait a minute at their price; an exit takes a resting one back first; stops are always market."""

from datetime import timedelta
from decimal import Decimal as D

import pytest
from django.utils import timezone

from accounts.by import By
from exchanges.wire.ccxt_object import Lender
from strategies.models import Order
from strategies.stops import flows
from tests.strategies.stories.trader import Trader

pytestmark = pytest.mark.services
ZONE = "58500"


@pytest.fixture
def patient(trading: Trader) -> Trader:
    trading.set(order_kind="limit", cool_down_minutes=0)
    return trading


def rest(trading: Trader, *, away: str) -> Order:
    """Let the bot's next order rest: the price moves away before it is sent."""
    trading.step()
    trading.price(away)
    trading.work()
    assert trading.order.state == "open"
    return trading.order


def test_an_entry_waits_at_the_price_that_was_decided_upon(patient: Trader) -> None:
    patient.intend()
    patient.price("60300")
    patient.work()

    assert (patient.order.state, patient.order.price, patient.order.is_immediate) == ("open", D(60003), False)
    assert patient.group.is_empty
    assert [row["status"] for row in patient.truth()["orders"]] == ["open"]


def test_it_is_filled_when_the_price_comes_back(patient: Trader) -> None:
    patient.intend()
    patient.price("60300")
    patient.work()

    patient.price("59900")

    assert patient.ask().state == "filled"
    assert patient.group.first_price == D(60003)
    assert patient.wrong() == []


def test_after_a_minute_it_is_canceled_and_the_group_that_got_nothing_ends(patient: Trader) -> None:
    patient.intend()
    patient.price("60300")
    patient.work()
    patient.age(59)
    assert patient.ask().state == "open"

    patient.age(2)
    patient.ask()

    assert patient.ask().state == "canceled"
    assert (patient.group.mode, patient.group.close_reason) == ("closed", "entry.not_filled")
    assert patient.wrong() == []


def test_what_it_got_before_it_was_canceled_is_kept(patient: Trader) -> None:
    patient.intend()
    patient.price("60300")
    patient.work()
    patient.dip("59900", liquidity="0.0004")
    assert patient.ask().state == "open"
    patient.age(61)
    patient.ask()

    assert patient.ask().state == "canceled"

    assert 0 < patient.group.quantity < patient.order.quantity
    assert patient.group.mode == "normal"
    assert patient.wrong() == []


def test_one_that_was_filled_while_it_was_being_canceled_counts_as_filled(patient: Trader) -> None:
    patient.intend()
    patient.price("60300")
    patient.work()
    patient.age(61)
    patient.price("59900")

    patient.ask()

    assert patient.order.state == "filled"
    assert patient.wrong() == []


def test_a_cancel_that_the_exchange_does_not_answer_is_tried_again(patient: Trader) -> None:
    patient.intend()
    patient.price("60300")
    patient.work()
    patient.age(61)
    patient.rig.fault("502", method="DELETE", slug="kucoin", count=1)

    patient.ask()
    first = patient.order.cancel_asked_at
    assert patient.ask().state == "open"

    assert patient.ask().state == "canceled"
    assert patient.order.cancel_asked_at == first


def test_an_exchange_that_refuses_to_cancel_is_not_asked_each_second(patient: Trader) -> None:
    patient.intend()
    patient.price("60300")
    patient.work()
    patient.age(120)
    patient.rig.fault("502", method="DELETE", slug="kucoin")
    patient.ask()
    Order.objects.update(cancel_asked_at=timezone.now() - timedelta(seconds=20))

    order = patient.ask()

    assert order.look_at is not None
    assert (order.look_at - timezone.now()).total_seconds() > 10


def test_an_exit_takes_a_resting_add_on_back_first(patient: Trader) -> None:
    patient.signal("long")
    patient.price(ZONE)
    rest(patient, away="58800")

    patient.at("61600")
    assert patient.orders()[1:] == [("add_on", "open")], "one live order per group"
    patient.ask()
    assert patient.ask().state == "canceled"
    patient.watch()

    assert patient.orders()[1:] == [("add_on", "canceled"), ("exit", "filled")]
    assert patient.group.close_reason == "exit.take_profit"
    assert patient.wrong() == []


def test_a_close_takes_a_resting_take_profit_back_and_sells_at_market(patient: Trader) -> None:
    patient.signal("long")
    patient.price("61500")
    resting = rest(patient, away="60900")
    assert (resting.purpose, resting.is_immediate) == ("exit", False)

    flows.close_groups([patient.group], by=By(user=patient.bot.connection.owner))
    patient.ask()
    assert patient.ask().state == "canceled"
    patient.watch()

    assert patient.orders()[1:] == [("exit", "canceled"), ("exit", "filled")]
    assert (patient.order.is_immediate, patient.group.close_reason) == (True, "exit.asked")
    assert patient.wrong() == []


def test_a_take_profit_that_waited_in_vain_leaves_the_group_as_it_was(patient: Trader) -> None:
    patient.signal("long")
    patient.price("61500")
    rest(patient, away="60000")
    patient.age(61)
    patient.ask()

    assert patient.ask().state == "canceled"

    assert (patient.group.mode, patient.group.sold) == ("normal", 0)


def test_a_stop_loss_is_a_market_order_whatever_the_bots_setting_says(patient: Trader) -> None:
    patient.set(stop_loss=D(5))
    patient.signal("long")

    patient.at("56000")

    assert (patient.order.reason, patient.order.is_immediate, patient.order.state) == ("exit.stop_loss", True, "filled")


def test_an_order_that_should_have_ended_at_once_and_rests_is_canceled_too(
    patient: Trader, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An exchange that does not know IOC, or drops it on the way, must not hold the group for ever."""
    patient.set(order_kind="market")
    order = patient.intend()
    Order.objects.filter(pk=order.pk).update(price=D(50000))
    make = Lender.lend

    def without_lifetime(self: Lender, *args: object, **more: object) -> object:
        lent = make(self, *args, **more)  # type: ignore[arg-type]
        return _Patient(lent)

    monkeypatch.setattr(Lender, "lend", without_lifetime)
    patient.work()
    assert (patient.order.state, patient.order.is_immediate) == ("open", True)
    patient.age(61)
    patient.ask()

    assert patient.ask().state == "canceled"


class _Patient:
    """Lend what is lent, with a create that drops the order's lifetime."""

    def __init__(self, lent: object) -> None:
        self._lent = lent

    def __enter__(self) -> object:
        loan = self._lent.__enter__()  # type: ignore[attr-defined]
        create = loan.create_order

        async def create_order(*args: object) -> object:
            *given, params = args
            return await create(*given, {name: value for name, value in params.items() if name != "timeInForce"})  # type: ignore[attr-defined]

        loan.create_order = create_order
        return loan

    def __exit__(self, *failure: object) -> object:
        return self._lent.__exit__(*failure)  # type: ignore[attr-defined]
