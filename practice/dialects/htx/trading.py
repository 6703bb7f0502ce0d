"""HTX spot: orders and fills."""

from typing import Any

from practice.dialects.htx.account import account_id, require_account
from practice.dialects.htx.names import READ, TRADE, find_pair, symbol_of
from practice.orders import Fill, Order, Wish
from practice.refusals import Reason, RefusedError
from practice.wire import Call, Routes, decimal, plain

KINDS = {"limit": "GTC", "ioc": "IOC", "limit-maker": "PO", "limit-fok": "FOK"}
WINDOW = 48 * 3_600_000
FIRST_MATCH, FIRST_TRADE = 313288753120940, 1085
routes = Routes()


def _wish(call: Call) -> Wish:
    asked = call.json
    require_account(call, asked.get("account-id"))
    for needed in ("symbol", "type", "amount"):
        if not asked.get(needed):
            raise RefusedError(Reason.BAD_PARAMETER, needed)
    side, _, kind = str(asked["type"]).partition("-")
    if side not in ("buy", "sell") or kind not in (*KINDS, "market"):
        raise RefusedError(Reason.BAD_PARAMETER, "type")
    pair, size = find_pair(str(asked["symbol"])).name, decimal(asked["amount"], "amount")
    client_id = str(asked.get("client-order-id", ""))
    if kind == "market":
        # The amount of a market buy is quote money.
        amount, cost = (None, size) if side == "buy" else (size, None)
        return Wish(pair, side, kind, amount, None, cost, client_id)
    return Wish(pair, side, "limit", size, decimal(asked.get("price"), "price"), None, client_id, KINDS[kind])


@routes("POST", "/v1/order/orders/place", needs=TRADE)
def place(call: Call) -> Any:
    return call.desk.place(call.account.id, _wish(call)).id


@routes("POST", "/v1/order/orders/{id}/submitcancel", needs=TRADE)
def cancel(call: Call) -> Any:
    return call.desk.cancel(call.desk.find(call.account.id, call.args["id"])).id


@routes("POST", "/v1/order/orders/submitCancelClientOrder", needs=TRADE)
def cancel_by_client_id(call: Call) -> Any:
    """Answer the order's state as a number: 7 is canceled."""
    client_id = str(call.json.get("client-order-id", ""))
    call.desk.cancel(call.desk.find(call.account.id, client_id=client_id))
    return 7


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
        "fee-currency": fill.fee_asset.lower(),
        "source": "spot-api",
        "price": fill.price,
        "created-at": fill.time,
        "role": "maker" if fill.is_maker else "taker",
        "order-id": int(fill.order_id),
        "match-id": fill.n,
        "trade-id": FIRST_TRADE + fill.n,
        "filled-amount": fill.amount,
        "filled-fees": fill.fee,
        "filled-points": "0.0",
        "fee-deduct-currency": "",
        "fee-deduct-state": "done",
        "id": FIRST_MATCH + fill.n,
        "type": f"{fill.side}-{fill.type}",
    }
