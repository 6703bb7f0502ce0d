"""A position: its fills, average, break-even and result, with fees where the exchange takes them."""

from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cached_property

from strategies.engine.side import Side

ONE = Decimal(1)


@dataclass(frozen=True, kw_only=True)
class Fees:
    """Rates as shares (0.001 = 0.1 %). `entry_in_coin`: the exchange keeps part of the coin that was bought."""

    entry: Decimal
    exit: Decimal
    entry_in_coin: bool = False


@dataclass(frozen=True, kw_only=True)
class Fill:
    price: Decimal
    quantity: Decimal

    @property
    def cost(self) -> Decimal:
        return self.price * self.quantity


@dataclass(frozen=True, kw_only=True)
class Position:
    """The fills of one group that are not closed yet."""

    side: Side
    fees: Fees
    fills: tuple[Fill, ...] = ()

    def with_fill(self, fill: Fill) -> "Position":
        return replace(self, fills=(*self.fills, fill))

    @cached_property
    def quantity(self) -> Decimal:
        """Q = Σq, as ordered."""
        return sum((fill.quantity for fill in self.fills), Decimal(0))

    @cached_property
    def cost(self) -> Decimal:
        """Σc, before fees."""
        return sum((fill.cost for fill in self.fills), Decimal(0))

    @property
    def held(self) -> Decimal:
        """Return what can be closed: a fee taken in the coin is gone."""
        return self.quantity * (ONE - self.fees.entry) if self._keeps_coin else self.quantity

    @property
    def average(self) -> Decimal:
        """A = Σc/Q."""
        return self.cost / self.quantity

    @property
    def break_even(self) -> Decimal:
        """Return the exit price that pays for entry and exit, fees included.

        Long: A·Q·(1+f_in) / (Q·(1−f_out)), or A·Q / (Q·(1−f_in)·(1−f_out)) when the fee is kept in the coin.
        Short: A·Q·(1−f_in) / (Q·(1+f_out)).
        """
        if self.side is Side.SHORT:
            return self.average * (ONE - self.fees.entry) / (ONE + self.fees.exit)
        paid = self.cost if self._keeps_coin else self.cost * (ONE + self.fees.entry)
        return paid / (self.held * (ONE - self.fees.exit))

    def result_at(self, price: Decimal) -> Decimal:
        """Return the quote money won or lost if all of it were closed at the price, fees paid."""
        if self.side is Side.SHORT:
            return self.cost * (ONE - self.fees.entry) - self.quantity * price * (ONE + self.fees.exit)
        paid = self.cost if self._keeps_coin else self.cost * (ONE + self.fees.entry)
        return self.held * price * (ONE - self.fees.exit) - paid

    def open_loss(self, price: Decimal) -> Decimal:
        """Return s·(A − P)/A: the share by which the price is worse than the average, negative in profit."""
        return self.side.sign * (self.average - price) / self.average

    def average_after(self, fill: Fill) -> Decimal:
        return self.with_fill(fill).average

    @property
    def _keeps_coin(self) -> bool:
        return self.fees.entry_in_coin and self.side is Side.LONG
