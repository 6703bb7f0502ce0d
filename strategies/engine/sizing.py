"""Sizing: risk levels, the base order that one and a margin limit allow, and what would be enough for a larger one."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from decimal import ROUND_DOWN, ROUND_UP, Context, Decimal
from enum import StrEnum
from functools import cached_property

from strategies.engine.ladder import CLOSABLE, Ladder, full_position, stress_price
from strategies.engine.position import ONE, ZERO, Fees, Position, Side, in_lots
from strategies.engine.state import LimitMode, MarginLimit, OrderRules

# So far away break-even may be for the lot that a fee makes unsellable: 20 USDT of BTC at Binance are 3 %.
LOTS_MAY_COST = Decimal("0.05")
# Eight digits can be shown, stored and typed again without passing a limit by a rounding.
DOWN, UP = Context(prec=8, rounding=ROUND_DOWN), Context(prec=8, rounding=ROUND_UP)


@dataclass(frozen=True, kw_only=True)
class RiskLevel:
    """What a level, or a trader in its place, decides about the groups of a bot.

    `accepted_loss` per group as a share of equity; `soft` and `hard` as shares of the margin limit. `add_on` is the
    first add-on as a multiple of the base order, `floor` the deviation beyond which none is placed (None: no floor),
    `improve` by how much, as a share, an add-on must better the average.
    """

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
    add_on: Decimal = ONE
    floor: Decimal | None = None
    improve: Decimal = Decimal("0.001")

    def ladder(self, base: Decimal) -> Ladder:
        return Ladder(
            base=base,
            add_on=base * self.add_on,
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


class LimitedBy(StrEnum):
    RISK = "risk"
    MARGIN = "margin"
    WISH = "wish"


@dataclass(frozen=True, kw_only=True)
class Full:
    """A whole ladder, filled from a first price of 1 on, and the stress price; reckoned where somebody asks."""

    ladder: Ladder
    side: Side
    fees: Fees
    stressed: Decimal

    @cached_property
    def position(self) -> Position:
        return full_position(self.ladder, first=ONE, side=self.side, fees=self.fees)


@dataclass(frozen=True, kw_only=True)
class Sizing:
    """The ladder to trade, or None and the reason; all money in quote.

    `largest` is the base order that both `by_risk` and `by_margin` allow, `smallest` the one whose every order the
    exchange takes. Where the smallest does not fit: `fits_add_ons`, the most add-ons with which it would (None: not
    even without), and the equity and margin limit that would be enough (None: that one is enough already).
    """

    ladder: Ladder | None
    largest: Decimal
    limited_by: LimitedBy
    reason: str = ""
    by_risk: Decimal = ZERO
    by_margin: Decimal = ZERO
    smallest: Decimal = ZERO
    full: Full | None = None
    fits_add_ons: int | None = None
    needed_equity: Decimal | None = None
    needed_margin: Decimal | None = None

    @property
    def loss(self) -> Decimal:
        """Return what the ladder loses at the stress price, before fees."""
        return ZERO if self.full is None else self.full.position.stress_loss(self.full.stressed)

    @property
    def loss_with_fees(self) -> Decimal:
        return ZERO if self.full is None else -self.full.position.result_at(self.full.stressed)


def size(
    level: RiskLevel,
    *,
    side: Side,
    stress: Decimal,
    equity: Decimal | None,
    margin: MarginLimit,
    add_ons_off: bool,
    minimum_cost: Decimal,
    wish: Decimal | None,
    fees: Fees,
    least_first: Decimal = ZERO,
) -> Sizing:
    """Return the ladder with the wished base order, without a wish the largest.

    `minimum_cost` is the greater of the exchange's least cost and its least amount at the price; `least_first` is the
    least first order (`least_in_lots`).
    """
    shape = level.ladder(ONE) if not add_ons_off else replace(level.ladder(ONE), add_ons=0)
    least, money = {"minimum": minimum_cost, "least_first": least_first}, equity or ZERO
    room = Room(level=level, shape=shape, side=side, stress=stress, equity=money, margin=margin, **least)
    reason = room.refusal(wish)
    ladder = None if reason else shape.scaled(room.largest if wish is None else wish)
    sizing = Sizing(
        ladder=ladder,
        largest=room.largest,
        limited_by=LimitedBy.WISH if wish is not None and wish <= room.largest else room.limited_by,
        reason=reason,
        by_risk=room.by_risk,
        by_margin=room.by_margin,
        smallest=room.smallest,
        full=None if ladder is None else Full(ladder=ladder, side=side, fees=fees, stressed=room.stressed),
    )
    return _with_ways_out(sizing, room) if reason and room.largest < room.smallest else sizing


def size_at(
    price: Decimal,
    level: RiskLevel,
    *,
    rules: OrderRules,
    side: Side,
    stress: Decimal,
    equity: Decimal | None,
    margin: MarginLimit,
    add_ons_off: bool,
    wish: Decimal | None,
    fees: Fees,
    take_profit: Decimal,
) -> Sizing:
    """Return the ladder that a new group would begin at the price, or why none, by what the exchange takes there."""
    return size(
        level,
        side=side,
        stress=stress,
        equity=equity,
        margin=margin,
        add_ons_off=add_ons_off,
        minimum_cost=least_cost(rules, price, fees),
        wish=wish,
        fees=fees,
        least_first=least_in_lots(rules.amount_step, price, take_profit=take_profit, fees=fees),
    )


def least_cost(rules: OrderRules, price: Decimal, fees: Fees) -> Decimal:
    """Return the least that buying costs if what it leaves is to be sold again.

    What the exchange sells is whole steps, of what the fee in the coin has left.
    """
    step, by_cost = rules.amount_step, rules.minimum_cost / price if price else ZERO
    least = max(rules.min_amount or ZERO, by_cost, step or ZERO)
    # Rounded up: the negative is rounded down.
    sold = -in_lots(-least, step)
    bought = -in_lots(-sold / (1 - fees.entry), step) if fees.entry_in_coin else sold
    return max(rules.minimum_cost, bought * price)


def least_in_lots(step: Decimal | None, price: Decimal, *, take_profit: Decimal, fees: Fees) -> Decimal:
    """Return the least cost of a first order whose break-even is not too far away.

    A fee that is kept in the coin makes one lot of n unsellable, for which the others must bring more: n·(1 − f) coins
    are held, n − 1 lots are sold, and that is no further than g from (1 + g)/(g + f) lots on. So far it may be: as the
    take profit, and LOTS_MAY_COST in any case, since what is left over is not lost: the pair's next group has it.
    Lots of which all is sold cost nothing.
    """
    if not step or not fees.entry_in_coin:
        return ZERO
    reach = max(take_profit, LOTS_MAY_COST)
    bought = step * (ONE + reach) / (reach + fees.entry)
    # Whole lots, rounded up, also where the price runs away a little.
    return -in_lots(-bought, step) * price * CLOSABLE


def _with_ways_out(sizing: Sizing, room: "Room") -> Sizing:
    shape = room.shape
    shorter = (replace(room, shape=replace(shape, add_ons=n)) for n in range(shape.add_ons - 1, -1, -1))
    return replace(
        sizing,
        fits_add_ons=next((one.shape.add_ons for one in shorter if one.has_any), None),
        needed_equity=room.needed_equity() if room.by_risk < room.smallest else None,
        needed_margin=room.needed_margin() if room.by_margin < room.smallest else None,
    )


@dataclass(frozen=True, kw_only=True)
class Room:
    """What bounds the base order of a ladder whose shape is given for a base of 1.

    `stressed`: the stress price for a first price of 1, and `loss`: Σ_k w_k·s·(1 − P_S/P_k) with w_k = c_k/B, what
    the whole ladder loses there for each unit of its base order. So `by_risk` is B_max = R_max·E / loss.
    `by_margin`: RESERVE, every group's whole ladder fits below the soft limit; FIRST_COME, one ladder below the hard
    one. `accepted`: the base order with which the exchange takes every order of the ladder; `smallest`: one that is no
    less than `least_first` either.
    """

    level: RiskLevel
    shape: Ladder
    side: Side
    stress: Decimal
    equity: Decimal
    margin: MarginLimit
    minimum: Decimal
    least_first: Decimal = ZERO
    stressed: Decimal = field(init=False)
    loss: Decimal = field(init=False)
    by_risk: Decimal = field(init=False)
    by_margin: Decimal = field(init=False)
    largest: Decimal = field(init=False)
    accepted: Decimal = field(init=False)
    smallest: Decimal = field(init=False)
    limited_by: LimitedBy = field(init=False)
    has_any: bool = field(init=False)

    def __post_init__(self) -> None:
        shape, margin, sign = self.shape, self.margin, self.side.sign
        at = stress_price(shape, first=ONE, side=self.side, stress=self.stress)
        weights = (cost / shape.base * sign for cost in shape.costs)
        losses = (w * (ONE - at / (ONE - sign * far)) for w, far in zip(weights, shape.deviations, strict=True))
        loss = sum(losses, ZERO)
        by_risk = DOWN.plus(self.level.accepted_loss * max(self.equity, ZERO) / loss)
        if margin.mode is LimitMode.RESERVE:
            by_margin = DOWN.plus(margin.soft * margin.amount / self.level.groups / shape.total)
        else:
            by_margin = DOWN.plus(min(margin.hard * margin.amount / shape.total, margin.soft * margin.amount))
        largest, accepted = min(by_risk, by_margin), UP.plus(self.minimum * CLOSABLE / min(shape.costs))
        smallest = max(accepted, UP.plus(self.least_first))
        # The figures of a frozen value are made once, here.
        vars(self).update(
            stressed=at,
            loss=loss,
            by_risk=by_risk,
            by_margin=by_margin,
            largest=largest,
            accepted=accepted,
            smallest=smallest,
            limited_by=LimitedBy.RISK if by_risk <= by_margin else LimitedBy.MARGIN,
            has_any=largest >= smallest and largest > 0,
        )

    def refusal(self, wish: Decimal | None) -> str:
        if self.equity <= 0:
            return "size.no_equity"
        if not self.has_any or (wish is not None and (wish < self.smallest or wish <= 0)):
            tried = self.largest if wish is None else min(wish, self.largest)
            return "size.coarse_lots" if tried >= self.accepted and tried > 0 else "size.below_minimum"
        if wish is not None and wish > self.largest:
            return "size.risk" if self.limited_by is LimitedBy.RISK else "size.margin"
        return ""

    def needed_equity(self) -> Decimal:
        """Return the equity with which the smallest base order would lose no more than is accepted."""
        return UP.plus(self.smallest / (self.level.accepted_loss / self.loss))

    def needed_margin(self) -> Decimal:
        """Return the margin limit with which the smallest base order would fit."""
        total = self.smallest * self.shape.total
        if self.margin.mode is LimitMode.RESERVE:
            return UP.plus(total * self.level.groups / self.margin.soft)
        return UP.plus(max(total / self.margin.hard, self.smallest / self.margin.soft))
