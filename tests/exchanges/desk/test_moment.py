"""What must leave by a moment leaves by then or not at all: also when the connection is what takes its time."""

import asyncio
import socket
import time
from typing import Any

import aiohttp
import pytest
import yarl
from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.client_proto import ResponseHandler

from exchanges.location import origin_of
from exchanges.wire.session import WIRE, GuardedSession, PunctualConnector, TooLateError, Wire
from tests.exchanges.hosts import Host, answer, serving


class SlowResolver(AbstractResolver):
    """Finds every name on this machine, after a while."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        await asyncio.sleep(self.seconds)
        found = ResolveResult(hostname=host, host="127.0.0.1", port=port, family=socket.AF_INET, proto=0, flags=0)
        return [found]

    async def close(self) -> None:
        pass


class PausedConnector(PunctualConnector):
    """The process stands still just when the connection is there."""

    def __init__(self, seconds: float, **options: Any) -> None:
        super().__init__(**options)
        self.seconds = seconds

    async def _create_connection(self, *args: Any, **options: Any) -> ResponseHandler:
        made = await super()._create_connection(*args, **options)
        time.sleep(self.seconds)
        return made


def send(
    host: Host, *, slow: float, left: float, limit: float = 5, paused: float = 0
) -> tuple[Wire, BaseException | None]:
    """Post to a host whose name takes `slow` seconds to find, while `left` seconds are left to send in."""
    wire = Wire(not_after=time.monotonic() + left)
    url = yarl.URL(f"http://slow.test:{host.base.rpartition(':')[2]}/order")

    async def main() -> BaseException | None:
        WIRE.set(wire)
        connector = PausedConnector(paused, resolver=SlowResolver(slow))
        async with aiohttp.ClientSession(connector=connector) as http:
            session = GuardedSession(http, frozenset({origin_of(url)}))
            try:
                timeout = aiohttp.ClientTimeout(total=limit)
                async with session.post(str(url), data=b"{}", timeout=timeout) as response:
                    await response.text()
            except Exception as error:
                return error
        return None

    return wire, asyncio.run(main())


def test_an_order_leaves_while_there_is_time() -> None:
    with serving(answer(b"{}")) as host:
        wire, error = send(host, slow=0.05, left=2)

    assert error is None
    assert (len(host.heads), wire.has_left) == (1, True)


def test_nothing_is_asked_for_after_the_moment() -> None:
    with serving(answer(b"{}")) as host:
        wire, error = send(host, slow=0, left=-0.01)

    assert isinstance(error, TooLateError)
    assert (host.heads, wire.has_left) == ([], False)


def test_a_connection_that_comes_too_late_carries_nothing() -> None:
    with serving(answer(b"{}")) as host:
        started = time.monotonic()
        wire, error = send(host, slow=0.4, left=0.15)
        waited = time.monotonic() - started

    assert isinstance(error, aiohttp.ConnectionTimeoutError)
    assert waited < 0.35
    assert (host.heads, wire.has_left) == ([], False)


def test_a_process_that_stood_still_once_it_was_connected_sends_nothing_late() -> None:
    with serving(answer(b"{}")) as host:
        wire, error = send(host, slow=0, left=0.2, paused=0.25)

    assert isinstance(error, TooLateError)
    assert (host.heads, wire.has_left) == ([], False)


def test_what_was_sent_may_have_arrived_though_no_answer_came() -> None:
    def hang(peer: socket.socket) -> None:
        time.sleep(0.5)

    with serving(hang) as host:
        wire, error = send(host, slow=0, left=2, limit=0.2)

    assert isinstance(error, TimeoutError)
    assert (len(host.heads), wire.has_left) == (1, True)


def test_a_host_that_is_not_there_was_sent_nothing() -> None:
    wire, error = send(Host(base="http://127.0.0.1:1"), slow=0, left=2)

    assert isinstance(error, aiohttp.ClientConnectorError)
    assert not wire.has_left


@pytest.mark.parametrize("size", [10, 2_000])
def test_an_answer_may_be_as_large_as_was_said(size: int) -> None:
    with serving(answer(b"x" * 1_000)) as host:
        wire = Wire(most=size)

        async def main() -> str:
            WIRE.set(wire)
            origins = frozenset({origin_of(yarl.URL(host.base))})
            async with aiohttp.ClientSession() as http, GuardedSession(http, origins).get(host.base) as response:
                return str(await response.text())

        if size < 1_000:
            with pytest.raises(aiohttp.ClientPayloadError):
                asyncio.run(main())
        else:
            assert len(asyncio.run(main())) == 1_000
