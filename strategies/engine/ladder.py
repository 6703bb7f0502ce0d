"""The ladder: where each add-on waits, what it costs, and what the position is worth when it has been filled."""

from dataclasses import dataclass, field, replace
from decimal import Context, Decimal

from strategies.engine.position import ONE, ZERO, Fees, Position, Side, in_lots

# So many times the exchange's minimum, so that a fall after the buy does not leave what can no longer be sold.
CLOSABLE = Decimal("1.05")
MAJORS = frozenset({"BTC", "ETH"})
STRESS_MAJOR, STRESS_OTHER = Decimal("0.25"), Decimal("0.5")
# Where the ladder reaches past the stress, the stress lies this much further than its last rung.
BEYOND_LAST = Decimal("1.5")
# As many digits as money can be typed with: a third of 30, three times, is 30 again.
MONEY = Context(prec=20)


@dataclass(frozen=True, kw_only=True)
class Ladder:
    """`base` and `add_on` (the first one) in quote money; `step` the first deviation as a share (0.015 = 1.5 %).

    `step_scale` and `volume_scale` multiply from rung to rung; `add_ons` is their number n. The entry is rung 0.

    `deviations`: dev_k = d·(s_d^k − 1)/(s_d − 1), k·d when s_d = 1.
    `costs`: c_0 = B, c_k = V·m^(k−1).
    `totals`: T_k, what all rungs up to k cost.
    `total`: T_n = B + V·(m^n − 1)/(m − 1), B + n·V when m = 1.
    """

    base: Decimal
    add_on: Decimal
    step: Decimal
    step_scale: Decimal
    volume_scale: Decimal
    add_ons: int
    deviations: tuple[Decimal, ...] = field(init=False, compare=False, repr=False)
    costs: tuple[Decimal, ...] = field(init=False, compare=False, repr=False)
    totals: tuple[Decimal, ...] = field(init=False, compare=False, repr=False)
    total: Decimal = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        n = self.add_ons
        costs = (self.base, *(self.add_on * self.volume_scale**k for k in range(n)))
        # The figures of a frozen value are made once, here.
        vars(self).update(
            deviations=tuple(self.step * _geometric(self.step_scale, k) for k in range(n + 1)),
            costs=costs,
            totals=tuple(sum(costs[: k + 1], ZERO) for k in range(n + 1)),
            total=self.base + self.add_on * _geometric(self.volume_scale, n),
        )

    def price(self, k: int, first: Decimal, side: Side) -> Decimal:
        """P_k = P0·(1 − s·dev_k)."""
        return first * (ONE - side.sign * self.deviations[k])

    def remaining(self, done: int) -> Decimal:
        """Return the quote money of the add-ons that are still to come after `done` of them."""
        return sum(self.costs[done + 1 :], ZERO)

    def rung_of(self, cost: Decimal, done: int) -> int:
        """Return the last rung that one order of this cost bought after `done`: a fall may pass several in one."""
        rungs = range(done + 1, self.add_ons + 1)
        return min(rungs, key=lambda k: abs(self.totals[k] - self.totals[done] - cost), default=done + 1)

    def scaled(self, base: Decimal) -> "Ladder":
        """Return the same shape with another base order."""
        return replace(self, base=base, add_on=MONEY.plus(self.add_on * base / self.base))


@dataclass(frozen=True, kw_only=True)
class Rung:
    """One row of the worst-case card. `bounce` is the way from the rung's price back to break-even, as a share;
    `position` what is held once this rung and all before it have filled.

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
    position: Position
    is_too_small: bool = False


def rungs(
    ladder: Ladder,
    *,
    first: Decimal,
    side: Side,
    fees: Fees,
    minimum_cost: Decimal = ZERO,
    step: Decimal | None = None,
) -> list[Rung]:
    """Return the whole ladder, the entry as rung 0, as if every rung filled at its price; `step` is that of amounts.

    An order of less than a step, which nobody takes, counts as if it could be had.
    """
    position, rows, total = Position(side=side, fees=fees, step=step), list[Rung](), ZERO
    for k, (deviation, cost) in enumerate(zip(ladder.deviations, ladder.costs, strict=True)):
        price = ladder.price(k, first, side)
        position = position.with_fills((price, in_lots(cost / price, step) or cost / price))
        total += cost
        rows.append(
            Rung(
                k=k,
                deviation=deviation,
                price=price,
                cost=cost,
                total=total,
                average=position.average,
                break_even=position.break_even,
                bounce=side.sign * (position.break_even - price) / price,
                position=position,
                is_too_small=cost < minimum_cost * CLOSABLE,
            )
        )
    return rows


def full_position(ladder: Ladder, *, first: Decimal, side: Side, fees: Fees) -> Position:
    """Return the position when every rung has filled at its price."""
    prices = ((ladder.price(k, first, side), cost) for k, cost in enumerate(ladder.costs))
    return Position(side=side, fees=fees).with_fills(*((price, cost / price) for price, cost in prices))


def stress_of(base_coin: str) -> Decimal:
    """Return S, the fall that a risk level is measured by, as a share."""
    return STRESS_MAJOR if base_coin.upper() in MAJORS else STRESS_OTHER


def stress_price(ladder: Ladder, *, first: Decimal, side: Side, stress: Decimal) -> Decimal:
    """P_S = P0·(1 − s·S); S must lie beyond the last rung, otherwise it is 1.5·dev_n. No price falls below zero."""
    last = ladder.deviations[-1]
    share = stress if stress > last else last * BEYOND_LAST
    return max(ZERO, first * (ONE - side.sign * share))


def _geometric(ratio: Decimal, n: int) -> Decimal:
    return Decimal(n) if ratio == ONE else (ratio**n - ONE) / (ratio - ONE)
