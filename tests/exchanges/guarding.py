"""A guarded session for the length of one act, and what it saw and counted."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import yarl

from exchanges.location import origin_of
from exchanges.wire.session import WIRE, GuardedSession, Wire, new_http


def guarded(
    act: Callable[[GuardedSession], Awaitable[Any]], *hosts: str, only_public: bool = False
) -> tuple[Any, Wire, GuardedSession]:
    """Let `act` use a guarded session that may reach the given hosts; return what it did, saw and counted."""

    async def main() -> tuple[Any, Wire, GuardedSession]:
        wire = Wire()
        WIRE.set(wire)
        async with new_http(only_public=only_public) as http:
            session = GuardedSession(http, frozenset(origin_of(yarl.URL(host)) for host in hosts))
            return await act(session), wire, session

    return asyncio.run(main())


def get(url: str, **options: Any) -> Callable[[GuardedSession], Awaitable[str]]:
    async def act(session: GuardedSession) -> str:
        async with session.get(url, **options) as response:
            return await response.text()  # type: ignore[no-any-return]

    return act
