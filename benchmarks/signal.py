"""From the first byte of an alert to the order accepted at the exchange, through web, broker and worker."""

import http.client
import itertools
import json
import statistics
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any

from accounts.by import PRODUCT
from benchmarks import inside

EXCHANGES = ("kucoin", "binance", "bybit")
CONNECTIONS, BOTS_EACH = 60, 5
PAIRS = ("BTC/USDT", "ETH/USDT", "SOL/USDT")
# (how many alerts, how many in a second, goal of the median, goal of the slowest hundredth)
RATES = ((60, 1, 25, 100), (500, 50, 25, 100))
WARM_UP = 20
SENDERS = 16
ROUND_TRIPS = 60


def measure() -> list[dict[str, Any]]:
    return inside.rows_of("benchmarks.signal")


@dataclass
class Sent:
    """One alert: when its first byte left, when it was answered, and the number of the signal it became."""

    at: float
    answered: float
    signal: int


def rows() -> list[dict[str, Any]]:
    """Run the product inside this process's world and send alerts to it."""
    from django.conf import settings

    from chaos.world import bases

    with bases(settings.VAR_DIR), _product(settings.VAR_DIR) as port:
        wishes = _wishes(_prepare())
        _send(port, itertools.islice(wishes, WARM_UP), 10)
        trip = _round_trip()
        return [_row(port, list(itertools.islice(wishes, count)), rate, goals, trip) for count, rate, *goals in RATES]


@contextmanager
def _product(var: Any) -> Iterator[int]:
    from chaos.processes import Process, free_port, listens

    port = free_port()
    web = [sys.executable, "-m", "gunicorn", "--bind", f"127.0.0.1:{port}", "backfuture.wsgi"]
    parts = [
        Process("web", web, var / "web.log", is_up=lambda: listens(port)),
        Process("worker", [sys.executable, "-m", "backfuture.worker"], var / "worker.log"),
        Process("beat", [sys.executable, "-m", "backfuture.beat"], var / "beat.log"),
    ]
    try:
        for part in parts:
            part.start()
        yield port
    except BaseException:
        sys.stderr.write((var / "worker.log").read_text()[-3000:] + (var / "web.log").read_text()[-2000:])
        raise
    finally:
        for part in parts:
            part.kill()


def _prepare() -> list[str]:
    """Make bots that wait for alerts, on proven connections whose books are compared; return their tokens."""
    from django.conf import settings

    from accounts.models import User
    from chaos import stage
    from chaos.control import Control
    from strategies.signals import inbox

    control = Control(settings.PRACTICE_URL)
    tokens = []
    for number in range(CONNECTIONS):
        slug = EXCHANGES[number % len(EXCHANGES)]
        owner = User.objects.create(email=f"trader{number}@example.test")
        account = control("POST", "accounts", slug=slug, balances={"spot": {"USDT": "1000000"}})["id"]
        keys = control("POST", "keys", slug=slug, account=account, grants=["read", "trade"], ips=["127.0.0.1"])
        connection = stage.connect(owner, slug, keys, account)
        for name in range(BOTS_EACH):
            bot = stage.add_bot(connection, f"bot {name}", PAIRS, entry_source="webhook", base_order=20, take_profit=50)
            tokens.append(inbox.make_address(bot, by=PRODUCT))
    _wait_for_books()
    return tokens


def _wait_for_books() -> None:
    from chaos.processes import wait_until
    from strategies.models import Funds, Instrument

    compared = Funds.objects.filter(reconciled_at__isnull=False)
    priced = Instrument.objects.filter(price__isnull=False, ruled_at__isnull=False)
    wait_until(lambda: compared.count() == CONNECTIONS, "books")
    wait_until(lambda: priced.count() == len(EXCHANGES) * len(PAIRS), "prices")


def _wishes(tokens: list[str]) -> Iterator[tuple[str, str]]:
    """Ask each bot for its first pair, then each for its second: a bot takes few orders in a minute."""
    return ((token, pair) for pair in PAIRS for token in tokens)


def _send(port: int, wishes: Any, rate: float) -> list[Sent]:
    """Send at the rate, over kept connections, whether or not the answers come in time."""
    kept = threading.local()
    began = time.perf_counter() + 0.05

    def one(number: int, token: str, pair: str) -> Sent:
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
        return Sent(at, time.time(), told["id"])

    with ThreadPoolExecutor(min(SENDERS, max(1, int(rate)))) as pool:
        jobs = [pool.submit(one, number, *wish) for number, wish in enumerate(wishes)]
        return [job.result() for job in jobs]


def _round_trip() -> float:
    """Return the median of a signed question that moves nothing, asked by our own client: milliseconds."""
    from connections import desks
    from connections.models import Connection

    times = []
    connections = list(Connection.objects.select_related("owner").order_by("pk")[: len(EXCHANGES)])
    for number in range(ROUND_TRIPS + 2 * len(connections)):
        connection = connections[number % len(connections)]
        credentials = _opened(connection)
        desk = desks.desk_at(connection.exchange, connection.venue)
        began = time.perf_counter()
        desks.ask(desk, partial(_balances, credentials))
        times.append((time.perf_counter() - began) * 1000)
    return statistics.median(times[2 * len(connections) :])


def _balances(credentials: Any, desk: Any) -> Any:
    return desk.balances(credentials)


def _opened(connection: Any) -> Any:
    from connections.secrets import opening

    return opening.open_key(connection, connection.revision, purpose="compare")


def _row(port: int, wishes: list[tuple[str, str]], rate: int, goals: list[int], trip: float) -> dict[str, Any]:
    busy = inside.load()
    sent = {one.signal: one for one in _send(port, wishes, rate)}
    orders = _orders(sent)
    accepted = _accepted(orders)
    took = sorted((accepted[order.client_id] - sent[signal].at) * 1000 - trip for signal, order in orders.items())
    return {
        "alerts/s": rate,
        "alerts": len(wishes),
        "accepted": len(took),
        "p50 ms": round(statistics.median(took), 1),
        "p99 ms": round(took[int(len(took) * 0.99)], 1),
        "goal p50": goals[0],
        "goal p99": goals[1],
        "exchange ms": round(trip, 1),
        "answer p50": _median(one.answered - one.at for one in sent.values()),
        "decided p50": _median(order.created_at.timestamp() - sent[signal].at for signal, order in orders.items()),
        "sent p50": _median(order.sent_at.timestamp() - sent[signal].at for signal, order in orders.items()),
        "load before": busy,
        "load after": inside.load(),
    }


def _median(seconds: Iterator[float]) -> float:
    return round(statistics.median(seconds) * 1000, 1)


def _orders(sent: dict[int, Sent]) -> dict[int, Any]:
    """Return the orders by signal, when all are answered or after a while."""
    from chaos.processes import wait_until
    from strategies.models import Order

    entries = Order.objects.filter(group__opened_by__in=list(sent), purpose="entry").select_related("group")
    try:
        wait_until(lambda: entries.filter(answered_at__isnull=False).count() == len(sent), "orders")
    except TimeoutError:
        sys.stderr.write(f"{_reasons(sent)}\n")
    return {order.group.opened_by_id or 0: order for order in entries.filter(answered_at__isnull=False)}


def _reasons(sent: dict[int, Sent]) -> list[tuple[str, str]]:
    from strategies.models import Signal

    return sorted(set(Signal.objects.filter(pk__in=list(sent)).values_list("state", "outcome")))


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
    import os

    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "backfuture.settings")
    django.setup()
    inside.tell(rows())
