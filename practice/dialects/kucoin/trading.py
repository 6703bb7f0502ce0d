"""KuCoin spot: orders and fills, in the hf and in the classic spelling."""

from typing import Any

from practice.dialects.kucoin.names import GENERAL, SPOT, TERMS, find_pair, rates_of
from practice.dialects.kucoin.rows import classic_row, fill_row, hf_row, page
from practice.http.wire import Call, Routes, decimal
from practice.refusals import Reason, RefusedError
from practice.trading.orders import Fill, Order, Wish

LIFETIMES = ("GTC", "GTT", "IOC", "FOK")
routes = Routes()


def _wish(call: Call) -> Wish:
    asked = call.json
    for needed in ("clientOid", "symbol", "side"):
        if not asked.get(needed):
            raise RefusedError(Reason.BAD_PARAMETER, needed)
    kind, lifetime = asked.get("type", "limit"), "PO" if asked.get("postOnly") else asked.get("timeInForce", "GTC")
    if kind not in ("limit", "market") or asked["side"] not in ("buy", "sell") or lifetime not in (*LIFETIMES, "PO"):
        raise RefusedError(Reason.BAD_PARAMETER, "type")
    size, price, funds = (decimal(asked.get(name), name) for name in ("size", "price", "funds"))
    pair, client_id = find_pair(str(asked["symbol"])).name, str(asked["clientOid"])
    if kind == "market":
        return Wish(pair, asked["side"], kind, size, None, None if size else funds, client_id)
    return Wish(pair, asked["side"], kind, size, price, None, client_id, lifetime)


@routes("POST", "/api/v1/hf/orders/test", needs=SPOT)
@routes("POST", "/api/v1/orders/test", needs=SPOT)
def order_test(call: Call) -> Any:
    wish = _wish(call)
    call.desk.check(call.account.id, wish)
    return {"orderId": TERMS.order_id(call.now), "clientOid": wish.client_id}


@routes("POST", "/api/v1/hf/orders", needs=SPOT)
@routes("POST", "/api/v1/orders", needs=SPOT)
def place_order(call: Call) -> Any:
    order = call.desk.place(call.account.id, _wish(call))
    return {"orderId": order.id, "clientOid": order.client_id}


@routes("POST", "/api/v1/hf/orders/sync", needs=SPOT)
def place_order_sync(call: Call) -> Any:
    order = call.desk.place(call.account.id, _wish(call))
    sizes = {"originSize": order.amount or order.filled, "dealSize": order.filled, "remainSize": order.remaining}
    state = {"canceledSize": "0", "status": "open" if order.is_open else "done", "matchTime": order.updated}
    return {"orderId": order.id, "clientOid": order.client_id, "orderTime": order.created, **sizes, **state}


def _pair_name(call: Call) -> str | None:
    return find_pair(call.params["symbol"]).name if call.params.get("symbol") else None


@routes("GET", "/api/v1/hf/orders/active", needs=GENERAL)
def hf_active(call: Call) -> Any:
    call.need("symbol")
    return [hf_row(o) for o in call.desk.orders(call.account.id, _pair_name(call), is_open=True)]


@routes("GET", "/api/v1/hf/orders/active/page", needs=GENERAL)
def hf_active_page(call: Call) -> Any:
    call.need("symbol")
    found = call.desk.orders(call.account.id, _pair_name(call), is_open=True)
    return page(call, [hf_row(order) for order in reversed(found)], usual=20)


@routes("GET", "/api/v1/hf/orders/active/symbols", needs=GENERAL)
def hf_active_symbols(call: Call) -> Any:
    found = call.desk.orders(call.account.id, is_open=True)
    return {"symbols": sorted({order.pair.replace("/", "-") for order in found})}


@routes("GET", "/api/v1/hf/orders/done", needs=GENERAL)
def hf_done(call: Call) -> Any:
    call.need("symbol")
    start, end = call.whole("startAt") or 0, call.whole("endAt") or call.now
    done = call.desk.orders(call.account.id, _pair_name(call), is_open=False)[::-1]
    found = [order for order in done if start <= order.created <= end]
    return {"lastId": found[-1].n if found else 0, "items": [hf_row(o) for o in found[: call.whole("limit") or 20]]}


@routes("GET", "/api/v1/orders", needs=GENERAL)
def classic_orders(call: Call) -> Any:
    is_open = call.params.get("status", "done") == "active"
    found = call.desk.orders(call.account.id, _pair_name(call), is_open=is_open)
    return page(call, [classic_row(order) for order in reversed(found)])


@routes("GET", "/api/v1/hf/orders/{id}", needs=GENERAL)
@routes("GET", "/api/v1/hf/orders/client-order/{client_id}", needs=GENERAL)
def hf_order(call: Call) -> Any:
    call.need("symbol")
    return hf_row(_find(call))


@routes("GET", "/api/v1/orders/{id}", needs=GENERAL)
@routes("GET", "/api/v1/order/client-order/{client_id}", needs=GENERAL)
def classic_order(call: Call) -> Any:
    return classic_row(_find(call))


def _find(call: Call) -> Order:
    order = call.desk.find(call.account.id, call.args.get("id", ""), call.args.get("client_id", ""))
    if _pair_name(call) not in (None, order.pair):
        raise RefusedError(Reason.UNKNOWN_ORDER, order.id)
    return order


def _cancel(call: Call) -> Order:
    """Cancel, saying the same of an order that is closed and of one that never was."""
    try:
        return call.desk.cancel(_find(call))
    except RefusedError as refused:
        raise RefusedError(Reason.ORDER_CLOSED, refused.detail) from None


@routes("DELETE", "/api/v1/hf/orders/cancelAll", needs=SPOT)
def hf_cancel_everywhere(call: Call) -> Any:
    found = call.desk.orders(call.account.id, is_open=True)
    for order in found:
        call.desk.cancel(order)
    return {"succeedSymbols": sorted({order.pair.replace("/", "-") for order in found}), "failedSymbols": []}


@routes("DELETE", "/api/v1/hf/orders/{id}", needs=SPOT)
def hf_cancel(call: Call) -> Any:
    call.need("symbol")
    return {"orderId": _cancel(call).id}


@routes("DELETE", "/api/v1/hf/orders/sync/{id}", needs=SPOT)
def hf_cancel_sync(call: Call) -> Any:
    call.need("symbol")
    order = _cancel(call)
    sizes = {"originSize": order.amount, "dealSize": order.filled, "remainSize": "0", "canceledSize": order.remaining}
    return {"orderId": order.id, **sizes, "status": "done"}


@routes("DELETE", "/api/v1/hf/orders/client-order/{client_id}", needs=SPOT)
def hf_cancel_by_client_id(call: Call) -> Any:
    call.need("symbol")
    return {"clientOid": _cancel(call).client_id}


@routes("DELETE", "/api/v1/hf/orders", needs=SPOT)
def hf_cancel_all(call: Call) -> Any:
    call.need("symbol")
    for order in call.desk.orders(call.account.id, _pair_name(call), is_open=True):
        call.desk.cancel(order)
    return "success"


@routes("DELETE", "/api/v1/orders/{id}", needs=SPOT)
def classic_cancel(call: Call) -> Any:
    return {"cancelledOrderIds": [_cancel(call).id]}


@routes("DELETE", "/api/v1/order/client-order/{client_id}", needs=SPOT)
def classic_cancel_by_client_id(call: Call) -> Any:
    order = _cancel(call)
    return {"cancelledOrderId": order.id, "clientOid": order.client_id}


@routes("GET", "/api/v1/hf/fills", needs=GENERAL)
def hf_fills(call: Call) -> Any:
    call.need("symbol")
    below = call.whole("lastId")
    found = [fill for fill in _fills(call) if not below or fill.n < below][: call.whole("limit") or 100]
    return {"lastId": found[-1].n if found else 0, "items": [{"id": f.n, **fill_row(f)} for f in found]}


@routes("GET", "/api/v1/fills", needs=GENERAL)
def classic_fills(call: Call) -> Any:
    return page(call, [{**fill_row(fill), "tradeId": str(fill_row(fill)["tradeId"])} for fill in _fills(call)])


def _fills(call: Call) -> list[Fill]:
    """Return them newest first."""
    found = call.desk.fills(call.account.id, _pair_name(call), call.params.get("orderId"))[::-1]
    start, end = call.whole("startAt") or 0, call.whole("endAt") or call.now
    return [fill for fill in found if start <= fill.time <= end]


@routes("GET", "/api/v1/base-fee", needs=GENERAL)
def base_fee(call: Call) -> Any:
    return {"takerFeeRate": TERMS.taker, "makerFeeRate": TERMS.maker}


@routes("GET", "/api/v1/trade-fees", needs=GENERAL)
def trade_fees(call: Call) -> Any:
    return [{"symbol": symbol, **rates_of(find_pair(symbol))} for symbol in call.params.get("symbols", "").split(",")]
