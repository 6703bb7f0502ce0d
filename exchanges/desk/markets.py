"""The markets of one exchange: loaded without a key, once an hour, by one task that all who wait share."""

import asyncio
import time
from collections.abc import Mapping
from typing import Any

from exchanges.errors import Cause, ExchangeError, Trouble
from exchanges.wire.ask import ask, within
from exchanges.wire.ccxt_object import Lender, markets_of
from exchanges.wire.session import Wire

FRESH_SECONDS = 3_600
RETRY_SECONDS = 60
STALE_SECONDS = 86_400
LOAD_SECONDS = 15
# Binance lists some 3,500 pairs in 10 MB and more.
LARGEST = 32 * 1024 * 1024


class Markets:
    def __init__(self, lender: Lender) -> None:
        self._lender = lender
        self._loading: asyncio.Task[None] | None = None
        self._due_at = self._stale_at = float("-inf")

    async def fresh(self) -> Mapping[str, object]:
        """Return them by pair, an hour old; when they cannot be had, up to a day old, else raise ExchangeError."""
        if time.monotonic() >= self._due_at:
            try:
                await self._load()
            except ExchangeError:
                if time.monotonic() >= self._stale_at:
                    raise
                self._due_at = time.monotonic() + RETRY_SECONDS
        return self._lender.markets

    async def known(self) -> Mapping[str, object]:
        """Return them however old: an order must not wait for what hardly changes."""
        return self._lender.markets or await self.fresh()

    async def _load(self) -> None:
        """Join the task that loads; it goes on when one who waits for it gives up."""
        task, loop = self._loading, asyncio.get_running_loop()
        if task is None or task.done() or task.get_loop() is not loop:
            task = self._loading = loop.create_task(self._load_once())
            # Its failure is told to those who wait; when nobody does any more, it is nobody's.
            task.add_done_callback(lambda done: done.cancelled() or done.exception())
        await asyncio.shield(task)

    async def _load_once(self) -> None:
        async with within(LOAD_SECONDS):
            reply = await ask(self._lender, self._fetch, wire=Wire(most=LARGEST))
        if trouble := reply.trouble():
            raise ExchangeError(trouble)
        if not isinstance(reply.value, Mapping) or not reply.value["markets"]:
            raise ExchangeError(Trouble(cause=Cause.UNREADABLE))
        self._lender.learn(reply.value)
        self._due_at = time.monotonic() + FRESH_SECONDS
        self._stale_at = time.monotonic() + STALE_SECONDS

    async def _fetch(self, ccxt: Any) -> object:
        ways = self._lender.spec.trading
        ccxt.set_markets(await getattr(ccxt, ways.markets)(dict(ways.market_params)))
        return markets_of(ccxt)
