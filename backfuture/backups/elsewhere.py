"""Work with another database than the product's for a while, in this thread."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connections


@contextmanager
def database(**changes: Any) -> Iterator[Any]:
    """Let everything within talk to the database of these settings: those of the product's own, but for the changes."""
    own: Any = connections[DEFAULT_DB_ALIAS]
    other = own.copy()
    other.settings_dict = {**other.settings_dict, **changes}
    connections[DEFAULT_DB_ALIAS] = other
    try:
        yield other
    finally:
        other.close()
        connections[DEFAULT_DB_ALIAS] = own
