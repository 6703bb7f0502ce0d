"""Rows of a balance answer that could not be read, as they are stored and told: which coins, how many, what shape."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from exchanges.values import OddRow

# More coins than anybody's bots trade; beyond them, any coin may be among those that could not be read.
MOST_COINS = 200
MOST_SHAPES = 20


@dataclass(frozen=True, kw_only=True)
class Oddities:
    """`nameless` rows are those of which not even the coin could be read. `is_empty`: the exchange told of no coin at
    all, though bots hold some."""

    coins: tuple[str, ...] = ()
    nameless: int = 0
    shapes: tuple[str, ...] = ()
    is_empty: bool = False

    @property
    def count(self) -> int:
        return len(self.coins) + self.nameless

    def hides(self, coin: str, *, is_told: bool) -> bool:
        """Say whether what the account holds of a coin is not known; `is_told`: another row of it was read."""
        return self.is_empty or coin in self.coins or (self.nameless > 0 and not is_told)

    def as_json(self) -> dict[str, Any]:
        found = {"coins": list(self.coins), "nameless": self.nameless, "shapes": list(self.shapes)}
        return {**found, "is_empty": self.is_empty} if self.count or self.is_empty else {}


def gather(rows: Iterable[OddRow], *, is_empty: bool = False) -> Oddities:
    odd = list(rows)
    coins = tuple(dict.fromkeys(row.coin for row in odd if row.coin))
    shapes = tuple(dict.fromkeys(row.shape for row in odd))[:MOST_SHAPES]
    nameless = sum(not row.coin for row in odd) + max(len(coins) - MOST_COINS, 0)
    return Oddities(coins=coins[:MOST_COINS], nameless=nameless, shapes=shapes, is_empty=is_empty)


def read_oddities(stored: Any) -> Oddities:
    """Read what is stored; what is not of its kind is left out."""
    found: Mapping[str, Any] = stored if isinstance(stored, dict) else {}
    nameless = found.get("nameless")
    return Oddities(
        coins=_texts(found.get("coins")),
        nameless=nameless if isinstance(nameless, int) else 0,
        shapes=_texts(found.get("shapes")),
        is_empty=found.get("is_empty") is True,
    )


def _texts(stored: Any) -> tuple[str, ...]:
    return tuple(one for one in stored if isinstance(one, str)) if isinstance(stored, list) else ()
