"""Groups, orders and fills for the recount, by hand."""

import itertools
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from recount.reckoning import reckon
from recount.values import BotLimit, OurGroup, OurOrder, ToldOrder, Trade

D = Decimal
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
_numbers = itertools.count(1)


def make_trade(quantity: str, price: str, *fees: tuple[str, str], minute: int = 0, **changes: Any) -> Trade:
    values: dict[str, Any] = {
        "trade_id": f"t{next(_numbers)}",
        "quantity": D(quantity),
        "price": D(price),
        "cost": D(quantity) * D(price),
        "fees": tuple((coin, D(amount)) for amount, coin in fees),
        "at": NOON + timedelta(minutes=minute),
    }
    return Trade(**(values | changes))


def make_order(*trades: Trade, side: str = "buy", **changes: Any) -> OurOrder:
    """Make an order that was filled by these trades, at the worst price that they allow."""
    prices = [trade.price for trade in trades] or [D(100)]
    filled = sum((trade.quantity for trade in trades), D(0))
    values: dict[str, Any] = {
        "client_id": f"bf{next(_numbers):022d}",
        "exchange_id": f"x{next(_numbers)}",
        "is_buy": side == "buy",
        "quantity": filled or D(1),
        "price": max(prices) if side == "buy" else min(prices),
        "state": "filled",
        "filled": filled,
        "sends": 1,
        "created_at": min((trade.at for trade in trades), default=NOON),
        "trades": trades,
    }
    return OurOrder(**(values | changes))


def make_group(*orders: OurOrder, **sums: Any) -> OurGroup:
    """Make an open group of BTC/USDT; the sums that are not given are nothing."""
    names = ("bought", "cost", "fee_coin", "fee_quote", "fee_other", "sold", "proceeds", "held")
    values: dict[str, Any] = {name: D(0) for name in names}
    values |= {"name": f"group {next(_numbers)}", "bot": 1, "pair": "BTC/USDT", "average": None, "is_open": True}
    given = {
        name: D(value) if isinstance(value, str) and name in (*names, "average", "result") else value
        for name, value in sums.items()
    }
    values["fees"] = reckon(
        given.get("pair", values["pair"]), [(order.is_buy, trade) for order in orders for trade in order.trades]
    ).fees
    return OurGroup(**(values | given), orders=orders)


def make_limit(amount: str, hard_share: str = "0.8", **changes: Any) -> BotLimit:
    values: dict[str, Any] = {"bot": 1, "name": "Bot", "amount": D(amount), "hard_share": D(hard_share)}
    return BotLimit(**(values | {"since": NOON - timedelta(days=1)} | changes))


def told_of(*groups: OurGroup) -> dict[str, ToldOrder | None]:
    """Return what an exchange tells that agrees with our rows."""
    return {
        order.client_id: ToldOrder(exchange_id=order.exchange_id, is_open=order.state == "open", trades=order.trades)
        for group in groups
        for order in group.orders
        if order.is_to_ask
    }


def told_other(group: OurGroup, *trades: Trade, is_open: bool = False) -> dict[str, ToldOrder | None]:
    """Return what an exchange tells that agrees but for the trades of the group's first order."""
    first = group.orders[0].client_id
    told = told_of(group)
    one = ToldOrder(exchange_id=group.orders[0].exchange_id, is_open=is_open, trades=trades)
    return told | {first: one}
