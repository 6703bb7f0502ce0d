"""The account: what all groups of a connection claim of a quote coin together, and what of it they may lose."""

from bisect import bisect_right
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cached_property, lru_cache

from strategies.engine.ladder import Ladder, stress_price
from strategies.engine.position import ONE, ZERO, Fees, Side


@dataclass(frozen=True, kw_only=True)
class Stake:
    """One open group's claim in quote money: coins held at cost, open orders, add-ons still to come.

    `at_risk` is what it loses at its stress price, before fees: of what is held, of orders under way, and of what is
    to come.
    """

    held: Decimal
    ordered: Decimal = ZERO
    to_come: Decimal = ZERO
    at_risk: Decimal = ZERO


NO_STAKE = Stake(held=ZERO)


@dataclass(frozen=True, kw_only=True)
class Grounds:
    """What a group's stake follows from.

    `at_work` is what was paid for the `held` coins, `cost` for all that it bought, `first` the price of its first fill
    (0 before it), `done` how many rungs have filled. `ordered` is under way, for the rung `step`. `is_reserved`: the
    money of its rungs to come is set aside, so that they count before they are ordered.
    """

    ladder: Ladder
    side: Side
    stress: Decimal
    is_reserved: bool
    first: Decimal = ZERO
    at_work: Decimal = ZERO
    cost: Decimal = ZERO
    held: Decimal = ZERO
    done: int = 0
    ordered: Decimal = ZERO
    step: int = 0

    @cached_property
    def stake(self) -> Stake:
        fallen, rungs = _in_a_fall(self.ladder, self.side, self.stress)
        # A ladder that stands in for one that cannot be read has fewer rungs than were bought.
        n, spent = self.ladder.add_ons, self.cost + self.ordered
        done = min(max(self.done, self.step), n)
        at_risk = self.ordered * rungs[done][0]
        if self.held > 0:
            at_risk += max(ZERO, self.side.sign * (self.at_work - self.held * self.first * fallen))
        # The first rung that is not paid for: what those before did not get is bought with it, and what it got already
        # is not bought again.
        following = max(done + 1, bisect_right(self.ladder.totals, spent))
        if not self.is_reserved or following > n:
            return Stake(held=self.at_work, ordered=self.ordered, at_risk=at_risk)
        loss, after, lost_after = rungs[following]
        cost = self.ladder.totals[following] - spent
        return Stake(
            held=self.at_work,
            ordered=self.ordered,
            to_come=cost + after,
            at_risk=at_risk + cost * loss + lost_after,
        )

    def ordering(self, cost: Decimal, step: int) -> "Grounds":
        """Return it with a further order under way, for the rung of this number."""
        return replace(self, ordered=self.ordered + cost, step=step)


# Of a rung: the share of its cost that it loses, what all later ones cost, and what those lose.
Fallen = tuple[Decimal, Decimal, Decimal]


@lru_cache(maxsize=4096)
def _in_a_fall(ladder: Ladder, side: Side, stress: Decimal) -> tuple[Decimal, tuple[Fallen, ...]]:
    """Return P_S as a share of the first price, and each rung of a ladder; it loses s·(1 − P_S/P_k) of its cost.

    An add-on that is bought beyond its zone's beginning loses less.
    """
    at = stress_price(ladder, first=ONE, side=side, stress=stress)
    prices = (ladder.price(k, ONE, side) for k in range(ladder.add_ons + 1))
    losses = [max(ZERO, side.sign * (ONE - at / price)) if price > 0 else ZERO for price in prices]
    lost = [cost * loss for cost, loss in zip(ladder.costs, losses, strict=True)]
    rungs = ((loss, ladder.remaining(k), sum(lost[k + 1 :], ZERO)) for k, loss in enumerate(losses))
    return at, tuple(rungs)


@dataclass(frozen=True, kw_only=True)
class Pool:
    """The money in one quote coin that all groups of a connection share, at one moment.

    `equity` and `free` are what the account is worth and what of it an order may cost now, less what was ordered since
    its balances were read; None: not known. `at_risk` and `set_aside` are the sums of what the stakes lose at their
    stress prices, of which the share `loss_cap` of the equity is the most, and of what their rungs to come will cost.
    """

    equity: Decimal | None = None
    free: Decimal | None = None
    loss_cap: Decimal = ONE
    at_risk: Decimal = ZERO
    set_aside: Decimal = ZERO

    @property
    def missing(self) -> Decimal:
        """Return how much of what is set aside is not free; of what is not known nothing is missing."""
        return ZERO if self.free is None else max(ZERO, self.set_aside - self.free)

    def refusal(self, before: Stake, after: Stake, fees: Fees) -> str:
        """Return why a group's stake must not become `after`, "" when it may.

        What others have set aside is not for it. An add-on whose own money was set aside takes nothing from anybody.
        """
        numbers = self.figures(before, after, fees)
        if not before.to_come and self.free is not None and numbers["needed"] + numbers["set_aside"] > self.free:
            return "account.reserve"
        if self.equity is not None and numbers["at_risk"] > numbers["loss_cap"]:
            return "account.cap"
        return ""

    def figures(self, before: Stake, after: Stake, fees: Fees) -> dict[str, Decimal]:
        """Return what the rules compare: what a stake that becomes `after` needs beside what is set aside for others,
        and what all lose at their stress prices then."""
        return {
            "needed": fees.money_needed(after.ordered - before.ordered + after.to_come),
            "set_aside": fees.money_needed(self.set_aside - before.to_come),
            "free": self.free or ZERO,
            "at_risk": self.at_risk + after.at_risk - before.at_risk,
            "loss_cap": self.loss_cap * (self.equity or ZERO),
        }

    def counting(self, before: Stake, after: Stake) -> "Pool":
        """Return it as it is once a stake has become `after`."""
        return self.plus(
            free=before.ordered - after.ordered,
            at_risk=after.at_risk - before.at_risk,
            set_aside=after.to_come - before.to_come,
        )

    def plus(
        self, *, equity: Decimal = ZERO, free: Decimal = ZERO, at_risk: Decimal = ZERO, set_aside: Decimal = ZERO
    ) -> "Pool":
        """Return it with so much more of each; what is not known stays unknown."""
        return replace(
            self,
            equity=None if self.equity is None else self.equity + equity,
            free=None if self.free is None else self.free + free,
            at_risk=self.at_risk + at_risk,
            set_aside=self.set_aside + set_aside,
        )


# What the reason of each rule is told with.
TOLD = {"account.reserve": ("needed", "set_aside", "free"), "account.cap": ("at_risk", "loss_cap")}
