"""The HTTP server: every exchange by host, port and path (directory.py), the page of keys, and /_control/."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web

from practice import page
from practice.control import routes
from practice.dialect import Dialect
from practice.http import breakage
from practice.http.directory import Address
from practice.http.faults import SILENT, Fault
from practice.http.running import Practice
from practice.http.wire import Answer, Call
from practice.refusals import Reason, RefusedError
from practice.trading.matching import Desk

MOST_BYTES = 256 * 1024


Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
PRACTICE = web.AppKey("practice", Practice)


def make_app(practice: Practice) -> web.Application:
    practice.start()
    app = web.Application(client_max_size=MOST_BYTES, middlewares=[hosts(practice), routes.guard(practice)])
    app[PRACTICE] = practice
    app.on_cleanup.append(stop)
    app.router.add_get("/healthz", healthz)
    page.add_routes(app, practice)
    routes.add_routes(app, practice)
    app.router.add_route("*", "/{label}/{rest:.*}", by_path)
    return app


def hosts(practice: Practice) -> Any:
    """Let an exchange that is asked by its name or on its port answer everything: none of our own pages is there."""

    @web.middleware
    async def find(request: web.Request, handler: Handler) -> web.StreamResponse:
        address = practice.directory.by_host(request.host, _port(request))
        return await exchange(request, address) if address else await handler(request)

    return find


def _port(request: web.Request) -> int:
    name = request.transport.get_extra_info("sockname") if request.transport else None
    return int(name[1]) if name else 0


async def stop(app: web.Application) -> None:
    app[PRACTICE].pending.clear()


async def healthz(request: web.Request) -> web.Response:
    return web.Response(text="ok")


async def by_path(request: web.Request) -> web.StreamResponse:
    address = request.app[PRACTICE].directory.by_path(request.host, request.match_info["label"])
    if address is None:
        raise web.HTTPNotFound
    return await exchange(request, address)


async def exchange(request: web.Request, address: Address) -> web.StreamResponse:
    practice = request.app[PRACTICE]
    dialect = practice.dialects[address.side.slug]
    call = await _read(practice, request, dialect, address)
    api_key = dialect.api_key(call)
    row = practice.traffic.note(dialect.slug, call, api_key)
    await asyncio.sleep(practice.latency_of(dialect.slug, api_key) / 1000)
    faults = practice.faults.pick(dialect.slug, api_key, call.host, call.method, call.path, call.query)
    response = await _answer(practice, request, dialect, call, faults)
    row |= {"status": response.status, "fault": ",".join(f.kind for f in faults) or None}
    return response


async def _read(practice: Practice, request: web.Request, dialect: Dialect, address: Address) -> Call:
    raw_path, _, query = request.raw_path.partition("?")
    return Call(
        desk=Desk(practice.world, dialect.slug, dialect.terms),
        method=request.method,
        path=raw_path[len(address.prefix) :],
        query=query,
        headers=request.headers,
        body=await request.read(),
        ip=request.remote or "",
        now=practice.world.clock(),
        host=address.side.name,
        netloc=address.netloc,
        prefix=address.prefix,
        is_real=address.is_real,
    )


async def _answer(
    practice: Practice, request: web.Request, dialect: Dialect, call: Call, faults: list[Fault]
) -> web.StreamResponse:
    for fault in sorted(faults, key=lambda f: f.kind not in SILENT):
        if fault.kind == "clock":
            call = call.at(call.now + fault.ms)
        elif fault.kind == "delay":
            await asyncio.sleep(fault.ms / 1000)
        elif fault.kind == "hide_orders":
            call = call.lagging(fault.ms)
        elif fault.kind == "blind_orders":
            call = call.blind(fault.ms)
        else:
            return await _break(practice, request, dialect, call, fault)
    return breakage.respond(dialect.answer(call))


async def _break(
    practice: Practice, request: web.Request, dialect: Dialect, call: Call, fault: Fault
) -> web.StreamResponse:
    if fault.kind == "429":
        limited = dialect.refuse(call, RefusedError(Reason.RATE_LIMITED))
        headers = {**limited.headers, "Retry-After": str(fault.seconds)}
        return breakage.respond(Answer(limited.body, 429, headers))
    if fault.kind == "other_exchange_200":
        return breakage.respond(Answer.json(_next(practice, dialect).sample))
    if fault.kind == "accept_later":
        told = {"due": practice.world.clock() + fault.ms, "slug": dialect.slug, "method": call.method}
        practice.pending.later(fault.ms, {**told, "path": call.path}, lambda: dialect.answer(call))
        return breakage.hang_up(request)
    return await breakage.effect_of(fault)(request, fault, lambda: dialect.answer(call))


def _next(practice: Practice, dialect: Dialect) -> Dialect:
    slugs = list(practice.dialects)
    return practice.dialects[slugs[(slugs.index(dialect.slug) + 1) % len(slugs)]]
