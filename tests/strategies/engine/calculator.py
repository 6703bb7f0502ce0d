"""A second reckoning of a group, by its own arithmetic in whole fractions: nothing of the engine is imported here.

A group buys rungs of a ladder in whole lots, sells a part once, and goes on. Fees are kept in the coin, taken in quote
money, or in a third coin whose value is told.
"""

import math
from dataclasses import dataclass, field
from fractions import Fraction as F
from random import Random


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What a trader set, and what the exchange takes; rates as shares, `fee_in` is coin, quote or third."""

    first: F
    base: F
    add_on: F
    step: F
    step_scale: F
    volume_scale: F
    add_ons: int
    lot: F
    rate: F
    fee_in: str
    exit_rate: F
    gain: F
    sold_after: int
    sold_share: F
    sold_at: F


@dataclass(frozen=True, kw_only=True)
class Trade:
    """One fill; its fee in the coin, in quote money, and what one in a third coin was worth."""

    is_buy: bool
    rung: int
    price: F
    quantity: F
    in_coin: F = F(0)
    in_quote: F = F(0)
    in_third: F = F(0)

    @property
    def cost(self) -> F:
        return self.price * self.quantity


@dataclass
class Book:
    """What is held after the trades so far; `lots` is what of it an exchange sells."""

    plan: Plan
    trades: list[Trade] = field(default_factory=list)

    def trade(self, one: Trade) -> None:
        self.trades.append(one)

    @property
    def held(self) -> F:
        return sum((one.quantity if one.is_buy else -one.quantity for one in self.trades), F(0)) - sum(
            (one.in_coin for one in self.trades), F(0)
        )

    @property
    def lots(self) -> F:
        return math.floor(self.held / self.plan.lot) * self.plan.lot

    @property
    def basis(self) -> tuple[F, F]:
        """Return how many coins were bought of those that are held, and what they cost, before fees."""
        coins, bought, cost = F(0), F(0), F(0)
        for one in self.trades:
            if one.is_buy:
                coins, bought, cost = coins + one.quantity - one.in_coin, bought + one.quantity, cost + one.cost
            else:
                rest = coins - one.quantity - one.in_coin
                bought, cost, coins = bought * rest / coins, cost * rest / coins, rest
        return bought, cost

    @property
    def average(self) -> F:
        bought, cost = self.basis
        return cost / bought

    @property
    def spent(self) -> F:
        """Return the quote money that the whole group is out of, all fees counted."""
        out = F(0)
        for one in self.trades:
            out += (one.cost if one.is_buy else -one.cost) + one.in_quote + one.in_third
        return out

    @property
    def break_even(self) -> F:
        return max(F(0), self.spent / (self.lots * (1 - self.plan.exit_rate)))

    @property
    def take_profit(self) -> F:
        """Return the price at which the lots bring back what is held, its fees, and the gain on it."""
        buys = [one for one in self.trades if one.is_buy]
        fees = sum((one.in_quote + one.in_third for one in buys), F(0)) / sum((one.cost for one in buys), F(0))
        _, cost = self.basis
        return max(self.break_even, cost * (1 + fees + self.plan.gain) / (self.lots * (1 - self.plan.exit_rate)))

    def result_at(self, price: F) -> F:
        return self.lots * price * (1 - self.plan.exit_rate) - self.spent


def rung_price(plan: Plan, k: int) -> F:
    """Return the price of a rung, its deviations added up one by one."""
    return plan.first * (1 - sum((plan.step * plan.step_scale**i for i in range(k)), F(0)))


def rung_cost(plan: Plan, k: int) -> F:
    return plan.base if k == 0 else plan.add_on * plan.volume_scale ** (k - 1)


def lots_for(plan: Plan, k: int) -> F:
    return math.floor(rung_cost(plan, k) / rung_price(plan, k) / plan.lot) * plan.lot


def buy_of(plan: Plan, k: int) -> Trade:
    """Return the buy of a rung."""
    price, quantity = rung_price(plan, k), lots_for(plan, k)
    fee = price * quantity * plan.rate
    kinds = {"coin": {"in_coin": quantity * plan.rate}, "quote": {"in_quote": fee}, "third": {"in_third": fee}}
    return Trade(is_buy=True, rung=k, price=price, quantity=quantity, **kinds[plan.fee_in])


def sale_of(plan: Plan, held: F) -> Trade | None:
    """Return the partial sale, None where it would not be a lot or would leave none."""
    quantity = math.floor(held * plan.sold_share / plan.lot) * plan.lot
    if quantity <= 0 or held - quantity < plan.lot:
        return None
    fee = plan.sold_at * quantity * plan.exit_rate
    paid = {"in_third": fee} if plan.fee_in == "third" else {"in_quote": fee}
    return Trade(is_buy=False, rung=0, price=plan.sold_at, quantity=quantity, **paid)


def plan_of(random: Random) -> Plan | None:
    """Draw a plan; None where a rung is less than one lot, or no price is left for it."""
    first = F(random.randint(1, 9999)) * F(10) ** random.randint(-8, 4)
    base = F(random.randint(500, 50_000), 100)
    lot = F(10) ** (math.floor(math.log10(base / first)) - random.choice((1, 1, 2, 3, 6)))
    add_ons = random.randint(0, 7)
    plan = Plan(
        first=first,
        base=base,
        add_on=base * F(random.randint(50, 200), 100),
        step=F(random.randint(5, 30), 1000),
        step_scale=F(random.randint(100, 140), 100),
        volume_scale=F(random.randint(100, 160), 100),
        add_ons=add_ons,
        lot=lot,
        rate=F(random.randint(0, 120), 10_000),
        fee_in=random.choice(("coin", "quote", "third")),
        exit_rate=F(random.randint(0, 120), 10_000),
        gain=F(random.randint(1, 100), 1000),
        sold_after=random.randint(0, add_ons),
        sold_share=F(random.choice((0, 0, 10, 30, 50, 90)), 100),
        sold_at=first * F(random.randint(70, 130), 100),
    )
    rungs = range(add_ons + 1)
    is_sound = all(rung_price(plan, k) > 0 and lots_for(plan, k) * (1 - plan.rate) >= plan.lot for k in rungs)
    return plan if is_sound else None
