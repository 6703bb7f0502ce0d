"""The worst-case card: every order of a ladder before it is placed, and what it loses when the price goes on."""

from dataclasses import dataclass
from decimal import Decimal

from strategies.engine.ladder import Ladder, Rung, rungs
from strategies.engine.position import Fees, Side

FALLS = (Decimal("0.10"), Decimal("0.25"), Decimal("0.50"))


@dataclass(frozen=True, kw_only=True)
class Loss:
    """What is lost when the price has gone this share against the position (a short loses on a rise).

    Only the orders that the price has reached are in it. `share` is of the equity, fees included; None: not known.
    """

    fall: Decimal
    price: Decimal
    before_fees: Decimal
    with_fees: Decimal
    share: Decimal | None


@dataclass(frozen=True, kw_only=True)
class WorstCase:
    """`average`, `break_even` and `bounce` are those of the whole ladder, filled."""

    rungs: tuple[Rung, ...]
    total: Decimal
    average: Decimal
    break_even: Decimal
    bounce: Decimal
    losses: tuple[Loss, ...]


def worst_case(
    ladder: Ladder,
    *,
    first: Decimal,
    side: Side,
    fees: Fees,
    minimum_cost: Decimal,
    equity: Decimal | None = None,
    step: Decimal | None = None,
) -> WorstCase:
    """Return the card of a ladder; `step` is what amounts at the exchange are multiples of."""
    rows = tuple(rungs(ladder, first=first, side=side, fees=fees, minimum_cost=minimum_cost, step=step))
    last = rows[-1]
    return WorstCase(
        rungs=rows,
        total=last.total,
        average=last.average,
        break_even=last.break_even,
        bounce=last.bounce,
        losses=tuple(_loss(rows, fall, first, equity) for fall in FALLS),
    )


def _loss(rows: tuple[Rung, ...], fall: Decimal, first: Decimal, equity: Decimal | None) -> Loss:
    position = [row.position for row in rows if row.deviation <= fall][-1]
    price = first * (1 - position.side.sign * fall)
    with_fees = -position.result_at(price)
    return Loss(
        fall=fall,
        price=price,
        before_fees=position.stress_loss(price),
        with_fees=with_fees,
        share=with_fees / equity if equity else None,
    )
