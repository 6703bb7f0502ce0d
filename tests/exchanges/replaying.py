"""Every question of the desk, answered from what an exchange answered before, changed as a test says: no socket."""

import time
from collections.abc import AsyncIterator, Callable, Coroutine
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any, ClassVar

import pytest
import yarl

from exchanges import registry
from exchanges.desk.desk import Desk
from exchanges.errors import RawAnswer
from exchanges.wire.ccxt_object import Lender
from exchanges.wire.session import LOOP, TAP
from tests.exchanges.asking import location_at
from tests.exchanges.trading import PAIR, Trader, new_order, run

Key = tuple[str, str]
Act = Callable[[Desk], Coroutine[Any, Any, Any]]


@dataclass(frozen=True)
class Canned:
    """An answer as the guarded session reads it; `fails` is raised in the middle of its body."""

    status: int
    body: bytes
    headers: dict[str, str] = field(default_factory=lambda: {"Content-Type": "application/json"})
    reason: str = "OK"
    fails: Exception | None = None

    async def __aenter__(self) -> "Canned":
        return self

    async def __aexit__(self, *_: object) -> None:
        """Nothing is open."""

    @property
    def content(self) -> Any:
        return SimpleNamespace(iter_chunked=self._chunks)

    async def _chunks(self, size: int) -> AsyncIterator[bytes]:
        for start in range(0, len(self.body), size):
            yield self.body[start : start + size]
        if self.fails:
            raise self.fails

    def close(self) -> None:
        """Nothing is open."""


@dataclass
class Replay:
    """Stands where the shared session stands; `change` makes of each recorded answer the one that is given."""

    recorded: dict[Key, list[RawAnswer]]
    change: Callable[[str, RawAnswer], Canned] = lambda method, answer: as_it_was(answer)
    asked: list[Key] = field(default_factory=list)
    NOTHING: ClassVar[RawAnswer] = RawAnswer(status=404, text="{}", headers={}, asked="")

    async def request(self, method: str, url: yarl.URL, **options: Any) -> Canned:
        key = (method, url.path)
        self.asked.append(key)
        known = self.recorded.get(key) or self._alike(key) or [self.NOTHING]
        return self.change(method, known[min(self.asked.count(key), len(known)) - 1])

    def _alike(self, key: Key) -> list[RawAnswer] | None:
        """Return what was said at an address with another order's id at its end."""
        head = key[1].rpartition("/")[0]
        return next(
            (found for (method, path), found in self.recorded.items() if method == key[0] and path.startswith(head)),
            None,
        )


def as_it_was(answer: RawAnswer) -> Canned:
    return Canned(answer.status, answer.text.encode())


@dataclass
class Stage:
    """The desk of one exchange with its recorded answers, and all that a bot asks of it."""

    desk: Desk
    acts: dict[str, Act]
    replay: Replay

    def play(self, act: str) -> Any:
        """Return what the desk makes of it; raises what leaves the desk."""
        self.replay.asked.clear()
        return run(self.acts[act](self.desk))


def stage_of(trader: Trader, patch: pytest.MonkeyPatch) -> Stage:
    """Let a trader do everything once at the practice exchange, and keep every answer."""
    recorded: dict[Key, list[RawAnswer]] = {}
    order, credentials = new_order(), trader.credentials

    def tap(method: str, path: str, answer: RawAnswer) -> None:
        recorded.setdefault((method, path), []).append(answer)

    async def taped(act: Act) -> Any:
        TAP.set(tap)
        return await act(trader.desk)

    placed = run(taped(lambda desk: desk.place(credentials, order, not_after=time.monotonic() + 5)))
    bought = new_order(price="50010", is_immediate=True)
    filled = run(taped(lambda desk: desk.place(credentials, bought, not_after=time.monotonic() + 5)))
    asked = {"pair": PAIR, "client_id": order.client_id, "exchange_id": placed.exchange_id}
    acts: dict[str, Act] = {
        "quotes": lambda desk: desk.quotes([PAIR, "ETH/USDT"]),
        "candles": lambda desk: desk.candles(PAIR, "5m", 5),
        "balances": lambda desk: desk.balances(credentials),
        "find": lambda desk: desk.find(credentials, since=trader.began, **asked),
        "fills": lambda desk: desk.fills(credentials, pair=PAIR, exchange_id=filled.exchange_id, since=trader.began),
        "cancel": lambda desk: desk.cancel(credentials, **asked),
        "place": lambda desk: desk.place(credentials, order, not_after=time.monotonic() + 5),
    }
    for name, act in acts.items():
        if name != "place":
            run(taped(act))
    replay = Replay(recorded)
    patch.setattr(LOOP, "http", lambda **_: replay)
    # Another one, which has heard nothing yet but the markets.
    desk = Desk(Lender(registry.get(trader.slug), location_at(trader.rig.base, trader.slug)))
    run(desk.quotes([PAIR]))
    return Stage(desk=desk, acts=acts, replay=replay)
