"""Calls that come while one is at work wait, and the first of them then does the work of all of them at once."""

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

K = TypeVar("K")
V = TypeVar("V")


@dataclass(eq=False)
class _Call(Generic[K, V]):
    key: K
    results: list[V] = field(default_factory=list)


class Together(Generic[K, V]):
    """Turn `work(keys)` into a function of one key for many threads.

    Alone, a call costs what it costs; in a rush, what is the same for all of them is paid once. When work for several
    fails, each tries for itself: one that cannot be done must not take others along.
    """

    def __init__(self, work: Callable[[Sequence[K]], Mapping[K, V]]) -> None:
        self._work = work
        self._turn, self._guard = threading.Lock(), threading.Lock()
        self._waiting: list[_Call[K, V]] = []

    def __call__(self, key: K) -> V:
        call: _Call[K, V] = _Call(key)
        with self._guard:
            self._waiting.append(call)
        with self._turn:
            if not call.results:
                self._lead(call)
        return call.results[0]

    def _lead(self, call: _Call[K, V]) -> None:
        with self._guard:
            calls = [call]  # alone, where it was part of a rush that failed
            if call in self._waiting:
                calls, self._waiting = self._waiting, []
        try:
            found = self._work(list(dict.fromkeys(one.key for one in calls)))
        except Exception:
            if len(calls) == 1:
                raise
            found = self._work([call.key])
            calls = [call]
        for one in calls:
            one.results.append(found[one.key])
