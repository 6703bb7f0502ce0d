"""Risk levels: named presets, and the solver that turns an accepted loss into an order size."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from strategies.engine.ladder import Ladder
from strategies.engine.position import Position
from strategies.engine.side import Side

ONE = Decimal(1)
MAJORS = frozenset({"BTC", "ETH"})
STRESS_MAJOR, STRESS_OTHER = Decimal("0.25"), Decimal("0.5")
# Where the ladder reaches past the stress, the stress lies this much further than its last rung.
BEYOND_LAST = Decimal("1.5")


@dataclass(frozen=True, kw_only=True)
class RiskLevel:
    """`accepted_loss` per group as a share of equity; `soft` and `hard` as shares of the margin limit."""

    name: str
    accepted_loss: Decimal
    groups: int
    add_ons: int
    step: Decimal
    step_scale: Decimal
    volume_scale: Decimal
    leverage_cap: int
    soft: Decimal
    hard: Decimal

    def ladder(self, base: Decimal) -> Ladder:
        return Ladder(
            base=base,
            add_on=base,
            step=self.step,
            step_scale=self.step_scale,
            volume_scale=self.volume_scale,
            add_ons=self.add_ons,
        )


def _level(name: str, *figures: str) -> RiskLevel:
    loss, groups, add_ons, step, step_scale, volume_scale, leverage, soft, hard = figures
    return RiskLevel(
        name=name,
        accepted_loss=Decimal(loss),
        groups=int(groups),
        add_ons=int(add_ons),
        step=Decimal(step),
        step_scale=Decimal(step_scale),
        volume_scale=Decimal(volume_scale),
        leverage_cap=int(leverage),
        soft=Decimal(soft),
        hard=Decimal(hard),
    )


LEVELS: Mapping[str, RiskLevel] = {
    "low": _level("Low", "0.02", "2", "3", "0.025", "1.3", "1.0", "2", "0.50", "0.70"),
    "medium": _level("Medium", "0.04", "4", "5", "0.018", "1.25", "1.15", "3", "0.60", "0.80"),
    "high": _level("High", "0.07", "6", "7", "0.015", "1.2", "1.25", "5", "0.70", "0.90"),
}


def stress_of(base_coin: str) -> Decimal:
    """Return S, the fall that a risk level is measured by, as a share."""
    return STRESS_MAJOR if base_coin.upper() in MAJORS else STRESS_OTHER


def stress_price(ladder: Ladder, *, first: Decimal, side: Side, stress: Decimal) -> Decimal:
    """P_S = P0·(1 − s·S); S must lie beyond the last rung, otherwise it is 1.5·dev_n. No price falls below zero."""
    last = ladder.deviation(ladder.add_ons)
    share = stress if stress > last else last * BEYOND_LAST
    return max(Decimal(0), first * (ONE - side.sign * share))


def largest_base(ladder: Ladder, *, side: Side, stress: Decimal, accepted_loss: Decimal, equity: Decimal) -> Decimal:
    """B_max = R_max·E / Σ_k w_k·s·(1 − P_S/P_k), with w_k = c_k/B: the base order whose full ladder loses R_max·E."""
    at = stress_price(ladder, first=ONE, side=side, stress=stress)
    losses = (
        ladder.cost(k) / ladder.base * side.sign * (ONE - at / ladder.price(k, ONE, side))
        for k in range(ladder.add_ons + 1)
    )
    return accepted_loss * equity / sum(losses, Decimal(0))


def stress_loss(position: Position, price: Decimal) -> Decimal:
    """Return s·(A − P_S)·Q: what the group loses at the stress price, before the fees of what is still held."""
    unsold = position.quantity - position.sold
    return position.side.sign * (position.cost - unsold * price) - position.proceeds
