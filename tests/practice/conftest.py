"""A practice server in a thread of its own, reached over real HTTP."""

import asyncio
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from aiohttp import web

from practice.http.running import Practice
from practice.http.server import make_app
from practice.world.market import Market
from practice.world.store import Store
from practice.world.world import World
from tests.practice.rig import Rig, milliseconds
from tests.practice.stores import OPENED


async def _serve(practice: Practice, ready: threading.Event, stop: asyncio.Event, found: dict[str, Any]) -> None:
    runner = web.AppRunner(make_app(practice), shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    found["port"] = runner.addresses[0][1]
    ready.set()
    await stop.wait()
    await runner.cleanup()


def _run(ready: threading.Event, found: dict[str, Any]) -> None:
    async def main() -> None:
        found["loop"], found["stop"] = asyncio.get_running_loop(), asyncio.Event()
        store = Store(":memory:")
        found["practice"] = Practice(World(store, Market(7), milliseconds))
        await _serve(found["practice"], ready, found["stop"], found)
        store.close()

    asyncio.run(main())


@pytest.fixture(scope="session")
def found() -> dict[str, Any]:
    """Return what the thread of the server tells of itself: port, loop and practice."""
    return {}


@pytest.fixture(scope="session")
def server(found: dict[str, Any]) -> Iterator[Rig]:
    ready = threading.Event()
    thread = threading.Thread(target=_run, args=(ready, found), daemon=True)
    thread.start()
    assert ready.wait(10)
    yield Rig(f"http://127.0.0.1:{found['port']}")
    found["loop"].call_soon_threadsafe(found["stop"].set)
    thread.join(10)


@pytest.fixture
def rig(server: Rig) -> Rig:
    """Return the shared server with no fault, latency or script left from another test."""
    for what in ("faults", "pending", "latency", "requests", "price"):
        server.control("DELETE", what)
    return server


@pytest.fixture
def moment(rig: Rig, found: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """Let no tick come to the market: at each one a book offers anew what orders have taken from it."""
    monkeypatch.setattr(found["practice"].world.market, "moves", lambda pair, after, until: False)


@pytest.fixture(autouse=True)
def closed_stores() -> Iterator[None]:
    yield
    while OPENED:
        OPENED.pop().close()
