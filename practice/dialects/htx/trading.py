"""HTX spot: orders and fills."""

from collections.abc import Mapping
from typing import Any

from practice.dialects.htx.account import account_id, require_account
from practice.dialects.htx.names import READ, TRADE, find_pair, symbol_of
from practice.dialects.htx.signing import order_error
from practice.http.wire import Call, Routes, decimal, plain
from practice.refusals import Reason, RefusedError
from practice.trading.orders import Fill, Order, Wish

MOST_AT_ONCE, MOST_TO_CANCEL = 10, 50
# States as numbers, as a cancellation that fails tells them.
STATES = {"submitted": 3, "partial-filled": 4, "partial-canceled": 5, "filled": 6, "canceled": 7}
KINDS = {"limit": "GTC", "ioc": "IOC", "limit-maker": "PO", "limit-fok": "FOK"}
WINDOW = 48 * 3_600_000
FIRST_MATCH, FIRST_TRADE = 313288753120940, 1085
routes = Routes()


def _wish(call: Call, asked: Mapping[str, Any]) -> Wish:
    require_account(call, asked.get("account-id"))
    for needed in ("symbol", "type", "amount"):
        if not asked.get(needed):
            raise RefusedError(Reason.BAD_PARAMETER, needed)
    side, _, kind = str(asked["type"]).partition("-")
    if side not in ("buy", "sell") or kind not in (*KINDS, "market"):
        raise RefusedError(Reason.BAD_PARAMETER, "type")
    pair, size = find_pair(str(asked["symbol"])).name, decimal(asked["amount"], "amount")
    client_id = str(asked.get("client-order-id") or "")
    if kind == "market":
        # The amount of a market buy is quote money.
        amount, cost = (None, size) if side == "buy" else (size, None)
        return Wish(pair, side, kind, amount, None, cost, client_id)
    return Wish(pair, side, "limit", size, decimal(asked.get("price"), "price"), None, client_id, KINDS[kind])


@routes("POST", "/v1/order/orders/place", needs=TRADE)
def place(call: Call) -> Any:
    return call.desk.place(call.account.id, _wish(call, call.json)).id


@routes("POST", "/v1/order/batch-orders", needs=TRADE)
def place_several(call: Call) -> Any:
    """Place up to ten, each for itself; the body is a list."""
    asked = call.json_rows()
    if not 0 < len(asked) <= MOST_AT_ONCE:
        raise RefusedError(Reason.BAD_PARAMETER, "orders")
    return [_place_one(call, row) for row in asked]


def _place_one(call: Call, asked: Mapping[str, Any]) -> dict[str, Any]:
    name = {"client-order-id": str(asked.get("client-order-id") or "")}
    try:
        return {"order-id": int(call.desk.place(call.account.id, _wish(call, asked)).id), **name}
    except RefusedError as refused:
        code, text = order_error(refused, asked)
        return {**name, "err-code": code, "err-msg": text}


@routes("POST", "/v1/order/orders/{id}/submitcancel", needs=TRADE)
def cancel(call: Call) -> Any:
    return call.desk.cancel(call.desk.find(call.account.id, call.args["id"])).id


@routes("POST", "/v1/order/orders/submitCancelClientOrder", needs=TRADE)
def cancel_by_client_id(call: Call) -> Any:
    """Answer the order's state as a number: 7 is canceled."""
    client_id = str(call.json.get("client-order-id") or "")
    call.desk.cancel(call.desk.find(call.account.id, client_id=client_id))
    return 7


@routes("POST", "/v1/order/orders/batchcancel", needs=TRADE)
def cancel_several(call: Call) -> Any:
    """Cancel orders by HTX's ids or by ours, and say of each that fails why."""
    ours, theirs = (call.json.get(f"{kind}order-ids") or [] for kind in ("client-", ""))
    asked = [(name, str(one)) for name, ids in (("client_id", ours), ("identity", theirs)) for one in ids]
    if not 0 < len(asked) <= MOST_TO_CANCEL or (ours and theirs):
        raise RefusedError(Reason.BAD_PARAMETER, "order-ids")
    failed = {one: told for name, one in asked if (told := _cancel_one(call, **{name: one}))}
    return {"success": [one for _, one in asked if one not in failed], "failed": list(failed.values())}


def _cancel_one(call: Call, identity: str = "", client_id: str = "") -> dict[str, Any] | None:
    try:
        order = call.desk.find(call.account.id, identity, client_id)
        call.desk.cancel(order)
    except RefusedError as refused:
        is_known = refused.reason is Reason.ORDER_CLOSED
        code, text = order_error(refused, {})
        names = {"order-id": order.id if is_known else identity, "client-order-id": client_id}
        return {**names, "order-state": STATES[_state(order)] if is_known else -1, "err-code": code, "err-msg": text}
    return None


@routes("POST", "/v1/order/orders/batchCancelOpenOrders", needs=TRADE)
def cancel_open_orders(call: Call) -> Any:
    """Cancel what is open of the pairs that are named, or of all, a hundred at most."""
    require_account(call, call.json.get("account-id"))
    symbols = [name for name in str(call.json.get("symbol") or "").split(",") if name]
    names, side = {find_pair(symbol).name for symbol in symbols}, call.json.get("side")
    wanted = [
        order
        for order in call.desk.orders(call.account.id, is_open=True)
        if (not names or order.pair in names) and side in (None, "", order.side)
    ]
    size = decimal(call.json.get("size"), "size")
    chosen = wanted[: int(size) if size else 100]
    for order in chosen:
        call.desk.cancel(order)
    return {"success-count": len(chosen), "failed-count": 0, "next-id": -1}


@routes("GET", "/v1/order/openOrders", needs=READ)
def open_orders(call: Call) -> Any:
    if call.params.get("account-id"):
        require_account(call, call.params["account-id"])
    found = call.desk.orders(call.account.id, _pair_name(call), is_open=True)
    return [open_row(call, o) for o in reversed(found)][: call.whole("size") or 100]


@routes("GET", "/v1/order/orders/getClientOrder", needs=READ)
def client_order(call: Call) -> Any:
    client_id = call.params.get("clientOrderId", "")
    return order_row(call, call.desk.find(call.account.id, client_id=client_id))


@routes("GET", "/v1/order/orders/{id}", needs=READ)
def order(call: Call) -> Any:
    return order_row(call, call.desk.find(call.account.id, call.args["id"]))


@routes("GET", "/v1/order/orders", needs=READ)
def orders(call: Call) -> Any:
    """Search by states: the names of `_state`, separated by commas; in 48 hours at most."""
    call.need("symbol", "states")
    states, start = call.params["states"].split(","), call.whole("start-time") or call.now - WINDOW
    end = min(call.whole("end-time") or call.now, start + WINDOW)
    found = [o for o in call.desk.orders(call.account.id, _pair_name(call)) if start <= o.created <= end]
    return [order_row(call, o) for o in reversed(found) if _state(o) in states][: call.whole("size") or 100]


@routes("GET", "/v1/order/history", needs=READ)
def history(call: Call) -> Any:
    """Answer the orders of the last two days that are over, newest first."""
    start = call.whole("start-time") or call.now - WINDOW
    end, most = call.whole("end-time") or call.now, call.whole("size") or 100
    found = [o for o in call.desk.orders(call.account.id, _pair_name(call), is_open=False) if start <= o.created <= end]
    return [order_row(call, order) for order in reversed(found)][: min(most, 1_000)]


def _pair_name(call: Call) -> str | None:
    return find_pair(call.params["symbol"]).name if call.params.get("symbol") else None


def _state(order: Order) -> str:
    if order.is_open:
        return "partial-filled" if order.filled else "submitted"
    return "filled" if order.status == "filled" else "partial-canceled" if order.filled else "canceled"


def _kind(order: Order) -> str:
    kinds = {lifetime: kind for kind, lifetime in KINDS.items()}
    return f"{order.side}-{'market' if order.type == 'market' else kinds[order.lifetime]}"


def _row(call: Call, order: Order) -> dict[str, Any]:
    return {
        "id": int(order.id),
        "symbol": symbol_of(order.pair),
        "account-id": account_id(call),
        "client-order-id": order.client_id,
        "amount": order.cost if order.amount is None else order.amount,
        "price": plain(order.price) if order.price is not None else "0.0",
        "created-at": order.created,
        "type": _kind(order),
        "state": _state(order),
    }


def order_row(call: Call, order: Order) -> dict[str, Any]:
    """Write an order by itself: HTX says "field" here where a list says "filled"."""
    done = {"field-amount": order.filled, "field-cash-amount": order.spent, "field-fees": order.fee}
    ended = 0 if order.is_open else order.updated
    times = {"finished-at": ended, "canceled-at": ended if order.status == "canceled" else 0}
    return {**_row(call, order), **done, "source": "spot-api", **times}


def open_row(call: Call, order: Order) -> dict[str, Any]:
    done = {"filled-amount": order.filled, "filled-cash-amount": order.spent, "filled-fees": order.fee}
    return {**_row(call, order), **done, "source": "api"}


@routes("GET", "/v1/order/matchresults", needs=READ)
def match_results(call: Call) -> Any:
    start, end = call.whole("start-time") or 0, call.whole("end-time") or call.now
    found = call.desk.fills(call.account.id, _pair_name(call))
    return [fill_row(f) for f in reversed(found) if start <= f.time <= end][: call.whole("size") or 100]


@routes("GET", "/v1/order/orders/{id}/matchresults", needs=READ)
def order_matches(call: Call) -> Any:
    return [fill_row(fill) for fill in call.desk.fills(call.account.id, order_id=call.args["id"])]


def fill_row(fill: Fill) -> dict[str, Any]:
    return {
        "symbol": symbol_of(fill.pair),
        "fee-currency": fill.pair.split("/")[fill.side == "sell"].lower(),
        "source": "spot-api",
        "price": fill.price,
        "created-at": fill.time,
        "role": "maker" if fill.is_maker else "taker",
        "order-id": int(fill.order_id),
        "match-id": fill.n,
        "trade-id": FIRST_TRADE + fill.n,
        "filled-amount": fill.amount,
        "filled-fees": "0" if fill.in_coin else fill.fee,
        "filled-points": plain(fill.fee) if fill.in_coin else "0.0",
        "fee-deduct-currency": fill.fee_asset.lower() if fill.in_coin else "",
        "fee-deduct-state": "done",
        "id": FIRST_MATCH + fill.n,
        "type": f"{fill.side}-{fill.type}",
    }
