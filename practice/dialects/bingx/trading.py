"""BingX spot: orders and fills; every parameter stands in the query, also of a POST."""

from decimal import Decimal
from typing import Any

from practice.dialects.bingx.names import READ, TERMS, TRADE, find_pair
from practice.http.wire import Call, Routes, decimal
from practice.refusals import Reason, RefusedError
from practice.trading.orders import Fill, Order, Wish

LIFETIMES = {"GTC": "GTC", "IOC": "IOC", "FOK": "FOK", "PostOnly": "PO"}
FIRST_TRADE = 36_237_000
LONGEST_ID = 40
# How long an order can be asked for by the id that its client gave.
CLIENT_ID_LIVES = 2 * 3_600_000
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
    steps = call.desk.terms.pairs[pair]
    amount, price = _cut(call, "quantity", steps.amount_step), _cut(call, "price", steps.price_step)
    cost = decimal(asked.get("quoteOrderQty"), "quoteOrderQty")
    if kind == "MARKET":
        return Wish(pair, side, "market", amount, None, None if amount else cost, client_id)
    return Wish(pair, side, "limit", amount, price, None, client_id, lifetime)


def _cut(call: Call, name: str, step: Decimal) -> Decimal | None:
    """Return a number without the decimals that are too many: BingX takes the order and leaves them off."""
    number = decimal(call.params.get(name), name)
    rest = number % step if number else None
    return number - rest if number and rest else number


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
    """Find by either id; the client's is spelt with a capital or a small d, and is known for two hours."""
    pair, identity = _pair_name(call), call.params.get("orderId", "")
    client_id = call.params.get("clientOrderID") or call.params.get("clientOrderId") or ""
    if not identity and not client_id:
        raise RefusedError(Reason.BAD_PARAMETER, "orderId")
    try:
        order = call.desk.find(call.account.id, identity, client_id)
    except RefusedError:
        raise RefusedError(missing) from None
    is_forgotten = not identity and order.created < call.now - CLIENT_ID_LIVES
    if order.pair != pair or is_forgotten:
        raise RefusedError(missing)
    return order


@routes("GET", "/openApi/spot/v1/trade/query", needs=READ)
def query_order(call: Call) -> Any:
    return order_row(_find(call, Reason.UNKNOWN_ORDER))


@routes("POST", "/openApi/spot/v1/trade/cancel", needs=TRADE)
def cancel_order(call: Call) -> Any:
    return ended_row(call.desk.cancel(_find(call, Reason.ORDER_CLOSED)))


@routes("POST", "/openApi/spot/v1/trade/cancelOpenOrders", needs=TRADE)
def cancel_orders(call: Call) -> Any:
    pair = _pair_name(call) if "symbol" in call.params else None
    found = call.desk.orders(call.account.id, pair, is_open=True)
    rows = [ended_row(call.desk.cancel(order)) for order in found]
    return {"orders": [{**row, "transactTime": call.now} for row in rows]}


@routes("POST", "/openApi/spot/v1/trade/cancelOrders", needs=TRADE)
def cancel_some(call: Call) -> Any:
    """Cancel orders by their ids, separated by commas; `process=1` lets the good ones go where others fail."""
    pair, asked = _pair_name(call), [identity for identity in call.params.get("orderIds", "").split(",") if identity]
    open_ones = {order.id: order for order in call.desk.orders(call.account.id, pair, is_open=True)}
    lost = [identity for identity in asked if identity not in open_ones]
    if not asked or (lost and call.params.get("process") != "1"):
        raise RefusedError(Reason.ORDER_CLOSED)
    rows = [ended_row(call.desk.cancel(open_ones[identity])) for identity in asked if identity in open_ones]
    fails = [{"orderId": identity, "error": "order not exist"} for identity in lost]
    return {"fails": fails, "orders": [{**row, "transactTime": call.now} for row in rows]}


def ended_row(order: Order) -> dict[str, Any]:
    """Write an order as the answer to its cancel: less than a query tells, and stopPrice in small letters."""
    row = order_row(order)
    left_out = ("StopPrice", "time", "updateTime", "origQuoteOrderQty", "fee", "feeAsset", "avgPrice")
    return {**{name: value for name, value in row.items() if name not in left_out}, "stopPrice": "0"}


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
        "feeAsset": order.fee_asset or order.pair.partition("/")[0 if order.is_buy else 2],
        "clientOrderID": order.client_id,
        "avgPrice": order.average.quantize(Decimal("0.00000001")),
    }


@routes("GET", "/openApi/spot/v1/trade/myTrades", needs=READ)
def my_trades(call: Call) -> Any:
    start, end = call.whole("startTime") or 0, call.whole("endTime") or call.now
    found = call.desk.fills(call.account.id, _pair_name(call), call.params.get("orderId"))
    rows = [_trade_row(fill) for fill in found if start <= fill.time <= end]
    most, first = min(call.whole("limit") or 500, 1_000), call.whole("fromId")
    return {"fills": rows[::-1][:most] if first is None else [row for row in rows if int(row["id"]) >= first][:most]}


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
