"""Coinbase spot: orders and fills."""

from datetime import datetime
from decimal import ROUND_DOWN, Decimal
from typing import Any

from practice.dialects.coinbase.names import TERMS, TRADE, V3, VIEW, find_pair
from practice.dialects.coinbase.rows import STATUSES, fill_row, order_row
from practice.orders import Order, Wish
from practice.refusals import Reason, RefusedError
from practice.wire import Call, Routes, decimal

# How an order's configuration is named: (our type, lifetime)
KINDS = {
    "limit_limit_gtc": ("limit", "GTC"),
    "sor_limit_ioc": ("limit", "IOC"),
    "limit_limit_fok": ("limit", "FOK"),
    "market_market_ioc": ("market", "GTC"),
}
# Statuses that orders have on the real exchange and never here.
NEVER_HERE = ("PENDING", "QUEUED", "CANCEL_QUEUED", "EXPIRED", "FAILED")
LONGEST_ID = 128
routes = Routes()


def _wish(call: Call, client_id: str) -> Wish:
    asked = call.json
    side, (kind, lifetime, sizes) = asked.get("side"), _configuration(asked.get("order_configuration"))
    if side not in ("BUY", "SELL"):
        raise RefusedError(Reason.BAD_PARAMETER, "side")
    pair = find_pair(str(asked.get("product_id"))).name
    amount, cost, price = (decimal(sizes.get(name), name) for name in ("base_size", "quote_size", "limit_price"))
    if kind == "market":
        return Wish(pair, side.lower(), kind, amount, None, None if amount else worth_of(cost), client_id)
    return Wish(pair, side.lower(), kind, amount, price, None, client_id, lifetime)


def _configuration(given: object) -> tuple[str, str, dict[str, Any]]:
    """Return type, lifetime and sizes; there is one configuration, named for its kind."""
    if not isinstance(given, dict) or len(given) != 1:
        raise RefusedError(Reason.BAD_PARAMETER, "order_configuration")
    ((name, sizes),) = given.items()
    if name not in KINDS or not isinstance(sizes, dict):
        raise RefusedError(Reason.BAD_PARAMETER, "order_configuration")
    kind, lifetime = KINDS[name]
    return kind, "PO" if sizes.get("post_only") else lifetime, sizes


def worth_of(quote_size: Decimal | None) -> Decimal | None:
    """Return what is left to buy with: quote_size includes the fee."""
    return quote_size and (quote_size / (1 + TERMS.taker)).quantize(Decimal("1e-8"), ROUND_DOWN)


@routes("POST", f"{V3}/orders", needs=TRADE)
def place_order(call: Call) -> Any:
    """Take an order; a client id that was used before brings back its order and places nothing."""
    client_id = call.json.get("client_order_id")
    if not isinstance(client_id, str) or not 0 < len(client_id) <= LONGEST_ID:
        raise RefusedError(Reason.BAD_PARAMETER, "client_order_id")
    order = next(call.world.book.by_client_id(call.account.id, client_id), None)
    order = order or call.desk.place(call.account.id, _wish(call, client_id))
    told = {"order_id": order.id, "product_id": order.pair.replace("/", "-"), "side": order.side.upper()}
    return {
        "success": True,
        "failure_reason": "UNKNOWN_FAILURE_REASON",
        "order_id": order.id,
        "success_response": {**told, "client_order_id": client_id},
        "order_configuration": call.json.get("order_configuration"),
    }


@routes("POST", f"{V3}/orders/preview", needs=TRADE)
def preview_order(call: Call) -> Any:
    wish = _wish(call, "")
    call.desk.check(call.account.id, wish)
    total = wish.cost or (wish.amount or Decimal(0)) * (wish.price or Decimal(0))
    return {"order_total": total, "commission_total": total * TERMS.taker, "errs": [], "warning": []}


@routes("POST", f"{V3}/orders/batch_cancel", needs=TRADE)
def batch_cancel(call: Call) -> Any:
    asked = call.json.get("order_ids")
    if not isinstance(asked, list) or not asked:
        raise RefusedError(Reason.BAD_PARAMETER, "order_ids")
    return {"results": [_cancel_one(call, str(identity)) for identity in asked]}


def _cancel_one(call: Call, identity: str) -> dict[str, Any]:
    reason = "UNKNOWN_CANCEL_FAILURE_REASON"
    try:
        call.desk.cancel(call.desk.find(call.account.id, identity))
    except RefusedError as refused:
        is_unknown = refused.reason is Reason.UNKNOWN_ORDER
        reason = "UNKNOWN_CANCEL_ORDER" if is_unknown else "INVALID_CANCEL_REQUEST"
    return {"success": reason == "UNKNOWN_CANCEL_FAILURE_REASON", "failure_reason": reason, "order_id": identity}


@routes("GET", f"{V3}/orders/historical/batch", needs=VIEW)
def list_orders(call: Call) -> Any:
    """Answer the newest first, of one status where one is asked for."""
    wanted, pair = call.params.get("order_status"), _pair_name(call)
    if wanted not in (None, *STATUSES.values(), *NEVER_HERE):
        raise RefusedError(Reason.BAD_PARAMETER, "order_status")
    start, end, most = _moment(call, "start_date") or 0, _moment(call, "end_date") or call.now, call.whole("limit")
    found = [o for o in call.desk.orders(call.account.id, pair)[::-1] if start <= o.created <= end]
    rows = [_row(call, order) for order in found if wanted in (None, STATUSES[order.status])]
    has_next = len(rows) > (most or 1_000)
    return {"orders": rows[: most or 1_000], "sequence": "0", "has_next": has_next, "cursor": ""}


def _pair_name(call: Call) -> str | None:
    product = call.params.get("product_id") or call.params.get("product_ids")
    return find_pair(product).name if product else None


def _row(call: Call, order: Order) -> dict[str, Any]:
    return order_row(order, call.account.uid)


@routes("GET", f"{V3}/orders/historical/fills", needs=VIEW)
def fills(call: Call) -> Any:
    """Answer the newest first."""
    order_id = call.params.get("order_id") or call.params.get("order_ids")
    found = call.desk.fills(call.account.id, _pair_name(call), order_id)[::-1]
    since, until = (_moment(call, f"{name}_sequence_timestamp") for name in ("start", "end"))
    rows = [fill_row(f, call.account.uid) for f in found if (since or 0) <= f.time <= (until or f.time)]
    return {"fills": rows[: call.whole("limit") or 100], "cursor": ""}


def _moment(call: Call, name: str) -> int | None:
    text = call.params.get(name)
    try:
        return int(datetime.fromisoformat(text).timestamp() * 1000) if text else None
    except (ValueError, OverflowError):
        raise RefusedError(Reason.BAD_PARAMETER, name) from None


@routes("GET", f"{V3}/orders/historical/{{id}}", needs=VIEW)
def query_order(call: Call) -> Any:
    return {"order": _row(call, call.desk.find(call.account.id, call.args["id"]))}
