"""Real transactions at the same moment: one worker per bot, one group per pair, one live order each, no deadlock."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal as D
from functools import partial
from typing import Any

import pytest
from django.db import connection as database
from django.utils import timezone

from accounts.by import PRODUCT, By
from connections.models import Connection, RunState
from exchanges.values import OrderReport, OrderSide, ReportedState, TradeFill
from strategies import claims, halts
from strategies.bots import flows
from strategies.choices import StopLevel
from strategies.execution import authority, books
from strategies.models import Bot, Fill, Funds, Group, Instrument, Order
from strategies.runner import step as stepping
from strategies.signals import inbox
from strategies.stops import flows as stopping
from tests.accounts.factories import make_user
from tests.connections.factories import make_connection, make_run
from tests.strategies import rows
from tests.strategies.factories import make_bot
from tests.strategies.stories.test_race import at_once, bad_verdict, deletion, good_verdict

pytestmark = [pytest.mark.services, pytest.mark.django_db(transaction=True)]
ROUNDS = 8
LADDER = {"base": "100", "add_on": "100", "step": "0.02", "step_scale": "1", "volume_scale": "1", "add_ons": 3}
SETTINGS: dict[str, Any] = {"margin_limit": D(2000), "cool_down_minutes": 0, "re_entry_minutes": 0}


@pytest.fixture(autouse=True)
def _rows_can_be_locked() -> None:
    if not database.features.has_select_for_update:
        pytest.skip("SQLite runs one writing transaction after the other: there is no race to see")


@pytest.fixture(autouse=True)
def nothing_is_published(woken: list[tuple[str, int]]) -> None:
    """Nothing leaves for the broker."""


def make_trader(*, price: str = "30000", **fields: Any) -> Bot:
    """Make a bot that may trade, with a price of now."""
    values = SETTINGS | {"state": "enabled", "entry_source": "immediate", "base_order": D(100)} | fields
    bot = make_bot(connection=make_connection(owner=make_user()), **values)
    if not Instrument.objects.exists():
        rows.make_price(price=price, price_step=D("0.01"))
    Instrument.objects.update(price=D(price), bid=D(price), ask=D(price), priced_at=timezone.now())
    rows.make_funds(bot=bot, reconciled_at=timezone.now())
    Funds.objects.update(balances_json={"USDT": {"free": "100000", "total": "100000"}})
    return bot


def make_held(bot: Bot) -> Group:
    """Make a group whose entry bought 0.01 at 30,000."""
    now = timezone.now() - timedelta(hours=1)
    times = {"first_fill_at": now, "last_fill_at": now, "opened_at": now, "last_fill_price": D(30000)}
    group = rows.make_group(bot=bot, ladder_json=LADDER, **times)  # type: ignore[arg-type]
    order = rows.make_order(group=group, filled=D("0.01"))
    rows.make_fill(order=order, at=now)
    return group


def step(bot: Bot) -> None:
    now = timezone.now()
    bots = claims.claim_due([bot.pk], now=now)
    instruments = Instrument.objects.at("kucoin", "practice").known(["BTC/USDT"])
    stepping.step(bots, instruments, exchange="kucoin", venue="practice", now=now)


def step_as_if_alone(bot: Bot) -> None:
    """Decide by a claim that another worker has as well: what the database itself must then keep apart."""
    mine = Bot.objects.select_related("connection__owner").get(pk=bot.pk)
    instruments = Instrument.objects.at("kucoin", "practice").known(["BTC/USDT"])
    stepping.step([mine], instruments, exchange="kucoin", venue="practice", now=timezone.now())


def share_claim(bot: Bot) -> Bot:
    Bot.objects.filter(pk=bot.pk).update(claim="shared", claimed_until=timezone.now() + timedelta(seconds=30), fence=1)
    return bot


def test_two_workers_that_find_a_bot_due_step_it_once() -> None:
    for _ in range(ROUNDS):
        bot = make_trader()

        raised = at_once(partial(step, bot), partial(step, bot), partial(step, bot))

        assert raised == []
        assert Order.objects.filter(bot=bot).count() == 1
        assert Bot.objects.get(pk=bot.pk).fence == 1


def test_even_two_with_the_same_claim_open_one_group_per_pair() -> None:
    for _ in range(ROUNDS):
        bot = share_claim(make_trader())

        raised = at_once(partial(step_as_if_alone, bot), partial(step_as_if_alone, bot))

        assert raised == []
        assert Group.objects.filter(bot=bot).count() == 1
        assert Order.objects.filter(bot=bot).count() == 1


def test_even_two_with_the_same_claim_write_one_live_order_per_group() -> None:
    for _ in range(ROUNDS):
        bot = share_claim(make_trader(price="33000"))
        make_held(bot)

        raised = at_once(partial(step_as_if_alone, bot), partial(step_as_if_alone, bot))

        assert raised == []
        assert Order.objects.live().filter(bot=bot).count() == 1


def test_two_workers_mark_an_order_sent_once() -> None:
    for _ in range(ROUNDS):
        order = rows.make_order(group=make_held(make_trader()), state="intended", purpose="exit", side="sell", fence=0)
        marked: list[bool] = []

        def mark(order: Order = order, marked: list[bool] = marked) -> None:
            marked.append(authority.mark_sent(Order.objects.get(pk=order.pk), now=timezone.now()))

        raised = at_once(mark, mark, mark)

        assert raised == []
        assert sorted(marked) == [False, False, True]
        assert Order.objects.get(pk=order.pk).sends == 1


def sold(order: Order) -> tuple[OrderReport, list[TradeFill]]:
    report = OrderReport(
        exchange_id="x", client_id=order.client_id, state=ReportedState.FILLED, filled=order.quantity, at=None
    )
    fill = TradeFill(
        trade_id=f"t{order.pk}",
        exchange_id="x",
        side=OrderSide.SELL,
        price=D(31000),
        quantity=order.quantity,
        cost=D(31000) * order.quantity,
        fee=D(0),
        fee_asset="USDT",
        at=timezone.now(),
    )
    return report, [fill]


def test_the_same_answer_from_two_workers_counts_once() -> None:
    for _ in range(ROUNDS):
        group = make_held(make_trader())
        Group.objects.filter(pk=group.pk).update(mode="closing", close_reason="exit.asked")
        order = rows.make_order(group=group, state="open", purpose="exit", side="sell", sends=1)
        record = partial(books.record, order.pk, *sold(order), now=timezone.now())

        raised = at_once(record, record, record)

        group.refresh_from_db()
        assert raised == []
        assert Fill.objects.filter(order=order).count() == 1
        assert (group.mode, group.sold) == ("closed", D("0.01"))
        assert group.journal.filter(action="closed").count() == 1


def close(bot: Bot) -> Callable[[], object]:
    groups = list(Group.objects.filter(bot=bot).select_related("bot__connection__owner", "connection"))
    return lambda: stopping.close_groups(groups, by=By(user=bot.connection.owner))


def release(bot: Bot) -> Callable[[], object]:
    group = Group.objects.filter(bot=bot).select_related("bot__connection__owner", "connection").latest("pk")
    return lambda: stopping.release_group(group, by=By(user=bot.connection.owner))


def recover(bot: Bot) -> Callable[[], object]:
    group = Group.objects.filter(bot=bot).select_related("bot__connection__owner", "connection").latest("pk")
    return lambda: stopping.switch_recovery(group, is_on=True, by=By(user=bot.connection.owner))


def verdict(bot: Bot) -> Callable[[], object]:
    return bad_verdict(Connection.objects.get(pk=bot.connection_id))


def end_of_trouble(bot: Bot) -> Callable[[], object]:
    """A check that passes: it lets a bot go on that a check before had halted."""
    home = Connection.objects.get(pk=bot.connection_id)
    Connection.objects.filter(pk=home.pk).update(status="error")
    halts.halt(home.pk, reason="reach.unavailable", is_temporary=True)
    return good_verdict(Connection.objects.get(pk=home.pk))


def delete_connection(bot: Bot) -> Callable[[], object]:
    return deletion(Connection.objects.get(pk=bot.connection_id))


def delete_while_testing(bot: Bot) -> Callable[[], object]:
    home = Connection.objects.get(pk=bot.connection_id)
    make_run(connection=home, state=RunState.RUNNING)
    return deletion(home)


def disable(bot: Bot) -> Callable[[], object]:
    return partial(flows.disable_bot, bot, by=PRODUCT)


def new_address(bot: Bot) -> Callable[[], object]:
    return partial(inbox.make_address, bot, by=PRODUCT)


def give_up(bot: Bot) -> Callable[[], object]:
    order = Order.objects.filter(bot=bot).latest("pk")
    return partial(books.drop, order.pk, ("intended", "absent"), reason="order.stale", now=timezone.now())


CHECKS = [verdict, end_of_trouble, delete_connection, delete_while_testing]
ENEMIES = [close, release, recover, *CHECKS, disable, new_address, give_up]


@pytest.mark.parametrize("enemy", ENEMIES, ids=[enemy.__name__ for enemy in ENEMIES])
@pytest.mark.parametrize("price", ["33000", "29000"], ids=["exit", "add-on"])
def test_nothing_deadlocks_with_a_step_that_writes_an_order(
    price: str, enemy: Callable[[Bot], Callable[[], object]]
) -> None:
    for _ in range(ROUNDS):
        bot = make_trader(price=price)
        make_held(bot)

        raised = at_once(partial(step, bot), enemy(bot), partial(step, bot))

        assert raised == []
        for group in Group.objects.filter(bot=bot):
            assert Order.objects.live().filter(group=group).count() <= int(group.is_open)


@pytest.mark.parametrize("enemy", [close, release, verdict, end_of_trouble, disable], ids=lambda enemy: enemy.__name__)
def test_nothing_deadlocks_with_an_answer_that_is_written_down(enemy: Callable[[Bot], Callable[[], object]]) -> None:
    for _ in range(ROUNDS):
        bot = make_trader(price="29000")
        group = make_held(bot)
        order = rows.make_order(group=group, state="open", purpose="exit", side="sell", sends=1)
        Group.objects.filter(pk=group.pk).update(mode="closing", close_reason="exit.asked")

        record = partial(books.record, order.pk, *sold(order), now=timezone.now())
        raised = at_once(record, enemy(bot), partial(step, bot))

        assert raised == []
        assert Fill.objects.filter(order=order).count() == 1


def test_an_order_and_the_stop_that_holds_it_have_an_order_between_them() -> None:
    for _ in range(ROUNDS):
        bot = make_trader()
        order = rows.make_order(group=make_held(bot), state="intended", purpose="add_on", fence=0)
        stopped: list[bool] = []

        def stop(bot: Bot = bot, stopped: list[bool] = stopped) -> None:
            stopping.pause_bot(bot, StopLevel.ADD_ONS, by=PRODUCT)
            stopped.append(True)

        def send_after(order: Order = order, stopped: list[bool] = stopped) -> None:
            was_stopped = bool(stopped)
            is_sent = authority.mark_sent(Order.objects.get(pk=order.pk), now=timezone.now())
            assert not (was_stopped and is_sent)

        assert at_once(stop, send_after) == []
