"""What is spoilt in real books, one thing at a time, the recount names; and nothing else moves them."""

from datetime import timedelta
from decimal import Decimal as D
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import AuditEvent
from connections.models import Connection, ExchangePause, KeyOpening
from exchanges.values import Balances
from recount import account, questions
from strategies.market import wanted
from strategies.models import Bot, Fill, Group, KeptResult, Order
from tests.strategies.stories.trader import Trader

pytestmark = pytest.mark.services


@pytest.fixture
def open_group(trading: Trader) -> Trader:
    """Return a bot that holds a group of an entry and an add-on."""
    trading.set(cool_down_minutes=0)
    trading.signal("long")
    trading.at("58400")
    assert trading.orders() == [("entry", "filled"), ("add_on", "filled")]
    return trading


def codes(trading: Trader) -> set[str]:
    found = account.recount(Bot.objects.get(pk=trading.bot.pk).connection)
    assert found.unread == []
    return {one.code for one in found.differences}


def test_a_fill_that_is_gone_from_our_rows(open_group: Trader) -> None:
    Fill.objects.filter(order=open_group.order).delete()

    assert codes(open_group) == {"fill.missing"}


def test_a_fill_that_stands_twice(open_group: Trader) -> None:
    fill = Fill.objects.get(order=open_group.order)
    fill.pk, fill.trade_id = None, f"{fill.trade_id}0"
    fill.save()

    assert codes(open_group) == {"fill.twice"}


def test_a_price_beyond_the_promise(open_group: Trader) -> None:
    fill = Fill.objects.get(order=open_group.order)
    Order.objects.filter(pk=fill.order_id).update(price=fill.price - 1)

    assert codes(open_group) == {"price.beyond"}


def test_a_fee_that_was_changed(open_group: Trader) -> None:
    Fill.objects.filter(order=open_group.order).update(fee=D("0.0123"))

    assert codes(open_group) == {"fill.fee"}


def test_an_order_that_our_rows_do_not_know(open_group: Trader) -> None:
    Fill.objects.filter(order=open_group.order).delete()
    open_group.order.delete()

    assert codes(open_group) == {"order.unknown_here", "group.bought", "group.cost", "group.average"} | {
        *("group.fee_quote", "group.fees"),
        "group.held",
    }


def test_an_order_that_counts_as_canceled_and_was_filled(open_group: Trader) -> None:
    """The exchange said “canceled, nothing filled” too early, and nobody asks again: its coins lie there unknown."""
    order = open_group.order
    Fill.objects.filter(order=order).delete()
    Order.objects.filter(pk=order.pk).update(state="canceled", filled=D(0))
    entry = Fill.objects.get(order__group=order.group_id)
    sums: dict[str, Any] = {"quantity": entry.quantity, "cost": entry.cost, "fee_quote": entry.fee}
    Group.objects.filter(pk=order.group_id).update(**sums)

    found = codes(open_group)

    assert found >= {"order.state", "order.filled", "fill.missing", "group.bought", "group.held"}


def test_coins_that_somebody_moved(open_group: Trader) -> None:
    open_group.rig.control("PATCH", f"accounts/{open_group.account}", balances={"spot": {"BTC": "0.0001"}})

    assert codes(open_group) == {"coins.missing"}


def test_coins_of_the_traders_own_are_no_difference(open_group: Trader) -> None:
    open_group.rig.control("PATCH", f"accounts/{open_group.account}", balances={"spot": {"BTC": "1"}})

    found = account.recount(open_group.bot.connection)

    assert found.differences == []
    assert "by other hands than our orders" in found.notes[0]


def test_a_limit_that_was_passed(open_group: Trader) -> None:
    at_work = open_group.group.cost
    open_group.set(margin_limit=at_work - 1)
    assert codes(open_group) == {"limit.margin"}

    open_group.set(margin_limit=at_work + 1)
    assert codes(open_group) == {"limit.hard"}


def test_groups_that_fall_together_are_seen_together(trading: Trader) -> None:
    """Whatever was bought while nothing was sold is at work: the recount tells exactly what that comes to."""
    pairs = {"BTC/USDT": 60_000, "ETH/USDT": 3_000, "SOL/USDT": 150}
    trading.set(pairs_json=list(pairs), risk_level="medium", add_on_behaviour="first_come", cool_down_minutes=0)
    wanted.want("kucoin", "practice", pairs, now=timezone.now())
    for share in (D(1), D("0.98"), D("0.95")):
        for pair, price in pairs.items():
            trading.price(str(price * share), pair=pair)
        trading.look()
        if share == 1:
            assert all(trading.signal("long", pair=pair) for pair in pairs)
            trading.work()
    at_work = sum((group.cost for group in Group.objects.all()), D(0))
    trading.set(margin_limit=at_work / D("0.8") - 1)

    (found,) = account.recount(Bot.objects.get(pk=trading.bot.pk).connection).differences

    assert Group.objects.filter(add_ons_done__gt=0).count() == 3
    assert (found.code, found.there.split()[0]) == ("limit.hard", f"{round(at_work, 8).normalize():f}")


def test_a_limit_that_was_changed_since_is_not_held_against_the_past(open_group: Trader) -> None:
    AuditEvent.objects.create(action="bot.changed", target=f"bot:{open_group.bot.public_id}", outcome="ok")
    open_group.set(margin_limit=D(10))

    assert codes(open_group) == set()


def test_what_is_no_whole_lot(open_group: Trader) -> None:
    order = open_group.order
    Order.objects.filter(pk=order.pk).update(price=order.price + D("0.00001"))

    assert codes(open_group) == {"step.price"}


def test_every_opening_of_the_key_is_counted(open_group: Trader) -> None:
    account.recount(open_group.bot.connection)

    # Two orders, the list, the balances.
    assert KeyOpening.objects.get(purpose="recount").count == 4
    assert AuditEvent.objects.filter(action="secret.opened", outcome="recount").count() == 1


def test_an_exchange_that_cannot_be_asked_is_not_equal(open_group: Trader, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(questions, "TRIES", 1)
    open_group.rig.fault("503", slug="kucoin")

    found = account.recount(open_group.bot.connection)
    open_group.show()

    assert (found.unread, found.differences) == (["the exchange: reach.unavailable"], [])


def test_an_exchange_that_wants_to_be_left_alone_is_asked_nothing(
    open_group: Trader, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(questions, "TRIES", 1)
    now = timezone.now()
    ExchangePause.objects.extend("kucoin", "practice", now + timedelta(minutes=1), now=now, is_total=False)
    open_group.rig.control("DELETE", "requests")

    found = account.recount(open_group.bot.connection)

    assert found.unread == ["the exchange: reach.rate_limited"]
    assert open_group.rig.control("GET", "requests?slug=kucoin")["count"] == 0


def test_a_key_that_cannot_be_opened_is_not_equal(open_group: Trader) -> None:
    open_group.bot.connection.secrets.all().delete()

    found = account.recount(open_group.bot.connection)

    assert (found.unread, found.differences) == (["the key could not be opened"], [])


def test_an_exchange_that_tells_two_things_at_once_is_not_equal(open_group: Trader) -> None:
    """It says of orders how much was filled, and lists no fill: the group is not compared, nor are its coins."""
    nothing = {"code": "200000", "data": {"items": [], "lastId": 0}}
    open_group.rig.fault("answer", slug="kucoin", path="/api/v1/hf/fills", body=nothing)

    found = account.recount(open_group.bot.connection)
    open_group.show()

    assert [text.rpartition(": ")[2] for text in found.unread] == [
        *["what the exchange tells cannot be read"] * 2,
        "not compared",
        "what the account holds of it was not compared",
    ]
    assert (found.differences, found.coins) == ([], [])


def test_what_moved_while_the_exchange_was_asked_is_asked_for_again(
    open_group: Trader, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask, moves = questions.balances, iter([lambda: open_group.at("56400")])

    def move(connection: Connection) -> Balances:
        next(moves, lambda: None)()
        return ask(connection)

    monkeypatch.setattr(questions, "balances", move)

    found = account.recount(open_group.bot.connection)

    assert (found.orders, found.differences, found.unread) == (3, [], [])


@pytest.mark.parametrize("spoilt", [{"result": D("9.5")}, {"fees": D(0)}, {"closed": 2}, {"won": 7}])
def test_a_kept_sum_that_is_not_what_the_groups_come_to(open_group: Trader, spoilt: dict[str, Any]) -> None:
    open_group.at("70000")
    assert open_group.orders()[-1] == ("exit", "filled")
    assert codes(open_group) == set()

    KeptResult.objects.update(**spoilt)

    assert codes(open_group) == {"kept.sums"}


def test_a_group_that_counts_on_another_day(open_group: Trader) -> None:
    open_group.at("70000")

    Group.objects.update(counted_on=timezone.now() - timedelta(days=9))

    assert codes(open_group) == {"kept.sums", "kept.day"}
