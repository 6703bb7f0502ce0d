"""What bots have won and lost: realised by closed groups, open at this moment, paid in fees; per quote currency."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from exchanges.values import Fee
from strategies.models import orders
from strategies.models.orders import Fill
from strategies.pairs import quote_of
from strategies.portfolio.standing import Stood

ZERO = Decimal(0)


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


@dataclass(frozen=True, kw_only=True)
class PaidFees:
    """Fees by quote; one kept in the coin counts at its fill's price, one in a third asset
    at its worth of that moment. `others` are those of which that is not known."""

    quotes: Mapping[str, Decimal]
    others: Mapping[str, Decimal]


NO_FEES = PaidFees(quotes={}, others={})


def results_of(
    closed: Iterable[tuple[str, Decimal | None]], opened: Iterable[Stood], fees: PaidFees = NO_FEES
) -> list[Result]:
    """Sum up closed groups (pair, result) and open ones; a released group has no result and counts for nothing."""
    ended: dict[str, list[Decimal]] = defaultdict(list)
    running: dict[str, list[Stood]] = defaultdict(list)
    for pair, result in closed:
        if result is not None:
            ended[quote_of(pair)].append(result)
    for group, standing in opened:
        running[quote_of(group.pair)].append((group, standing))
    quotes = sorted({*ended, *running, *fees.quotes})
    return [_result(quote, ended[quote], running[quote], fees.quotes.get(quote, ZERO)) for quote in quotes]


def _result(quote: str, ended: Sequence[Decimal], running: Sequence[Stood], fees: Decimal) -> Result:
    return Result(
        quote=quote,
        realised=sum(ended, ZERO),
        closed=len(ended),
        won=sum(result > ZERO for result in ended),
        open=sum((standing.result or ZERO for _, standing in running), ZERO),
        opened=len(running),
        unpriced=sum(standing.result is None and not group.is_empty for group, standing in running),
        cost=sum((standing.at_work for _, standing in running), ZERO),
        fees=fees,
    )


def fees_of(bot_id: int) -> PaidFees:
    """Sum up the fees of all fills of a bot."""
    quotes: dict[str, Decimal] = defaultdict(Decimal)
    others: dict[str, Decimal] = defaultdict(Decimal)
    fills = Fill.objects.filter(order__bot_id=bot_id)
    told = ("pair", "price", "fee", "fee_asset", "fee_value", "more_fees_json")
    for pair, price, fee, asset, value, more in fills.values_list(*told):
        base, _, quote = pair.partition("/")
        quotes[quote] += value or ZERO
        for one in (Fee(asset, fee), *orders.read_more(more)):
            if one.asset in (base, quote):
                quotes[quote] += one.amount * price if one.asset == base else one.amount
            elif one.amount and value is None:
                others[one.asset] += one.amount
    return PaidFees(quotes=quotes, others=others)
