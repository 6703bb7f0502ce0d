"""The overview of a trader with fifty connections, a hundred bots and a year of days: how long, how many questions."""

import logging
import os
from datetime import datetime, timedelta
from decimal import Decimal
from operator import attrgetter
from typing import Any

from benchmarks import inside, pages

CONNECTIONS, BOTS_EACH, DAYS, LINES_EACH = 50, 2, 365, 400
REASON = "average.worse"
PAIRS = ("BTC/USDT", "ETH/USDT", "SOL/USDT")
GOAL_MS, GOAL_QUERIES = 100, 12


def measure() -> list[dict[str, Any]]:
    return inside.rows_of("benchmarks.overview")


def rows() -> list[dict[str, Any]]:
    """Measure in one process, without a server between."""
    from django.conf import settings
    from django.test import Client

    from chaos.world import bases

    logging.disable(logging.INFO)
    with bases(settings.VAR_DIR):
        browser = Client(SERVER_NAME="127.0.0.1")
        browser.force_login(_trader())
        milliseconds, queries = pages.time_of(browser, "/")
    told = {"connections": CONNECTIONS, "bots": CONNECTIONS * BOTS_EACH, "days": DAYS}
    return [
        {**told, "cpu ms": round(milliseconds, 1), "goal": GOAL_MS, "queries": queries, "goal queries": GOAL_QUERIES}
    ]


def _trader() -> Any:
    """Make a trader with bots that hold something, whose results and equity are kept for a year."""
    from django.utils import timezone

    from chaos import stage
    from connections.models import Connection
    from strategies.models import EquityPoint, Funds, Instrument, JournalLine

    now = timezone.now()
    owner = stage.make_trader("trader@example.test")
    for pair in PAIRS:
        quote = {"price": Decimal(20), "bid": Decimal(20), "ask": Decimal(20), "priced_at": now}
        rules = {"price_step": Decimal("0.01"), "taker": Decimal("0.001"), "ruled_at": now}
        Instrument.objects.create(exchange="kucoin", venue="practice", pair=pair, **quote, **rules)
    points, lines = list[Any](), list[Any]()
    for number in range(CONNECTIONS):
        home = {"exchange": "kucoin", "venue": "practice", "market": "spot", "status": "untested"}
        connection = Connection.objects.create(owner=owner, name=f"KuCoin {number}", **home)
        balances = {"USDT": {"total": "1000", "free": "800"}}
        Funds.objects.create(connection=connection, balances_json=balances, read_at=now, reconciled_at=now)
        for place in range(BOTS_EACH):
            lines += _bot(connection, number, place, now)
        points += [
            EquityPoint(
                connection=connection, currency="USDT", money=Decimal(1000 + day), grain="day",
                begins_at=at, noted_at=at, read_at=at,
            )
            for day in range(DAYS)
            for at in [now.replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=day)]
        ]  # fmt: skip
    EquityPoint.objects.bulk_create(points, batch_size=pages.AT_ONCE)
    # Numbers grow with the time, as they do where lines are written one after the other.
    JournalLine.objects.bulk_create(sorted(lines, key=attrgetter("at")), batch_size=pages.AT_ONCE)
    return owner


def _bot(connection: Any, number: int, place: int, now: datetime) -> list[Any]:
    """Make a bot with an open group and a year of results; return the lines of its journal, not written yet."""
    from strategies import inputs
    from strategies.models import Bot, Group, JournalLine, KeptResult
    from strategies.models.groups import ladder_json
    from strategies.models.kept import EVER

    wishes = {"pairs_json": list(PAIRS), "margin_limit": Decimal(2000), "state": "enabled", "enabled_at": now}
    bot = Bot.objects.create(connection=connection, name=f"bot {number} {place}", **wishes)
    own = {"bot": bot, "connection": connection, "pair": PAIRS[place]}
    held = {"quantity": Decimal(1), "held_quantity": Decimal(1), "cost": Decimal(21), "at_work": Decimal(21)}
    since = {"opened_at": now, "first_fill_at": now, "first_price": Decimal(21)}
    ladder = ladder_json(inputs.ladder_of(bot, Decimal(20)))
    Group.objects.create(**own, **held, **since, side="long", ladder_json=ladder)
    days = [EVER, *(now.date() - timedelta(days=day) for day in range(DAYS))]
    brought = {"result": Decimal(1), "fees": Decimal("0.1"), "closed": 2, "won": 1}
    KeptResult.objects.bulk_create([KeptResult(**own, **brought, day=day) for day in days])
    hours = (now - timedelta(hours=hour) for hour in range(LINES_EACH))
    return [JournalLine(bot=bot, at=at, pair=PAIRS[0], action="block", reason=REASON) for at in hours]


if __name__ == "__main__":
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "backfuture.settings")
    django.setup()
    inside.tell(rows())
