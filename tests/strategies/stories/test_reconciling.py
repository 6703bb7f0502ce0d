"""Books are compared before anything is sent; what is missing halts the bot, what is not ours is not touched."""

from datetime import timedelta
from decimal import Decimal as D

import pytest
from django.core.mail import EmailMessage
from django.utils import timezone
from pytest_django import Settings

from accounts.by import PRODUCT, By
from accounts.models import AuditEvent
from connections import flows as connection_flows
from exchanges.values import Balance
from messaging.models import Delivery
from messaging.tasks import send as send_messages
from strategies.bots import flows
from strategies.execution import reconcile
from strategies.models import Bot, Funds, Group
from strategies.runner import tick
from strategies.stops import flows as stopping
from strategies.words import halts
from tests.practice.rig import Rig
from tests.strategies import rows
from tests.strategies.factories import make_order
from tests.strategies.stories.trader import Trader
from workers.models import Alarm

pytestmark = pytest.mark.services


def books(trading: Trader) -> Funds:
    return Funds.objects.get(connection=trading.bot.connection)


def compare(trading: Trader, times: int = 1) -> Funds:
    for _ in range(times):
        Funds.objects.update(look_at=timezone.now(), claim_until=None)
        reconcile.reconcile(trading.bot.connection_id)
    return books(trading)


def take_coins_away(trading: Trader, *, much: str) -> None:
    """Sell by hand, at the exchange, under an id of the trader's own."""
    key = trading.keys
    body = {"symbol": "BTC-USDT", "side": "sell", "type": "market", "size": much, "clientOid": "by-hand"}
    reply = trading.rig.ask("kucoin", key, "POST", "/api/v1/hf/orders", body=body)
    assert reply.json["code"] == "200000", reply.body


def test_no_order_leaves_before_the_first_comparison(trading: Trader) -> None:
    Funds.objects.update(reconciled_at=None, read_at=None, look_at=timezone.now())
    trading.set(entry_source="immediate", re_entry_minutes=0)

    trading.watch()
    assert (trading.orders(), Bot.objects.get().entry_reasons_json) == (
        [],
        {"BTC/USDT": "books.not_compared"},
    )
    compare(trading)
    trading.watch()

    assert trading.orders() == [("entry", "filled")]


def test_after_a_gap_of_a_minute_books_come_first_again(trading: Trader) -> None:
    trading.signal("long")
    Funds.objects.update(reconciled_at=timezone.now() - timedelta(seconds=61))

    trading.at("61500")
    assert (trading.orders(), trading.group.reason) == ([("entry", "filled")], "books.not_compared")
    compare(trading)
    trading.watch()

    assert trading.group.mode == "closed"


def test_an_exchange_that_does_not_answer_leaves_the_books_uncompared(trading: Trader) -> None:
    before = books(trading).reconciled_at
    trading.rig.fault("503", method="GET", slug="kucoin")

    after = compare(trading)

    assert (after.reconciled_at, after.trouble) == (before, "reach.unavailable")
    assert after.look_at is not None
    assert timedelta(seconds=5) < after.look_at - timezone.now() < timedelta(seconds=15)
    assert after.claim_until is None


def test_two_workers_compare_once(trading: Trader) -> None:
    Funds.objects.update(look_at=timezone.now(), claim_until=timezone.now() + timedelta(seconds=30))
    trading.rig.control("DELETE", "requests")

    reconcile.reconcile(trading.bot.connection_id)

    assert trading.rig.control("GET", "requests")["count"] == 0


def test_missing_coins_are_believed_after_three_readings_and_halt_the_bot(
    trading: Trader, mailoutbox: list[EmailMessage]
) -> None:
    trading.signal("long")
    take_coins_away(trading, much="0.0005")

    assert compare(trading, times=2).shortages_json == {"BTC": 2}
    assert Bot.objects.get().is_enabled
    compare(trading)

    bot = Bot.objects.get()
    assert (bot.state, bot.halt_reason) == ("halted", "holdings.missing")
    assert halts.reason_for("holdings.missing") is not halts.UNPROVEN
    assert AuditEvent.objects.filter(action="bot.halted", outcome="holdings.missing").count() == 1
    send_messages()
    told = mailoutbox[-1]
    assert told.to == [bot.connection.owner.email]
    assert "Release the groups they belong to" in str(told.body)
    assert f"/bots/{bot.public_id}/" in str(told.body)


def test_a_mail_that_cannot_be_sealed_keeps_no_bot_running(trading: Trader, settings: Settings) -> None:
    trading.signal("long")
    take_coins_away(trading, much="0.0005")
    settings.VAULT_PUBLIC_KEY_FILE = "/nowhere/vault.pub"

    compare(trading, times=3)

    assert Bot.objects.get().halt_reason == "holdings.missing"
    send_messages()
    assert Alarm.objects.get().name == "mail.not_sealed"
    # It waits until something can be sealed again.
    assert Delivery.objects.get(message__kind="bot.halted").state == "waiting"


def test_a_bot_that_is_enabled_again_without_its_coins_is_halted_again(trading: Trader) -> None:
    trading.signal("long")
    take_coins_away(trading, much="0.0005")
    compare(trading, times=3)

    flows.enable_bot(Bot.objects.get(), by=PRODUCT)
    compare(trading)
    assert Bot.objects.get().is_halted
    stopping.release_group(trading.group, by=By(user=trading.bot.connection.owner))
    flows.enable_bot(Bot.objects.get(), by=PRODUCT)
    compare(trading, times=3)

    assert Bot.objects.get().is_enabled


def test_coins_that_come_back_are_forgotten(trading: Trader) -> None:
    trading.signal("long")
    Group.objects.update(quantity=D(5))
    assert compare(trading, times=2).shortages_json == {"BTC": 2}

    Group.objects.update(quantity=trading.order.filled)

    assert compare(trading).shortages_json == {}
    assert Bot.objects.get().is_enabled


def test_coins_of_a_pair_with_an_order_under_way_are_not_counted(trading: Trader) -> None:
    trading.signal("long")
    make_order(group=trading.group, purpose="add_on", state="unknown")

    nothing = {"BTC": Balance(free=D(0), total=D(0))}

    assert reconcile.shortages(trading.bot.connection_id, nothing) == []


def test_more_coins_than_ours_are_the_traders_own(trading: Trader, rig: Rig) -> None:
    trading.signal("long")
    body = {"symbol": "BTC-USDT", "side": "buy", "type": "market", "size": "0.01", "clientOid": "by-hand"}
    assert rig.ask("kucoin", trading.keys, "POST", "/api/v1/hf/orders", body=body).json["code"] == "200000"

    assert compare(trading, times=3).shortages_json == {}
    trading.at("61500")

    sold = sum(D(row["filled"]) for row in trading.truth()["orders"] if row["side"] == "sell")
    assert sold == trading.bought() - trading.order.filled
    assert books(trading).total("BTC") == D("0.01") + trading.bought() - trading.order.filled


def test_orders_that_are_not_ours_are_never_touched(trading: Trader, rig: Rig) -> None:
    body = {
        "symbol": "BTC-USDT",
        "side": "buy",
        "type": "limit",
        "price": "50000",
        "size": "0.01",
        "clientOid": "by-hand",
    }
    assert rig.ask("kucoin", trading.keys, "POST", "/api/v1/hf/orders", body=body).json["code"] == "200000"

    trading.signal("long")
    trading.at("61500")
    compare(trading, times=3)

    (theirs,) = [row for row in trading.truth()["orders"] if row["client_id"] == "by-hand"]
    assert (theirs["status"], D(theirs["filled"])) == ("open", D(0))
    assert trading.group.mode == "closed"


def test_balances_are_what_orders_are_measured_by(trading: Trader) -> None:
    Funds.objects.update(balances_json={"USDT": {"free": "1", "total": "1"}})

    signal = trading.signal("long")

    assert signal is not None
    assert signal.outcome in {"funds.too_little", "size.risk", "size.below_minimum", "entry.below_minimum"}
    assert trading.orders() == []


def test_the_tick_finds_books_that_nobody_looks_after(trading: Trader) -> None:
    Funds.objects.all().delete()
    # A minute ago: what is due then is due now.
    now = timezone.now().replace(second=0) - timedelta(minutes=1)

    for second in range(1, 1 + tick.BOOKS_SECONDS):
        assert Funds.objects.count() == 0
        tick.look_after_books(now + timedelta(seconds=second))
    tick.wake_books(timezone.now())

    assert trading.woken == [("strategies.reconcile", trading.bot.connection_id)]


def test_books_of_a_deleted_connection_are_left_alone(trading: Trader) -> None:
    trading.signal("long")
    connection_flows.delete_connection(trading.bot.connection, by=PRODUCT)
    Funds.objects.update(look_at=timezone.now(), claim_until=None)
    trading.rig.control("DELETE", "requests")

    reconcile.reconcile(trading.bot.connection_id)

    assert trading.rig.control("GET", "requests")["count"] == 0


def test_everything_goes_on_from_the_database_when_the_tick_runs(trading: Trader) -> None:
    """Every message of a while was lost: signal, order, look-up, books."""
    signal = rows.make_signal(bot=trading.bot, received_at=timezone.now() - timedelta(seconds=2))
    trading.woken.clear()

    for part in tick.PARTS:
        part(timezone.now())
    trading.work()

    signal.refresh_from_db()
    assert signal.outcome == "order.intended"
    assert trading.orders() == [("entry", "filled")]
