"""A position: its fills, average, break-even and result, with fees where the exchange takes them."""

from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cached_property

from strategies.engine.side import Side

ZERO, ONE = Decimal(0), Decimal(1)


@dataclass(frozen=True, kw_only=True)
class Fees:
    """Rates as shares (0.001 = 0.1 %). `entry_in_coin`: the exchange keeps part of the coin that was bought."""

    entry: Decimal
    exit: Decimal
    entry_in_coin: bool = False


@dataclass(frozen=True, kw_only=True)
class Bought:
    """A fill that opened or enlarged the position.

    `fee_coin` and `fee_quote` are what the exchange really took. Both None: not told, the rates estimate it.
    One of them given: the other is nothing. A fee in a third asset (BNB, KCS) is 0 in both.
    """

    price: Decimal
    quantity: Decimal
    fee_coin: Decimal | None = None
    fee_quote: Decimal | None = None

    @property
    def cost(self) -> Decimal:
        return self.price * self.quantity

    @property
    def is_fee_told(self) -> bool:
        return self.fee_coin is not None or self.fee_quote is not None


@dataclass(frozen=True, kw_only=True)
class Position:
    """The fills of one group and what its partial exits have closed already.

    `sold` is the base that they closed, `proceeds` the quote money they brought in, net of fees: a short pays to
    close, so its proceeds are negative.
    """

    side: Side
    fees: Fees
    fills: tuple[Bought, ...] = ()
    sold: Decimal = ZERO
    proceeds: Decimal = ZERO

    def with_fill(self, fill: Bought) -> "Position":
        return replace(self, fills=(*self.fills, fill))

    @cached_property
    def quantity(self) -> Decimal:
        """Q = Σq, as ordered."""
        return sum((fill.quantity for fill in self.fills), ZERO)

    @cached_property
    def cost(self) -> Decimal:
        """Σc, before fees."""
        return sum((fill.cost for fill in self.fills), ZERO)

    @cached_property
    def coin_fees(self) -> Decimal:
        """Return the coins that the exchange kept of what was bought."""
        return sum((self._coin_fee(fill) for fill in self.fills), ZERO)

    @cached_property
    def quote_fees(self) -> Decimal:
        return sum((self._quote_fee(fill) for fill in self.fills), ZERO)

    @cached_property
    def held(self) -> Decimal:
        """Return what can still be closed: a fee taken in the coin is gone, and so is what was sold."""
        return self.quantity - self.coin_fees - self.sold

    @cached_property
    def average(self) -> Decimal:
        """A = Σc/Q of everything that was bought (short: sold), 0 before the first fill."""
        return self.cost / self.quantity if self.quantity else ZERO

    @property
    def at_work(self) -> Decimal:
        """Return the quote money still in the position: what is not sold, at its average."""
        return max(ZERO, self.cost - self.average * self.sold)

    @cached_property
    def break_even(self) -> Decimal:
        """Return the price at which closing what is held makes the whole group's result zero, fees included.

        Long: A·Q·(1+f_in) / (Q·(1−f_out)), or A·Q / (Q·(1−f_in)·(1−f_out)) when the fee is kept in the coin.
        Short: A·Q·(1−f_in) / (Q·(1+f_out)).
        0 when a long's partial exits have paid for all of it, or a short's have cost more than it can win.
        """
        factor = self._exit_factor
        return max(ZERO, self._flow / (self.held * factor)) if self.held > 0 else ZERO

    def result_at(self, price: Decimal) -> Decimal:
        """Return the quote money won or lost by the whole group if what is held were closed at the price, fees paid."""
        return self.side.sign * (self.held * price * self._exit_factor - self._flow)

    def open_loss(self, price: Decimal) -> Decimal:
        """Return s·(A − P)/A: the share by which the price is worse than the average, negative in profit."""
        return self.side.sign * (self.average - price) / self.average if self.average else ZERO

    def average_after(self, fill: Bought) -> Decimal:
        return (self.cost + fill.cost) / (self.quantity + fill.quantity)

    @property
    def _exit_factor(self) -> Decimal:
        return ONE - self.side.sign * self.fees.exit

    @property
    def _flow(self) -> Decimal:
        """Return what a long has paid, or a short has received, after fees and partial exits."""
        sign = self.side.sign
        return self.cost + sign * (self.quote_fees - self.proceeds)

    @property
    def _keeps_coin(self) -> bool:
        return self.fees.entry_in_coin and self.side is Side.LONG

    def _coin_fee(self, fill: Bought) -> Decimal:
        if self.side is Side.SHORT:
            return ZERO
        if fill.is_fee_told:
            return fill.fee_coin or ZERO
        return fill.quantity * self.fees.entry if self._keeps_coin else ZERO

    def _quote_fee(self, fill: Bought) -> Decimal:
        """A short holds no coins that a fee could come out of: one taken in the coin counts at the fill's price."""
        if fill.is_fee_told:
            in_coin = (fill.fee_coin or ZERO) * fill.price if self.side is Side.SHORT else ZERO
            return (fill.fee_quote or ZERO) + in_coin
        return ZERO if self._keeps_coin else fill.cost * self.fees.entry
