"""Binance spot: orders and fills."""

import re
from decimal import Decimal
from hashlib import blake2b
from typing import Any

from practice.dialects.binance.names import PAIRS, READ, TERMS, TRADE, find_pair
from practice.dialects.binance.signing import LEGAL_ID
from practice.http.wire import Call, Routes, decimal
from practice.refusals import Reason, RefusedError
from practice.trading.orders import Fill, Order, Wish

# Their order type and lifetime: (ours, lifetime)
LIFETIMES = ("GTC", "IOC", "FOK")
ZERO = Decimal(0)
routes = Routes()


def _pair_name(call: Call) -> str:
    call.need("symbol")
    return find_pair(call.params["symbol"]).name


def _wish(call: Call) -> Wish:
    call.need("symbol", "side", "type")
    pair, asked = _pair_name(call), call.params
    kind, side = asked["type"], asked["side"].lower()
    if kind not in ("LIMIT", "LIMIT_MAKER", "MARKET") or side not in ("buy", "sell"):
        raise RefusedError(Reason.BAD_WORD, "side" if side not in ("buy", "sell") else "type")
    amount, cost, price = (decimal(asked.get(name), name) for name in ("quantity", "quoteOrderQty", "price"))
    if kind == "MARKET":
        return Wish(pair, side, "market", amount, None, None if amount else cost, _client_id(call))
    return Wish(pair, side, "limit", amount, price, None, _client_id(call), _lifetime(call))


def _lifetime(call: Call) -> str:
    if call.params["type"] == "LIMIT_MAKER":
        return "PO"
    call.need("timeInForce")
    if call.params["timeInForce"] not in LIFETIMES:
        raise RefusedError(Reason.BAD_WORD, "timeInForce")
    return call.params["timeInForce"]


def _client_id(call: Call) -> str:
    """Return what was sent, or one of Binance's own making: every order has one, and every cancel."""
    sent = call.params.get("newClientOrderId")
    if sent is None:
        return blake2b(f"{call.now}{call.query}{call.body!r}".encode(), digest_size=11).hexdigest()
    if not re.fullmatch(LEGAL_ID, sent):
        raise RefusedError(Reason.BAD_PARAMETER, "newClientOrderId")
    return sent


@routes("POST", "/api/v3/order/test", needs=TRADE)
def order_test(call: Call) -> Any:
    call.desk.check(call.account.id, _wish(call))
    return {}


@routes("POST", "/api/v3/order", needs=TRADE)
def place_order(call: Call) -> Any:
    """Answer as fully as asked: ACK names the order, RESULT its state, FULL its fills."""
    kind = call.params.get("newOrderRespType", "FULL")
    if kind not in ("ACK", "RESULT", "FULL"):
        raise RefusedError(Reason.BAD_WORD, "newOrderRespType")
    return _placed(call, call.desk.place(call.account.id, _wish(call)), kind)


def _placed(call: Call, order: Order, kind: str) -> dict[str, Any]:
    names, row = ("symbol", "orderId", "orderListId", "clientOrderId"), order_row(order)
    ack = {**{name: row[name] for name in names}, "transactTime": order.created}
    if kind == "ACK":
        return ack
    more = ("price", "origQty", "executedQty", "origQuoteOrderQty", "cummulativeQuoteQty", "status", "timeInForce")
    last = {"workingTime": order.created, "selfTradePreventionMode": "NONE"}
    result = {**ack, **{name: row[name] for name in (*more, "type", "side")}, **last}
    return result if kind == "RESULT" else {**result, "fills": [_part(fill) for fill in _fills(call, order)]}


def _fills(call: Call, order: Order) -> list[Fill]:
    return call.world.book.fills_of(order.account, order.pair, order.id)


def _part(fill: Fill) -> dict[str, Any]:
    row = _trade_row(fill)
    names = ("price", "qty", "commission", "commissionAsset")
    return {**{name: row[name] for name in names}, "tradeId": fill.n}


def _find(call: Call, missing: Reason) -> Order:
    pair, identity, client_id = _pair_name(call), call.params.get("orderId"), call.params.get("origClientOrderId")
    if not identity and not client_id:
        raise RefusedError(Reason.BAD_PARAMETER, "orderId")
    try:
        order = call.desk.find(call.account.id, identity or "", client_id or "")
    except RefusedError:
        raise RefusedError(missing) from None
    if order.pair != pair:
        raise RefusedError(missing)
    return order


@routes("GET", "/api/v3/order", needs=READ)
def query_order(call: Call) -> Any:
    return order_row(_find(call, Reason.UNKNOWN_ORDER))


@routes("DELETE", "/api/v3/order", needs=TRADE)
def cancel_order(call: Call) -> Any:
    order = call.desk.cancel(_find(call, Reason.ORDER_CLOSED))
    return _cancelled(order, _client_id(call))


@routes("DELETE", "/api/v3/openOrders", needs=TRADE)
def cancel_orders(call: Call) -> Any:
    found = call.desk.orders(call.account.id, _pair_name(call), is_open=True)
    if not found:
        raise RefusedError(Reason.ORDER_CLOSED)
    return [_cancelled(call.desk.cancel(order), _client_id(call)) for order in found]


def _cancelled(order: Order, name: str) -> dict[str, Any]:
    """Write the answer to a cancel, which has a `name` of its own; the order's stands in origClientOrderId."""
    row = order_row(order)
    names = ("symbol", "orderId", "orderListId", "price", "origQty", "executedQty", "origQuoteOrderQty")
    more = ("cummulativeQuoteQty", "status", "timeInForce", "type", "side", "selfTradePreventionMode")
    told = {"origClientOrderId": order.client_id, "clientOrderId": name, "transactTime": order.updated}
    return {**{field: row[field] for field in (*names, *more)}, **told}


@routes("POST", "/api/v3/order/cancelReplace", needs=TRADE)
def cancel_replace(call: Call) -> Any:
    """Cancel one order and place another; here the second is tried only after the first is gone."""
    call.need("cancelReplaceMode")
    wish, name = _wish(call), call.params.get("cancelOrigClientOrderId", "")
    found = call.desk.find(call.account.id, call.params.get("cancelOrderId", ""), name)
    ended = _cancelled(call.desk.cancel(found), _client_id(call))
    placed = _placed(call, call.desk.place(call.account.id, wish), "FULL")
    both = {"cancelResult": "SUCCESS", "newOrderResult": "SUCCESS"}
    return {**both, "cancelResponse": ended, "newOrderResponse": placed}


@routes("GET", "/api/v3/openOrders", needs=READ)
def open_orders(call: Call) -> Any:
    pair = _pair_name(call) if "symbol" in call.params else None
    return [order_row(o) for o in call.desk.orders(call.account.id, pair, is_open=True)]


@routes("GET", "/api/v3/allOrders", needs=READ)
def all_orders(call: Call) -> Any:
    """Answer the oldest first: from a moment on, else the last ones."""
    start, end = call.whole("startTime"), call.whole("endTime") or call.now
    found = [o for o in call.desk.orders(call.account.id, _pair_name(call)) if (start or 0) <= o.created <= end]
    most = min(call.whole("limit") or 500, 1_000)
    return [order_row(order) for order in (found[:most] if start else found[-most:])]


def order_row(order: Order) -> dict[str, Any]:
    """Write “expired” for what the order itself gave up, “canceled” for what its owner did."""
    states = {"open": "PARTIALLY_FILLED" if order.filled else "NEW", "filled": "FILLED"}
    is_maker, ended = order.lifetime == "PO", "EXPIRED" if order.ended_by else "CANCELED"
    return {
        "symbol": order.pair.replace("/", ""),
        "orderId": int(order.id),
        "orderListId": -1,
        "clientOrderId": order.client_id,
        "price": order.price if order.price is not None else ZERO,
        "origQty": order.amount if order.amount is not None else order.filled,
        "executedQty": order.filled,
        "cummulativeQuoteQty": order.spent,
        "origQuoteOrderQty": order.cost or ZERO,
        "status": states.get(order.status, ended),
        "timeInForce": "GTC" if is_maker else order.lifetime,
        "type": "LIMIT_MAKER" if is_maker else order.type.upper(),
        "side": order.side.upper(),
        "stopPrice": ZERO,
        "icebergQty": ZERO,
        "time": order.created,
        "updateTime": order.updated,
        "isWorking": True,
        "workingTime": order.created,
        "selfTradePreventionMode": "NONE",
    }


@routes("GET", "/api/v3/myTrades", needs=READ)
def my_trades(call: Call) -> Any:
    """Answer the oldest first: from a moment or an id on, else the last ones."""
    start, end, first = call.whole("startTime"), call.whole("endTime") or call.now, call.whole("fromId")
    found = call.desk.fills(call.account.id, _pair_name(call), call.params.get("orderId"))
    found = [f for f in found if (start or 0) <= f.time <= end and f.n >= (first or 0)]
    most = min(call.whole("limit") or 500, 1_000)
    return [_trade_row(fill) for fill in (found[-most:] if start is None and first is None else found[:most])]


def _trade_row(fill: Fill) -> dict[str, Any]:
    return {
        "symbol": fill.pair.replace("/", ""),
        "id": fill.n,
        "orderId": int(fill.order_id),
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
    }


@routes("GET", "/api/v3/account/commission", needs=READ)
def commission(call: Call) -> Any:
    rates = {"maker": TERMS.maker, "taker": TERMS.taker, "buyer": ZERO, "seller": ZERO}
    none = dict.fromkeys(rates, ZERO)
    discount = {"enabledForAccount": True, "enabledForSymbol": True, "discountAsset": "BNB", "discount": "0.75"}
    _pair_name(call)
    told = {"symbol": call.params["symbol"], "standardCommission": rates, "specialCommission": none}
    return {**told, "taxCommission": none, "discount": discount}


@routes("GET", "/sapi/v1/asset/tradeFee", needs=READ)
def trade_fee(call: Call) -> Any:
    """Tell the rates of one symbol, of all where none is named."""
    rates = {"makerCommission": TERMS.maker, "takerCommission": TERMS.taker}
    names = [_pair_name(call).replace("/", "")] if call.params.get("symbol") else list(PAIRS)
    return [{"symbol": name, **rates} for name in names]


@routes("GET", "/api/v3/rateLimit/order", needs=READ)
def order_count(call: Call) -> Any:
    made = [order.created for order in call.desk.orders(call.account.id)]
    limits = (("SECOND", 10, 100, 10_000), ("DAY", 1, 200_000, 86_400_000))
    return [
        {
            "rateLimitType": "ORDERS",
            "interval": interval,
            "intervalNum": number,
            "limit": limit,
            "count": sum(call.now - at < ms for at in made),
        }
        for interval, number, limit, ms in limits
    ]


@routes("GET", "/api/v3/myAllocations", needs=READ)
@routes("GET", "/api/v3/myPreventedMatches", needs=READ)
def no_such_matches(call: Call) -> Any:
    """Answer an empty list: orders here trade with the market alone."""
    _pair_name(call)
    return []
