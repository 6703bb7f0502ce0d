"""How long one look at ten thousand bots takes, each with an open group, beside the bare engine deciding the same."""

import itertools
import multiprocessing
import os
import sys
import time
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from benchmarks import inside
from strategies.runner import snapshot, watch

MANY, FEW = 10_000, 1_000
CONNECTIONS = 400
GOAL_SECONDS = 5.0
EXCHANGE, VENUE = "kucoin", "practice"
# Those that the practice exchange lists, and as many others whose prices are known anyway.
LISTED = ("BTC", "ETH", "SOL", "XRP", "DOGE", "BNB", "ADA", "LTC", "LINK")
PAIRS = tuple(f"{coin}/USDT" for coin in (*LISTED, *(f"C{number:02}" for number in range(11))))
PRICE = Decimal(100)


def measure() -> list[dict[str, Any]]:
    return [row for bots in (FEW, MANY) for row in inside.rows_of("benchmarks.bots", BENCH_BOTS=str(bots))]


def rows(bots: int) -> list[dict[str, Any]]:
    """Measure inside this process's world: a first look, looks at which nothing changes, and a look by two."""
    from django.conf import settings

    from chaos.world import bases

    with bases(settings.VAR_DIR):
        feed = _prepare(bots)
        requests, watched = _requests(feed)
        bare = _bare(feed)
        looks = [
            ("first", 1, *watched, requests),
            ("nothing new", 1, *_timed(feed, 1), None),
            ("nothing new", 2, *_timed(feed, 2), None),
        ]
        return [_row(bots, *look, bare) for look in looks]


def _row(
    bots: int, name: str, processes: int, seconds: float, cpu: float, requests: int | None, bare: float
) -> dict[str, Any]:
    return {
        "bots": bots,
        "look": name,
        "processes": processes,
        "seconds": round(seconds, 2),
        "goal": GOAL_SECONDS if bots == MANY else None,
        "cpu s": round(cpu, 2),
        "cpu ms/bot": round(cpu / bots * 1000, 3),
        "over engine": round(cpu / bare, 1),
        "requests": requests,
        "load": inside.load(),
    }


def _prepare(bots: int) -> Any:
    """Write users, proven connections with compared books, bots and their groups in bulk."""
    from django.utils import timezone

    from accounts.models import User
    from connections.models import Connection, Status
    from strategies.engine.risk import LEVELS
    from strategies.models import Bot, Feed, Funds, Group
    from strategies.models.ladders import as_json

    now = timezone.now()
    owners = User.objects.bulk_create(User(email=f"trader{number}@example.test") for number in range(CONNECTIONS))
    proven = {"status": Status.ONLINE, "passed_at": now, "passed_revision": 1, "revision": 1}
    home = {"exchange": EXCHANGE, "venue": VENUE, "market": "spot", **proven}
    connections = Connection.objects.bulk_create(Connection(owner=one, name="main", **home) for one in owners)
    money = {"USDT": {"free": "100000", "total": "100000"}}
    known = {"balances_json": money, "read_at": now, "reconciled_at": now}
    Funds.objects.bulk_create(Funds(connection=one, **known) for one in connections)
    wants = {"margin_limit": 20000, "risk_level": "medium", "state": "enabled", "enabled_at": now}
    made = Bot.objects.bulk_create(
        Bot(connection=home, name=f"bot {number}", pairs_json=[PAIRS[number % len(PAIRS)]], **wants)
        for number, home in zip(range(bots), itertools.cycle(connections))
    )
    ladder = as_json(LEVELS["medium"].ladder(Decimal(100)))
    bought: dict[str, Any] = {
        "quantity": Decimal("1.0"),
        "cost": PRICE,
        "fee_quote": Decimal("0.1"),
        "first_price": PRICE,
    }
    bought |= {"last_fill_price": PRICE, "first_fill_at": now, "last_fill_at": now - timedelta(minutes=9)}
    Group.objects.bulk_create(
        Group(bot=bot, connection_id=bot.connection_id, pair=bot.pairs[0], side="long", ladder_json=ladder, **bought)
        for bot in made
    )
    feed = Feed.objects.create(exchange=EXCHANGE, venue=VENUE)
    _keep_prices()
    return feed


def _keep_prices() -> dict[str, Any]:
    """Give every pair a price of now that no add-on and no exit wants."""
    from django.utils import timezone

    from strategies.models import Instrument

    now = timezone.now()
    known: dict[str, Any] = {
        "price": PRICE,
        "bid": PRICE,
        "ask": PRICE,
        "priced_at": now,
        "ruled_at": now,
        "taker": Decimal("0.001"),
    }
    known |= {"min_cost": Decimal(1), "min_amount": Decimal("0.001"), "amount_step": Decimal("0.001")}
    known |= {"price_step": Decimal("0.01"), "is_tradable": True, "wanted_until": now + timedelta(hours=1)}
    rows = [Instrument(exchange=EXCHANGE, venue=VENUE, pair=pair, **known) for pair in PAIRS]
    unique = ["exchange", "venue", "pair"]
    Instrument.objects.bulk_create(rows, update_conflicts=True, unique_fields=unique, update_fields=list(known))
    return {one.pair: one for one in Instrument.objects.filter(exchange=EXCHANGE, venue=VENUE)}


def _requests(feed: Any) -> tuple[int, tuple[float, float]]:
    """Watch once as a worker does, with prices and candles; return what the exchange was asked, and the step's times.

    The prices of the exchange are set to the groups' own, so that they are what the step decides upon.
    """
    from django.conf import settings

    from chaos.control import Control

    control = Control(settings.PRACTICE_URL)
    for coin in LISTED:
        control("POST", "price", pair=f"{coin}/USDT", price=str(PRICE))
    took, real = [], watch.step_due

    def timed(feed: Any, instruments: Any) -> None:
        began, used = time.perf_counter(), time.process_time()
        _until_done(real, feed, instruments, began=datetime.now(tz=UTC))
        took.append((time.perf_counter() - began, time.process_time() - used))

    watch.step_due = timed
    control("DELETE", "requests")
    watch.watch(feed.pk)
    watch.step_due = real
    _require_all_looked_at()
    return int(control("GET", f"requests?slug={EXCHANGE}")["count"]), took[0]


def _timed(feed: Any, processes: int) -> tuple[float, float]:
    """Let so many processes look at every bot once more; return how long it took, and their processor time."""
    from django.db import connections
    from django.utils import timezone

    from strategies.models import Bot

    instruments, now = _keep_prices(), timezone.now()
    Bot.objects.update(step_at=now)
    connections.close_all()
    fork = multiprocessing.get_context("fork")
    gate = fork.Barrier(processes + 1)
    others = [fork.Process(target=_look, args=(gate, feed, instruments, now)) for _ in range(processes)]
    for other in others:
        other.start()
    gate.wait()
    began, used = time.perf_counter(), os.times()
    for other in others:
        other.join()
    took, now_used = time.perf_counter() - began, os.times()
    _require_all_looked_at()
    spent = now_used.children_user + now_used.children_system - used.children_user - used.children_system
    return took, spent


def _look(gate: Any, feed: Any, instruments: Any, began: datetime) -> None:

    gate.wait()
    _until_done(watch.step_due, feed, instruments, began=began)


def _until_done(step_due: Any, feed: Any, instruments: Any, *, began: datetime) -> None:
    """Step until nobody waits who was due at the beginning: a look that takes too long leaves the rest to the next."""
    from strategies.models import Bot

    while Bot.objects.filter(step_at__lte=began, claim="").exists():
        step_due(feed, instruments)


def _require_all_looked_at() -> None:
    from strategies.models import Bot, Group, Order

    if Bot.objects.filter(claim="", fence__gt=0, claimed_until=None).count() != Bot.objects.count():
        raise RuntimeError("not every bot was looked at")
    if Order.objects.exists() or Group.objects.filter(reason="").exists():
        raise RuntimeError(f"not what was to be measured: {set(Group.objects.values_list('reason', flat=True))}")


def _bare(feed: Any) -> float:
    """Return the processor time of the engine alone for the same decisions, all values in hand."""
    from django.utils import timezone

    from strategies import inputs
    from strategies.choices import StopLevel
    from strategies.engine.decide import decide
    from strategies.engine.state import Case
    from strategies.models import Bot
    from strategies.models.ladders import read
    from strategies.runner.snapshot import Beside

    now, instruments = timezone.now(), _keep_prices()
    bots = list(Bot.objects.select_related("connection__owner"))
    around = snapshot.load(bots, exchange=EXCHANGE, venue=VENUE, entering=[], now=now)
    given = []
    for bot in bots:
        (group,) = around.groups[bot.pk]
        one = instruments[group.pair]
        limits = snapshot.limits_of(
            bot,
            group.pair,
            one,
            Beside(stakes=(), count=1),
            around,
            stop=snapshot.stop_for(bot, group, StopLevel.NONE),
            now=now,
        )
        settings = inputs.settings_of(bot, read(group.ladder_json), one)
        market = inputs.market_of(one)
        held = inputs.held_of(group, None, inputs.fees_of(one))
        if market is None:
            raise RuntimeError("a pair has no price")
        given.append(Case(settings=settings, group=held, market=market, limits=limits, now=now))
    began = time.process_time()
    for case in given:
        decide(case)
    return time.process_time() - began


if __name__ == "__main__":
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "backfuture.settings")
    django.setup()
    inside.tell(rows(int(os.environ.get("BENCH_BOTS", str(MANY)))))
    sys.stdout.flush()
