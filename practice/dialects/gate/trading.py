"""Gate.io spot: orders and fills."""

from collections.abc import Callable, Iterable
from decimal import Decimal
from itertools import groupby
from typing import Any

from practice.dialects.gate.names import SPOT_READ, SPOT_WRITE, find_pair
from practice.dialects.gate.signing import told
from practice.http.wire import Call, Routes, decimal, plain
from practice.refusals import Reason, RefusedError
from practice.trading.orders import ZERO, Fill, Order, Wish

FIRST_TRADE = 2876130500
LIFETIMES = {"gtc": "GTC", "ioc": "IOC", "fok": "FOK", "poc": "PO"}
NAMES = {lifetime: name for name, lifetime in LIFETIMES.items()}
LONGEST_TEXT = 30
MOST_AT_ONCE, MOST_TO_AMEND, MOST_TO_CANCEL = 10, 5, 20
HOUR = 3_600_000
routes = Routes()


def _wish(asked: dict[str, Any]) -> Wish:
    for needed in ("currency_pair", "side", "amount"):
        if not asked.get(needed):
            raise RefusedError(Reason.BAD_PARAMETER, needed)
    kind, side = asked.get("type", "limit"), asked["side"]
    lifetime = LIFETIMES.get(str(asked.get("time_in_force", "gtc" if kind == "limit" else "ioc")), "")
    if kind not in ("limit", "market") or side not in ("buy", "sell") or not lifetime:
        raise RefusedError(Reason.BAD_PARAMETER, "type")
    if kind == "market" and lifetime not in ("IOC", "FOK"):
        raise RefusedError(Reason.BAD_PARAMETER, "time_in_force")
    pair, amount = find_pair(str(asked["currency_pair"])).name, decimal(asked["amount"], "amount")
    # A market buy's amount is what it may cost.
    if kind == "market" and side == "buy":
        return Wish(pair, side, kind, cost=amount, client_id=_text(asked), lifetime=lifetime)
    price = decimal(asked.get("price"), "price") if kind == "limit" else None
    return Wish(pair, side, kind, amount, price, None, _text(asked), lifetime)


def _text(asked: dict[str, Any]) -> str:
    """Return the caller's own id, which must start with t-."""
    text = str(asked.get("text") or "")
    if text and (not text.startswith("t-") or len(text) > LONGEST_TEXT):
        raise RefusedError(Reason.BAD_PARAMETER, "text")
    return text


@routes("POST", "/api/v4/spot/orders", needs=SPOT_WRITE)
def place_order(call: Call) -> Any:
    return order_row(call.desk.place(call.account.id, _wish(call.json)))


@routes("POST", "/api/v4/spot/batch_orders", needs=SPOT_WRITE)
def place_several(call: Call) -> Any:
    """Place up to ten, each for itself: what is refused is told in its row. Each needs a text of its own."""
    asked = call.json_rows()
    texts = [row.get("text") for row in asked]
    if not 0 < len(asked) <= MOST_AT_ONCE or not all(texts) or len(set(map(str, texts))) < len(texts):
        raise RefusedError(Reason.BAD_PARAMETER, "text" if asked else "orders")
    return [_one_of_several(call, row, lambda row: call.desk.place(call.account.id, _wish(row))) for row in asked]


def _one_of_several(call: Call, asked: dict[str, Any], act: Callable[[dict[str, Any]], Order]) -> dict[str, Any]:
    try:
        order = act(asked)
    except RefusedError as refused:
        _, label, message = told(call, refused)
        return {"text": asked.get("text", ""), "succeeded": False, "label": label, "message": message}
    return {**order_row(order), "order_id": order.id, "succeeded": True, "label": "", "message": ""}


def _pair_name(call: Call) -> str:
    call.need("currency_pair")
    return find_pair(call.params["currency_pair"]).name


def _find(call: Call, identity: str, pair: str) -> Order:
    """Find by the exchange's id, or by the caller's own, which is forgotten an hour after the order has ended."""
    is_own = identity.startswith("t-")
    order = call.desk.find(call.account.id, "" if is_own else identity, identity if is_own else "")
    is_forgotten = is_own and not order.is_open and order.updated < call.now - HOUR
    if order.pair != pair or is_forgotten:
        raise RefusedError(Reason.UNKNOWN_ORDER, identity)
    return order


def _named(call: Call) -> Order:
    return _find(call, call.args["id"], _pair_name(call))


@routes("PATCH", "/api/v4/spot/orders/{id}", needs=SPOT_WRITE)
def amend_order(call: Call) -> Any:
    """Change amount or price; the order keeps its id. The pair stands in the query or in the body."""
    return order_row(_amend(call, call.args["id"], call.json))


@routes("POST", "/api/v4/spot/amend_batch_orders", needs=SPOT_WRITE)
def amend_several(call: Call) -> Any:
    asked = call.json_rows()
    if not 0 < len(asked) <= MOST_TO_AMEND:
        raise RefusedError(Reason.BAD_PARAMETER, "orders")
    return [_one_of_several(call, row, lambda row: _amend(call, str(row.get("order_id")), row)) for row in asked]


def _amend(call: Call, identity: str, asked: dict[str, Any]) -> Order:
    symbol = call.params.get("currency_pair") or str(asked.get("currency_pair") or "")
    if not symbol:
        raise RefusedError(Reason.BAD_PARAMETER, "currency_pair")
    amount, price = (decimal(asked.get(name), name) for name in ("amount", "price"))
    if amount is None and price is None:
        raise RefusedError(Reason.BAD_PARAMETER, "amount")
    return call.desk.amend(_find(call, identity, find_pair(symbol).name), amount=amount, price=price)


@routes("POST", "/api/v4/spot/cancel_batch_orders", needs=SPOT_WRITE)
def cancel_several(call: Call) -> Any:
    """Cancel up to twenty, of any pair, each for itself."""
    asked = call.json_rows()
    if not 0 < len(asked) <= MOST_TO_CANCEL:
        raise RefusedError(Reason.BAD_PARAMETER, "orders")
    return [_cancel_one(call, row) for row in asked]


def _cancel_one(call: Call, asked: dict[str, Any]) -> dict[str, Any]:
    identity, symbol = str(asked.get("id")), str(asked.get("currency_pair"))
    row: dict[str, Any] = {"currency_pair": symbol, "id": identity, "text": "", "account": ""}
    try:
        order = call.desk.cancel(_find(call, identity, find_pair(symbol).name))
    except RefusedError as refused:
        _, label, message = told(call, refused)
        return {**row, "succeeded": False, "label": label, "message": message}
    return {**row, "id": order.id, "text": order.client_id, "succeeded": True, "label": None, "message": None}


@routes("GET", "/api/v4/spot/orders/{id}", needs=SPOT_READ)
def query_order(call: Call) -> Any:
    return order_row(_named(call))


@routes("DELETE", "/api/v4/spot/orders/{id}", needs=SPOT_WRITE)
def cancel_order(call: Call) -> Any:
    return order_row(call.desk.cancel(_named(call)))


@routes("DELETE", "/api/v4/spot/orders", needs=SPOT_WRITE)
def cancel_orders(call: Call) -> Any:
    found = call.desk.orders(call.account.id, _pair_name(call), is_open=True)
    return [order_row(call.desk.cancel(order)) for order in found]


@routes("GET", "/api/v4/spot/orders", needs=SPOT_READ)
def list_orders(call: Call) -> Any:
    """Answer open or finished orders of a pair, newest first; times are in seconds."""
    call.need("status")
    if call.params["status"] not in ("open", "finished"):
        raise RefusedError(Reason.BAD_PARAMETER, "status")
    found = call.desk.orders(call.account.id, _pair_name(call), is_open=call.params["status"] == "open")
    start, end = call.whole("from") or 0, call.whole("to") or call.now // 1000 + 1
    rows = [order_row(order) for order in reversed(found) if start <= order.created // 1000 <= end]
    return rows[: call.whole("limit") or 100]


@routes("GET", "/api/v4/spot/open_orders", needs=SPOT_READ)
def open_orders(call: Call) -> Any:
    """Answer every open order, grouped by pair."""
    found = sorted(call.desk.orders(call.account.id, None, is_open=True), key=lambda order: order.pair)
    return [_group(pair, orders) for pair, orders in groupby(found, key=lambda order: order.pair)]


def _group(pair: str, orders: Iterable[Order]) -> dict[str, Any]:
    rows = [order_row(order) for order in orders]
    return {"currency_pair": pair.replace("/", "_"), "total": len(rows), "orders": rows}


def order_row(order: Order) -> dict[str, Any]:
    """A market buy counts in quote money: its amount is the cost, and nothing is left of it."""
    by_cost = order.cost is not None
    ended = {"open": ("open", "open"), "filled": ("closed", "filled")}
    why = {"IOC": "ioc", "FOK": "fok", "PO": "poc"}.get(order.ended_by, "cancelled")
    status, finish = ended.get(order.status, ("cancelled", why))
    zeros = dict.fromkeys(("iceberg", "point_fee", "gt_fee", "gt_maker_fee", "gt_taker_fee", "rebated_fee"), "0")
    return {
        "id": order.id,
        "text": order.client_id or "apiv4",
        "amend_text": "-",
        "create_time": str(order.created // 1000),
        "update_time": str(order.updated // 1000),
        "create_time_ms": order.created,
        "update_time_ms": order.updated,
        "status": status,
        "currency_pair": order.pair.replace("/", "_"),
        "type": order.type,
        "account": "spot",
        "side": order.side,
        "amount": order.cost if by_cost else order.amount,
        "price": order.price or ZERO,
        "time_in_force": NAMES[order.lifetime],
        "left": ZERO if by_cost else order.remaining,
        "filled_amount": order.filled,
        "fill_price": order.spent,
        "filled_total": order.spent,
        "avg_deal_price": order.average.quantize(Decimal("1e-12")),
        "fee": order.fee,
        "fee_currency": order.fee_asset or _received(order),
        **zeros,
        "gt_fee": order.coin_fee,
        "gt_discount": bool(order.coin_fee),
        "rebated_fee_currency": order.pair.partition("/")[2],
        "finish_as": finish,
    }


def _received(order: Order) -> str:
    base, _, quote = order.pair.partition("/")
    return base if order.is_buy else quote


@routes("GET", "/api/v4/spot/my_trades", needs=SPOT_READ)
def my_trades(call: Call) -> Any:
    """Answer the newest first."""
    pair = _pair_name(call) if "currency_pair" in call.params else None
    found = call.desk.fills(call.account.id, pair, call.params.get("order_id"))[::-1]
    since, until = call.whole("from") or 0, call.whole("to") or call.now // 1000 + 1
    rows = [_trade_row(fill) for fill in found if since <= fill.time // 1000 <= until]
    most = min(call.whole("limit") or 100, 1_000)
    first = ((call.whole("page") or 1) - 1) * most
    return rows[first : first + most]


def _trade_row(fill: Fill) -> dict[str, Any]:
    return {
        "id": str(FIRST_TRADE + fill.n),
        "create_time": str(fill.time // 1000),
        "create_time_ms": f"{fill.time}.000000",
        "currency_pair": fill.pair.replace("/", "_"),
        "side": fill.side,
        "role": "maker" if fill.is_maker else "taker",
        "amount": plain(fill.amount),
        "price": plain(fill.price),
        "order_id": fill.order_id,
        "fee": "0" if fill.in_coin else plain(fill.fee),
        "fee_currency": fill.pair.split("/")[fill.side == "sell"] if fill.in_coin else fill.fee_asset,
        "point_fee": "0",
        "gt_fee": plain(fill.fee) if fill.in_coin else "0",
    }
