"""A guarded HTTP session for ccxt: allowed hosts only, no redirects, bodies capped, every answer kept and counted.

It runs in one event loop, in a thread of its own per process, so that checks share connections and threads may ask it.
"""

import asyncio
import ipaddress
import re
import socket
import ssl
import threading
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping
from concurrent.futures import Future
from contextlib import asynccontextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import cache, partialmethod
from typing import Any, ClassVar, TypeVar

import aiohttp
import certifi
import yarl
from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.connector import Connection

from exchanges.errors import RawAnswer
from exchanges.location import Origin

T = TypeVar("T")
# The largest honest answer to a question with a key is a balance list of some hundred kilobytes.
BODY_LIMIT = 2 * 1024 * 1024
# Of one text in an answer, and of what stands from one comma to the next in the mean.
LONGEST_TEXT, LEAST_PART = 64 * 1024, 6
CONNECT_SECONDS = 5.0
UNSENDABLE = re.compile("[\x00\r\n\ud800-\udfff]")


class HostRefusedError(aiohttp.ClientConnectionError):
    """A request was about to leave for a host that is not the exchange's."""


class UnsendableError(aiohttp.ClientError):
    """A header holds what no header can: the key was never more than a slip of the clipboard."""


class TooLateError(aiohttp.ClientError):
    """The moment until which a request was worth sending has passed."""


@dataclass
class Wire:
    """What one call saw of the network; `sent` is False while the key cannot even be put into a request.

    `is_kept_back`: a request got no turn (exchanges/wire/pace.py). `is_unsendable`: a header held what none can.
    `has_left`: bytes of a request may have left this machine. `not_after` is the moment of time.monotonic() from which
    on none may; `most` is how large an answer may be.
    """

    sent: bool = False
    requests: int = 0
    is_kept_back: bool = False
    is_unsendable: bool = False
    has_left: bool = False
    answers: list[RawAnswer] = field(default_factory=list)
    not_after: float | None = None
    most: int = BODY_LIMIT


# Each question runs in a task of its own, so each has its own wire though they share a client.
WIRE: ContextVar[Wire | None] = ContextVar("wire", default=None)
Tap = Callable[[str, str, RawAnswer], None]
# Is told of each answer with the request's method and path, where somebody looks at what an exchange sends.
TAP: ContextVar[Tap | None] = ContextVar("tap", default=None)


@cache
def ssl_context() -> ssl.SSLContext:
    """Return the one context of this process: making one costs 29 ms."""
    context = ssl.create_default_context(cafile=certifi.where())
    # Debian's Python leaves this to the machine's OpenSSL.
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


class PublicResolver(AbstractResolver):
    """Resolve names, but never to an address inside our own network (a poisoned name must not reach it)."""

    def __init__(self) -> None:
        self._inner = aiohttp.ThreadedResolver()

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        found = await self._inner.resolve(host, port, family)
        if public := [one for one in found if ipaddress.ip_address(one["host"].split("%")[0]).is_global]:
            return public
        raise OSError("no public address")

    async def close(self) -> None:
        await self._inner.close()


FAMILIES = {None: socket.AF_UNSPEC, 4: socket.AF_INET, 6: socket.AF_INET6}


def new_http(*, only_public: bool, ip_version: int | None = None) -> aiohttp.ClientSession:
    """Open the session that all clients of an event loop share; cookies of one account must not meet another's."""
    resolver = PublicResolver() if only_public else aiohttp.ThreadedResolver()
    connector = PunctualConnector(
        ssl=ssl_context(), limit=0, limit_per_host=100, resolver=resolver, family=FAMILIES[ip_version]
    )
    return aiohttp.ClientSession(connector=connector, cookie_jar=aiohttp.DummyCookieJar(), trust_env=False)


class PunctualConnector(aiohttp.TCPConnector):
    """Looks at the clock once more when the connection is there: the process may have stood still meanwhile."""

    async def connect(self, *args: Any, **options: Any) -> Connection:
        connection = await super().connect(*args, **options)
        wire = WIRE.get()
        if wire is not None and wire.not_after is not None and time.monotonic() >= wire.not_after:
            connection.release()
            raise TooLateError
        return connection


@dataclass(frozen=True)
class CappedResponse:
    """What ccxt reads of an answer."""

    status: int
    reason: str
    headers: Mapping[str, str]
    body: str

    async def text(self, errors: str = "replace") -> str:
        return self.body


@dataclass(frozen=True)
class GuardedSession:
    """Stand where ccxt expects an aiohttp session; one per client, over the shared one."""

    http: aiohttp.ClientSession
    origins: frozenset[Origin]
    # ccxt adds a session's own headers to those of each request; ours has none.
    headers: ClassVar[Mapping[str, str]] = {}

    @asynccontextmanager
    async def _request(self, method: str, url: yarl.URL | str, **options: Any) -> AsyncIterator[CappedResponse]:
        wire, url = WIRE.get() or Wire(), yarl.URL(url)
        if any(UNSENDABLE.search(str(value)) for value in (options.get("headers") or {}).values()):
            wire.is_unsendable = True
            raise UnsendableError
        wire.sent = True
        # No address of ours carries a user or a password.
        has_user = url.user is not None or url.password is not None
        if has_user or (url.scheme, url.host, url.port) not in self.origins:
            raise HostRefusedError
        options |= {"allow_redirects": False, "proxy": None}
        if wire.not_after is not None:
            options["timeout"] = _connected_by(wire.not_after, options.get("timeout") or aiohttp.ClientTimeout())
        wire.requests += 1
        had_left, wire.has_left = wire.has_left, True
        try:
            sent = await self.http.request(method, url, **options)
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError, TooLateError):
            # There was never a connection to send it by in time.
            wire.has_left = had_left
            raise
        async with sent as response:
            body = await _read_capped(response, wire.most)
            asked = f"{method} {url.path}"
            answer = RawAnswer(status=response.status, text=body, headers=response.headers, asked=asked)
            wire.answers.append(answer)
            if tap := TAP.get():
                tap(method, url.path, answer)
            yield CappedResponse(response.status, response.reason or "", response.headers, body)

    get = partialmethod(_request, "GET")
    post = partialmethod(_request, "POST")
    put = partialmethod(_request, "PUT")
    delete = partialmethod(_request, "DELETE")
    patch = partialmethod(_request, "PATCH")


def _connected_by(moment: float, given: aiohttp.ClientTimeout) -> aiohttp.ClientTimeout:
    """Let a connection be had until the moment and no longer; what is written then leaves at once."""
    if (left := moment - time.monotonic()) <= 0:
        raise TooLateError
    # aiohttp rounds what is longer than five seconds up to a whole one.
    left = min(left, CONNECT_SECONDS)
    return aiohttp.ClientTimeout(total=given.total, connect=left, sock_connect=left, sock_read=given.sock_read)


async def _read_capped(response: aiohttp.ClientResponse, most: int) -> str:
    """Read so many bytes at most as they unpack: a small gzip answer may hold gigabytes."""
    chunks, size = [], 0
    async for chunk in response.content.iter_chunked(64 * 1024):
        size += len(chunk)
        if size > most:
            response.close()
            raise aiohttp.ClientPayloadError("too large")
        chunks.append(chunk)
    text = b"".join(chunks).decode("utf-8", errors="replace").replace("\x00", "")
    if size > LONGEST_TEXT and is_bloated(text):
        raise aiohttp.ClientPayloadError("bloated")
    return text


def is_bloated(text: str) -> bool:
    """Say whether one text in it is as long as no honest one, or there is hardly anything between its commas.

    ccxt would go through each character, or each part, as through a row: half a minute in which this loop serves no
    other exchange.
    """
    # Without what is escaped, each second part stands between quotes; numbers stand outside, however many in a row.
    quoted = text.replace("\\\\", "").replace('\\"', "").split('"')[1::2]
    return max(map(len, quoted), default=0) > LONGEST_TEXT or text.count(",") * LEAST_PART > len(text)


class ExchangeLoop:
    """Run coroutines that talk to exchanges; started at first use, a daemon that ends with the process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._https: dict[tuple[bool, int | None], aiohttp.ClientSession] = {}

    def submit(self, coroutine: Coroutine[Any, Any, T]) -> Future[T]:
        with self._lock:
            if self._loop is None:
                self._loop = asyncio.new_event_loop()
                threading.Thread(target=_run, args=(self._loop,), name="exchanges", daemon=True).start()
            return asyncio.run_coroutine_threadsafe(coroutine, self._loop)

    def http(self, *, is_live: bool, ip_version: int | None = None) -> aiohttp.ClientSession:
        """Return the shared session; call it inside the loop only. Live names may resolve to public addresses only."""
        kind = is_live, ip_version
        if kind not in self._https:
            self._https[kind] = new_http(only_public=is_live, ip_version=ip_version)
        return self._https[kind]

    def close(self) -> None:
        """Close the sessions and stop the loop; the next submit starts a new one."""
        with self._lock:
            loop, self._loop = self._loop, None
        if loop is not None:
            asyncio.run_coroutine_threadsafe(self._close_sessions(), loop).result(timeout=5)
            loop.call_soon_threadsafe(loop.stop)

    async def _close_sessions(self) -> None:
        while self._https:
            await self._https.popitem()[1].close()


def _run(loop: asyncio.AbstractEventLoop) -> None:
    asyncio.set_event_loop(loop)
    loop.run_forever()
    loop.close()


LOOP = ExchangeLoop()
