"""How many times the alerts of one worker for orders two of them carry: a backlog, with one and with two at it.

The alerts are taken while no worker for orders runs, so that nothing of the web's work is in the time. What else works
shares the machine's cores with them: the practice exchange, the database, the workers for prices. The processor time of
an alert says what two workers cost each other; the times of clocks say what this machine has left for them.
"""

import itertools
import os
import signal
import time
from pathlib import Path
from typing import Any

from benchmarks import inside
from benchmarks.signal import WARM_UP, busy, orders_of, prepare, product, send, wishes_of

ALERTS, RATE = 480, 60


def measure() -> list[dict[str, Any]]:
    return inside.rows_of("benchmarks.workers")


def rows() -> list[dict[str, Any]]:
    """Run the product inside this process's world; return a row for each number of workers."""
    from django.conf import settings

    from backfuture.local import plan
    from chaos.processes import Process, wait_until
    from chaos.world import bases
    from strategies.choices import LIVE_STATES
    from strategies.models import Order
    from workers.models import Pulse

    with bases(settings.VAR_DIR), product(settings.VAR_DIR) as (port, parts):
        wishes, kinds = wishes_of(prepare()), len(plan.workers(Path()))
        entries = Order.objects.filter(purpose="entry", state__in=LIVE_STATES)
        send(port, itertools.islice(wishes, WARM_UP), 10)
        one = next(part for name, part in parts.items() if "orders" in " ".join(part.command))
        other = Process("another worker for orders", one.command, settings.VAR_DIR / "other.log")
        at_it, told = [one], list[dict[str, Any]]()
        try:
            for many in (1, 2):
                if many == 2:
                    other.start()
                    at_it.append(other)
                    wait_until(lambda: Pulse.objects.filter(name__startswith="worker ").count() > kinds, "another", 60)
                    send(port, itertools.islice(wishes, WARM_UP), 10)
                wait_until(lambda: not entries.exists(), "looked up", 120)
                told.append(_row(port, list(itertools.islice(wishes, ALERTS)), at_it))
        finally:
            other.kill()
    for row in told:
        row["x"] = round(row["alerts/s"] / told[0]["alerts/s"], 2)
        row["x by cpu"] = round(row["workers"] * told[0]["worker cpu ms"] / row["worker cpu ms"], 2)
    return told


def _row(port: int, wishes: list[tuple[str, str]], at_it: list[Any]) -> dict[str, Any]:
    """Let alerts wait, then let the workers go on."""
    for worker in at_it:
        worker.running.send_signal(signal.SIGSTOP)
    sent = {one.signal: one for one in send(port, wishes, RATE)}
    parts, load = {str(number): worker for number, worker in enumerate(at_it)}, inside.load()
    before, idle, began = busy(parts), _idle_seconds(), time.time()
    for worker in at_it:
        worker.running.send_signal(signal.SIGCONT)
    orders = orders_of(sent)
    used = sum(busy(parts).values()) - sum(before.values())
    rested, watched = _idle_seconds() - idle, time.time() - began
    took = max(order.sent_at.timestamp() for order in orders.values()) - began
    return {
        "workers": len(at_it),
        "alerts": len(sent),
        "sent": len(orders),
        "seconds": round(took, 2),
        "alerts/s": round(len(orders) / took, 1),
        "worker cpu ms": round(used / len(orders) * 1000, 1),
        "cores": os.cpu_count(),
        "cores busy": round((os.cpu_count() or 1) - rested / watched, 1),
        "load": load,
    }


def _idle_seconds() -> float:
    """Return for how long the machine's cores had nothing to do so far, all added up."""
    told = Path("/proc/stat").read_text().split()
    return (int(told[4]) + int(told[5])) / os.sysconf("SC_CLK_TCK")


if __name__ == "__main__":
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "backfuture.settings")
    django.setup()
    inside.tell(rows())
