"""The ladder: where each add-on waits, what it costs, and what the position is worth when it has been filled."""

from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cached_property

from strategies.engine.position import Bought, Fees, Position
from strategies.engine.side import Side

ONE = Decimal(1)
# So many times the exchange's minimum, so that a fall after the buy does not leave what can no longer be sold.
CLOSABLE = Decimal("1.05")


@dataclass(frozen=True, kw_only=True)
class Ladder:
    """`base` and `add_on` (the first one) in quote money; `step` the first deviation as a share (0.015 = 1.5 %).

    `step_scale` and `volume_scale` multiply from rung to rung; `add_ons` is their number n.
    """

    base: Decimal
    add_on: Decimal
    step: Decimal
    step_scale: Decimal
    volume_scale: Decimal
    add_ons: int

    def deviation(self, k: int) -> Decimal:
        """dev_k = d·(s_d^k − 1)/(s_d − 1), k·d when s_d = 1."""
        return self.step * _geometric(self.step_scale, k)

    def price(self, k: int, first: Decimal, side: Side) -> Decimal:
        """P_k = P0·(1 − s·dev_k)."""
        return first * (ONE - side.sign * self.deviation(k))

    def cost(self, k: int) -> Decimal:
        """c_0 = B, c_k = V·m^(k−1)."""
        return self.base if k == 0 else self.add_on * self.volume_scale ** (k - 1)

    @cached_property
    def costs(self) -> tuple[Decimal, ...]:
        return tuple(self.cost(k) for k in range(self.add_ons + 1))

    def total(self) -> Decimal:
        """T_n = B + V·(m^n − 1)/(m − 1), B + n·V when m = 1."""
        return self.base + self.add_on * _geometric(self.volume_scale, self.add_ons)

    def remaining(self, done: int) -> Decimal:
        """Return the quote money of the add-ons that are still to come after `done` of them."""
        return sum(self.costs[done + 1 :], Decimal(0))

    def scaled(self, base: Decimal) -> "Ladder":
        """Return the same shape with another base order."""
        return replace(self, base=base, add_on=self.add_on * base / self.base)


@dataclass(frozen=True, kw_only=True)
class Rung:
    """One row of the worst-case card. `bounce` is the way from the rung's price back to break-even, as a share.

    `is_too_small`: the exchange would refuse the order, or the sale of what it bought after a small fall.
    """

    k: int
    deviation: Decimal
    price: Decimal
    cost: Decimal
    total: Decimal
    average: Decimal
    break_even: Decimal
    bounce: Decimal
    is_too_small: bool = False


def rungs(ladder: Ladder, *, first: Decimal, side: Side, fees: Fees, minimum_cost: Decimal = Decimal(0)) -> list[Rung]:
    """Return the whole ladder, the entry as rung 0, as if every rung filled at its price."""
    position, rows, total = Position(side=side, fees=fees), [], Decimal(0)
    for k in range(ladder.add_ons + 1):
        price, cost = ladder.price(k, first, side), ladder.cost(k)
        position, total = position.with_fill(Bought(price=price, quantity=cost / price)), total + cost
        rows.append(
            Rung(
                k=k,
                deviation=ladder.deviation(k),
                price=price,
                cost=cost,
                total=total,
                average=position.average,
                break_even=position.break_even,
                bounce=side.sign * (position.break_even - price) / price,
                is_too_small=cost < minimum_cost * CLOSABLE,
            )
        )
    return rows


def full_position(ladder: Ladder, *, first: Decimal, side: Side, fees: Fees) -> Position:
    """Return the position when every rung has filled at its price."""
    prices = [(ladder.price(k, first, side), ladder.cost(k)) for k in range(ladder.add_ons + 1)]
    fills = tuple(Bought(price=price, quantity=cost / price) for price, cost in prices)
    return Position(side=side, fees=fees, fills=fills)


def _geometric(ratio: Decimal, n: int) -> Decimal:
    return Decimal(n) if ratio == ONE else (ratio**n - ONE) / (ratio - ONE)
