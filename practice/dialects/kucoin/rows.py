"""KuCoin spot: how orders and fills are written."""

from decimal import Decimal
from hashlib import blake2b
from typing import Any

from practice.http.wire import Call, plain
from practice.trading.orders import ZERO, Fill, Order

FIRST_TRADE = 11029373945650000


def page(call: Call, items: list[Any], usual: int = 50) -> dict[str, Any]:
    """Return the page that was asked for, the first where none was."""
    size, at = max(call.whole("pageSize") or usual, 1), max(call.whole("currentPage") or 1, 1)
    pages = -(-len(items) // size)
    told = {"currentPage": at, "pageSize": size, "totalNum": len(items), "totalPage": pages}
    return {**told, "items": items[(at - 1) * size : at * size]}


def _row(order: Order) -> dict[str, Any]:
    """Write what both spellings share; a post-only order is one that is good till cancelled, with a mark."""
    return {
        "id": order.id,
        "clientOid": order.client_id,
        "symbol": order.pair.replace("/", "-"),
        "opType": "DEAL",
        "type": order.type,
        "side": order.side,
        "price": plain(order.price) if order.price is not None else "0",
        "size": plain(order.amount) if order.amount is not None else "0",
        "funds": plain(_funds(order)),
        "dealSize": order.filled,
        "dealFunds": order.spent,
        "fee": order.fees[0],
        "feeCurrency": "KCS" if order.fees[1] else order.pair.split("/")[1],
        "stp": None,
        "timeInForce": "GTC" if order.lifetime == "PO" else order.lifetime,
        "postOnly": order.lifetime == "PO",
        "hidden": False,
        "iceberg": False,
        "visibleSize": "0",
        "cancelAfter": 0,
        "channel": "API",
        "remark": None,
        "tags": None,
        "cancelExist": order.status == "canceled",
        "tradeType": "TRADE",
        "createdAt": order.created,
    }


def _funds(order: Order) -> Decimal:
    """Return the money that was asked for; a limit order asks for what it may cost."""
    return order.cost if order.cost is not None else (order.price or ZERO) * (order.amount or ZERO)


def hf_row(order: Order) -> dict[str, Any]:
    state = {"active": order.is_open, "inOrderBook": order.is_open, "lastUpdatedAt": order.updated}
    return {**_row(order), **state, **_rest(order), "tax": "0"}


def _rest(order: Order) -> dict[str, Any]:
    """Say what is left, and what was given up; money that a better price saved is left, also of a filled order."""
    size, funds = order.remaining, max(_funds(order) - order.spent, ZERO)
    if order.status == "canceled":
        return {"cancelledSize": size, "cancelledFunds": funds, "remainSize": "0", "remainFunds": "0"}
    return {"cancelledSize": "0", "cancelledFunds": "0", "remainSize": size, "remainFunds": funds}


def classic_row(order: Order) -> dict[str, Any]:
    return {**_row(order), "isActive": order.is_open, "stop": "", "stopTriggered": False, "stopPrice": "0"}


def fill_row(fill: Fill) -> dict[str, Any]:
    return {
        "tradeId": FIRST_TRADE + fill.n,
        "counterOrderId": blake2b(f"other side of {fill.n}".encode(), digest_size=12).hexdigest(),
        "orderId": fill.order_id,
        "symbol": fill.pair.replace("/", "-"),
        "side": fill.side,
        "liquidity": "maker" if fill.is_maker else "taker",
        "forceTaker": False,
        "type": fill.type,
        "stop": "",
        "price": fill.price,
        "size": fill.amount,
        "funds": fill.cost,
        "fee": fill.fee,
        "feeRate": fill.fee_rate,
        "feeCurrency": fill.fee_asset,
        "tradeType": "TRADE",
        "taxRate": "0",
        "tax": "0",
        "createdAt": fill.time,
    }
