"""MEXC spot: orders and fills."""

from decimal import Decimal
from typing import Any

from practice.dialects.mexc.names import ACCOUNT_READ, DEAL_READ, DEAL_WRITE, TERMS, find_pair
from practice.http.wire import Call, Routes, decimal
from practice.refusals import Reason, RefusedError
from practice.trading.orders import Fill, Order, Wish

MOST_PAIRS = 5
FIRST_TRADE = 443776347957960000
# Their order types: (ours, lifetime)
TYPES = {
    "LIMIT": ("limit", "GTC"),
    "MARKET": ("market", "GTC"),
    "LIMIT_MAKER": ("limit", "PO"),
    "IMMEDIATE_OR_CANCEL": ("limit", "IOC"),
    "FILL_OR_KILL": ("limit", "FOK"),
}
NAMES = {value: name for name, value in TYPES.items()}
routes = Routes()


def _pair_name(call: Call) -> str:
    call.need("symbol")
    return find_pair(call.params["symbol"]).name


def _wish(call: Call) -> Wish:
    call.need("symbol", "side", "type")
    asked = call.params
    if asked["type"] not in TYPES or asked["side"] not in ("BUY", "SELL"):
        raise RefusedError(Reason.BAD_PARAMETER, "side" if asked["type"] in TYPES else "type")
    kind, lifetime = TYPES[asked["type"]]
    amount, cost, price = (decimal(asked.get(name), name) for name in ("quantity", "quoteOrderQty", "price"))
    client_id = asked.get("newClientOrderId", "")
    side = asked["side"].lower()
    if kind == "market":
        return Wish(_pair_name(call), side, kind, amount, None, None if amount else cost, client_id)
    return Wish(_pair_name(call), side, kind, amount, price, None, client_id, lifetime)


@routes("POST", "/api/v3/order/test", needs=DEAL_WRITE)
def order_test(call: Call) -> Any:
    call.desk.check(call.account.id, _wish(call))
    return {}


@routes("POST", "/api/v3/order", needs=DEAL_WRITE)
def place_order(call: Call) -> Any:
    order = call.desk.place(call.account.id, _wish(call))
    names = ("symbol", "orderId", "orderListId", "price", "origQty", "type", "side")
    row = order_row(order)
    return {**{name: row[name] for name in names}, "transactTime": order.created}


def _find(call: Call, missing: Reason = Reason.UNKNOWN_ORDER) -> Order:
    pair, identity, client_id = (
        _pair_name(call),
        call.params.get("orderId", ""),
        call.params.get("origClientOrderId", ""),
    )
    if not identity and not client_id:
        raise RefusedError(Reason.BAD_PARAMETER, "orderId")
    try:
        order = call.desk.find(call.account.id, identity, client_id)
    except RefusedError:
        raise RefusedError(missing) from None
    if order.pair != pair:
        raise RefusedError(missing)
    return order


@routes("GET", "/api/v3/order", needs=DEAL_READ)
def query_order(call: Call) -> Any:
    return order_row(_find(call))


@routes("DELETE", "/api/v3/order", needs=DEAL_WRITE)
def cancel_order(call: Call) -> Any:
    """Cancel one order; one that never was is told as one that is over."""
    order = call.desk.cancel(_find(call, Reason.ORDER_CLOSED))
    return _ended_row(order, call.params.get("newClientOrderId", ""))


@routes("DELETE", "/api/v3/openOrders", needs=DEAL_WRITE)
def cancel_orders(call: Call) -> Any:
    """Cancel all open orders of up to five pairs, separated by commas."""
    call.need("symbol")
    pairs = [find_pair(symbol).name for symbol in call.params["symbol"].split(",")[:MOST_PAIRS]]
    found = [order for pair in pairs for order in call.desk.orders(call.account.id, pair, is_open=True)]
    return [_ended_row(call.desk.cancel(order)) for order in found]


def _ended_row(order: Order, cancel_id: str = "") -> dict[str, Any]:
    """Write an order as the answer to its cancel: the order's own id stands in origClientOrderId."""
    row = order_row(order)
    kept = ("symbol", "orderId", "price", "origQty", "executedQty", "cummulativeQuoteQty", "status", "timeInForce")
    ids = {"origClientOrderId": order.client_id, "clientOrderId": cancel_id}
    return {**{name: row[name] for name in (*kept, "type", "side")}, **ids}


@routes("GET", "/api/v3/openOrders", needs=DEAL_READ)
def open_orders(call: Call) -> Any:
    pair = _pair_name(call) if "symbol" in call.params else None
    return [order_row(o) for o in call.desk.orders(call.account.id, pair, is_open=True)]


@routes("GET", "/api/v3/allOrders", needs=DEAL_READ)
def all_orders(call: Call) -> Any:
    """Answer the newest first, at most 1000."""
    found = reversed(call.desk.orders(call.account.id, _pair_name(call)))
    start, end = call.whole("startTime") or 0, call.whole("endTime") or call.now
    rows = [order_row(order) for order in found if start <= order.created <= end]
    return rows[: call.whole("limit") or 500]


def order_row(order: Order) -> dict[str, Any]:
    states = {"open": "PARTIALLY_FILLED" if order.filled else "NEW", "filled": "FILLED"}
    canceled = "PARTIALLY_CANCELED" if order.filled else "CANCELED"
    return {
        "symbol": order.pair.replace("/", ""),
        "orderId": order.id,
        "orderListId": -1,
        "clientOrderId": order.client_id,
        "price": order.price if order.price is not None else order.average,
        "origQty": order.amount if order.amount is not None else order.filled,
        "executedQty": order.filled,
        "cummulativeQuoteQty": order.spent,
        "origQuoteOrderQty": order.cost or Decimal(0),
        "status": states.get(order.status, canceled),
        "timeInForce": None,
        "type": NAMES[order.type, order.lifetime],
        "side": order.side.upper(),
        "stopPrice": None,
        "icebergQty": None,
        "time": order.created,
        "updateTime": order.updated,
        "isWorking": order.is_open,
    }


@routes("GET", "/api/v3/myTrades", needs=ACCOUNT_READ)
def my_trades(call: Call) -> Any:
    """Answer the newest first, at most 100, as MEXC does."""
    found = reversed(call.desk.fills(call.account.id, _pair_name(call), call.params.get("orderId")))
    start, end = call.whole("startTime") or 0, call.whole("endTime") or call.now
    rows = [_trade_row(fill) for fill in found if start <= fill.time <= end]
    return rows[: min(call.whole("limit") or 100, 100)]


def _trade_row(fill: Fill) -> dict[str, Any]:
    return {
        "symbol": fill.pair.replace("/", ""),
        "id": str(FIRST_TRADE + fill.n),
        "orderId": fill.order_id,
        "orderListId": -1,
        "price": fill.price,
        "qty": fill.amount,
        "quoteQty": fill.cost,
        "commission": fill.fee,
        "commissionAsset": fill.fee_asset,
        "time": fill.time,
        "isBuyer": fill.side == "buy",
        "isMaker": fill.is_maker,
        "isBestMatch": True,
        "isSelfTrade": False,
        "clientOrderId": None,
    }


@routes("GET", "/api/v3/tradeFee", needs=ACCOUNT_READ)
def trade_fee(call: Call) -> Any:
    _pair_name(call)
    rates = {"makerCommission": float(TERMS.maker), "takerCommission": float(TERMS.taker)}
    return {"data": rates, "code": 0, "msg": "success", "timestamp": call.now}
