"""Coinbase: how orders and fills are written."""

from decimal import Decimal
from typing import Any

from practice.dialects.coinbase.names import TERMS, iso, make_uuid
from practice.http.wire import plain
from practice.trading.orders import Fill, Order

CENT = Decimal("0.01")
STATUSES = {"open": "OPEN", "filled": "FILLED", "canceled": "CANCELLED"}
EXPIRED = "EXPIRED"
UNTIL = "GOOD_UNTIL_DATE_TIME"
LIFETIMES = {"GTC": "GOOD_UNTIL_CANCELLED", "PO": "GOOD_UNTIL_CANCELLED", "IOC": "IMMEDIATE_OR_CANCEL"}


def configuration(order: Order) -> dict[str, Any]:
    if order.type == "market":
        # What a buyer gives includes the fee: see trading.worth_of.
        cost = {"quote_size": plain(((order.cost or Decimal(0)) * (1 + TERMS.taker)).quantize(CENT))}
        return {"market_market_ioc": cost if order.cost is not None else {"base_size": plain(order.amount)}}
    sizes = {"base_size": plain(order.amount), "limit_price": plain(order.price)}
    if order.lifetime in ("IOC", "FOK"):
        return {"sor_limit_ioc" if order.lifetime == "IOC" else "limit_limit_fok": sizes}
    rest: dict[str, Any] = {**sizes, "post_only": order.lifetime == "PO"}
    return {"limit_limit_gtd": {**rest, "end_time": iso(order.ends)}} if order.ends else {"limit_limit_gtc": rest}


def status(order: Order) -> str:
    return EXPIRED if order.ended_by == "GTT" else STATUSES[order.status]


def order_row(order: Order, user: str) -> dict[str, Any]:
    sign = 1 if order.is_buy else -1
    share = order.filled / order.amount if order.amount else Decimal(order.status == "filled")
    return {
        "order_id": order.id,
        "product_id": order.pair.replace("/", "-"),
        "user_id": make_uuid("coinbase user", user),
        "order_configuration": configuration(order),
        "side": order.side.upper(),
        "client_order_id": order.client_id,
        "status": status(order),
        "time_in_force": _time_in_force(order),
        "created_time": iso(order.created),
        "completion_percentage": plain((share * 100).quantize(CENT)),
        "filled_size": order.filled,
        "average_filled_price": order.average.quantize(Decimal("1e-12")),
        "fee": "",
        "number_of_fills": "1" if order.filled else "0",
        "filled_value": order.spent,
        "pending_cancel": False,
        "size_in_quote": order.cost is not None,
        "total_fees": order.fee,
        "size_inclusive_of_fees": order.cost is not None,
        "total_value_after_fees": order.spent + sign * order.fee,
        "trigger_status": "INVALID_ORDER_TYPE",
        "order_type": order.type.upper(),
        "reject_reason": "REJECT_REASON_UNSPECIFIED",
        "settled": order.status == "filled",
        "product_type": "SPOT",
        "reject_message": "",
        "cancel_message": "User requested cancel" if order.status == "canceled" else "",
        "last_fill_time": iso(order.updated) if order.filled else None,
    }


def _time_in_force(order: Order) -> str:
    if order.ends:
        return UNTIL
    return "FILL_OR_KILL" if order.lifetime == "FOK" else LIFETIMES["IOC" if order.type == "market" else order.lifetime]


def fill_row(fill: Fill, user: str) -> dict[str, Any]:
    return {
        "entry_id": make_uuid("coinbase entry", fill.n),
        "trade_id": make_uuid("coinbase trade", fill.n),
        "order_id": fill.order_id,
        "trade_time": iso(fill.time),
        "trade_type": "FILL",
        "price": plain(fill.price),
        "size": plain(fill.amount),
        "commission": plain(fill.fee),
        "product_id": fill.pair.replace("/", "-"),
        "sequence_timestamp": iso(fill.time),
        "liquidity_indicator": "MAKER" if fill.is_maker else "TAKER",
        "size_in_quote": False,
        "user_id": make_uuid("coinbase user", user),
        "side": fill.side.upper(),
    }
