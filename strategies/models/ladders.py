"""A group's ladder as it is stored: fixed when the group opens."""

from collections.abc import Mapping
from decimal import Decimal
from functools import lru_cache
from typing import Any

from exchanges.proven import plain
from strategies.engine.ladder import Ladder

NUMBERS = ("base", "add_on", "step", "step_scale", "volume_scale")


def as_json(ladder: Ladder) -> dict[str, Any]:
    return {**{name: plain(getattr(ladder, name)) for name in NUMBERS}, "add_ons": ladder.add_ons}


def read(stored: Mapping[str, Any]) -> Ladder:
    """Read a stored ladder; raises KeyError or ArithmeticError for one that we did not write."""
    return _ladder(tuple(str(stored[name]) for name in NUMBERS), int(stored["add_ons"]))


@lru_cache(maxsize=4096)
def _ladder(numbers: tuple[str, ...], add_ons: int) -> Ladder:
    values = dict(zip(NUMBERS, map(Decimal, numbers), strict=True))
    return Ladder(**values, add_ons=add_ons)
