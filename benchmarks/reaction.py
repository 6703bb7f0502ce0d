"""How long after a jump of the price the order that answers it is filled: add-ons after a fall, exits after a rise.

The whole product runs: two workers, the clock, database, broker and a practice exchange without latency.
"""

import statistics
import time
from typing import Any

from benchmarks import inside

EXCHANGES = ("kucoin", "gate")
PAIR, START = "BTC/USDT", 60000
# A fall into the first rung's zone, then a rise through the take profit; both again and again.
FALLEN, RISEN = 0.94, 1.06
JUMPS, GOAL_SECONDS = 16, 1.0
PATIENCE_SECONDS = 20.0


def measure() -> list[dict[str, Any]]:
    return inside.rows_of("benchmarks.reaction")


def rows() -> list[dict[str, Any]]:
    """Measure inside this process's world."""
    from django.conf import settings

    from chaos import running
    from chaos.control import Control

    with running.world(settings.VAR_DIR):
        control = Control(settings.PRACTICE_URL)
        accounts = _prepare(control)
        took: dict[str, list[float]] = {"fall": [], "rise": []}
        for number in range(JUMPS):
            kind, factor = ("rise", RISEN) if number % 2 else ("fall", FALLEN)
            took[kind] += _answered(control, accounts, kind, factor, number)
    return [_row(kind, times) for kind, times in took.items()] + [_row("all", [*took["fall"], *took["rise"]])]


def _prepare(control: Any) -> list[str]:
    """Make a bot on each exchange that opens whenever it can, and wait until each has opened."""
    from chaos import stage
    from chaos.processes import wait_until

    owner = stage.make_trader("bench@example.test")
    control("POST", "price", pair=PAIR, price=str(START), liquidity="1000")
    accounts = []
    for slug in EXCHANGES:
        account = control("POST", "accounts", slug=slug, balances={"spot": {"USDT": "1000000"}})["id"]
        keys = control("POST", "keys", slug=slug, account=account, grants=["read", "trade"], ips=["127.0.0.1"])
        stage.add_bot(stage.connect(owner, slug, keys, account), slug, (PAIR,), take_profit=2)
        accounts.append(account)
    wait_until(lambda: all(_last(control, account, "buy") for account in accounts), "first entries")
    return accounts


def _answered(control: Any, accounts: list[str], kind: str, factor: float, number: int) -> list[float]:
    """Move the price at a moment that no clock of ours knows; return after how many seconds each fill came."""
    time.sleep(3 + number * 0.37 % 1)
    side = "buy" if kind == "fall" else "sell"
    began = time.time()
    control("POST", "price", pair=PAIR, price=f"{START * factor:.2f}", liquidity="1000")
    waiting, times, until = set(accounts), [], time.monotonic() + PATIENCE_SECONDS
    while waiting and time.monotonic() < until:
        for account in list(waiting):
            if (last := _last(control, account, side)) > began:
                waiting.remove(account)
                times.append(last - began)
        time.sleep(0.02)
    if waiting:
        raise TimeoutError(f"no {side} after the {kind} {number}: {waiting}")
    if kind == "rise":
        control("POST", "price", pair=PAIR, price=str(START), liquidity="1000")
        time.sleep(5)
    return times


def _last(control: Any, account: str, side: str) -> float:
    """Return when the account's last order of this side was filled, by the exchange's clock; 0 before the first."""
    orders = control("GET", f"truth?account={account}")["orders"]
    return max((fill["time"] for row in orders if row["side"] == side for fill in row["fills"]), default=0) / 1000


def _row(kind: str, times: list[float]) -> dict[str, Any]:
    return {
        "jump": kind,
        "fills": len(times),
        "median s": round(statistics.median(times), 2),
        "slowest s": round(max(times), 2),
        "goal": GOAL_SECONDS,
        "load": inside.load(),
    }


if __name__ == "__main__":
    import os

    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "backfuture.settings")
    django.setup()
    inside.tell(rows())
