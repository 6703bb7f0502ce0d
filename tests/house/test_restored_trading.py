"""Trading after a restore: what was ordered since the backup is found at the exchange, never lost and never doubled."""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.core.management import call_command
from django.utils import timezone

from accounts.by import PRODUCT
from accounts.models import AuditEvent
from backfuture.backups import making
from connections import flows as keys_flows
from exchanges.desk.desk import Desk
from exchanges.desk.list_orders import ListedOrder
from exchanges.errors import Cause, ExchangeError, Trouble
from exchanges.values import Credentials
from recount.account import recount
from strategies.choices import OrderState, StopLevel
from strategies.execution import adoption, reconcile
from strategies.models import Bot, Funds, Group, Order
from strategies.models.orders import TAG, tag_of
from strategies.stops import flows as stops
from tests.connections.conftest import exchange_loop as exchange_loop
from tests.connections.conftest import published as published
from tests.connections.conftest import rig as rig
from tests.connections.practising import work
from tests.house.test_backups import back_up
from tests.house.test_backups import house as house
from tests.strategies.rows import make_group
from tests.strategies.stories.conftest import no_rush as no_rush
from tests.strategies.stories.conftest import trading as trading
from tests.strategies.stories.conftest import woken as woken
from tests.strategies.stories.trader import Trader
from workers.models import Alarm


@pytest.fixture
def restored(house: Path, trading: Trader) -> Iterator[Callable[[Path], None]]:
    """Return what goes back to a backup; the key is tested again then, as the worker does at once."""
    with ExitStack() as within:

        def back(place: Path) -> None:
            within.enter_context(making.backend().room(house))
            call_command("restore", str(place))
            trading.woken.clear()
            trading.bot = Bot.objects.select_related("connection__owner").get(pk=trading.bot.pk)
            keys_flows.start_check(trading.bot.connection, trigger="schedule", by=PRODUCT)
            work(trading.bot.connection)
            trading.bot.connection.refresh_from_db()
            assert trading.bot.connection.status == "online"

        yield back


def catch_up(trading: Trader) -> None:
    """Compare the books as often as it takes, looking up what was under way."""
    for _ in range(6):
        for order in Order.objects.live():
            trading.ask(order)
        Funds.objects.update(look_at=timezone.now(), claim_until=None)
        reconcile.reconcile(trading.bot.connection_id)


def accepted(trading: Trader) -> Counter[str]:
    rows = trading.rig.control("GET", f"journal?account={trading.account}")["orders"]
    return Counter(row["client_id"] for row in rows)


def differences(trading: Trader) -> list[str]:
    told = recount(trading.bot.connection)
    return [f"{one.code} {one.there} {one.here}" for one in told.differences] + told.unread


def test_an_order_names_its_bot_and_is_like_no_other(trading: Trader) -> None:
    trading.signal("long")

    (client_id,) = accepted(trading)
    assert client_id[2 : 2 + TAG] == tag_of(trading.bot.public_id)
    assert len(client_id) == 24


def test_a_group_that_went_on_is_brought_up_to_date(
    house: Path, trading: Trader, restored: Callable[[Path], None]
) -> None:
    trading.signal("long")
    place = back_up(house)
    trading.at("57000")
    assert trading.orders()[-1] == ("add_on", "filled")
    held, before = trading.group.held, accepted(trading)

    restored(place)
    assert Order.objects.count() == 1
    catch_up(trading)

    assert Order.objects.count() == 2
    assert (trading.group.held, trading.group.add_ons_done) == (held, 1)
    assert (trading.wrong(), differences(trading), accepted(trading)) == ([], [], before)
    assert Funds.objects.get(connection=trading.bot.connection).restored_from is None
    assert AuditEvent.objects.filter(action="order.adopted").count() == 1


@pytest.mark.services
def test_a_group_that_closed_is_closed_and_one_that_opened_is_open_and_can_be_sold(
    house: Path, trading: Trader, restored: Callable[[Path], None]
) -> None:
    trading.set(re_entry_minutes=0)
    trading.signal("long")
    place = back_up(house)
    trading.at("63000")
    trading.age(90)
    trading.signal("long")
    assert [order[0] for order in trading.orders()] == ["entry", "exit", "entry"]
    held, before = trading.group.held, accepted(trading)

    restored(place)
    catch_up(trading)

    assert list(Group.objects.order_by("pk").values_list("mode", flat=True)) == ["closed", "normal"]
    assert trading.group.held == held
    assert (trading.wrong(), differences(trading), accepted(trading)) == ([], [], before)

    trading.at("66000")

    assert [order[0] for order in trading.orders()] == ["entry", "exit", "entry", "exit"]
    assert not Group.objects.open().exists()
    assert (trading.wrong(), differences(trading)) == ([], [])


def test_an_order_that_was_about_to_leave_is_found_and_not_sent_again(
    house: Path, trading: Trader, restored: Callable[[Path], None]
) -> None:
    order = trading.intend()
    place = back_up(house)
    trading.work()
    trading.ask()
    assert trading.order.state == "filled"

    restored(place)
    assert Order.objects.get().state == OrderState.UNKNOWN
    catch_up(trading)

    assert Order.objects.get().state == "filled"
    assert accepted(trading) == {order.client_id: 1}
    assert (trading.wrong(), differences(trading)) == ([], [])


def test_nothing_leaves_before_the_exchange_told_what_happened(
    house: Path, trading: Trader, restored: Callable[[Path], None]
) -> None:
    trading.signal("long")
    place = back_up(house)
    trading.at("63000")
    before = accepted(trading)

    restored(place)
    trading.rig.fault("502", method="GET", slug="kucoin")
    stops.close_groups(Group.objects.open(), by=PRODUCT)
    trading.look(timezone.now())

    assert Group.objects.open().count() == 1
    assert accepted(trading) == before
    trading.show()
    catch_up(trading)
    assert Group.objects.get().mode == "closed"
    assert accepted(trading) == before


@pytest.fixture
def endless(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """Return the pairs of which the exchange does not tell all orders; the others are told as they are."""
    pairs, told = set[str](), Desk.history

    async def history(self: Desk, key: Credentials, *, pair: str, since: datetime) -> list[ListedOrder]:
        if pair in pairs:
            raise ExchangeError(Trouble(cause=Cause.UNREADABLE))
        return await told(self, key, pair=pair, since=since)

    monkeypatch.setattr(Desk, "history", history)
    return pairs


@pytest.mark.services
def test_a_group_leaves_as_soon_as_its_own_pair_is_told(
    house: Path, trading: Trader, restored: Callable[[Path], None], endless: set[str]
) -> None:
    trading.set(pairs_json=["BTC/USDT", "ETH/USDT"])
    trading.signal("long")
    place = back_up(house)
    restored(place)
    endless.add("ETH/USDT")
    assert Group.objects.get().is_behind

    stops.close_groups(Group.objects.open(), by=PRODUCT)
    trading.look()
    trading.ask()

    assert [order[0] for order in trading.orders()] == ["entry", "exit"]
    assert Group.objects.get().mode == "closed"
    assert Funds.objects.get(connection=trading.bot.connection).restored_from is not None
    assert (trading.wrong(), differences(trading)) == ([], [])


def test_what_may_have_been_sold_since_is_not_sold_and_its_trader_is_told_what_to_do(
    house: Path, trading: Trader, restored: Callable[[Path], None], endless: set[str]
) -> None:
    trading.signal("long")
    place = back_up(house)
    trading.at("63000")
    before = accepted(trading)
    restored(place)
    endless.add("BTC/USDT")

    stops.close_groups(Group.objects.open(), by=PRODUCT)
    reasons = []
    for _ in range(10):
        trading.look()
        reasons.append(trading.group.reason)

    assert (reasons[0], reasons[-1]) == ("books.behind", "books.no_end")
    assert accepted(trading) == before
    # The coins are gone by right: that is no reason to halt the bot.
    assert Bot.objects.get().halt_reason == ""
    endless.clear()
    catch_up(trading)
    assert Group.objects.get().mode == "closed"
    assert accepted(trading) == before


def test_nothing_is_sold_of_a_group_before_all_that_was_sold_since_is_known(
    house: Path, trading: Trader, restored: Callable[[Path], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    place = back_up(house)
    trading.signal("long")
    trading.at("63000")
    before, find = accepted(trading), Desk.find

    async def lose_the_exit(self: Desk, key: Credentials, **what: Any) -> Any:
        if what["client_id"] == list(before)[-1]:
            raise ExchangeError(Trouble(cause=Cause.UNAVAILABLE))
        return await find(self, key, **what)

    restored(place)
    with monkeypatch.context() as lost:
        lost.setattr(Desk, "find", lose_the_exit)
        catch_up(trading)
        group = Group.objects.get()
        stops.close_groups([group], by=PRODUCT)
        trading.watch()

    assert (group.is_behind, accepted(trading)) == (True, before)
    catch_up(trading)
    assert Group.objects.get().mode == "closed"
    assert accepted(trading) == before


def test_a_pair_that_somebody_waits_to_be_out_of_is_asked_about_first(
    house: Path, trading: Trader, restored: Callable[[Path], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    trading.set(pairs_json=["AAVE/USDT", "BTC/USDT", "ETH/USDT"])
    for pair in ("BTC/USDT", "ETH/USDT"):
        make_group(bot=trading.bot, pair=pair)
    place = back_up(house)
    restored(place)
    asked: list[str] = []

    async def history(self: Desk, key: Credentials, *, pair: str, since: datetime) -> list[ListedOrder]:
        asked.append(pair)
        return []

    monkeypatch.setattr(Desk, "history", history)
    stops.close_groups(Group.objects.filter(pair="ETH/USDT"), by=PRODUCT)
    reconcile.reconcile(trading.bot.connection_id)

    assert asked == ["ETH/USDT", "BTC/USDT", "AAVE/USDT"]


def test_nothing_is_bought_while_a_pair_is_not_told_and_a_pair_without_a_group_is_given_up(
    house: Path, trading: Trader, restored: Callable[[Path], None], endless: set[str]
) -> None:
    trading.set(pairs_json=["BTC/USDT", "ETH/USDT"])
    place = back_up(house)
    restored(place)
    endless.add("ETH/USDT")
    stops.pause_everybody(StopLevel.NONE, by=PRODUCT)
    stops.pause_trader(trading.bot.connection.owner, StopLevel.NONE, by=PRODUCT)
    trading.token = ""
    trading.look()

    trading.signal("long")
    assert (accepted(trading), trading.reasons()) == ({}, ["books.behind"])
    for _ in range(9):
        trading.look()
    trading.signal("long")

    assert len(accepted(trading)) == 1
    assert Alarm.objects.get(name="restore.unread").count == 1


def test_nothing_is_bought_until_operators_and_trader_say_so(
    house: Path, trading: Trader, restored: Callable[[Path], None]
) -> None:
    place = back_up(house)

    restored(place)
    catch_up(trading)
    trading.token = ""
    trading.signal("long")
    assert accepted(trading) == {}
    stops.pause_everybody(StopLevel.NONE, by=PRODUCT)
    trading.signal("long")
    assert accepted(trading) == {}
    stops.pause_trader(trading.bot.connection.owner, StopLevel.NONE, by=PRODUCT)
    trading.signal("long")

    assert len(accepted(trading)) == 1


def test_an_order_of_a_bot_that_nobody_knows_is_told(
    house: Path, trading: Trader, restored: Callable[[Path], None]
) -> None:
    place = back_up(house)
    trading.signal("long")
    restored(place)
    Bot.objects.update(public_id="00000000-0000-4000-8000-000000000000")

    catch_up(trading)

    assert Order.objects.count() == 0
    assert AuditEvent.objects.filter(action="order.unclaimed").count() == 1
    assert Alarm.objects.get(name="order.unclaimed").count == 1
    assert Funds.objects.get(connection=trading.bot.connection).reconciled_at is not None


def test_an_order_that_could_be_either_of_two_bots_is_told_and_given_to_neither(
    house: Path, trading: Trader, restored: Callable[[Path], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    place = back_up(house)
    trading.signal("long")
    restored(place)
    tag = tag_of(trading.bot.public_id)
    trading.bot.pk, trading.bot.public_id, trading.bot.name = None, uuid4(), "twin"
    trading.bot.save(force_insert=True)
    monkeypatch.setattr(adoption, "tag_of", lambda _: tag)

    catch_up(trading)

    assert (Order.objects.count(), Group.objects.count()) == (0, 0)
    assert AuditEvent.objects.filter(action="order.unclaimed").count() == 1
    assert Funds.objects.get(connection=trading.bot.connection).reconciled_at is not None
