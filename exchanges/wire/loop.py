"""One event loop in a thread of its own per process, so that checks share connections and threads may ask it."""

import asyncio
import threading
from collections.abc import Coroutine
from concurrent.futures import Future
from typing import Any, TypeVar

import aiohttp

from exchanges.wire.session import new_http

T = TypeVar("T")


class ExchangeLoop:
    """Run coroutines that talk to exchanges; started at first use, a daemon that ends with the process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._https: dict[tuple[bool, int | None], aiohttp.ClientSession] = {}

    def submit(self, coroutine: Coroutine[Any, Any, T]) -> Future[T]:
        return asyncio.run_coroutine_threadsafe(coroutine, self._started())

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

    def _started(self) -> asyncio.AbstractEventLoop:
        with self._lock:
            if self._loop is None:
                self._loop = asyncio.new_event_loop()
                threading.Thread(target=_run, args=(self._loop,), name="exchanges", daemon=True).start()
            return self._loop


def _run(loop: asyncio.AbstractEventLoop) -> None:
    asyncio.set_event_loop(loop)
    loop.run_forever()
    loop.close()


LOOP = ExchangeLoop()
