"""What holds for all bots of a connection together: what is set aside for ladders, and the cap on what may be lost."""

from decimal import Decimal as D
from functools import partial
from typing import Any

import pytest
from django.db import connection as database
from django.db import transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.by import PRODUCT
from strategies.bots import flows
from strategies.models import Bot, Funds, Group, JournalLine, Order
from tests.strategies.factories import make_bot
from tests.strategies.stories.interleave import STOPS_READ, after
from tests.strategies.stories.test_race import at_once
from tests.strategies.stories.test_races import ROUNDS, make_trader, step

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
    assert line.numbers["set_aside"] == D("303.303")
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
