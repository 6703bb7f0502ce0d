"""How many checks a second one core carries, beside bare ccxt making the same three signed calls."""

import asyncio
import os
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

from benchmarks.rig import Practice, practice
from connections.check.facts import Policy
from connections.check.observe import Subject, observe
from connections.check.verdict import Verdict, judge
from exchanges import registry
from exchanges.location import Location
from exchanges.spec import Ask, Asking, ExchangeSpec, Market
from exchanges.values import Credentials
from exchanges.wire.ccxt_object import ccxt_class, preload
from exchanges.wire.session import LOOP, new_http, ssl_context

CONNECTIONS = 1000
AT_ONCE = 100
GOAL = 300
SIGNED = (Ask.RIGHTS, Ask.BALANCES, Ask.ORDERS)
Job = Callable[[], Awaitable[bool]]


def measure() -> list[dict[str, Any]]:
    """Return a row for ours and one for ccxt alone; the goal is of checks for each second of a core."""
    preload()
    with practice() as server:
        specs = [spec for spec in registry.ALL if "good" in server.keys.get(spec.slug, {})]
        try:
            ours = _run(lambda http: [_check(spec, server) for spec in specs])
            bare = _run(lambda http: [_bare(spec, server, http) for spec in specs])
        finally:
            LOOP.close()
    ratio = round(ours["checks/s"] / bare["checks/s"], 3)
    return [{"who": "check", **ours, "over bare": ratio, "goal": GOAL}, {"who": "bare ccxt, 3 signed calls", **bare}]


def _run(make: Callable[[Any], list[Job]]) -> dict[str, Any]:
    return LOOP.submit(_sweep(make)).result()


async def _sweep(make: Callable[[Any], list[Job]]) -> dict[str, Any]:
    http = new_http(only_public=False)
    jobs, gate = make(http), asyncio.Semaphore(AT_ONCE)
    await asyncio.gather(*(job() for job in jobs))  # connections are open, markets of the server are made

    async def one(number: int) -> bool:
        async with gate:
            return await jobs[number % len(jobs)]()

    started, used = time.perf_counter(), sum(os.times()[:2])
    passed = await asyncio.gather(*(one(number) for number in range(CONNECTIONS)))
    seconds, cpu = time.perf_counter() - started, sum(os.times()[:2]) - used
    await http.close()
    return {
        "connections": CONNECTIONS,
        "passed": sum(passed),
        "seconds": round(seconds, 2),
        "checks/s": round(CONNECTIONS / seconds, 1),
        "cpu ms/check": round(cpu / CONNECTIONS * 1000, 2),
        "checks/core s": round(CONNECTIONS / cpu, 1),
    }


def _key(spec: ExchangeSpec, server: Practice) -> dict[str, str]:
    given = server.keys[spec.slug]["good"]
    return {name: given[name] for name in ("api_key", "secret", "passphrase") if given.get(name)}


def _location(spec: ExchangeSpec, server: Practice) -> Location:
    return Location(base=f"{server.url}/{spec.slug}", futures=f"{server.url}/{spec.slug}-futures")


def _subject(spec: ExchangeSpec, server: Practice) -> Subject:
    return Subject(spec=spec, market=Market.SPOT, location=_location(spec, server), policy=Policy())


def _check(spec: ExchangeSpec, server: Practice) -> Job:
    subject = _subject(spec, server)
    credentials = Credentials(**_key(spec, server))

    async def job() -> bool:
        facts = await observe(subject, credentials, today=datetime.now(tz=UTC).date())
        return judge(facts).verdict is Verdict.ONLINE

    return job


def _bare(spec: ExchangeSpec, server: Practice, http: Any) -> Job:
    key, location = _key(spec, server), _location(spec, server)
    questions = [q for asked in spec.rounds[Market.SPOT] for q in asked if q.ask in SIGNED]
    answers: dict[Ask, object] = {}
    secrets = {"apiKey": key["api_key"], "secret": key["secret"], "password": key.get("passphrase", "")}
    options = {"session": http, "ssl_context": ssl_context(), "enableRateLimit": False, "options": dict(spec.options)}

    async def job() -> bool:
        if not answers:  # in the warm-up: one exchange tells rights only to those who know the account's uid
            facts = await observe(_subject(spec, server), Credentials(**key), today=datetime.now(tz=UTC).date())
            answers.update({ask: answer.value for ask, answer in facts.answers.items()})
        asking = Asking(api_key=key["api_key"], answers=answers)
        exchange = ccxt_class(spec.ccxt_id)({**secrets, **options})
        exchange.urls["api"] = dict(spec.bases(location.base, location.futures))
        try:
            for question in questions:
                await getattr(exchange, question.method)(question.parameters(asking))
            return True
        except Exception:  # a peer that fails is counted, not explained
            return False
        finally:
            exchange.session = None

    return job
