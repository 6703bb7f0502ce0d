"""The worst-case card: every order of a ladder before it is placed, and what it loses when the price goes on.

Of a group, of the bot with all groups that it can have, and of the account with all its bots.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from strategies.engine.ladder import Ladder, Rung, rungs
from strategies.engine.position import ONE, ZERO, Fees, Position, Side

FALLS = (Decimal("0.10"), Decimal("0.25"), Decimal("0.50"))


@dataclass(frozen=True, kw_only=True)
class Loss:
    """What is lost when the price has gone this share against the position (a short loses on a rise).

    Only the orders that the price has reached are in it; a stop loss on the way ends it. `share` is of the equity, fees
    included; None: not known.
    """

    fall: Decimal
    price: Decimal
    before_fees: Decimal
    with_fees: Decimal
    share: Decimal | None


@dataclass(frozen=True, kw_only=True)
class Stopped:
    """Where a price that goes on meets the stop loss: after so many add-ons. `loss` is with fees."""

    add_ons: int
    price: Decimal
    loss: Decimal


@dataclass(frozen=True, kw_only=True)
class WorstCase:
    """`average`, `break_even` and `bounce` are those of the whole ladder, filled. No stop loss, no `stop`."""

    rungs: tuple[Rung, ...]
    total: Decimal
    average: Decimal
    break_even: Decimal
    bounce: Decimal
    losses: tuple[Loss, ...]
    stop: Stopped | None = None


def worst_case(
    ladder: Ladder,
    *,
    first: Decimal,
    side: Side,
    fees: Fees,
    minimum_cost: Decimal,
    equity: Decimal | None = None,
    step: Decimal | None = None,
    stop_loss: Decimal | None = None,
) -> WorstCase:
    """Return the card of a ladder; `step` is what amounts at the exchange are multiples of, `stop_loss` a share of the
    average."""
    rows = tuple(rungs(ladder, first=first, side=side, fees=fees, minimum_cost=minimum_cost, step=step))
    last, stop = rows[-1], None if stop_loss is None else _stopped(rows, side, stop_loss)
    return WorstCase(
        rungs=rows,
        total=last.total,
        average=last.average,
        break_even=last.break_even,
        bounce=last.bounce,
        losses=tuple(_loss(rows, fall, first, equity, stop) for fall in FALLS),
        stop=stop,
    )


def _stopped(rows: Sequence[Rung], side: Side, stop_loss: Decimal) -> Stopped:
    """Follow the price from rung to rung: an exit comes before an add-on at the same price."""
    stops = [(row, row.position.average * (1 - side.sign * stop_loss)) for row in rows]
    reached = (
        (row, price)
        for (row, price), following in zip(stops, rows[1:], strict=False)
        if side.sign * (following.price - price) <= 0
    )
    row, price = next(reached, stops[-1])
    return Stopped(add_ons=row.k, price=price, loss=-row.position.result_at(price))


def _loss(rows: tuple[Rung, ...], fall: Decimal, first: Decimal, equity: Decimal | None, stop: Stopped | None) -> Loss:
    position = [row.position for row in rows if row.deviation <= fall][-1]
    price = first * (1 - position.side.sign * fall)
    if stop is not None and position.side.sign * (stop.price - price) >= 0:
        position, price = rows[stop.add_ons].position, stop.price
    with_fees = -position.result_at(price)
    return Loss(
        fall=fall,
        price=price,
        before_fees=position.stress_loss(price),
        with_fees=with_fees,
        share=with_fees / equity if equity else None,
    )


@dataclass(frozen=True, kw_only=True)
class Exposure:
    """What so many groups come to together, in quote money: `wanted` by all their orders, and what of it can be
    `at_work`; `losses` with fees, for each of FALLS."""

    groups: int
    wanted: Decimal
    at_work: Decimal
    losses: tuple[Decimal, ...]


def of_groups(cases: Sequence[WorstCase], *, groups: int, most: Decimal, side: Side, fees: Fees) -> Exposure:
    """Return the worst that so many groups, of one case each, come to with no more than `most` at work.

    Money at work loses no more than an entry does: every add-on is bought at a better price.
    """
    wanted = sum(_largest(groups, (case.total for case in cases)), ZERO)
    entry = Position(side=side, fees=fees).with_fills((ONE, ONE))
    losses = (
        min(
            sum(_largest(groups, (case.losses[i].with_fees for case in cases)), ZERO),
            -entry.result_at(ONE - side.sign * fall) * most,
        )
        for i, fall in enumerate(FALLS)
    )
    return Exposure(groups=groups, wanted=wanted, at_work=min(wanted, most), losses=tuple(losses))


def _largest(count: int, values: Iterable[Decimal]) -> list[Decimal]:
    return sorted(values, reverse=True)[:count]


def together(parts: Iterable[Exposure], *, most: Decimal) -> Exposure:
    """Return what bots of one account come to: no more than the account has."""
    found = list(parts)
    return Exposure(
        groups=sum(part.groups for part in found),
        wanted=sum((part.wanted for part in found), ZERO),
        at_work=min(sum((part.at_work for part in found), ZERO), most),
        losses=tuple(min(sum((part.losses[i] for part in found), ZERO), most) for i in range(len(FALLS))),
    )
