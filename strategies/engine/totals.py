"""What a group's fills add up to: pure sums, made anew from all fills each time, so that nothing counts twice."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import cached_property

from exchanges.values import Fee

ZERO = Decimal(0)
# A rung of which so much is bought is done; the rest is bought with the next one.
NEARLY = Decimal("0.9")


@dataclass(frozen=True, kw_only=True)
class FillLine:
    """One fill with what its order was for. `step` is the rung of the ladder, 0 for the entry, `ordered` the quantity
    of the `order`, which says whose fill it is.

    `fee_value` is what its fees in other coins than the pair's are worth in quote money, None while that is not known.
    `is_fee_known`: the exchange told its fees; `is_immediate`: its order took what stood in the book.
    """

    is_buy: bool
    is_add_on: bool
    step: int
    price: Decimal
    quantity: Decimal
    cost: Decimal
    fee: Decimal
    fee_asset: str
    at: datetime
    more_fees: tuple[Fee, ...] = ()
    fee_value: Decimal | None = ZERO
    is_fee_known: bool = True
    is_immediate: bool = True
    order: int = 0
    ordered: Decimal = ZERO

    @cached_property
    def fees(self) -> tuple[Fee, ...]:
        return Fee(self.fee_asset, self.fee), *self.more_fees


@dataclass(frozen=True, kw_only=True)
class Totals:
    """Sums as strategies/models/groups.py stores them: `fee_coin` and `fee_quote` of the buys, `proceeds` net of fees.

    `held_quantity` and `at_work` are the quantity and the cost of that part of the buys that is not sold: each sale
    takes its share of what was held then.
    `fee_other` is what fees of the buys in a third coin (BNB, KCS, MX) were worth, `proceeds` are net of those of the
    sells; where that is not known (`has_unvalued_fees`) they are in neither. `fees` are all of these together, buys and
    sells, one taken in the coin at its fill's price.
    `fee_rate` is what the exchange told to have taken of its buys, as a share of their cost: of those that took what
    stood in the book, as exits do. None: of none it told that yet.
    """

    quantity: Decimal = ZERO
    cost: Decimal = ZERO
    fee_coin: Decimal = ZERO
    fee_quote: Decimal = ZERO
    fee_other: Decimal = ZERO
    fee_rate: Decimal | None = None
    has_unvalued_fees: bool = False
    fees: Decimal = ZERO
    sold: Decimal = ZERO
    proceeds: Decimal = ZERO
    held_quantity: Decimal = ZERO
    at_work: Decimal = ZERO
    add_ons_done: int = 0
    first_price: Decimal | None = None
    first_fill_at: datetime | None = None
    last_fill_at: datetime | None = None
    last_fill_price: Decimal | None = None

    @property
    def held(self) -> Decimal:
        """Return what of its own buys is held, without dust that it carried or passed on."""
        return self.quantity - self.fee_coin - self.sold

    @property
    def result(self) -> Decimal:
        """Return what the group has won or lost so far in quote money, after fees; coins still held count nothing."""
        return self.proceeds - self.cost - self.fee_quote - self.fee_other


def totals(fills: Iterable[FillLine], *, pair: str, planned: Sequence[Decimal] = (), carried: Decimal = ZERO) -> Totals:
    """Add up a group's fills; `first_price` is the average price of its entry, P0 of the ladder.

    `planned` is what each rung of its ladder costs, the entry first; `carried` is dust that it took at no cost.
    """
    base, _, quote = pair.partition("/")
    lines = sorted(fills, key=lambda line: (line.at, not line.is_buy))
    buys = [line for line in lines if line.is_buy]
    sells = [line for line in lines if not line.is_buy]
    entries = [line for line in buys if not line.is_add_on]
    held_quantity, at_work = _unsold(lines, base, carried)
    return Totals(
        quantity=sum((line.quantity for line in buys), ZERO),
        cost=sum((line.cost for line in buys), ZERO),
        # A sell whose fee is taken in the coin takes it out of what is held.
        fee_coin=_fees(buys, base) + _fees(sells, base),
        fee_quote=_fees(buys, quote),
        fee_other=sum((line.fee_value or ZERO for line in buys), ZERO),
        fee_rate=_rate([line for line in buys if line.is_fee_known and line.is_immediate], base, quote),
        has_unvalued_fees=any(line.fee_value is None for line in lines),
        fees=_paid(lines, base, quote),
        sold=sum((line.quantity for line in sells), ZERO),
        proceeds=sum((line.cost for line in sells), ZERO)
        - _fees(sells, quote)
        - sum((line.fee_value or ZERO for line in sells), ZERO),
        held_quantity=held_quantity,
        at_work=at_work,
        add_ons_done=_rungs_done(buys, planned),
        first_price=_average(entries),
        first_fill_at=buys[0].at if buys else None,
        last_fill_at=buys[-1].at if buys else None,
        last_fill_price=_average([line for line in buys if line.step == buys[-1].step]) if buys else None,
    )


def _unsold(lines: Iterable[FillLine], base: str, carried: Decimal) -> tuple[Decimal, Decimal]:
    """Return quantity and cost of the part of the buys that is not sold; `lines` in the order of time."""
    held, quantity, cost = carried, ZERO, ZERO
    for line in lines:
        fee = _fees([line], base)
        if line.is_buy:
            held, quantity, cost = held + line.quantity - fee, quantity + line.quantity, cost + line.cost
            continue
        left = held - line.quantity - fee
        share = left / held if held > 0 and left > 0 else ZERO
        held, quantity, cost = left, quantity * share, cost * share
    return quantity, cost


def _rungs_done(buys: Iterable[FillLine], planned: Sequence[Decimal]) -> int:
    """Return the last rung of which an order got nearly all, or that nearly all is paid for after those before it.

    The former counts where whole lots come to less than was planned, the latter where a rung took several orders.
    """
    got, paid, done = dict[int, Decimal](), ZERO, 0
    for line in buys:
        got[line.order], paid = got.get(line.order, ZERO) + line.quantity, paid + line.cost
        if line.is_add_on and got[line.order] >= NEARLY * line.ordered:
            done = max(done, line.step)
    while done + 1 < len(planned) and paid >= sum(planned[: done + 1], ZERO) + NEARLY * planned[done + 1]:
        done += 1
    return done


def _fees(lines: Iterable[FillLine], asset: str) -> Decimal:
    return sum((fee.amount for line in lines for fee in line.fees if fee.asset.upper() == asset), ZERO)


def _rate(told: Iterable[FillLine], base: str, quote: str) -> Decimal | None:
    """Return the fees of these fills as a share of what they cost, None without any whose worth is known."""
    lines = [line for line in told if line.fee_value is not None]
    cost = sum((line.cost for line in lines), ZERO)
    return _paid(lines, base, quote) / cost if cost else None


def _paid(lines: Sequence[FillLine], base: str, quote: str) -> Decimal:
    """Return all fees in quote money; those whose worth is not known count nothing."""
    in_coin = sum((_fees([line], base) * line.price for line in lines), ZERO)
    return _fees(lines, quote) + in_coin + sum((line.fee_value or ZERO for line in lines), ZERO)


def _average(lines: list[FillLine]) -> Decimal | None:
    quantity = sum((line.quantity for line in lines), ZERO)
    return sum((line.cost for line in lines), ZERO) / quantity if quantity else None
