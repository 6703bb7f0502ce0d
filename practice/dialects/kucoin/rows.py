"""KuCoin spot: how orders and fills are written."""

from typing import Any

from practice.orders import Fill, Order
from practice.wire import plain

FIRST_TRADE = 11029373945650000


def page(items: list[Any]) -> dict[str, Any]:
    return {"currentPage": 1, "pageSize": 50, "totalNum": len(items), "totalPage": 1, "items": items[:50]}


def _row(order: Order) -> dict[str, Any]:
    return {
        "id": order.id,
        "clientOid": order.client_id,
        "symbol": order.pair.replace("/", "-"),
        "opType": "DEAL",
        "type": order.type,
        "side": order.side,
        "price": plain(order.price) if order.price is not None else "0",
        "size": plain(order.amount) if order.amount is not None else "0",
        "funds": plain(order.cost) if order.cost is not None else "0",
        "dealSize": order.filled,
        "dealFunds": order.spent,
        "fee": order.fee,
        "feeCurrency": order.fee_asset,
        "timeInForce": order.lifetime,
        "postOnly": order.lifetime == "PO",
        "cancelExist": order.status == "canceled",
        "tradeType": "TRADE",
        "createdAt": order.created,
    }


def hf_row(order: Order) -> dict[str, Any]:
    state = {"active": order.is_open, "inOrderBook": order.is_open, "lastUpdatedAt": order.updated}
    return {**_row(order), **state}


def classic_row(order: Order) -> dict[str, Any]:
    return {**_row(order), "isActive": order.is_open, "stop": "", "stopTriggered": False, "stopPrice": "0"}


def fill_row(fill: Fill) -> dict[str, Any]:
    return {
        "tradeId": FIRST_TRADE + fill.n,
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
        "createdAt": fill.time,
    }
