"""A position: what its fills add up to, its average, break-even and result, with fees where the exchange takes them.

Long and short are one arithmetic with a sign.
"""

from dataclasses import dataclass, field, replace
from decimal import ROUND_FLOOR, Decimal
from enum import StrEnum
from typing import Protocol

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


def in_lots(quantity: Decimal, step: Decimal | None) -> Decimal:
    """Return the largest multiple of the step that is not above the quantity; without a step all of it."""
    if not step:
        return quantity
    floored = (quantity / step).to_integral_value(ROUND_FLOOR) * step
    # With more digits than Decimal carries, the division itself may round up.
    return floored if floored <= quantity else floored - step


@dataclass(frozen=True, kw_only=True)
class Position:
    """The sums of one group's fills and of its partial exits, and the figures that follow from them.

    Q = `quantity` as ordered and Σc = `cost` before fees are those of the fills that opened or enlarged it.
    `fee_coin` is what the exchange kept of the coins, `fee_quote` what buys paid in quote money, or in a third coin
    (BNB, KCS) at its price of that moment. `sold` is the base that partial exits closed, `proceeds` the quote money
    they brought in, net of fees: a short pays to close, so its proceeds are negative. `carried` is dust of earlier
    groups, which cost nothing. `held_quantity` and `held_cost` are that part of Q and Σc that is not sold, each sale
    taking its share of what was held then (strategies/engine/totals.py); None: all, as nothing was sold.
    `step` is what an amount that is sold must be a multiple of, None for no such step.

    `average`: A, what is held cost by the coin, before fees; 0 before the first fill.
    `held`: what is there; a fee taken in the coin is gone, and so is what was sold.
    `sellable`: what of it can be sold, which is whole steps.
    `at_work`: the quote money that was paid for what is held.
    `paid`: what a long has paid, or a short has received, after fees and partial exits.
    `break_even`: the price at which selling what can be sold makes the whole group's result zero, fees included.
    Long: (Σc + fees) / (sellable·(1−f_out)), where a fee kept in the coin has made less of it sellable.
    Short: (Σc − fees) / (Q·(1+f_out)).
    0 when a long's partial exits have paid for all of it, or a short's have cost more than it can win. Of less than a
    step all counts, as if it could be sold.
    """

    side: Side
    fees: Fees
    quantity: Decimal = ZERO
    cost: Decimal = ZERO
    fee_coin: Decimal = ZERO
    fee_quote: Decimal = ZERO
    sold: Decimal = ZERO
    proceeds: Decimal = ZERO
    carried: Decimal = ZERO
    held_quantity: Decimal | None = None
    held_cost: Decimal | None = None
    step: Decimal | None = None
    average: Decimal = field(init=False, compare=False, repr=False)
    held: Decimal = field(init=False, compare=False, repr=False)
    sellable: Decimal = field(init=False, compare=False, repr=False)
    bought: Decimal = field(init=False, compare=False, repr=False)
    at_work: Decimal = field(init=False, compare=False, repr=False)
    fee_share: Decimal = field(init=False, compare=False, repr=False)
    paid: Decimal = field(init=False, compare=False, repr=False)
    break_even: Decimal = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        sign = self.side.sign
        kept, fees = self.fee_coin, self.fee_quote
        if self.side is Side.SHORT:
            # It holds no coins that a fee could come out of: one taken in the coin counts at the average.
            kept, fees = ZERO, fees + (kept * self.cost / self.quantity if self.quantity else ZERO)
        had = self.quantity + self.carried - kept
        held, paid = had - self.sold, self.cost + sign * (fees - self.proceeds)
        bought = self.quantity if self.held_quantity is None else self.held_quantity
        at_work = self.cost if self.held_cost is None else self.held_cost
        sellable = in_lots(held, self.step)
        kept_money = (sellable if sellable > 0 else held) * (ONE - sign * self.fees.exit)
        # The figures of a frozen value are made once, here.
        vars(self).update(
            average=at_work / bought if bought else ZERO,
            held=held,
            sellable=sellable,
            bought=bought,
            at_work=at_work,
            fee_share=fees / self.cost if self.cost else ZERO,
            paid=paid,
            break_even=max(ZERO, paid / kept_money) if held > 0 else ZERO,
        )

    def with_fills(self, *fills: tuple[Decimal, Decimal]) -> "Position":
        """Return the position enlarged by fills (price, quantity) whose fees are estimated by the rates."""
        keeps_coin = self.fees.entry_in_coin and self.side is Side.LONG
        quantity, cost = sum((amount for _, amount in fills), ZERO), sum((p * amount for p, amount in fills), ZERO)
        return replace(
            self,
            quantity=self.quantity + quantity,
            cost=self.cost + cost,
            fee_coin=self.fee_coin + (quantity * self.fees.entry if keeps_coin else ZERO),
            fee_quote=self.fee_quote + (ZERO if keeps_coin else cost * self.fees.entry),
            held_quantity=self.bought + quantity if self.sold else None,
            held_cost=self.at_work + cost if self.sold else None,
        )

    def with_sale(self, price: Decimal, quantity: Decimal) -> "Position":
        """Return what a partial exit leaves, its fee estimated by the rate and paid in quote money."""
        sign, share = self.side.sign, (self.held - quantity) / self.held if self.held > 0 else ZERO
        return replace(
            self,
            sold=self.sold + quantity,
            proceeds=self.proceeds + sign * quantity * price * (ONE - sign * self.fees.exit),
            held_quantity=self.bought * share,
            held_cost=self.at_work * share,
        )

    def price_for(self, gain: Decimal) -> Decimal:
        """Return the price at which selling what can be sold wins this share of what is held, all fees paid.

        H·(1 + s·(φ + gain)) / (sellable·(1 − s·f_out)): H was paid for what is held, φ are the fees of its buys as a
        share of their cost. Never before break-even: a gain takes no loss.
        """
        sign, amount = self.side.sign, self.sellable if self.sellable > 0 else self.held
        if amount <= 0:
            return ZERO
        gaining = self.at_work * (ONE + sign * (self.fee_share + gain)) / (amount * (ONE - sign * self.fees.exit))
        return sign * max(sign * gaining, sign * self.break_even)

    def result_at(self, price: Decimal) -> Decimal:
        """Return the quote money won or lost by the whole group if what can be sold were at the price, fees paid."""
        sign = self.side.sign
        return sign * (self.sellable * price * (ONE - sign * self.fees.exit) - self.paid)

    def stress_loss(self, price: Decimal) -> Decimal:
        """Return s·(A − P_S)·Q: what the group loses at the stress price, before the fees of what is still held."""
        return self.side.sign * (self.cost - (self.quantity - self.sold) * price) - self.proceeds

    def open_loss(self, price: Decimal) -> Decimal:
        """Return s·(A − P)/A: the share by which the price is worse than the average, negative in profit."""
        return self.side.sign * (self.average - price) / self.average if self.average else ZERO


class Bought(Protocol):
    """What a position follows from: the sums of fills (strategies/engine/totals.py), or a group that keeps them."""

    @property
    def quantity(self) -> Decimal: ...

    @property
    def cost(self) -> Decimal: ...

    @property
    def fee_coin(self) -> Decimal: ...

    @property
    def fee_quote(self) -> Decimal: ...

    @property
    def fee_other(self) -> Decimal: ...

    @property
    def fee_rate(self) -> Decimal | None: ...

    @property
    def sold(self) -> Decimal: ...

    @property
    def proceeds(self) -> Decimal: ...

    @property
    def held_quantity(self) -> Decimal: ...

    @property
    def at_work(self) -> Decimal: ...


def position_of(sums: Bought, *, side: Side, fees: Fees, carried: Decimal, step: Decimal | None) -> Position:
    """Return what is held by these sums; `fees` are the published ones, which count until the group's own are told."""
    if sums.fee_rate:  # Told with the group's own buys; one that was free promises nothing of a sale.
        fees = Fees(entry=sums.fee_rate, exit=sums.fee_rate, entry_in_coin=sums.fee_coin > 0)
    return Position(
        side=side,
        fees=fees,
        step=step,
        quantity=sums.quantity,
        cost=sums.cost,
        fee_coin=sums.fee_coin,
        fee_quote=sums.fee_quote + sums.fee_other,
        carried=carried,
        sold=sums.sold,
        proceeds=sums.proceeds,
        held_quantity=sums.held_quantity,
        held_cost=sums.at_work,
    )
