"""What an order traded beyond the trades that can be read: reckoned from its own totals, so that it can be sold.

An exchange without cursors shows no way to more trades of one millisecond than a page of them holds.
"""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

from exchanges.values import OrderReport, OrderSide, TradeFill
from strategies.models import Fill, Order, journal

# The trade id of what is reckoned; an order has one such fill at most.
REST = "rest"
# Of a price that is a quotient.
DIGITS = 12


def with_rest(order: Order, report: OrderReport, fills: Sequence[TradeFill]) -> list[TradeFill]:
    """Return the fills of an order that is over, and what is missing of it as one fill more; its fee is not told.

    What the order cost in all prices it; where that is not told, or is against the order's limit, the limit does.
    """
    quantity = report.filled - sum((fill.quantity for fill in fills), Decimal(0))
    if quantity <= 0:
        return list(fills)
    cost = quantity * order.price
    if report.cost is not None:
        rest = report.cost - sum((fill.cost for fill in fills), Decimal(0))
        # Half of the limit, or double: such a rest is not believed either.
        low, high = (cost / 2, cost) if order.side == "buy" else (cost, cost * 2)
        cost = rest if low <= rest <= high else cost
    at = max((fill.at for fill in fills), default=report.at or order.sent_at or order.created_at)
    missing = TradeFill(
        trade_id=REST,
        exchange_id=report.exchange_id,
        side=OrderSide(order.side),
        price=Decimal(f"{cost / quantity:.{DIGITS}g}"),
        quantity=quantity,
        cost=cost,
        fee=Decimal(0),
        fee_asset="",
        is_fee_known=False,
        at=at,
    )
    return [*fills, missing]


def fit(order: Order, filled: Decimal, others: Decimal) -> None:
    """Let a locked order's reckoned fill be what is missing beside the others, and go when nothing is."""
    rest = Fill.objects.get(order=order, trade_id=REST)
    if (quantity := filled - others) <= 0:
        rest.delete()
    elif quantity != rest.quantity:
        share = quantity / rest.quantity
        rest.quantity, rest.cost, rest.fee = quantity, rest.cost * share, rest.fee * share
        rest.save(update_fields=["quantity", "cost", "fee"])


def tell(order: Order, now: datetime) -> None:
    """Say in the journal that something of an order is reckoned."""
    journal.write(order.group.bot, group=order.group, action="fill", reason="fill.reckoned", now=now)
