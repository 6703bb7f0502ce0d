"""A guarded session for the length of one act, what it saw, and what of a key is left in memory."""

import asyncio
import gc
from collections.abc import Awaitable, Callable
from typing import Any

import yarl

from exchanges.location import origin_of
from exchanges.wire.ccxt_object import Exact
from exchanges.wire.session import WIRE, GuardedSession, Wire, new_http


def guarded(
    act: Callable[[GuardedSession], Awaitable[Any]], *hosts: str, only_public: bool = False
) -> tuple[Any, Wire]:
    """Let `act` use a guarded session that may reach the given hosts; return what it did, and what it saw."""

    async def main() -> tuple[Any, Wire]:
        wire = Wire()
        WIRE.set(wire)
        async with new_http(only_public=only_public) as http:
            session = GuardedSession(http, frozenset(origin_of(yarl.URL(host)) for host in hosts))
            return await act(session), wire

    return asyncio.run(main())


def get(url: str, **options: Any) -> Callable[[GuardedSession], Awaitable[str]]:
    async def act(session: GuardedSession) -> str:
        async with session.get(url, **options) as response:
            return await response.text()  # type: ignore[no-any-return]

    return act


def keyed_objects() -> list[Any]:
    """Return every ccxt object in memory that still knows a key."""
    gc.collect()
    # Not isinstance(): it asks an object for its class, which wakes lazy ones that other tests have left.
    return [one for one in gc.get_objects() if issubclass(type(one), Exact) and vars(one).get("apiKey")]
