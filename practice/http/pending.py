"""Requests whose caller was cut off, to be carried out a little later: in this process only, lost when it ends."""

import asyncio
from collections.abc import Callable
from typing import Any


class Pending:
    def __init__(self) -> None:
        self.done = self.last = 0
        self.rows: dict[int, dict[str, Any]] = {}
        self._timers: dict[int, asyncio.TimerHandle] = {}

    def later(self, ms: int, told: dict[str, Any], act: Callable[[], object]) -> None:
        """Call `act` after this time; `told` is what the list of pending ones shows of it."""
        self.last += 1
        self.rows[self.last] = {"id": self.last, **told}
        self._timers[self.last] = asyncio.get_running_loop().call_later(ms / 1000, self._act, self.last, act)

    def _act(self, number: int, act: Callable[[], object]) -> None:
        del self.rows[number], self._timers[number]
        self.done += 1
        act()

    def clear(self) -> None:
        """Forget what has not been carried out: it never will be."""
        for timer in self._timers.values():
            timer.cancel()
        self.rows.clear()
        self._timers.clear()

    def report(self) -> dict[str, Any]:
        return {"count": len(self.rows), "done": self.done, "pending": list(self.rows.values())}
