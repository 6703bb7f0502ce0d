"""What bots have won and lost: realised by closed groups, open at this moment, paid in fees; per quote currency."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, NamedTuple

from django.db.models import BooleanField, Count, ExpressionWrapper, Q

from database.exact import ExactSum
from strategies.models import orders
from strategies.models.orders import Fill
from strategies.pairs import quote_of
from strategies.portfolio.standing import Stood

ZERO = Decimal(0)


class Ended(NamedTuple):
    """What a bot's groups of a pair brought that are over: `ended` have a result, a released one has none."""

    pair: str
    realised: Decimal | None
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


@dataclass(frozen=True, kw_only=True)
class PaidFees:
    """Fees by quote; one kept in the coin counts at its fill's price, one in a third asset
    at its worth of that moment. `others` are those of which that is not known."""

    quotes: Mapping[str, Decimal]
    others: Mapping[str, Decimal]


NO_FEES = PaidFees(quotes={}, others={})


def results_of(closed: Iterable[Ended], opened: Iterable[Stood], fees: PaidFees = NO_FEES) -> list[Result]:
    """Sum up closed groups and open ones."""
    ended: dict[str, list[Ended]] = defaultdict(list)
    running: dict[str, list[Stood]] = defaultdict(list)
    for one in closed:
        if one.ended:
            ended[quote_of(one.pair)].append(one)
    for group, standing in opened:
        running[quote_of(group.pair)].append((group, standing))
    quotes = sorted({*ended, *running, *fees.quotes})
    return [_result(quote, ended[quote], running[quote], fees.quotes.get(quote, ZERO)) for quote in quotes]


def _result(quote: str, ended: Sequence[Ended], running: Sequence[Stood], fees: Decimal) -> Result:
    return Result(
        quote=quote,
        realised=sum((one.realised or ZERO for one in ended), ZERO),
        closed=sum(one.ended for one in ended),
        won=sum(one.won for one in ended),
        open=sum((standing.result or ZERO for _, standing in running), ZERO),
        opened=len(running),
        unpriced=sum(standing.result is None and not group.is_empty for group, standing in running),
        cost=sum((standing.at_work for _, standing in running), ZERO),
        fees=fees,
    )


def fees_of(bot_id: int) -> PaidFees:
    """Sum up the fees of all fills of a bot, added up by the database as far as they are alike."""
    quotes: dict[str, Decimal] = defaultdict(Decimal)
    others: dict[str, Decimal] = defaultdict(Decimal)
    fills = Fill.objects.filter(order__bot_id=bot_id).annotate(is_unvalued=_IS_UNVALUED)
    alike = fills.values_list("pair", "fee_asset", "more_fees_json", "is_unvalued")
    sums = {"value": ("fee_value",), "paid": ("fee",), "paid_in_quote": ("fee", "price"), "prices": ("price",)}
    added: Any = alike.annotate(**{name: ExactSum(*columns) for name, columns in sums.items()}, count=Count("pk"))
    for pair, asset, more, is_unvalued, value, paid, paid_in_quote, prices, count in added:
        base, _, quote = pair.partition("/")
        quotes[quote] += value or ZERO
        found = [(asset, paid, paid_in_quote)]
        found += [(one.asset, one.amount * count, one.amount * prices) for one in orders.read_more(more)]
        for coin, amount, in_quote in found:
            if coin in (base, quote):
                quotes[quote] += in_quote if coin == base else amount
            elif amount and is_unvalued:
                others[coin] += amount
    return PaidFees(quotes=quotes, others=others)


_IS_UNVALUED = ExpressionWrapper(Q(fee_value=None), output_field=BooleanField())
