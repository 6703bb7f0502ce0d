"""The fee of a fill that the exchange has not told: reckoned at the known rate, until it is told."""

from decimal import Decimal
from typing import Any

from exchanges import registry
from exchanges.proven import plain
from exchanges.values import Fee, OrderSide, TradeFill
from strategies import inputs
from strategies.models import Fill, Order
from strategies.models.market import Instrument


def fields_of(fill: TradeFill, order: Order) -> dict[str, Any]:
    """Return what is stored of a fill's fees."""
    first = Fee(fill.fee_asset, fill.fee) if fill.is_fee_known else reckoned(fill, order)
    more = [[fee.asset, plain(fee.amount)] for fee in fill.more_fees]
    return {
        "fee": first.amount,
        "fee_asset": first.asset,
        "more_fees_json": more,
        "is_fee_known": fill.is_fee_known,
    }


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
