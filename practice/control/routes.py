"""/_control/: what tests and demos may do to the practice world, in JSON."""

import hmac
import json
from collections.abc import Awaitable, Callable
from ipaddress import ip_address
from typing import Any

from aiohttp import web

from practice.control import keys, market, truth
from practice.http.faults import UnknownFaultError, make_fault
from practice.http.running import Practice

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
PREFIX = "/_control/"
HELP = {
    "accounts": "GET; POST {slug, balances, sub_name, state, traits}; PATCH accounts/{id} {…, by_hand}",
    "keys": "GET ?slug=; POST {slug, account, grants|rights, ips, expires, state, faults, latency}; PATCH, DELETE keys/{slug}/{api_key}",  # noqa: E501
    "own": "POST {slug, owner}: the try-out keys once more, for one owner alone",
    "faults": "GET; POST {kind, slug, api_key, host, path, method, count, every, chance…}; DELETE ?id&slug&kind…",
    "pending": "GET: requests cut off by accept_later and not carried out yet; DELETE: they never will be",
    "latency": "POST {ms, slug}; DELETE. Per key: PATCH keys/{slug}/{api_key} {latency}",
    "price": "GET ?pair=; POST {pair, price|points|factor|liquidity, levels, parts, is_smooth}; DELETE ?pair=",
    "story": "GET; POST {pair, name, minutes, at}; DELETE ?pair=",
    "journal": "GET ?slug=&account=; DELETE",
    "truth": "GET ?slug=&account=: orders with their fills, balances",
    "requests": "GET ?slug=&path=&method=&key=; DELETE",
}


def guard(practice: Practice) -> Any:
    @web.middleware
    async def check(request: web.Request, handler: Handler) -> web.StreamResponse:
        if not request.path.startswith(PREFIX):
            return await handler(request)
        if not may_control(practice, request):
            return web.json_response({"error": "only from this machine, or with X-Control-Token"}, status=403)
        try:
            return await handler(request)
        except (UnknownFaultError, KeyError, ValueError, TypeError, ArithmeticError) as error:
            return web.json_response({"error": f"{type(error).__name__}: {error}"}, status=400)

    return check


def may_control(practice: Practice, request: web.Request) -> bool:
    """Refuse other machines without the token, and pages in a browser here (they send an Origin)."""
    sent = request.headers.get("X-Control-Token", "")
    if practice.control_token and hmac.compare_digest(sent.encode(), practice.control_token.encode()):
        return True
    return ip_address(request.remote or "0.0.0.0").is_loopback and "Origin" not in request.headers  # noqa: S104


def add_routes(app: web.Application, practice: Practice) -> None:
    table = {
        ("GET", ""): index,
        ("GET", "faults"): list_faults,
        ("POST", "faults"): set_fault,
        ("DELETE", "faults"): clear_faults,
        ("POST", "latency"): set_latency,
        ("DELETE", "latency"): clear_latency,
        ("GET", "pending"): list_pending,
        ("DELETE", "pending"): clear_pending,
        ("GET", "requests"): read_requests,
        ("DELETE", "requests"): clear_requests,
        **keys.TABLE,
        **market.TABLE,
        **truth.TABLE,
    }
    for (method, path), act in table.items():
        app.router.add_route(method, PREFIX + path, _served(practice, act))


def _served(practice: Practice, act: Callable[[Practice, dict[str, Any]], Any]) -> Handler:
    """Call `act` with path, query and body as one dict; answer what it returns as JSON."""

    async def handler(request: web.Request) -> web.Response:
        body = await request.json() if request.can_read_body else {}
        return web.json_response(act(practice, {**body, **request.query, **request.match_info}), dumps=_dumps)

    return handler


def _dumps(data: Any) -> str:
    return json.dumps(data, default=str)


def index(practice: Practice, data: dict[str, Any]) -> Any:
    return HELP


def list_faults(practice: Practice, data: dict[str, Any]) -> Any:
    return {"faults": [fault.report() for fault in practice.faults.set_now]}


def set_fault(practice: Practice, data: dict[str, Any]) -> Any:
    return practice.faults.add(make_fault(data)).report()


def clear_faults(practice: Practice, data: dict[str, Any]) -> Any:
    wanted = {name: int(value) if name == "id" else value for name, value in data.items()}
    return {"removed": practice.faults.clear(**wanted)}


def set_latency(practice: Practice, data: dict[str, Any]) -> Any:
    practice.latency[data.get("slug") or ""] = int(data["ms"])
    return {"latency": practice.latency}


def clear_latency(practice: Practice, data: dict[str, Any]) -> Any:
    practice.latency.clear()
    return {"latency": {}}


def list_pending(practice: Practice, data: dict[str, Any]) -> Any:
    return practice.pending.report()


def clear_pending(practice: Practice, data: dict[str, Any]) -> Any:
    practice.pending.clear()
    return practice.pending.report()


def read_requests(practice: Practice, data: dict[str, Any]) -> Any:
    rows = practice.traffic.find(**data)
    return {"count": len(rows), "requests": rows}


def clear_requests(practice: Practice, data: dict[str, Any]) -> Any:
    practice.traffic.reset()
    return {"count": 0, "requests": []}
