"""The margin limit: how much quote money a bot has at work, and what may still be added."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum


class LimitMode(StrEnum):
    """RESERVE sets the money of the whole ladder aside when a group opens; FIRST_COME may run out of it."""

    RESERVE = "reserve"
    FIRST_COME = "first_come"


@dataclass(frozen=True, kw_only=True)
class Stake:
    """One open group's claim in quote money: coins held at cost, open orders, add-ons still to come."""

    held: Decimal
    ordered: Decimal = Decimal(0)
    to_come: Decimal = Decimal(0)


@dataclass(frozen=True, kw_only=True)
class MarginLimit:
    """`amount` in quote money; soft stops new groups, hard stops add-ons (shares of the amount)."""

    amount: Decimal
    soft: Decimal
    hard: Decimal
    mode: LimitMode = LimitMode.RESERVE

    def committed(self, stakes: Iterable[Stake]) -> Decimal:
        reserve = self.mode is LimitMode.RESERVE
        return sum((s.held + s.ordered + (s.to_come if reserve else 0) for s in stakes), Decimal(0))

    def usage(self, stakes: Iterable[Stake]) -> Decimal:
        """Return the share of the limit that is really at work: held and ordered, without reserves."""
        return self.at_work(stakes) / self.amount if self.amount else Decimal(1)

    def at_work(self, stakes: Iterable[Stake]) -> Decimal:
        return sum((s.held + s.ordered for s in stakes), Decimal(0))

    def admits_group(self, stakes: Iterable[Stake], *, base: Decimal, whole_ladder: Decimal) -> bool:
        claim = whole_ladder if self.mode is LimitMode.RESERVE else base
        return self.committed(stakes) + claim <= self.soft * self.amount

    def admits_add_on(self, stakes: Iterable[Stake], *, cost: Decimal) -> bool:
        """An add-on that was reserved is counted already; it still may not pass the hard limit at work."""
        return self.at_work(stakes) + cost <= self.hard * self.amount
