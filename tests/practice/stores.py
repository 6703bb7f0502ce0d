"""Stores that tests open; each is closed when its test ends, for Python 3.13 complains about one that is not."""

from practice.world.store import Store

OPENED: list[Store] = []


def open_store(path: str = ":memory:") -> Store:
    OPENED.append(Store(path))
    return OPENED[-1]
