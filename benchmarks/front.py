"""What slow clients do to others: /healthz and pages beside 200 of them, and ten sign-ins at once."""

import http.client
import os
import re
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from benchmarks import inside, slow

CLIENTS = 200
SECONDS = float(os.environ.get("BENCH_SECONDS", "60"))
PATIENCE = 10.0
GOAL_MS, GOAL_MB = 500, 384
SIGN_INS = 10
PAGES = 200
# A server to be measured in ours's place: its command line, in which {port} stands for the port.
OTHER = os.environ.get("BENCH_SERVER", "")


def measure() -> list[dict[str, Any]]:
    return inside.rows_of("benchmarks.front")


def rows() -> list[dict[str, Any]]:
    """Start the web alone, as it is without its broker, and ask it beside each kind of slow client."""
    from django.conf import settings
    from django.core.management import call_command

    from accounts.by import PRODUCT  # noqa: F401 - the apps are there

    call_command("migrate", verbosity=0)
    with _web(settings.VAR_DIR) as (port, process):
        _pages(port, 20)
        quiet = _pages(port, PAGES)
        told = [{"beside": "nobody", **_asked(port, 5.0), "page p50 ms": quiet[0], "page p95 ms": quiet[1]}]
        told += [_beside(kind, port) for kind in slow.KINDS]
        told.append({"beside": f"{SIGN_INS} sign-ins at once", **_sign_ins(port, process.pid), "goal MB": GOAL_MB})
    return told


@contextmanager
def _web(var: Path) -> Iterator[tuple[int, subprocess.Popen[bytes]]]:
    from chaos.processes import Process, free_port, listens

    port = free_port()
    ours = ["env", f"BIND=127.0.0.1:{port}", sys.executable, "-m", "front", "backfuture.wsgi"]
    command = OTHER.format(port=port).split() if OTHER else ours
    web = Process("web", command, var / "web.log", is_up=lambda: listens(port))
    web.start()
    assert web.running is not None
    try:
        yield port, web.running
    except BaseException:
        sys.stderr.write((var / "web.log").read_text()[-3000:])
        raise
    finally:
        web.running.terminate()
        web.running.wait()


def _beside(kind: str, port: int) -> dict[str, Any]:
    command = [sys.executable, "-m", "benchmarks.slow", kind, str(port), str(CLIENTS), str(SECONDS)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as attackers:
        time.sleep(1.5)
        row = {"beside": f"{CLIENTS} {kind}", **_asked(port, SECONDS - 2), "goal ms": GOAL_MS}
        attackers.wait()
    return row


def _asked(port: int, seconds: float) -> dict[str, Any]:
    """Ask /healthz every 50 ms on a connection of its own each time."""
    took, failed, until = [], 0, time.monotonic() + seconds
    while time.monotonic() < until:
        started = time.perf_counter()
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
        try:
            connection.request("GET", "/healthz")
            failed += connection.getresponse().status != 200
        except (OSError, http.client.HTTPException):
            failed += 1
        connection.close()
        took.append((time.perf_counter() - started) * 1000)
        time.sleep(0.05)
    return {"asked": len(took), "failed": failed, **_spread(took)}


def _spread(took: list[float]) -> dict[str, float]:
    ordered = sorted(took)
    return {
        "p50 ms": round(statistics.median(ordered), 1),
        "p95 ms": round(ordered[int(len(ordered) * 0.95)], 1),
        "max ms": round(ordered[-1], 1),
    }


def _pages(port: int, count: int) -> tuple[float, float]:
    """Return the median and the slowest twentieth of the sign-in page on one connection that is kept."""
    # The first page of all loads every view.
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=6 * PATIENCE)
    took = []
    for _ in range(count):
        started = time.perf_counter()
        connection.request("GET", "/account/login/")
        answer = connection.getresponse()
        answer.read()
        assert answer.status == 200, answer.status
        took.append((time.perf_counter() - started) * 1000)
    connection.close()
    spread = _spread(took)
    return spread["p50 ms"], spread["p95 ms"]


def _sign_ins(port: int, pid: int) -> dict[str, Any]:
    """Sign in ten times at once, each with an address that is unknown: it is hashed like any other."""
    before = _memory(pid)
    gate = threading.Barrier(SIGN_INS)

    def one(number: int) -> int:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        connection.request("GET", "/account/login/")
        page = connection.getresponse()
        cookie = (page.getheader("Set-Cookie") or "").split(";")[0]
        token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page.read().decode())
        assert token
        gate.wait()
        body = f"csrfmiddlewaretoken={token[1]}&login=nobody{number}%40example.test&password=wrong-password-{number}"
        head = {"Cookie": cookie, "Content-Type": "application/x-www-form-urlencoded"}
        connection.request("POST", "/account/login/", body, head)
        return connection.getresponse().status

    started = time.perf_counter()
    with ThreadPoolExecutor(SIGN_INS) as pool:
        statuses = list(pool.map(one, range(SIGN_INS)))
    seconds = round(time.perf_counter() - started, 2)
    told = {str(status): statuses.count(status) for status in sorted(set(statuses))}
    return {"MB before": before, "MB at most": _memory(pid), "seconds": seconds, "statuses": str(told)}


def _memory(pid: int) -> int:
    """Return the most memory that the process and its children have held so far: MB."""
    peak = re.search(r"VmHWM:\s+(\d+)", Path(f"/proc/{pid}/status").read_text())
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    assert peak
    return int(peak[1]) // 1024 + sum(_memory(int(child)) for child in children)


if __name__ == "__main__":
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "backfuture.settings")
    django.setup()
    inside.tell(rows())
