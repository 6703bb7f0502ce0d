"""BingX spot: orders and fills; every parameter stands in the query, also of a POST."""

from decimal import Decimal
from typing import Any

from practice.dialects.bingx.names import READ, TERMS, TRADE, find_pair
from practice.orders import Fill, Order, Wish
from practice.refusals import Reason, RefusedError
from practice.wire import Call, Routes, decimal

LIFETIMES = {"GTC": "GTC", "IOC": "IOC", "FOK": "FOK", "PostOnly": "PO"}
FIRST_TRADE = 36_237_000
LONGEST_ID = 40
ZERO = Decimal(0)
routes = Routes()


def _pair_name(call: Call) -> str:
    call.need("symbol")
    return find_pair(call.params["symbol"]).name


def _wish(call: Call) -> Wish:
    call.need("symbol", "side", "type")
    asked, pair = call.params, _pair_name(call)
    kind, side, client_id = asked["type"], asked["side"].lower(), asked.get("newClientOrderId", "")
    lifetime = LIFETIMES.get(asked.get("timeInForce") or "GTC")
    if kind not in ("LIMIT", "MARKET") or side not in ("buy", "sell") or lifetime is None:
        raise RefusedError(Reason.BAD_PARAMETER, "type, side or timeInForce")
    if len(client_id) > LONGEST_ID:
        raise RefusedError(Reason.BAD_PARAMETER, "newClientOrderId")
    amount, cost, price = (decimal(asked.get(name), name) for name in ("quantity", "quoteOrderQty", "price"))
    if kind == "MARKET":
        return Wish(pair, side, "market", amount, None, None if amount else cost, client_id)
    return Wish(pair, side, "limit", amount, price, None, client_id, lifetime)


@routes("POST", "/openApi/spot/v1/trade/order", needs=TRADE)
def place_order(call: Call) -> Any:
    order = call.desk.place(call.account.id, _wish(call))
    row = order_row(order)
    names = ("symbol", "orderId", "price", "origQty", "executedQty", "cummulativeQuoteQty", "status", "type", "side")
    return {
        **{name: row[name] for name in names},
        "transactTime": order.created,
        "stopPrice": "0",
        "clientOrderID": order.client_id,
    }


def _find(call: Call, missing: Reason) -> Order:
    """Find by either id; the client's is spelt with a capital or a small d."""
    pair, identity = _pair_name(call), call.params.get("orderId", "")
    client_id = call.params.get("clientOrderID") or call.params.get("clientOrderId") or ""
    if not identity and not client_id:
        raise RefusedError(Reason.BAD_PARAMETER, "orderId")
    try:
        order = call.desk.find(call.account.id, identity, client_id)
    except RefusedError:
        raise RefusedError(missing) from None
    if order.pair != pair:
        raise RefusedError(missing)
    return order


@routes("GET", "/openApi/spot/v1/trade/query", needs=READ)
def query_order(call: Call) -> Any:
    return order_row(_find(call, Reason.UNKNOWN_ORDER))


@routes("POST", "/openApi/spot/v1/trade/cancel", needs=TRADE)
def cancel_order(call: Call) -> Any:
    return order_row(call.desk.cancel(_find(call, Reason.ORDER_CLOSED)))


@routes("POST", "/openApi/spot/v1/trade/cancelOpenOrders", needs=TRADE)
def cancel_orders(call: Call) -> Any:
    pair = _pair_name(call) if "symbol" in call.params else None
    found = call.desk.orders(call.account.id, pair, is_open=True)
    return {"orders": [order_row(call.desk.cancel(order)) for order in found]}


@routes("GET", "/openApi/spot/v1/trade/openOrders", needs=READ)
def open_orders(call: Call) -> Any:
    pair = _pair_name(call) if "symbol" in call.params else None
    return {"orders": [order_row(order) for order in call.desk.orders(call.account.id, pair, is_open=True)]}


@routes("GET", "/openApi/spot/v1/trade/historyOrders", needs=READ)
def history(call: Call) -> Any:
    """Answer the newest first."""
    start, end = call.whole("startTime") or 0, call.whole("endTime") or call.now
    pair = _pair_name(call) if "symbol" in call.params else None
    found = [o for o in call.desk.orders(call.account.id, pair)[::-1] if start <= o.created <= end]
    size, page = min(call.whole("pageSize") or 100, 100), call.whole("pageIndex") or 1
    return {"orders": [order_row(order) for order in found[(page - 1) * size : page * size]]}


def order_row(order: Order) -> dict[str, Any]:
    """Write the fee below zero: it is taken."""
    states = {"open": "PARTIALLY_FILLED" if order.filled else "PENDING", "filled": "FILLED"}
    return {
        "symbol": order.pair.replace("/", "-"),
        "orderId": int(order.id),
        "price": order.price if order.price is not None else order.average.quantize(Decimal("0.00000001")),
        "StopPrice": "0",
        "origQty": order.amount if order.amount is not None else order.filled,
        "executedQty": order.filled,
        "cummulativeQuoteQty": order.spent,
        "status": states.get(order.status, "CANCELED"),
        "type": order.type.upper(),
        "side": order.side.upper(),
        "time": order.created,
        "updateTime": order.updated,
        "origQuoteOrderQty": order.cost or ZERO,
        "fee": -order.fee,
        "feeAsset": order.fee_asset,
        "clientOrderID": order.client_id,
        "avgPrice": order.average.quantize(Decimal("0.00000001")),
    }


@routes("GET", "/openApi/spot/v1/trade/myTrades", needs=READ)
def my_trades(call: Call) -> Any:
    start, end = call.whole("startTime") or 0, call.whole("endTime") or call.now
    found = call.desk.fills(call.account.id, _pair_name(call), call.params.get("orderId"))[::-1]
    rows = [_trade_row(fill) for fill in found if start <= fill.time <= end]
    return {"fills": rows[: min(call.whole("limit") or 500, 1_000)]}


def _trade_row(fill: Fill) -> dict[str, Any]:
    return {
        "symbol": fill.pair.replace("/", "-"),
        "id": FIRST_TRADE + fill.n,
        "orderId": int(fill.order_id),
        "price": fill.price,
        "qty": fill.amount,
        "quoteQty": fill.cost,
        "commission": -float(fill.fee),
        "commissionAsset": fill.fee_asset,
        "time": fill.time,
        "isBuyer": fill.side == "buy",
        "isMaker": fill.is_maker,
    }


@routes("GET", "/openApi/spot/v1/user/commissionRate", needs=READ)
def commission(call: Call) -> Any:
    _pair_name(call)
    return {"takerCommissionRate": float(TERMS.taker), "makerCommissionRate": float(TERMS.maker)}
