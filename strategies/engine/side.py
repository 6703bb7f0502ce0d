"""Long and short are one arithmetic with a sign."""

from decimal import Decimal
from enum import StrEnum


class Side(StrEnum):
    LONG = "long"
    SHORT = "short"

    @property
    def sign(self) -> Decimal:
        """Return s: +1 long, −1 short."""
        return Decimal(1) if self is Side.LONG else Decimal(-1)


def gain(side: Side, start: Decimal, end: Decimal) -> Decimal:
    """Return how far the price moved in the side's favour, as a share of the start."""
    return side.sign * (end - start) / start
