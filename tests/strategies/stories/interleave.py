"""Let something else happen between two statements of a worker, in the same thread: what it read is old by then."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection as database

# The last thing that a step reads of the other side before it decides.
STOPS_READ = 'FROM "strategies_stopswitch"'


@contextmanager
def after(statement: str, act: Callable[[], object]) -> Iterator[list[str]]:
    """Call `act` once, right after the first statement that has this text; fails when there was none."""
    seen: list[str] = []

    def wrap(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        result = execute(sql, params, many, context)
        if statement in sql and not seen:
            seen.append(sql)
            act()
        return result

    with database.execute_wrapper(wrap):
        yield seen
    assert seen, f"no statement with {statement}"
