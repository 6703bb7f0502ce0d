"""How a fault looks on the wire."""

import asyncio
import base64
import json
import socket
import struct
import zlib
from collections.abc import Awaitable, Callable
from dataclasses import replace
from functools import cache
from typing import Any

from aiohttp import web

from practice.http.faults import Fault
from practice.http.wire import Answer

Run = Callable[[], Answer]
Effect = Callable[[web.Request, Fault, Run], Awaitable[web.StreamResponse]]
HTML = {"Content-Type": "text/html; charset=utf-8"}
BOMB_MEGABYTES = 300
DRIP_SECONDS = 0.5


def html(title: str, status: int) -> Answer:
    page = f"<html><head><title>{title}</title></head><body><center><h1>{title}</h1></center></body></html>"
    return Answer(page.encode(), status, HTML)


def as_given(fault: Fault) -> Answer:
    """Replay a recorded answer: text as it is, anything else as JSON."""
    if fault.body_base64 is not None:
        return Answer(base64.b64decode(fault.body_base64), fault.status, fault.headers)
    if isinstance(fault.body, str):
        return Answer(fault.body.encode(), fault.status, {**HTML, **fault.headers})
    return Answer.json(fault.body, fault.status, fault.headers)


STATIC: dict[str, Answer] = {
    "500": html("500 Internal Server Error", 500),
    "502": html("502 Bad Gateway", 502),
    "503": html("503 Service Temporarily Unavailable", 503),
    "504": html("504 Gateway Time-out", 504),
    "html_200": html("Welcome", 200),
    "null_200": Answer.json(None),
    "empty_200": Answer.json({}),
    "list_200": Answer.json([]),
    "401_html": html("401 Authorization Required", 401),
    "403_html": html("Access Denied", 403),
    "451_html": html("451 Unavailable For Legal Reasons", 451),
}


def respond(answer: Answer) -> web.Response:
    return web.Response(body=answer.body, status=answer.status, headers=dict(answer.headers))


def hang_up(request: web.Request) -> web.Response:
    """Cut the connection with a TCP reset, so that the caller cannot mistake it for an end."""
    if request.transport is not None:
        raw = request.transport.get_extra_info("socket")
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        request.transport.abort()
    return web.Response()


async def _begin(request: web.Request, answer: Answer) -> web.StreamResponse:
    response = web.StreamResponse(status=answer.status, headers=dict(answer.headers))
    response.content_length = len(answer.body)
    await response.prepare(request)
    return response


async def refuse(request: web.Request, fault: Fault, run: Run) -> web.StreamResponse:
    return hang_up(request)


async def cut_body(request: web.Request, fault: Fault, run: Run) -> web.StreamResponse:
    answer = run()
    response = await _begin(request, answer)
    await response.write(answer.body[: len(answer.body) // 2])
    return hang_up(request)


async def late_accept(request: web.Request, fault: Fault, run: Run) -> web.StreamResponse:
    run()
    return hang_up(request)


async def hang(request: web.Request, fault: Fault, run: Run) -> web.StreamResponse:
    while request.transport is not None and not request.transport.is_closing():
        await asyncio.sleep(0.1)
    return web.Response()


async def slow_drip(request: web.Request, fault: Fault, run: Run) -> web.StreamResponse:
    answer = run()
    response = await _begin(request, answer)
    for byte in answer.body:
        if request.transport is None or request.transport.is_closing():
            return response
        await response.write(bytes([byte]))
        await asyncio.sleep(DRIP_SECONDS)
    return response


@cache
def bomb() -> bytes:
    """Return 300 MB of JSON in 0.3 MB of gzip: one flushed block, repeated."""
    block = b" " * 2**20
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    packed = packer.compress(block) + packer.flush(zlib.Z_FULL_FLUSH)
    check = zlib.crc32(b"{}")
    for _ in range(BOMB_MEGABYTES):
        check = zlib.crc32(block, check)
    first = zlib.compressobj(9, zlib.DEFLATED, -15)
    head = b"\x1f\x8b\x08\0\0\0\0\0\x02\xff" + first.compress(b"{}") + first.flush(zlib.Z_FULL_FLUSH)
    return head + packed * BOMB_MEGABYTES + b"\x03\x00" + struct.pack("<II", check, BOMB_MEGABYTES * 2**20 + 2)


async def gzip_bomb(request: web.Request, fault: Fault, run: Run) -> web.StreamResponse:
    headers = {"Content-Type": "application/json", "Content-Encoding": "gzip"}
    return respond(Answer(await asyncio.to_thread(bomb), 200, headers))


async def redirect(request: web.Request, fault: Fault, run: Run) -> web.StreamResponse:
    return web.Response(status=307, headers={"Location": fault.location})


async def truncated_json(request: web.Request, fault: Fault, run: Run) -> web.StreamResponse:
    answer = run()
    return respond(Answer(answer.body[: len(answer.body) // 2], answer.status, answer.headers))


async def wrong_content_type(request: web.Request, fault: Fault, run: Run) -> web.StreamResponse:
    answer = run()
    return respond(Answer(answer.body, answer.status, HTML))


async def given(request: web.Request, fault: Fault, run: Run) -> web.StreamResponse:
    return respond(as_given(fault))


async def edit(request: web.Request, fault: Fault, run: Run) -> web.StreamResponse:
    """Let the true answer hold rows as the real exchange may send them; an answer without that list stays as it is."""
    answer, change = run(), dict(fault.body or {})
    try:
        whole = json.loads(answer.body)
        rows = found_at(whole, change.get("at", ""))
    except (LookupError, TypeError, ValueError):
        return respond(answer)
    where = change.get("where", {}).items()
    for row in [row for row in rows if where <= row.items()]:
        row.update(change.get("set", {}))
        for name in change.get("drop", []):
            row.pop(name, None)
        if change.get("remove"):
            rows.remove(row)
    rows.extend(change.get("add", []))
    return respond(replace(answer, body=json.dumps(whole).encode()))


def found_at(whole: Any, path: str) -> list[Any]:
    """Return the list at a dotted path, "" for the whole; raises LookupError or TypeError where there is none."""
    for name in path.split(".") if path else ():
        whole = whole[int(name)] if name.isdecimal() else whole[name]
    if not isinstance(whole, list):
        raise TypeError
    return whole


async def static(request: web.Request, fault: Fault, run: Run) -> web.StreamResponse:
    return respond(STATIC[fault.kind])


EFFECTS: dict[str, Effect] = {
    "refuse": refuse,
    "reset": cut_body,
    "cut_body": cut_body,
    "late_accept": late_accept,
    "hang": hang,
    "slow_drip": slow_drip,
    "gzip_bomb": gzip_bomb,
    "redirect": redirect,
    "truncated_json": truncated_json,
    "wrong_content_type": wrong_content_type,
    "answer": given,
    "edit": edit,
}


def effect_of(fault: Fault) -> Effect:
    return EFFECTS.get(fault.kind, static)
