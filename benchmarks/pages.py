"""Every page of a trader with weeks of use, and of the same with a year: how long it takes, and how many questions.

It begins with as many weeks as fill each page that lists: a page that is full has more to show than one that is not.
"""

import itertools
import logging
import os
import time
from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from benchmarks import inside

# What one trader's bots do in a week, by bot: groups that open and close, lines of the journal, signals, checks.
BOTS, GROUPS, ORDERS_EACH, LINES, SIGNALS, EVENTS = 4, 20, 4, 300, 60, 200
# Of the journal no more than is kept (JOURNAL_KEPT_DAYS), and of signals.
FRESH, WEEKS, LINES_WEEKS, SIGNALS_WEEKS, OTHERS = 6, 52, 26, 4, 1
ROUNDS = 9
GOAL = 1.1
# Of each group, of all its orders.
FEES = Decimal("0.08")
PAIRS = ("BTC/USDT", "ETH/USDT", "SOL/USDT")
REASONS = ("average.worse", "zone.outside", "exit.take_profit", "entry.signal")
AT_ONCE = 2000
# Of what is written first, the latest weeks, and of what lies before them.
_IDS = {False: itertools.count(10_000_000), True: itertools.count(100_000)}


def measure() -> list[dict[str, Any]]:
    return inside.rows_of("benchmarks.pages")


def rows() -> list[dict[str, Any]]:
    """Measure in one process, without a server between: what is compared is the same page with more behind it."""
    from django.conf import settings
    from django.test import Client

    from chaos.world import bases

    # A line for each request would cost as much as some pages.
    logging.disable(logging.INFO)
    with bases(settings.VAR_DIR):
        owner, paths = _people()
        browser = Client(SERVER_NAME="127.0.0.1")
        browser.force_login(owner)
        _live(weeks=FRESH, before=0)
        fresh = {name: time_of(browser, path) for name, path in paths.items()}
        _live(weeks=WEEKS - FRESH, before=FRESH)
        year = {name: time_of(browser, path) for name, path in paths.items()}
    return [
        {
            "page": name,
            "six weeks cpu ms": round(fresh[name][0], 1),
            "a year cpu ms": round(year[name][0], 1),
            "ratio": round(year[name][0] / fresh[name][0], 2),
            "goal": GOAL,
            "queries": fresh[name][1],
            "queries then": year[name][1],
        }
        for name in paths
    ]


def time_of(browser: Any, path: str) -> tuple[float, int]:
    """Return the processor time of the quickest of some rounds, which others' work touches least, and the queries."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(connection) as asked:
        answer = browser.get(path)
    queries = len(asked)
    if answer.status_code != 200:
        raise RuntimeError(f"{answer.status_code} {path}")
    took = []
    for _ in range(ROUNDS):
        began = time.process_time()
        browser.get(path)
        took.append((time.process_time() - began) * 1000)
    return min(took), queries


def _people() -> tuple[Any, dict[str, str]]:
    """Make one trader who is looked at and others beside; return the trader and the pages."""
    from chaos import stage
    from connections.models import Connection
    from strategies.models import Bot

    for number in range(1 + OTHERS):
        owner = stage.make_trader(f"trader{number}@example.test")
        here = {"exchange": "kucoin", "venue": "practice", "market": "spot", "status": "untested"}
        connection = Connection.objects.create(owner=owner, name="KuCoin", **here)
        for place in range(BOTS):
            settings = {"pairs_json": list(PAIRS), "margin_limit": Decimal(2000), "risk_level": "high"}
            Bot.objects.create(connection=connection, name=f"bot {place}", **settings)
    owner = type(owner).objects.get(email="trader0@example.test")
    bot = Bot.objects.filter(connection__owner=owner).order_by("pk")[0]
    connection = bot.connection
    of_bot = {f"bot {name or 'itself'}": f"/bots/{bot.public_id}/{name and f'{name}/'}" for name in BOT_PAGES}
    return owner, {
        "overview": "/",
        "connections": "/connections/",
        "connection": f"/connections/{connection.public_id}/",
        "bots": "/bots/",
        "stops": "/stops/",
        "activity": "/account/activity/",
        "sessions": "/account/sessions/",
        **of_bot,
    }


BOT_PAGES = ("", "chart", "journal", "orders", "closed", "signals")


def _live(*, weeks: int, before: int) -> None:
    """Write what bots do in so many weeks, before the last `before` ones; as rows, in bulk."""
    from django.utils import timezone

    from accounts import audit
    from accounts.models import AuditEvent
    from connections.models import Connection
    from strategies.models import Bot, JournalLine, Signal

    now = timezone.now()
    end = now - timedelta(weeks=before)
    for connection in Connection.objects.select_related("owner"):
        owner, label = connection.owner, audit.label(connection.owner)
        told = {"actor": owner, "actor_label": label, "action": "connection.test", "target": label, "outcome": "user"}
        events = [AuditEvent(at=at, **told) for at in _moments(end, weeks, EVENTS)]
        for event in events:
            event.mac = audit.mark(event)
        _keep(events, before)
    for bot in Bot.objects.select_related("connection"):
        _trade(bot, end, weeks, before)
        moments = _moments(end, min(weeks, max(LINES_WEEKS - before, 0)), LINES)
        told = {"bot": bot, "action": "block", "numbers_json": {"price": "95", "average": "100"}}
        lines = [
            JournalLine(at=at, pair=PAIRS[number % 3], reason=REASONS[number % len(REASONS)], **told)
            for number, at in enumerate(moments)
        ]
        _keep(lines, before)
        done = {"state": "handled", "outcome": "signal.done", "pair": PAIRS[0], "wish": "long"}
        moments = _moments(end, min(weeks, max(SIGNALS_WEEKS - before, 0)), SIGNALS)
        _keep(
            [Signal(bot=bot, key=f"{at.timestamp()}", received_at=at, handled_at=at, **done) for at in moments], before
        )


def _moments(end: datetime, weeks: int, each: int) -> Iterator[datetime]:
    """Yield moments spread evenly over the weeks, the oldest first."""
    count = weeks * each
    for number in range(count):
        yield end - timedelta(weeks=weeks) * (1 - (number + 1) / (count + 1))


def _keep(rows: list[Any], before: int) -> None:
    """Write rows; those of an earlier time have lower ids, as if they had been written then."""
    if rows:
        for row in rows:
            row.pk = next(_IDS[bool(before)])
        type(rows[0]).objects.bulk_create(rows, batch_size=AT_ONCE)


def _trade(bot: Any, end: datetime, weeks: int, before: int) -> None:
    from strategies import inputs
    from strategies.models import Fill, Group
    from strategies.models.groups import ladder_json

    ladder = ladder_json(inputs.ladder_of(bot, Decimal(20)))
    home = {"bot": bot, "connection": bot.connection}
    money = {"quantity": Decimal(1), "cost": Decimal(60), "sold": Decimal(1), "proceeds": Decimal(61)}
    groups: list[Any] = [
        Group(
            **home, **money, pair=PAIRS[number % len(PAIRS)], side="long", mode="closed", ladder_json=ladder,
            opened_at=at, closed_at=at + timedelta(hours=1), close_reason="exit.take_profit", result=Decimal(1),
            first_fill_at=at, last_fill_at=at, add_ons_done=2,
        )
        for number, at in enumerate(_moments(end, weeks, GROUPS))
    ]  # fmt: skip
    for group in groups:
        group.fees, group.counted_on, group.counted_result = FEES, group.closed_at.date(), group.result
        group.counted_fees = FEES
    _keep(groups, before)
    _sum_up(groups)
    orders = [_order(home, group, number) for group in groups for number in range(1, ORDERS_EACH + 1)]
    _keep(orders, before)
    trade = {"price": Decimal(20), "quantity": Decimal(1), "cost": Decimal(20), "fee": Decimal("0.02")}
    _keep(
        [
            Fill(
                order=order, connection=bot.connection, pair=order.pair, trade_id=order.client_id, at=order.created_at,
                fee_asset="USDT", **trade,
            )
            for order in orders
        ],
        before,
    )  # fmt: skip


def _sum_up(groups: list[Any]) -> None:
    """Write what is kept of the groups, as their settlement would have, one after the other."""
    from strategies.models import KeptResult
    from strategies.models.kept import EVER

    days = Counter((group.bot, group.pair, day) for group in groups for day in (EVER, group.counted_on))
    for (bot, pair, day), count in days.items():
        home = {"bot": bot, "connection": bot.connection, "pair": pair, "day": day}
        row, _ = KeptResult.objects.get_or_create(**home)
        row.result, row.fees = row.result + count, row.fees + count * FEES
        row.closed, row.won = row.closed + count, row.won + count
        row.save()


def _order(home: dict[str, Any], group: Any, number: int) -> Any:
    from strategies.models import Order

    is_exit = number == ORDERS_EACH
    purpose = "exit" if is_exit else "entry" if number == 1 else "add_on"
    return Order(
        **home, group=group, number=number, purpose=purpose, step=0 if is_exit else number - 1, reason="entry.signal",
        pair=group.pair, side="sell" if is_exit else "buy", quantity=Decimal(1), price=Decimal(20), is_immediate=True,
        fence=1, state="filled", filled=Decimal(1), sends=1, created_at=group.opened_at, sent_at=group.opened_at,
        ended_at=group.opened_at, exchange_id=f"{group.pk}-{number}",
    )  # fmt: skip


if __name__ == "__main__":
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "backfuture.settings")
    django.setup()
    inside.tell(rows())
