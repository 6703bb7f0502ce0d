"""How long a check takes over its floor of sequential round trips, beside ccxt's own balance and open orders."""

import asyncio
import statistics
import time
from datetime import UTC, datetime
from typing import Any

from benchmarks.rig import LATENCY_MS, Practice, practice
from connections.check.facts import Policy
from connections.check.observe import Subject, observe
from connections.check.verdict import judge
from exchanges import registry
from exchanges.location import Location
from exchanges.spec import ExchangeSpec, Market
from exchanges.values import Credentials
from exchanges.wire.ccxt_object import ccxt_class, preload
from exchanges.wire.session import LOOP

RUNS = 15
GOAL = 1.10


def measure() -> list[dict[str, Any]]:
    """Return a row per exchange that has a good try-out key."""
    preload()
    with practice() as server:
        try:
            return [_row(spec, server) for spec in registry.ALL if "good" in server.keys.get(spec.slug, {})]
        finally:
            LOOP.close()


def _row(spec: ExchangeSpec, server: Practice) -> dict[str, Any]:
    location = Location(base=f"{server.url}/{spec.slug}", futures=f"{server.url}/{spec.slug}-futures")
    given = server.keys[spec.slug]["good"]
    key = {name: given[name] for name in ("api_key", "secret", "passphrase") if given.get(name)}
    runs = [_check(spec, location, key) for _ in range(RUNS + 1)][1:]
    rounds = len(spec.rounds[Market.SPOT])
    floor = rounds * LATENCY_MS
    ours = statistics.median(elapsed for elapsed, _, _ in runs)
    # ccxt's load_markets asks more of a key than our guide does.
    theirs = _ccxt(spec, location, server.keys[spec.slug].get("ccxt") or key)
    return {
        "exchange": spec.slug,
        "verdict": runs[-1][2],
        "requests": runs[-1][1],
        "round trips": rounds,
        "floor ms": floor,
        "check ms": round(ours, 1),
        "over floor": round(ours / floor, 3),
        "goal": GOAL,
        "ccxt ms": theirs,
        "ccxt over ours": round(theirs / ours, 1) if theirs else None,
    }


def _check(spec: ExchangeSpec, location: Location, key: dict[str, str]) -> tuple[float, int, str]:
    subject = Subject(spec=spec, market=Market.SPOT, location=location, policy=Policy())
    started = time.perf_counter()
    facts = LOOP.submit(observe(subject, Credentials(**key), today=datetime.now(tz=UTC).date())).result()
    return (time.perf_counter() - started) * 1000, facts.requests, judge(facts).verdict.value


def _ccxt(spec: ExchangeSpec, location: Location, key: dict[str, str]) -> float | None:
    """Time a plain ccxt instance, its limiter off: what a check by unified calls would cost."""
    times = [asyncio.run(_unified(spec, location, key)) for _ in range(3)]
    return None if None in times else round(statistics.median(t for t in times if t), 1)


async def _unified(spec: ExchangeSpec, location: Location, key: dict[str, str]) -> float | None:
    secrets = {"apiKey": key["api_key"], "secret": key["secret"], "password": key.get("passphrase", "")}
    exchange = ccxt_class(spec.ccxt_id)({**secrets, "enableRateLimit": False})
    exchange.urls["api"] = dict(spec.bases(location.base, location.futures))
    started = time.perf_counter()
    try:
        await exchange.fetch_balance()
        await exchange.fetch_open_orders("BTC/USDT")
        return (time.perf_counter() - started) * 1000
    except Exception:  # a peer that fails has no time to compare
        return None
    finally:
        await exchange.close()


if __name__ == "__main__":
    import json

    print(json.dumps(measure(), indent=1))
