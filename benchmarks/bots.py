"""How long one look takes: at a hundred thousand open groups with nothing to do, and at ten thousand that all have.

The latter beside the bare engine deciding the same.
"""

import itertools
import multiprocessing
import os
import sys
import time
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from benchmarks import inside

IDLE, BUSY = 100_000, 10_000
CONNECTIONS = 400
IDLE_GOAL, BUSY_GOAL = 1.0, 5.0
# Beyond break-even and before the take profit: every group's price leaves its band, and none wants an order.
LEFT = Decimal(101)
LOOKS, PARTS, WRITING = 5, 120, 120
# Rows in one statement: PostgreSQL ends a transaction that stands still for as long as a larger one takes to be worded.
AT_ONCE = 1_000
EXCHANGE, VENUE = "kucoin", "practice"
# Those that the practice exchange lists, and as many others whose prices are known anyway.
LISTED = ("BTC", "ETH", "SOL", "XRP", "DOGE", "BNB", "ADA", "LTC", "LINK")
PAIRS = tuple(f"{coin}/USDT" for coin in (*LISTED, *(f"C{number:02}" for number in range(31))))
PRICE = Decimal(100)


def measure() -> list[dict[str, Any]]:
    return [row for bots in (BUSY, IDLE) for row in inside.rows_of("benchmarks.bots", BENCH_BOTS=str(bots))]


def rows(bots: int) -> list[dict[str, Any]]:
    """Measure inside this process's world."""
    from django.conf import settings

    from chaos.world import bases

    with bases(settings.VAR_DIR):
        feed = _prepare(bots)
        return _idle(feed, bots) if bots >= IDLE else _busy(feed, bots)


def _busy(feed: Any, bots: int) -> list[dict[str, Any]]:
    """A first look, which decides about each group, and looks at which the price of each has left its band."""
    requests, watched = _requests(feed)
    bare = _bare(feed)
    looks = [
        ("first", 1, *watched, requests),
        ("all left their band", 1, *_timed(feed, 1, LEFT), None),
        ("all left their band", 2, *_timed(feed, 2, PRICE), None),
    ]
    return [
        {
            **_row(bots, name, processes, *times, goal=BUSY_GOAL),
            "over engine": round(times[1] / bare, 1),
            "requests": asked,
        }
        for name, processes, *times, asked in looks
    ]


def _idle(feed: Any, bots: int) -> list[dict[str, Any]]:
    """Look each second at groups of which none has anything to do: a part of them is looked at all the same."""
    from django.utils import timezone

    from strategies import claims
    from strategies.models import Bot, Group
    from strategies.runner import watch

    later = timezone.now() + timedelta(hours=1)
    first = Bot.objects.order_by("pk").first()
    assert first is not None
    Bot.objects.exclude(pk=first.pk).update(step_at=later)
    watch.step_due(feed, _keep_prices())
    band = Group.objects.values("wake_low", "wake_high", "wake_at", "reason").get(bot=first)
    Group.objects.update(**band)
    mean, ids = sum(claims.SETTLED, timedelta()) / 2, list(Bot.objects.values_list("pk", flat=True))
    began = timezone.now() + timedelta(seconds=WRITING)
    for part in range(PARTS):
        some = Bot.objects.filter(pk__in=ids[part * len(ids) // PARTS : (part + 1) * len(ids) // PARTS])
        some.update(step_at=began + mean * part / PARTS)
    time.sleep(max(0.0, (began - timezone.now()).total_seconds()))
    took = []
    for _ in range(LOOKS):
        instruments = _keep_prices()
        wall, cpu = time.perf_counter(), time.process_time()
        watch.step_due(feed, instruments)
        took.append((time.perf_counter() - wall, time.process_time() - cpu))
        time.sleep(max(0.0, 1 - took[-1][0]))
    wall, cpu = sorted(took)[LOOKS // 2]
    return [_row(bots, "nothing to do", 1, wall, cpu, goal=IDLE_GOAL)]


def _row(bots: int, name: str, processes: int, seconds: float, cpu: float, *, goal: float) -> dict[str, Any]:
    return {
        "groups": bots,
        "look": name,
        "processes": processes,
        "seconds": round(seconds, 2),
        "goal": goal,
        "cpu s": round(cpu, 2),
        "cpu ms/group": round(cpu / bots * 1000, 3),
        "load": inside.load(),
    }


def _prepare(bots: int) -> Any:
    """Write users, proven connections with compared books, bots and their groups in bulk."""
    from django.utils import timezone

    from accounts.models import User
    from connections.models import Connection, Status
    from strategies.engine.sizing import LEVELS
    from strategies.models import Bot, Feed, Funds, Group
    from strategies.models.groups import ladder_json

    now = timezone.now()
    owners = User.objects.bulk_create(User(email=f"trader{number}@example.test") for number in range(CONNECTIONS))
    home: dict[str, Any] = {"exchange": EXCHANGE, "venue": VENUE, "market": "spot", "status": Status.ONLINE}
    home |= {"passed_at": now, "passed_revision": 1, "revision": 1}
    connections = Connection.objects.bulk_create(Connection(owner=one, name="main", **home) for one in owners)
    money = {"USDT": {"free": "100000", "total": "100000"}}
    known = {"balances_json": money, "read_at": now, "reconciled_at": now}
    Funds.objects.bulk_create(Funds(connection=one, **known) for one in connections)
    wants = {"margin_limit": 20000, "risk_level": "medium", "state": "enabled", "enabled_at": now}
    made = [
        Bot(connection=home, name=f"bot {number}", pairs_json=[PAIRS[number % len(PAIRS)]], **wants)
        for number, home in zip(range(bots), itertools.cycle(connections))
    ]
    Bot.objects.bulk_create(made, batch_size=AT_ONCE)
    ladder, one = ladder_json(LEVELS["medium"].ladder(Decimal(100))), Decimal("1.0")
    bought: dict[str, Any] = {"quantity": one, "cost": PRICE, "held_quantity": one, "at_work": PRICE}
    bought |= {"fee_quote": Decimal("0.1"), "first_price": PRICE, "last_fill_price": PRICE}
    bought |= {"first_fill_at": now, "last_fill_at": now - timedelta(minutes=9)}
    groups = [
        Group(bot=bot, connection_id=bot.connection_id, pair=bot.pairs[0], side="long", ladder_json=ladder, **bought)
        for bot in made
    ]
    Group.objects.bulk_create(groups, batch_size=AT_ONCE)
    _keep_prices()
    return Feed.objects.create(exchange=EXCHANGE, venue=VENUE)


def _keep_prices(price: Decimal = PRICE) -> dict[str, Any]:
    """Give every pair a price of now; the usual one is such that no add-on and no exit wants it."""
    from django.utils import timezone

    from strategies.models import Instrument

    now = timezone.now()
    known: dict[str, Any] = {
        "price": price,
        "bid": price,
        "ask": price,
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
    from strategies.runner import watch

    control = Control(settings.PRACTICE_URL)
    for coin in LISTED:
        control("POST", "price", pair=f"{coin}/USDT", price=str(PRICE))
    took, real = [], watch.step_due

    def timed(feed: Any, instruments: Any) -> None:
        began, used = time.perf_counter(), time.process_time()
        _until_done(real, feed, instruments, PRICE, began=datetime.now(tz=UTC))
        took.append((time.perf_counter() - began, time.process_time() - used))

    watch.step_due = timed
    control("DELETE", "requests")
    watch.watch(feed.pk)
    watch.step_due = real
    _require_all_looked_at()
    return int(control("GET", f"requests?slug={EXCHANGE}")["count"]), took[0]


def _timed(feed: Any, processes: int, price: Decimal) -> tuple[float, float]:
    """Let so many processes look at a price that wakes every bot; return how long, and their processor time."""
    from django.db import connections
    from django.utils import timezone

    from strategies.models import Bot

    instruments, now = _keep_prices(price), timezone.now()
    Bot.objects.update(step_at=now + timedelta(hours=1), fence=0)
    connections.close_all()
    fork = multiprocessing.get_context("fork")
    gate = fork.Barrier(processes + 1)
    others = [fork.Process(target=_look, args=(gate, feed, instruments, price, now)) for _ in range(processes)]
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


def _look(gate: Any, feed: Any, instruments: Any, price: Decimal, began: datetime) -> None:
    from strategies.runner import watch

    gate.wait()
    _until_done(watch.step_due, feed, instruments, price, began=began)


def _until_done(step_due: Any, feed: Any, instruments: Any, price: Decimal, *, began: datetime) -> None:
    """Step until nobody waits who was due at the beginning: a look that takes too long leaves the rest to the next.

    Which has new prices: upon those of ten seconds ago nothing is decided that lasts.
    """
    from strategies.models import Bot

    step_due(feed, instruments)
    while Bot.objects.filter(step_at__lte=began, claim="").exists():
        step_due(feed, _keep_prices(price))


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
    from strategies.engine.decide import decide
    from strategies.engine.state import Case
    from strategies.models import Bot
    from strategies.runner import snapshot
    from strategies.runner.snapshot import Beside

    now, instruments = timezone.now(), _keep_prices()
    bots = list(Bot.objects.select_related("connection__owner"))
    around = snapshot.load(bots, instruments, exchange=EXCHANGE, venue=VENUE, now=now, signals={})
    given = []
    for bot in bots:
        (group,) = around.groups[bot.pk]
        one = instruments[group.pair]
        limits = around.limits_of(bot, group.pair, Beside(stakes=(), count=1), group)
        settings = inputs.settings_of(bot, group.ladder, one)
        market = inputs.market_of(one)
        held = inputs.held_of(group, None, one)
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
    inside.tell(rows(int(os.environ.get("BENCH_BOTS", str(BUSY)))))
    sys.stdout.flush()
