"""A signal of one trader while another exchange hangs under two hundred connections of one other trader."""

import http.client
import itertools
import json
import os
import statistics
import time
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from benchmarks import inside, signal

# What hangs, and how many connections one trader has there, each with a bot that hears alerts.
HANGING, CROWD = "okx", 200
# What answers, and the alerts that are timed there.
ANSWERING, BOTS, ALERTS, RATE = "kucoin", 60, 60, 5
GOAL_MS = 50
# How long after its first fault an exchange counts as one that has hung for long.
SETTLES_SECONDS = 30.0
QUOTAS = dict.fromkeys(("CONNECTIONS_PER_USER", "BOTS_PER_USER", "CHECKS_PER_USER", "SIGNALS_PER_USER"), "10000")


def measure() -> list[dict[str, Any]]:
    return inside.rows_of("benchmarks.bulkhead", **QUOTAS)


def rows() -> list[dict[str, Any]]:
    """Time the same alerts alone and beside a crowd's, while the crowd's exchange answers, begins to hang, and hangs.

    What a crowd costs by its mere work on the same processors is no harm that hanging does: each row is held against
    the one with the same work while all exchanges answer.
    """
    from django.conf import settings

    from chaos.control import Control
    from chaos.world import bases

    with bases(settings.VAR_DIR), signal.product(settings.VAR_DIR) as (port, _):
        control = Control(settings.PRACTICE_URL)
        crowd = _bots(control, HANGING, CROWD)
        tokens = _bots(control, ANSWERING, BOTS)
        signal.wait_for_books(CROWD + BOTS, 2)
        wishes = ((token, pair) for pair in signal.PAIRS for token in tokens)
        signal.send(port, itertools.islice(wishes, signal.WARM_UP), 10)

        def beside(what: str, pair: str) -> dict[str, Any]:
            with ThreadPoolExecutor(1) as pool:
                pressing = pool.submit(_press, port, crowd, pair)
                row = _row(what, "all at once", port, wishes)
                pressing.result()
            return row

        alone = _row("answers", "none", port, wishes)
        pressed = beside("answers", signal.PAIRS[0])
        time.sleep(SETTLES_SECONDS)
        control("POST", "faults", kind="hang", slug=HANGING)
        begins = beside("begins to hang", signal.PAIRS[1])
        time.sleep(SETTLES_SECONDS)
        hangs = beside("has hung for long", signal.PAIRS[2])
        time.sleep(SETTLES_SECONDS)
        hangs_alone = _row("has hung for long", "none", port, wishes)
    for row, base in ((begins, pressed), (hangs, pressed), (hangs_alone, alone)):
        row["later by p50"], row["later by p95"] = (round(row[name] - base[name], 1) for name in ("p50 ms", "p95 ms"))
    return [alone, hangs_alone, pressed, begins, hangs]


def _bots(control: Any, slug: str, count: int) -> list[str]:
    """Give one trader connections with a bot each that waits for alerts; return the bots' tokens."""
    from accounts.by import PRODUCT
    from chaos import stage
    from strategies.signals import inbox

    owner, tokens = stage.make_trader(f"{slug}@example.test"), []
    for number in range(count):
        account = control("POST", "accounts", slug=slug, balances={"spot": {"USDT": "1000000"}})["id"]
        keys = control("POST", "keys", slug=slug, account=account, grants=["read", "trade"], ips=["127.0.0.1"])
        connection = stage.connect(owner, slug, keys, account, name=f"{slug} {number}")
        bot = stage.add_bot(
            connection, connection.name, signal.PAIRS, entry_source="webhook", base_order=20, take_profit=50
        )
        tokens.append(inbox.make_address(bot, by=PRODUCT))
    return tokens


def _press(port: int, tokens: Iterable[str], pair: str) -> None:
    """Have all connections of the crowd checked at once, and alert all of its bots as quickly as it goes."""
    from accounts.by import PRODUCT
    from accounts.models import User
    from connections import flows
    from connections.models import Connection

    hanging = User.objects.get(email=f"{HANGING}@example.test")
    flows.start_checks(Connection.objects.owned_by(hanging), by=PRODUCT)
    web = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    for token in tokens:
        body = json.dumps({"pair": pair, "direction": "long", "id": f"{time.time()}"})
        web.request("POST", f"/signals/{token}/", body, {"Content-Type": "application/json"})
        web.getresponse().read()


def _row(what: str, crowd: str, port: int, wishes: Iterator[tuple[str, str]]) -> dict[str, Any]:
    from chaos import processes

    load = inside.load()
    sent = {one.signal: one for one in signal.send(port, itertools.islice(wishes, ALERTS), RATE)}
    orders = signal.orders_of(sent)
    took = signal.times_of(sent, orders, trip=0.0)
    late = len(sent) - len(took)
    # Nobody waited longer for these.
    took += [processes.PATIENCE_SECONDS * 1000] * late
    return {
        "crowd's exchange": what,
        "its alerts": crowd,
        "alerts": len(sent),
        "not accepted": late,
        "p50 ms": round(statistics.median(took), 1),
        "p95 ms": round(took[int(len(took) * 0.95)], 1),
        "slowest ms": round(took[-1], 1),
        "goal": GOAL_MS,
        "load before": load,
    }


if __name__ == "__main__":
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "backfuture.settings")
    django.setup()
    inside.tell(rows())
