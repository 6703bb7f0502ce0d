"""What a fill's fees are: reckoned at the known rate until the exchange tells them, valued where in a third coin."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.utils import timezone

from exchanges import registry
from exchanges.proven import plain
from exchanges.values import Fee, OrderSide, TradeFill
from strategies import inputs
from strategies.market import wanted
from strategies.models import Fill, Order
from strategies.models.market import Instrument
from strategies.models.orders import all_of

# A price of so long before a fill, or after it, tells what its fee was worth.
OF_ITS_MOMENT = timedelta(seconds=60)


def fields_of(fill: TradeFill, order: Order) -> dict[str, Any]:
    """Return what is stored of a fill's fees."""
    first = Fee(fill.fee_asset, fill.fee) if fill.is_fee_known else reckoned(fill, order)
    others = [fee for fee in (first, *fill.more_fees) if fee.amount and fee.asset.upper() not in order.pair.split("/")]
    more = [[fee.asset, plain(fee.amount)] for fee in fill.more_fees]
    return {
        "fee": first.amount,
        "fee_asset": first.asset,
        "more_fees_json": more,
        "is_fee_known": fill.is_fee_known,
        "fee_value": valued(others, fill.at, order) if others else Decimal(0),
    }


def valued(fees: Sequence[Fee], at: datetime, order: Order) -> Decimal | None:
    """Return what fees in third coins were worth in the pair's quote money, None where a price of then is not known.

    A pair whose price is missing is wanted from now on: the next look at the order finds it, unless it comes too late.
    """
    now = timezone.now()
    connection, quote = order.connection, order.pair.partition("/")[2]
    pairs = {f"{fee.asset.upper()}/{quote}" for fee in fees}
    known = Instrument.objects.at(connection.exchange, connection.venue).known(pairs)
    prices = {
        pair: one.price
        for pair, one in known.items()
        if one.price and one.priced_at and abs(one.priced_at - at) <= OF_ITS_MOMENT
    }
    if missing := pairs - prices.keys():
        if now - at <= OF_ITS_MOMENT:
            wanted.want(connection.exchange, connection.venue, sorted(missing), now=now)
        return None
    return sum((prices[f"{fee.asset.upper()}/{quote}"] * fee.amount for fee in fees), Decimal(0))


def third_coins(fill: Fill) -> dict[str, Decimal]:
    """Return what a fill paid in coins other than its pair's, by the pair that tells what they are worth."""
    quote, paid = fill.pair.partition("/")[2], dict[str, Decimal]()
    for fee in all_of(fill):
        if fee.amount and fee.asset.upper() not in fill.pair.split("/"):
            pair = f"{fee.asset.upper()}/{quote}"
            paid[pair] = paid.get(pair, Decimal(0)) + fee.amount
    return paid


def reckoned(fill: TradeFill, order: Order) -> Fee:
    """Return what the fill will have cost at the pair's rate, in the coin that the exchange takes fees in."""
    connection = order.connection
    rate = inputs.fees_of(Instrument.objects.of_pair(connection, order.pair)).entry
    base, _, quote = order.pair.partition("/")
    if fill.side is OrderSide.BUY and not registry.get(connection.exchange).trading.is_fee_in_quote:
        return Fee(base, fill.quantity * rate)
    return Fee(quote, fill.cost * rate)


def rate_of(fill: Fill) -> Decimal:
    """Return the rate at which a fee was reckoned."""
    whole = fill.quantity if fill.fee_asset == fill.pair.partition("/")[0] else fill.cost
    return fill.fee / whole if whole else Decimal(0)
