"""From the first byte of an alert to the order accepted at the exchange, through web, broker and worker."""

import http.client
import itertools
import json
import os
import statistics
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks import inside

EXCHANGES = ("kucoin", "binance", "bybit")
CONNECTIONS, BOTS_EACH = 60, 8
PAIRS = ("BTC/USDT", "ETH/USDT", "SOL/USDT", "XRP/USDT", "ADA/USDT", "LINK/USDT")
# (how many alerts, how many in a second, goal of the median, goal of the slowest hundredth)
RATES = ((60, 1, 25, 100), (400, 50, 25, 100))
# The highest rate is looked for upwards, until more than one alert in a hundred takes longer than this.
TRIED, SECONDS_EACH, SLOWEST_MS = (25, 50, 75, 100, 125), 8, 100
WARM_UP = 20
# Goals of the processor time of one alert, and how long it is watched what the processes need without any.
WORKER_MS, ALL_MS, IDLE_SECONDS = 8, 12, 5.0
SENDERS = 16
ROUND_TRIPS = 60


def measure() -> list[dict[str, Any]]:
    return inside.rows_of("benchmarks.signal")


@dataclass
class SentAlert:
    """One alert: when its first byte left, when it was answered, its own id, and the number of its signal."""

    at: float
    answered: float
    key: str
    signal: int = 0


def rows() -> list[dict[str, Any]]:
    """Run the product inside this process's world and send alerts to it."""
    from django.conf import settings

    from chaos.world import bases

    with bases(settings.VAR_DIR), product(settings.VAR_DIR) as (port, parts):
        wishes = wishes_of(prepare())
        send(port, itertools.islice(wishes, WARM_UP), 10)
        trip = _round_trip()
        told = []
        for count, rate, *goals in RATES:
            sent = list(itertools.islice(wishes, count))
            told.append(_row(port, sent, rate, goals, trip, idle=_idle(parts), parts=parts))
        return [*told, _highest(port, wishes, trip)]


def _highest(port: int, wishes: Iterator[tuple[str, str]], trip: float) -> dict[str, Any]:
    """Return the highest of the rates tried at which the slowest hundredth is still quick enough."""
    from chaos.processes import wait_until
    from strategies.choices import LIVE_STATES
    from strategies.models import Order

    entries = Order.objects.filter(purpose="entry")
    found: dict[str, Any] = {"highest alerts/s": 0}
    for rate in TRIED:
        # What a rush leaves to be looked up is done in the ten seconds after it.
        wait_until(lambda: not entries.filter(state__in=LIVE_STATES).exists(), "looked up", 120)
        sent = {one.signal: one for one in send(port, itertools.islice(wishes, rate * SECONDS_EACH), rate)}
        took = times_of(sent, orders_of(sent), trip)
        if len(took) < len(sent) or _p99(took) > SLOWEST_MS:
            return {**found, "next p99 ms": _p99(took)}
        found = {"highest alerts/s": rate, "p50 ms": round(statistics.median(took), 1), "p99 ms": _p99(took)}
    return found


def busy(parts: dict[str, Any]) -> dict[str, float]:
    """Return the processor time that each part of the product has used so far, its children's too: seconds."""
    return {name: _used(part.running.pid) for name, part in parts.items()}


def _used(pid: int) -> float:
    stat = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return sum(map(int, stat[11:13])) / os.sysconf("SC_CLK_TCK") + sum(_used(int(child)) for child in children)


def _idle(parts: dict[str, Any]) -> dict[str, float]:
    """Return the share of a processor that each part needs while no alert comes: looks at prices, books compared."""
    before = busy(parts)
    time.sleep(IDLE_SECONDS)
    return {name: (used - before[name]) / IDLE_SECONDS for name, used in busy(parts).items()}


@contextmanager
def product(var: Any) -> Iterator[tuple[int, dict[str, Any]]]:
    from backfuture.local import plan
    from chaos.processes import Process, free_port, listens

    port = free_port()
    web = ["env", f"BIND=127.0.0.1:{port}", sys.executable, "-m", "front", "backfuture.wsgi"]
    parts = [
        Process("web", web, var / "web.log", is_up=lambda: listens(port)),
        *(Process(part.name, part.command, var / f"{part.name}.log") for part in (*plan.workers(var), plan.beat(var))),
    ]
    try:
        for part in parts:
            part.start()
        yield port, {part.name: part for part in parts}
    except BaseException:
        sys.stderr.write("".join(part.log.read_text()[-3000:] for part in parts))
        raise
    finally:
        for part in parts:
            part.kill()


def prepare() -> list[str]:
    """Make bots that wait for alerts, on proven connections whose books are compared; return their tokens."""
    from django.conf import settings

    from accounts.by import PRODUCT
    from chaos import stage
    from chaos.control import Control
    from strategies.signals import inbox

    control = Control(settings.PRACTICE_URL)
    tokens = []
    for number in range(CONNECTIONS):
        slug = EXCHANGES[number % len(EXCHANGES)]
        owner = stage.make_trader(f"trader{number}@example.test")
        account = control("POST", "accounts", slug=slug, balances={"spot": {"USDT": "1000000"}})["id"]
        keys = control("POST", "keys", slug=slug, account=account, grants=["read", "trade"], ips=["127.0.0.1"])
        connection = stage.connect(owner, slug, keys, account)
        for name in range(BOTS_EACH):
            bot = stage.add_bot(connection, f"bot {name}", PAIRS, entry_source="webhook", base_order=20, take_profit=50)
            tokens.append(inbox.make_address(bot, by=PRODUCT))
    wait_for_books(CONNECTIONS, len(EXCHANGES))
    _wait_for_pulses()
    return tokens


def _wait_for_pulses() -> None:
    """A worker that is still reading its modules needs more than it will: one that is ready writes that it lives."""
    from backfuture.local import plan
    from chaos.processes import wait_until
    from workers.models import Pulse

    kinds = len(plan.workers(Path()))
    wait_until(lambda: Pulse.objects.filter(name__startswith="worker ").count() == kinds, "all workers", 180)


def wait_for_books(connections: int, exchanges: int) -> None:
    from chaos.processes import wait_until
    from strategies.models import CandleSeries, Funds, Instrument

    compared = Funds.objects.filter(reconciled_at__isnull=False)
    priced = Instrument.objects.filter(price__isnull=False, ruled_at__isnull=False)
    wait_until(lambda: compared.count() == connections, "books", 180)
    wait_until(lambda: priced.count() == exchanges * len(PAIRS), "prices", 180)
    # The practice exchange reckons each candle when it is first asked for, in the time that orders would need.
    wait_until(lambda: not CandleSeries.objects.filter(read_at=None).exists(), "candles", 180)


def wishes_of(tokens: list[str]) -> Iterator[tuple[str, str]]:
    """Ask each bot for its first pair, then each for its second: a bot takes few orders in a minute."""
    return ((token, pair) for pair in PAIRS for token in tokens)


def send(port: int, wishes: Any, rate: float) -> list[SentAlert]:
    """Send at the rate, over kept connections, whether or not the answers come in time."""
    from strategies.models import Signal

    kept = threading.local()
    began = time.perf_counter() + 0.05

    def one(number: int, token: str, pair: str) -> SentAlert:
        if not hasattr(kept, "web"):
            kept.web = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
            kept.web.connect()
        body = json.dumps({"pair": pair, "direction": "long", "id": f"{token[:8]} {pair}"})
        time.sleep(max(0.0, began + number / rate - time.perf_counter()))
        at = time.time()
        kept.web.request("POST", f"/signals/{token}/", body, {"Content-Type": "application/json"})
        answer = kept.web.getresponse()
        told = json.load(answer)
        if answer.status != 202:
            raise RuntimeError(f"{answer.status} {told}")
        return SentAlert(at, time.time(), f"id:{token[:8]} {pair}")

    with ThreadPoolExecutor(min(SENDERS, max(1, int(rate)))) as pool:
        jobs = [pool.submit(one, number, *wish) for number, wish in enumerate(wishes)]
        alerts = [job.result() for job in jobs]
    numbers = dict(Signal.objects.filter(key__in=[alert.key for alert in alerts]).values_list("key", "pk"))
    for alert in alerts:
        alert.signal = numbers[alert.key]
    return alerts


def _round_trip() -> float:
    """Return the median of a signed question that moves nothing, asked by our own client: milliseconds."""
    from connections import desks
    from connections.models import Connection
    from connections.secrets import opening

    times = []
    connections = list(Connection.objects.select_related("owner").order_by("pk")[: len(EXCHANGES)])
    for number in range(ROUND_TRIPS + 2 * len(connections)):
        connection = connections[number % len(connections)]
        credentials = opening.open_key(connection, connection.revision, purpose="compare")
        began = time.perf_counter()
        desks.ask_with_key(connection, _balances, purpose="cancel", key=credentials)
        times.append((time.perf_counter() - began) * 1000)
    return statistics.median(times[2 * len(connections) :])


def _balances(desk: Any, credentials: Any) -> Any:
    return desk.balances(credentials)


def _row(
    port: int,
    wishes: list[tuple[str, str]],
    rate: int,
    goals: list[int],
    trip: float,
    *,
    idle: dict[str, float],
    parts: dict[str, Any],
) -> dict[str, Any]:
    used_before, load, began = busy(parts), inside.load(), time.monotonic()
    sent = {one.signal: one for one in send(port, wishes, rate)}
    orders = orders_of(sent)
    seconds = time.monotonic() - began
    spent = {name: used - used_before[name] - idle[name] * seconds for name, used in busy(parts).items()}
    cost = {name: round(used / len(wishes) * 1000, 1) for name, used in spent.items()}
    workers = [name for name in parts if name.startswith("worker")]
    worker_ms = round(sum(cost[name] for name in workers), 1)
    took = times_of(sent, orders, trip)
    return {
        "alerts/s": rate,
        "alerts": len(wishes),
        "accepted": len(took),
        "p50 ms": round(statistics.median(took), 1),
        "p99 ms": _p99(took),
        "goal p50": goals[0],
        "goal p99": goals[1],
        "worker cpu ms": worker_ms,
        "goal worker": WORKER_MS,
        "web cpu ms": cost["web"],
        "all cpu ms": round(worker_ms + cost["web"], 1),
        "goal all": ALL_MS,
        "idle worker %": round(sum(idle[name] for name in workers) * 100),
        "exchange ms": round(trip, 1),
        "answer p50": _median(one.answered - one.at for one in sent.values()),
        "decided p50": _median(order.created_at.timestamp() - sent[signal].at for signal, order in orders.items()),
        "sent p50": _median(order.sent_at.timestamp() - sent[signal].at for signal, order in orders.items()),
        "load before": load,
        "load after": inside.load(),
    }


def times_of(sent: dict[int, SentAlert], orders: dict[int, Any], trip: float) -> list[float]:
    """Return how long each order took to be accepted, without the way to the exchange, the quickest first."""
    accepted = _accepted(orders)
    return sorted((accepted[order.client_id] - sent[signal].at) * 1000 - trip for signal, order in orders.items())


def _p99(took: list[float]) -> float:
    return round(took[int(len(took) * 0.99)], 1)


def _median(seconds: Iterator[float]) -> float:
    return round(statistics.median(seconds) * 1000, 1)


def orders_of(sent: dict[int, SentAlert]) -> dict[int, Any]:
    """Return the orders by signal, when all are answered or after a while."""
    from chaos.processes import wait_until
    from strategies.models import Order, Signal

    entries = Order.objects.filter(group__opened_by__in=list(sent), purpose="entry").select_related("group")
    try:
        wait_until(lambda: entries.filter(answered_at__isnull=False).count() == len(sent), "orders")
    except TimeoutError:
        states = Signal.objects.filter(pk__in=list(sent)).values_list("state", "outcome")
        sys.stderr.write(f"{sorted(set(states))}\n")
    return {order.group.opened_by_id or 0: order for order in entries.filter(answered_at__isnull=False)}


def _accepted(orders: dict[int, Any]) -> dict[str, float]:
    """Return when the exchange accepted each order, by its own journal; its clock ticks in milliseconds: rounded up."""
    from django.conf import settings

    from chaos.control import Control

    control = Control(settings.PRACTICE_URL)
    ours = {order.client_id for order in orders.values()}
    noted = [row for row in control("GET", "journal")["orders"] if row["client_id"] in ours]
    if len(noted) != len(ours):
        raise RuntimeError(f"{len(noted)} accepted for {len(ours)} orders")
    return {row["client_id"]: row["time"] / 1000 + 0.001 for row in noted}


if __name__ == "__main__":
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "backfuture.settings")
    django.setup()
    inside.tell(rows())
