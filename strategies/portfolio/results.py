"""What bots have won and lost: realised by closed groups, open at this moment, paid in fees; per quote currency."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple

from strategies.models import Fill, Group, KeptResult, orders
from strategies.pairs import quote_of
from strategies.portfolio.standing import Stood

ZERO = Decimal(0)


class Ended(NamedTuple):
    """What groups of a pair brought that are over: `ended` have a result, a released one has only paid `fees`."""

    pair: str
    realised: Decimal
    fees: Decimal
    ended: int
    won: int


@dataclass(frozen=True, kw_only=True)
class Result:
    """All money in `quote`, net of fees. Of the `closed` groups `won` ended with a gain; `open` leaves out the
    `unpriced` ones of the `opened`. `cost` is what the open ones still have at work."""

    quote: str
    realised: Decimal
    closed: int
    won: int
    open: Decimal
    opened: int
    unpriced: int
    cost: Decimal
    fees: Decimal


def ended_of(bots: Collection[int]) -> dict[int, list[Ended]]:
    """Return what the groups of each bot brought that are over, a row per pair, from the sums that are kept."""
    found: dict[int, list[Ended]] = defaultdict(list)
    rows = KeptResult.objects.ever().filter(bot__in=bots).order_by("pair", "pk")
    for row in rows:
        found[row.bot_id].append(Ended(row.pair, row.result, row.fees, row.closed, row.won))
    return found


def results_of(closed: Iterable[Ended], opened: Iterable[Stood]) -> list[Result]:
    """Sum up closed groups and open ones."""
    ended: dict[str, list[Ended]] = defaultdict(list)
    running: dict[str, list[Stood]] = defaultdict(list)
    for one in closed:
        ended[quote_of(one.pair)].append(one)
    for group, standing in opened:
        running[quote_of(group.pair)].append((group, standing))
    return [_result(quote, ended[quote], running[quote]) for quote in sorted({*ended, *running})]


def _result(quote: str, ended: Sequence[Ended], running: Sequence[Stood]) -> Result:
    return Result(
        quote=quote,
        realised=sum((one.realised for one in ended), ZERO),
        closed=sum(one.ended for one in ended),
        won=sum(one.won for one in ended),
        open=sum((standing.result or ZERO for _, standing in running), ZERO),
        opened=len(running),
        unpriced=sum(standing.result is None and not group.is_empty for group, standing in running),
        cost=sum((standing.at_work for _, standing in running), ZERO),
        fees=sum((one.fees for one in ended), ZERO) + sum((group.fees for group, _ in running), ZERO),
    )


def unvalued_fees(bot_id: int) -> dict[str, Decimal]:
    """Return the fees of a bot in third coins of which nobody knows what they were worth, by coin."""
    others: dict[str, Decimal] = defaultdict(Decimal)
    lacking = Group.objects.filter(bot=bot_id, has_unvalued_fees=True)
    for fill in Fill.objects.filter(order__group__in=lacking, fee_value=None):
        for fee in orders.all_of(fill):
            if fee.amount and fee.asset.upper() not in fill.pair.split("/"):
                others[fee.asset] += fee.amount
    return others
