"""Trading after a restore: what was ordered since the backup is found at the exchange, never lost and never doubled."""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from uuid import uuid4

import pytest
from django.core.management import call_command
from django.utils import timezone

from accounts.by import PRODUCT
from accounts.models import AuditEvent
from backfuture.backups import making
from connections import flows as keys_flows
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
