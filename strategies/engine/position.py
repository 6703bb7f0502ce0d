"""A position: what its fills add up to, its average, break-even and result, with fees where the exchange takes them.

Long and short are one arithmetic with a sign.
"""

from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum

ZERO, ONE = Decimal(0), Decimal(1)
# What a market order may cost above the price seen a moment ago.
SLIPPAGE = Decimal("1.01")


class Side(StrEnum):
    """`sign` is s: +1 long, −1 short."""

    LONG = "long"
    SHORT = "short"

    sign: Decimal

    def __init__(self, value: str) -> None:
        self.sign = ONE if value == "long" else -ONE


@dataclass(frozen=True, kw_only=True)
class Fees:
    """Rates as shares (0.001 = 0.1 %). `entry_in_coin`: the exchange keeps part of the coin that was bought."""

    entry: Decimal
    exit: Decimal
    entry_in_coin: bool = False

    def money_needed(self, cost: Decimal) -> Decimal:
        """Return what must be free for an order of this cost: its fee and some slippage come on top."""
        return cost * (1 + self.entry) * SLIPPAGE


@dataclass(frozen=True, kw_only=True)
class Position:
    """The sums of one group's fills and of its partial exits, and the figures that follow from them.

    Q = `quantity` as ordered and Σc = `cost` before fees are those of the fills that opened or enlarged it.
    `fee_coin` is what the exchange kept of the coins, `fee_quote` what it took in quote money; a fee in a third asset
    (BNB, KCS) is in neither. `sold` is the base that partial exits closed, `proceeds` the quote money they brought in,
    net of fees: a short pays to close, so its proceeds are negative.

    `average`: A = Σc/Q of everything that was bought (short: sold), 0 before the first fill.
    `held`: what can still be closed; a fee taken in the coin is gone, and so is what was sold.
    `at_work`: the quote money still in the position, which is what is not sold at its average.
    `paid`: what a long has paid, or a short has received, after fees and partial exits.
    `break_even`: the price at which closing what is held makes the whole group's result zero, fees included.
    Long: A·Q·(1+f_in) / (Q·(1−f_out)), or A·Q / (Q·(1−f_in)·(1−f_out)) when the fee is kept in the coin.
    Short: A·Q·(1−f_in) / (Q·(1+f_out)).
    0 when a long's partial exits have paid for all of it, or a short's have cost more than it can win.
    """

    side: Side
    fees: Fees
    quantity: Decimal = ZERO
    cost: Decimal = ZERO
    fee_coin: Decimal = ZERO
    fee_quote: Decimal = ZERO
    sold: Decimal = ZERO
    proceeds: Decimal = ZERO
    average: Decimal = field(init=False, compare=False, repr=False)
    held: Decimal = field(init=False, compare=False, repr=False)
    at_work: Decimal = field(init=False, compare=False, repr=False)
    paid: Decimal = field(init=False, compare=False, repr=False)
    break_even: Decimal = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        sign = self.side.sign
        average = self.cost / self.quantity if self.quantity else ZERO
        kept, fees = self.fee_coin, self.fee_quote
        if self.side is Side.SHORT:
            # It holds no coins that a fee could come out of: one taken in the coin counts at the average.
            kept, fees = ZERO, fees + kept * average
        held, paid = self.quantity - kept - self.sold, self.cost + sign * (fees - self.proceeds)
        # The figures of a frozen value are made once, here.
        vars(self).update(
            average=average,
            held=held,
            paid=paid,
            at_work=max(ZERO, self.cost - average * self.sold),
            break_even=max(ZERO, paid / (held * (ONE - sign * self.fees.exit))) if held > 0 else ZERO,
        )

    def with_fills(self, *fills: tuple[Decimal, Decimal]) -> "Position":
        """Return the position enlarged by fills (price, quantity) whose fees are estimated by the rates."""
        quantity, cost, in_coin, in_quote = self.quantity, self.cost, self.fee_coin, self.fee_quote
        keeps_coin = self.fees.entry_in_coin and self.side is Side.LONG
        for price, amount in fills:
            quantity, cost = quantity + amount, cost + price * amount
            if keeps_coin:
                in_coin += amount * self.fees.entry
            else:
                in_quote += price * amount * self.fees.entry
        return Position(
            side=self.side,
            fees=self.fees,
            quantity=quantity,
            cost=cost,
            fee_coin=in_coin,
            fee_quote=in_quote,
            sold=self.sold,
            proceeds=self.proceeds,
        )

    def result_at(self, price: Decimal) -> Decimal:
        """Return the quote money won or lost by the whole group if what is held were closed at the price, fees paid."""
        sign = self.side.sign
        return sign * (self.held * price * (ONE - sign * self.fees.exit) - self.paid)

    def stress_loss(self, price: Decimal) -> Decimal:
        """Return s·(A − P_S)·Q: what the group loses at the stress price, before the fees of what is still held."""
        return self.side.sign * (self.cost - (self.quantity - self.sold) * price) - self.proceeds

    def open_loss(self, price: Decimal) -> Decimal:
        """Return s·(A − P)/A: the share by which the price is worse than the average, negative in profit."""
        return self.side.sign * (self.average - price) / self.average if self.average else ZERO
