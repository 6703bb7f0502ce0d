"""What was decided a moment ago is written down only if it is still so, and within what a bot may send."""

from datetime import timedelta

import pytest
from django.db.models import F
from django.utils import timezone

from accounts.by import PRODUCT, By
from connections.secrets.openings import KeyOpening
from strategies.bots import flows as flows_of_bots
from strategies.execution import intents, send
from strategies.models import Bot, Group, Instrument, Order
from strategies.stops import flows
from tests.strategies.stories.interleave import STOPS_READ, after
from tests.strategies.stories.trader import Trader

pytestmark = pytest.mark.services
ZONE, PROFIT = "58500", "61500"


@pytest.fixture
def held(trading: Trader) -> Trader:
    trading.set(cool_down_minutes=0)
    trading.signal("long")
    return trading


def test_nothing_is_bought_for_a_group_that_was_released_meanwhile(held: Trader) -> None:
    group = held.group

    with after(STOPS_READ, lambda: flows.release_group(group, by=By(user=group.connection.owner))):
        held.at(ZONE)

    assert held.orders() == [("entry", "filled")]
    assert held.group.mode == "released"


def test_nothing_is_sold_of_a_group_that_was_released_meanwhile(held: Trader) -> None:
    group = held.group

    with after(STOPS_READ, lambda: flows.release_group(group, by=By(user=group.connection.owner))):
        held.at(PROFIT)

    assert held.orders() == [("entry", "filled")]


def test_nothing_is_bought_for_a_group_that_its_trader_asked_to_close_meanwhile(held: Trader) -> None:
    group = held.group

    with after(STOPS_READ, lambda: flows.close_groups([group], by=By(user=group.connection.owner))):
        held.at(ZONE)
    assert held.orders() == [("entry", "filled")]
    held.watch()

    assert held.orders() == [("entry", "filled"), ("exit", "filled")]


def test_an_add_on_that_is_written_down_does_not_leave_once_the_trader_asks_to_close(held: Trader) -> None:
    held.price(ZONE)
    held.step()
    assert (held.order.purpose, held.order.state) == ("add_on", "intended")

    flows.close_groups([held.group], by=By(user=held.bot.connection.owner))
    send.send(held.order.pk)

    assert (held.order.state, held.order.refusal) == ("dropped", "order.no_authority")


def test_no_more_is_sold_than_is_held_by_now(held: Trader) -> None:
    half = held.group.quantity / 2

    with after(STOPS_READ, lambda: Group.objects.update(sold=half)):
        held.at(PROFIT)

    assert held.order.purpose == "exit"
    assert held.order.quantity <= half


def test_an_add_on_is_not_written_twice_for_the_same_rung(held: Trader) -> None:
    with after(STOPS_READ, lambda: Group.objects.update(add_ons_done=F("add_ons_done") + 1)):
        held.at(ZONE)

    assert held.orders() == [("entry", "filled")]
    assert held.group.reason == "order.overtaken"


def test_an_entry_that_is_sent_again_costs_no_more_at_a_higher_price(trading: Trader) -> None:
    trading.lose()
    trading.signal("long")
    planned = trading.order.price * trading.order.quantity
    trading.never_arrived()

    trading.at("63000")

    assert (trading.order.state, trading.order.sends) == ("filled", 2)
    assert trading.order.price > 63000
    assert trading.order.price * trading.order.quantity <= planned + 1


def test_an_entry_is_not_sent_again_at_a_price_that_is_old(trading: Trader) -> None:
    trading.lose()
    trading.signal("long")
    trading.never_arrived()

    with after(STOPS_READ, lambda: Instrument.objects.update(priced_at=timezone.now() - timedelta(minutes=1))):
        trading.step()

    assert (trading.order.state, trading.order.refusal) == ("dropped", "order.stale")


def test_an_entry_whose_signal_is_a_minute_old_is_not_sent_again(trading: Trader) -> None:
    trading.lose()
    trading.signal("long")
    trading.never_arrived()
    trading.age(60)

    trading.watch()

    assert (trading.order.state, trading.order.sends) == ("dropped", 1)
    assert trading.group.close_reason == "entry.not_filled"


def test_an_add_on_is_sent_again_only_while_the_price_is_in_its_zone(held: Trader) -> None:
    held.lose()
    held.at(ZONE)
    lost = held.never_arrived()

    held.at("59500")
    assert (held.order.pk, held.order.state) == (lost.pk, "dropped")
    held.at(ZONE)

    assert held.orders()[-1] == ("add_on", "filled")
    assert held.order.client_id != lost.client_id


def test_the_new_groups_of_a_minute_are_counted_over_all_bots_of_a_connection(
    trading: Trader, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(intents, "ENTRIES_IN_A_MINUTE", 1)
    fields = {"connection": trading.bot.connection, "pairs_json": ["BTC/USDT"], "margin_limit": 900}
    other = Bot.objects.create(name="Other", **fields)
    flows_of_bots.enable_bot(other, by=PRODUCT)
    Trader(rig=trading.rig, bot=other, account=trading.account, woken=trading.woken).signal("long")

    refused = trading.signal("long")

    assert refused is not None
    assert (refused.outcome, trading.orders()) == ("order.too_many", [])
    Order.objects.update(created_at=timezone.now() - timedelta(minutes=1))
    trading.signal("long")
    assert trading.orders() == [("entry", "filled")]


def test_a_ladder_is_not_cut_in_two_by_how_many_orders_leave_in_a_minute(
    held: Trader, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(intents, "ENTRIES_IN_A_MINUTE", 1)

    for price in ("58500", "56400", "53900"):
        held.at(price)

    assert held.orders() == [("entry", "filled"), *[("add_on", "filled")] * 3]


def test_a_group_that_would_buy_without_end_is_stopped_and_still_sold(
    held: Trader, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Books that never saw a fill would let the same rung be bought again and again."""
    monkeypatch.setattr(intents, "ADD_ONS_IN_A_DAY", 2)
    before = Group.objects.values(
        "add_ons_done", "last_fill_price", "quantity", "cost", "held_quantity", "at_work"
    ).get()
    for _ in range(3):
        held.at(ZONE)
        Group.objects.update(**before)

    held.watch()
    assert held.orders() == [("entry", "filled"), ("add_on", "filled"), ("add_on", "filled")]
    assert held.group.reason == "order.too_many_add_ons"
    held.at(PROFIT)

    assert (held.order.purpose, held.order.state) == ("exit", "filled")


def test_a_refused_add_on_does_not_keep_the_group_from_being_sold(held: Trader) -> None:
    held.refuse()
    held.at(ZONE)
    assert (held.order.state, held.order.refusal) == ("refused", "order.refused_funds")
    held.at(ZONE)
    assert Order.objects.count() == 2, "it rests"

    held.at(PROFIT)

    assert held.group.mode == "closed"


def test_a_refused_exit_rests_before_it_is_tried_again(held: Trader) -> None:
    held.refuse("400100", "Order size increment invalid.")
    held.at(PROFIT)
    assert held.order.refusal == "order.refused_precision"

    held.watch()
    assert len(held.orders()) == 2
    Group.objects.update(retry_at=timezone.now())
    held.watch()

    assert held.group.mode == "closed"
    assert held.group.refusals == 0


def test_refusals_in_a_row_rest_longer_and_a_fill_ends_the_row(held: Trader) -> None:
    rests = []
    for _ in range(3):
        held.refuse()
        held.at(ZONE)
        group = held.group
        assert group.retry_at is not None
        rests.append(round((group.retry_at - timezone.now()).total_seconds(), -1))
        Group.objects.update(retry_at=timezone.now())
    assert rests == [30, 60, 120]

    held.at(ZONE)

    assert held.order.state == "filled"
    assert (held.group.refusals, held.group.retry_at) == (0, None)


def test_the_database_itself_refuses_a_second_live_order_of_a_group(held: Trader) -> None:
    group = held.group

    def write_another() -> None:
        Order.objects.filter(pk=held.order.pk).update(state="open")

    with after(STOPS_READ, write_another):
        held.price(PROFIT)
        held.step()

    assert held.orders() == [("entry", "open")]
    assert held.group.pk == group.pk
    assert held.group.mode == "normal"
    assert held.group.sold == 0


def test_a_pair_whose_entries_are_refused_rests_longer_each_time(trading: Trader) -> None:
    """A bot that enters by itself would else fill its journal with a refusal each minute."""
    trading.set(entry_source="immediate", re_entry_minutes=0)
    for rest in (60, 120, 240):
        trading.refuse()
        trading.watch()
        assert trading.group.close_reason == "entry.refused"
        count = Group.objects.count()

        trading.age(rest - 1)
        trading.watch()
        assert Group.objects.count() == count, "it rests"
        trading.age(1)

    trading.watch()

    assert trading.group.mode == "normal"


def test_one_opening_of_the_key_serves_an_order_and_the_question_about_it(trading: Trader) -> None:
    KeyOpening.objects.all().delete()

    trading.signal("long")

    assert trading.order.state == "filled"
    assert list(KeyOpening.objects.values_list("purpose", "count")) == [("order", 1)]
