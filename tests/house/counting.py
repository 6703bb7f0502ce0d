"""Count through how many of our files and functions a piece of work passes.

A function counts once, however often it is called, and where its code stands in a file of ours: comprehensions,
generator expressions and lambdas belong to the function that holds them, a generator is one function, what a dataclass
or a library generates is none. Every thread counts, the one that talks to exchanges too.
"""

import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import CodeType, FrameType

from exchanges.wire.session import LOOP

ROOT = Path(__file__).resolve().parents[2]
OURS = ("accounts", "backfuture", "connections", "database", "exchanges", "strategies", "web", "workers")
WITHIN = {"<lambda>", "<listcomp>", "<dictcomp>", "<setcomp>", "<genexpr>", "<module>"}


@dataclass
class Way:
    """The functions that were called, as file and name."""

    called: set[tuple[str, str]] = field(default_factory=set)
    seen: set[CodeType] = field(default_factory=set)

    @property
    def files(self) -> int:
        return len({file for file, _ in self.called})

    @property
    def functions(self) -> int:
        return len(self.called)

    def __call__(self, frame: FrameType, event: str, arg: object) -> None:
        if event == "call" and frame.f_code not in self.seen:
            self.seen.add(frame.f_code)
            self._note(frame.f_code)

    def _note(self, code: CodeType) -> None:
        path = Path(code.co_filename)
        if code.co_name in WITHIN or not path.is_relative_to(ROOT):
            return
        file = path.relative_to(ROOT)
        if file.parts[0] in OURS and "migrations" not in file.parts:
            self.called.add((str(file), f"{code.co_qualname}:{code.co_firstlineno}"))


@contextmanager
def counted() -> Iterator[Way]:
    """Count what is called within, by this thread, by new ones and by the one that talks to exchanges."""
    way = Way()
    before = sys.getprofile()
    LOOP.submit(_watched(way)).result()
    threading.setprofile(way)
    sys.setprofile(way)
    try:
        yield way
    finally:
        sys.setprofile(before)
        threading.setprofile(None)
        LOOP.submit(_watched(None)).result()


async def _watched(by: Callable[[FrameType, str, object], None] | None) -> None:
    sys.setprofile(by)
