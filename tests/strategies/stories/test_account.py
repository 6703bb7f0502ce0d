"""What holds for all bots of a connection together: what is set aside for ladders, and the cap on what may be lost."""

from datetime import timedelta
from decimal import Decimal as D
from functools import partial
from typing import Any

import pytest
from django.db import connection as database
from django.db import transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.by import PRODUCT
from strategies import account
from strategies.bots import flows
from strategies.execution import reconcile
from strategies.models import Bot, Funds, Group, JournalLine, Order
from strategies.runner import snapshot
from tests.strategies import rows
from tests.strategies.factories import make_bot
from tests.strategies.stories.interleave import STOPS_READ, after
from tests.strategies.stories.test_race import at_once
from tests.strategies.stories.test_races import ROUNDS, make_trader, step
from tests.strategies.stories.trader import Trader

pytestmark = [pytest.mark.services, pytest.mark.django_db(transaction=True)]
# Low's ladder: four equal orders, three of them to come; they lose 85.19 of 400 when BTC falls by a quarter.
LADDER: dict[str, Any] = {"base_order": D(100), "risk_level": "low", "margin_limit": D(2000)}


@pytest.fixture(autouse=True)
def nothing_is_published(woken: list[tuple[str, int]]) -> None:
    """Nothing leaves for the broker."""


def make_two(*, free: str, total: str = "", **fields: Any) -> tuple[Bot, Bot]:
    """Make two bots of one connection that open a group of BTC as soon as they are stepped."""
    first = make_trader(**{**LADDER, **fields})
    known: dict[str, Any] = {"state": "enabled", "entry_source": "immediate", "re_entry_minutes": 0, "name": "Second"}
    second = make_bot(connection=first.connection, **{**LADDER, **known, **fields})
    balances = {"USDT": {"free": free, "total": total or free}}
    Funds.objects.filter(connection=first.connection).update(balances_json=balances)
    return first, second


def opened(*bots: Bot) -> int:
    return Group.objects.filter(bot__in=bots).count()


def reasons(bot: Bot) -> list[str]:
    return list(JournalLine.objects.filter(bot=bot).order_by("pk").values_list("reason", flat=True))


def test_what_another_worker_wrote_down_since_is_counted_before_an_order_is() -> None:
    """Each ladder of 400 fits into 700 by itself, and with the fees of both they do not."""
    first, second = make_two(free="700", total="5000")

    with after(STOPS_READ, partial(step, second)):
        step(first)

    assert (opened(second), opened(first)) == (1, 0)
    assert reasons(first) == ["account.reserve"]
    line = JournalLine.objects.get(bot=first)
    # Three orders of 100 are set aside and one is under way; a fee of 0.1 % and a slippage of 1 % come on top.
    assert round(line.numbers["set_aside"], 3) == D("303.303")
    assert line.numbers["needed"] == D("404.404")
    assert round(line.numbers["free"], 2) == D(600)


def test_two_workers_at_once_do_not_set_the_same_money_aside_twice() -> None:
    if not database.features.has_select_for_update:
        pytest.skip("SQLite runs one writing transaction after the other: there is no race to see")
    for _ in range(ROUNDS):
        first, second = make_two(free="700", total="5000")

        raised = at_once(partial(step, first), partial(step, second))

        assert raised == []
        assert opened(first, second) == 1


def test_two_workers_at_once_do_not_pass_the_cap_together() -> None:
    """By 5000 of equity all bots may lose 150: each loses 85.19, and both together 170.38."""
    if not database.features.has_select_for_update:
        pytest.skip("SQLite runs one writing transaction after the other: there is no race to see")
    for _ in range(ROUNDS):
        first, second = make_two(free="5000", total="5000")
        Funds.objects.filter(connection=first.connection).update(loss_cap=3)

        raised = at_once(partial(step, first), partial(step, second))

        assert raised == []
        assert opened(first, second) == 1
        assert Order.objects.filter(bot__in=(first, second)).count() == 1


def test_the_money_is_held_before_the_bots_by_all_who_hold_both() -> None:
    """One that held them the other way round would wait for a worker that waits for it."""
    bot = make_trader(**LADDER)
    with CaptureQueriesContext(database) as of_worker:
        step(bot)
    with CaptureQueriesContext(database) as of_trader:
        flows.disable_bot(bot, by=PRODUCT)
        flows.enable_bot(bot, by=PRODUCT)
    Bot.objects.update(state="halted", halt_reason="reach.unavailable", halted_by="trouble", halted_at=timezone.now())
    with CaptureQueriesContext(database) as of_check, transaction.atomic():
        flows.go_on(bot.connection_id)

    assert Order.objects.filter(bot=bot).exists()
    for queries in (of_worker, of_trader, of_check):
        last = [one["sql"] for one in queries.captured_queries]
        money = max(place for place, sql in enumerate(last) if 'strategies_funds"' in sql.split(" WHERE ")[0])
        assert any(sql.startswith('UPDATE "strategies_bot"') for sql in last[money:])


def read(trading: Trader, money: str = "") -> Funds:
    """Let the balances be read, of an account that has so much money by now."""
    if money:
        trading.rig.control("PATCH", f"accounts/{trading.account}", balances={"spot": {"USDT": money}})
    Funds.objects.update(look_at=timezone.now(), claim_until=None)
    reconcile.reconcile(trading.bot.connection_id)
    return Funds.objects.get(connection=trading.bot.connection)


def lock(trading: Trader, price: str) -> None:
    """Let the trader order a coin by hand at a price that is not there: its money is not free any more."""
    order = {"symbol": "BTC-USDT", "side": "buy", "type": "limit", "size": "1", "price": price, "clientOid": "by-hand"}
    reply = trading.rig.ask("kucoin", trading.keys, "POST", "/api/v1/hf/orders", body=order)
    assert reply.json["code"] == "200000", reply.body


def test_money_that_is_set_aside_and_gone_is_told_before_its_rung_is_reached(trading: Trader) -> None:
    trading.set(**LADDER, cool_down_minutes=0)
    trading.signal("long")
    assert read(trading).missing_json == {}

    lock(trading, "9700")
    missing = read(trading).missing("USDT")
    read(trading)

    (line,) = JournalLine.objects.filter(reason="reserve.missing")
    # Of 10,000 the entry took 100 and a fee, the order by hand 9,700 and its fee.
    assert 100 < missing < 112
    # It paid 99.50, as its price might have been half a percent worse.
    assert (line.group, round(line.numbers["reserved"], 2)) == (trading.group, D("300.50"))
    assert round(line.numbers["free"], 6) == round(line.numbers["reserved"] - missing, 6)

    trading.at("58400")
    assert trading.orders() == [("entry", "filled"), ("add_on", "filled")]


@pytest.mark.parametrize(("liquidity", "done"), [("0.0005", 0), ("0.00162", 1)])
def test_what_a_rung_did_not_get_stays_set_aside(trading: Trader, liquidity: str, done: int) -> None:
    """Of the first rung 28.70 were bought, or 95: what is left of it is bought with its own money or the next one's."""
    trading.set(**LADDER)
    trading.signal("long")
    trading.price("58400", liquidity=liquidity)
    trading.watch()
    group = trading.group
    assert group.add_ons_done == done

    to_come = group.ladder.total - group.cost
    pool = account.read(snapshot.funds_of([group.connection_id]), now=timezone.now()).of((group.connection_id, "USDT"))

    assert pool.set_aside == to_come
    assert read(trading, str(to_come)).missing_json == {}
    assert read(trading, str(to_come - 20)).missing("USDT") == 20


def test_it_is_told_anew_when_it_was_there_in_between_and_once_in_an_hour(trading: Trader) -> None:
    trading.set(**LADDER)
    trading.signal("long")
    lines = JournalLine.objects.filter(reason="reserve.missing")

    for money, told in (("299", 1), ("1", 1), ("301", 1), ("299", 1), ("301", 1)):
        read(trading, money)
        assert lines.count() == told
    lines.update(at=timezone.now() - timedelta(minutes=61))
    read(trading, "299")

    assert lines.count() == 2


def test_no_money_is_missing_for_what_was_not_set_aside(trading: Trader) -> None:
    trading.set(**LADDER, add_on_behaviour="first_come")
    trading.signal("long")

    assert read(trading, "1").missing_json == {}


def test_a_ladder_that_is_not_ours_sets_nothing_aside_and_may_lose_all_of_it() -> None:
    first, second = make_two(free="1000", total="100000")
    rows.make_group(bot=second, ladder_json={"base": "no number"})

    step(first)

    assert opened(first) == 1
    pool = account.read(snapshot.funds_of([first.connection_id]), now=timezone.now()).of((first.connection_id, "USDT"))
    # 300 were paid for what is held; the new group may lose 85.19.
    assert round(pool.at_risk, 2) == D("385.19")
    assert round(pool.set_aside, 2) == 300
