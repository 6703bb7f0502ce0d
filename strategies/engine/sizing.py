"""Sizing: the base order that a risk level and a margin limit allow, and what would be enough where it is too small."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import ROUND_DOWN, ROUND_UP, Context, Decimal
from enum import StrEnum

from strategies.engine.ladder import CLOSABLE, Ladder, full_position
from strategies.engine.margin import LimitMode, MarginLimit
from strategies.engine.position import Fees
from strategies.engine.risk import RiskLevel, largest_base, stress_loss, stress_price
from strategies.engine.side import Side

ZERO, ONE = Decimal(0), Decimal(1)
# Eight digits can be shown, stored and typed again without passing a limit by a rounding.
DOWN, UP = Context(prec=8, rounding=ROUND_DOWN), Context(prec=8, rounding=ROUND_UP)


class LimitedBy(StrEnum):
    RISK = "risk"
    MARGIN = "margin"
    WISH = "wish"


@dataclass(frozen=True, kw_only=True)
class Sizing:
    """The ladder to trade, or None and the reason; all money in quote.

    `largest` is the base order that both `by_risk` and `by_margin` allow, `smallest` the one whose every order the
    exchange takes. Where the smallest does not fit: `fits_add_ons`, the most add-ons with which it would (None: not
    even without), and the equity and margin limit that would be enough (None: that one is enough already).
    `loss` is what the ladder loses at the stress price, before fees and with them.
    """

    ladder: Ladder | None
    largest: Decimal
    limited_by: LimitedBy
    reason: str = ""
    by_risk: Decimal = ZERO
    by_margin: Decimal = ZERO
    smallest: Decimal = ZERO
    loss: Decimal = ZERO
    loss_with_fees: Decimal = ZERO
    fits_add_ons: int | None = None
    needed_equity: Decimal | None = None
    needed_margin: Decimal | None = None


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
) -> Sizing:
    """Return the ladder with the wished base order, without a wish the largest.

    `minimum_cost` is the greater of the exchange's least cost and its least amount at the price.
    """
    shape = level.ladder(ONE) if not add_ons_off else replace(level.ladder(ONE), add_ons=0)
    case = _Case(
        level=level, shape=shape, side=side, stress=stress, equity=equity or ZERO, margin=margin, minimum=minimum_cost
    )
    reason = case.refusal(wish)
    sizing = Sizing(
        ladder=None,
        largest=case.largest,
        limited_by=case.limited_by(wish),
        reason=reason,
        by_risk=case.by_risk,
        by_margin=case.by_margin,
        smallest=case.smallest,
    )
    if not reason:
        return _with_ladder(sizing, shape.scaled(case.largest if wish is None else wish), case, fees)
    return _with_ways_out(sizing, case) if case.largest < case.smallest else sizing


def _with_ladder(sizing: Sizing, ladder: Ladder, case: "_Case", fees: Fees) -> Sizing:
    at = stress_price(ladder, first=ONE, side=case.side, stress=case.stress)
    position = full_position(ladder, first=ONE, side=case.side, fees=fees)
    return replace(sizing, ladder=ladder, loss=stress_loss(position, at), loss_with_fees=-position.result_at(at))


def _with_ways_out(sizing: Sizing, case: "_Case") -> Sizing:
    return replace(
        sizing,
        fits_add_ons=next((shorter.shape.add_ons for shorter in case.shorter() if shorter.has_room), None),
        needed_equity=case.needed_equity if case.by_risk < case.smallest else None,
        needed_margin=case.needed_margin if case.by_margin < case.smallest else None,
    )


@dataclass(frozen=True, kw_only=True)
class _Case:
    """What bounds the base order of a ladder whose shape is given for a base of 1."""

    level: RiskLevel
    shape: Ladder
    side: Side
    stress: Decimal
    equity: Decimal
    margin: MarginLimit
    minimum: Decimal

    @property
    def by_risk(self) -> Decimal:
        return DOWN.plus(self._base_for(max(self.equity, ZERO)))

    @property
    def by_margin(self) -> Decimal:
        """RESERVE: every group's whole ladder fits below the soft limit; FIRST_COME: one ladder below the hard one."""
        soft, hard, total = self.margin.soft, self.margin.hard, self.shape.total()
        if self.margin.mode is LimitMode.RESERVE:
            return DOWN.plus(soft * self.margin.amount / self.level.groups / total)
        return DOWN.plus(min(hard * self.margin.amount / total, soft * self.margin.amount))

    @property
    def largest(self) -> Decimal:
        return min(self.by_risk, self.by_margin)

    @property
    def smallest(self) -> Decimal:
        return UP.plus(self.minimum * CLOSABLE / min(self.shape.costs))

    @property
    def has_room(self) -> bool:
        return self.largest >= self.smallest and self.largest > 0

    @property
    def needed_equity(self) -> Decimal:
        return UP.plus(self.smallest / self._base_for(ONE))

    @property
    def needed_margin(self) -> Decimal:
        total = self.smallest * self.shape.total()
        if self.margin.mode is LimitMode.RESERVE:
            return UP.plus(total * self.level.groups / self.margin.soft)
        return UP.plus(max(total / self.margin.hard, self.smallest / self.margin.soft))

    def limited_by(self, wish: Decimal | None) -> LimitedBy:
        if wish is not None and wish <= self.largest:
            return LimitedBy.WISH
        return LimitedBy.RISK if self.by_risk <= self.by_margin else LimitedBy.MARGIN

    def refusal(self, wish: Decimal | None) -> str:
        if self.equity <= 0:
            return "size.no_equity"
        if not self.has_room or (wish is not None and (wish < self.smallest or wish <= 0)):
            return "size.below_minimum"
        if wish is not None and wish > self.largest:
            return "size.risk" if self.limited_by(wish) is LimitedBy.RISK else "size.margin"
        return ""

    def shorter(self) -> Iterator["_Case"]:
        """Yield the same case with one add-on less, then two, down to none."""
        for add_ons in range(self.shape.add_ons - 1, -1, -1):
            yield replace(self, shape=replace(self.shape, add_ons=add_ons))

    def _base_for(self, equity: Decimal) -> Decimal:
        accepted = self.level.accepted_loss
        return largest_base(self.shape, side=self.side, stress=self.stress, accepted_loss=accepted, equity=equity)
