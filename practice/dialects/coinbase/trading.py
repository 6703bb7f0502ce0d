"""Coinbase spot: orders and fills."""

from datetime import datetime
from decimal import ROUND_DOWN, Decimal
from typing import Any

from practice.dialects.coinbase.names import TERMS, TRADE, V3, VIEW, find_pair, make_uuid, page
from practice.dialects.coinbase.rows import EXPIRED, STATUSES, fill_row, order_row, status
from practice.dialects.coinbase.signing import order_error
from practice.http.wire import Call, Routes, decimal
from practice.refusals import Reason, RefusedError
from practice.trading.orders import Order, Wish

# How an order's configuration is named: (our type, lifetime)
KINDS = {
    "limit_limit_gtc": ("limit", "GTC"),
    "limit_limit_gtd": ("limit", "GTT"),
    "sor_limit_ioc": ("limit", "IOC"),
    "limit_limit_fok": ("limit", "FOK"),
    "market_market_ioc": ("market", "GTC"),
}
# Statuses that orders have on the real exchange and never here.
NEVER_HERE = ("PENDING", "QUEUED", "CANCEL_QUEUED", "FAILED")
EDIT_ERRORS = {Reason.UNKNOWN_ORDER: "ORDER_NOT_FOUND", Reason.ORDER_CLOSED: "ONLY_OPEN_ORDERS_CAN_BE_EDITED"}
LONGEST_ID = 128
MOST_ORDERS = 1_000
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
    return Wish(pair, side.lower(), kind, amount, price, None, client_id, lifetime, _end(call, asked))


def _end(call: Call, asked: dict[str, Any]) -> int | None:
    """Return when an order that is good until then is over."""
    sizes = asked["order_configuration"].get("limit_limit_gtd")
    end = read_moment(sizes.get("end_time"), "end_time") if sizes else None
    if sizes and (end is None or end <= call.now):
        raise RefusedError(Reason.BAD_PARAMETER, "end_time")
    return end


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
    """Tell what an order would cost, and in `errs` why it would not be taken: with 200 either way."""
    wish = _wish(call, "")
    pair = call.desk.terms.pairs[wish.pair]
    bid, ask = call.market.spread(pair, call.now)
    price = wish.price or (ask if wish.is_buy else bid)
    worth = wish.cost or (wish.amount or Decimal(0)) * price
    fee = worth * TERMS.taker
    money = call.world.balance(call.account.id, "spot", pair.quote if wish.is_buy else pair.base).free
    needed = worth + fee if wish.is_buy else wish.amount or Decimal(0)
    return {
        "order_total": worth + fee if wish.is_buy else worth - fee,
        "commission_total": fee,
        "errs": _preview_errors(call, wish, is_short=money < needed),
        "warning": [],
        "quote_size": worth,
        "base_size": wish.amount or (worth / price).quantize(pair.amount_step, ROUND_DOWN),
        "best_bid": bid,
        "best_ask": ask,
        "is_max": False,
        "order_margin_total": "0",
        "leverage": "0",
        "long_leverage": "0",
        "short_leverage": "0",
        "slippage": "0",
        "preview_id": make_uuid("coinbase preview", call.now),
        "average_filled_price": price,
    }


def _preview_errors(call: Call, wish: Wish, *, is_short: bool) -> list[str]:
    refused = RefusedError(Reason.INSUFFICIENT) if is_short else None
    try:
        call.desk.check(call.account.id, wish)
    except RefusedError as found:
        refused = found
    told = order_error(call, refused) if refused else None
    if refused and not told:
        raise refused
    return [f"PREVIEW_{told[2]}"] if told else []


@routes("POST", f"{V3}/orders/edit", needs=TRADE)
def edit_order(call: Call) -> Any:
    """Change size and price of a limit order without an end: what is left out counts as zero."""
    asked, identity = call.json, str(call.json.get("order_id"))
    try:
        order = call.desk.find(call.account.id, identity)
        if order.type != "limit" or order.ends or order.lifetime not in ("GTC", "PO"):
            return _not_edited("ONLY_LIMIT_ORDER_EDITS_SUPPORTED")
        amount, price = (decimal(asked.get(name), name) or Decimal(0) for name in ("size", "price"))
        if wrong := _wrong_edit(order, amount, price):
            return _not_edited(wrong)
        call.desk.amend(order, amount=amount, price=price)
    except RefusedError as refused:
        told = order_error(call, refused)
        if told is None and refused.reason not in EDIT_ERRORS:
            raise
        return _not_edited(EDIT_ERRORS.get(refused.reason, "UNKNOWN_EDIT_ORDER_FAILURE_REASON"), told)
    return {"success": True, "success_response": {"order_id": order.id}, "errors": []}


def _wrong_edit(order: Order, amount: Decimal, price: Decimal) -> str:
    if amount <= 0:
        return "INVALID_EDITED_SIZE"
    if price <= 0:
        return "INVALID_EDITED_PRICE"
    return "CANNOT_EDIT_TO_BELOW_FILLED_SIZE" if amount <= order.filled else ""


def _not_edited(reason: str, told: tuple[str, str, str] | None = None) -> dict[str, Any]:
    preview = f"PREVIEW_{told[2]}" if told else "UNKNOWN_PREVIEW_FAILURE_REASON"
    row = {"edit_failure_reason": reason, "preview_failure_reason": preview}
    return {
        "success": False,
        "error_response": {"error_details": "", "edit_order_failure_reason": reason},
        "errors": [row],
    }


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
    """Answer the newest first; each filter may be named several times, and times do not count for open orders."""
    statuses, start, end = _statuses(call), _moment(call, "start_date") or 0, _moment(call, "end_date") or call.now
    pairs, ids = _pair_names(call), call.many("order_ids")
    rows = [
        _row(call, order)
        for order in reversed(call.desk.orders(call.account.id))
        if (not statuses or status(order) in statuses)
        and (not pairs or order.pair in pairs)
        and (not ids or order.id in ids)
        and (order.is_open or start <= order.created <= end)
    ]
    side, kinds = call.params.get("order_side") or "", call.many("order_types")
    rows = [row for row in rows if side in ("", row["side"]) and (not kinds or row["order_type"] in kinds)]
    shown, cursor = page(call, rows, MOST_ORDERS)
    return {"orders": shown, "sequence": "0", "has_next": bool(cursor), "cursor": cursor}


def _statuses(call: Call) -> list[str]:
    wanted = call.many("order_status")
    if odd := set(wanted) - {*STATUSES.values(), EXPIRED, *NEVER_HERE}:
        raise RefusedError(Reason.BAD_PARAMETER, f'parsing list "order_status": "{min(odd)}" is not a valid value')
    if "OPEN" in wanted and len(set(wanted)) > 1:
        raise RefusedError(Reason.BAD_PARAMETER, "order_status: cannot pair open orders with other order types")
    return wanted


def _pair_names(call: Call) -> list[str]:
    return [find_pair(product).name for product in call.many("product_id") + call.many("product_ids")]


def _row(call: Call, order: Order) -> dict[str, Any]:
    return order_row(order, call.account.uid)


@routes("GET", f"{V3}/orders/historical/fills", needs=VIEW)
def fills(call: Call) -> Any:
    """Answer the newest first."""
    ids, pairs = call.many("order_id") + call.many("order_ids"), _pair_names(call)
    since, until = (_moment(call, f"{name}_sequence_timestamp") for name in ("start", "end"))
    found = [
        fill
        for fill in reversed(call.desk.fills(call.account.id))
        if (not ids or fill.order_id in ids)
        and (not pairs or fill.pair in pairs)
        and (since or 0) <= fill.time <= (until or fill.time)
    ]
    trades = call.many("trade_ids")
    rows = [
        row for fill in found if (row := fill_row(fill, call.account.uid)) and (not trades or row["trade_id"] in trades)
    ]
    shown, cursor = page(call, rows, 100)
    return {"fills": shown, "cursor": cursor}


def _moment(call: Call, name: str) -> int | None:
    return read_moment(call.params.get(name), name)


def read_moment(text: object, name: str) -> int | None:
    try:
        return int(datetime.fromisoformat(str(text)).timestamp() * 1000) if text else None
    except (ValueError, OverflowError):
        raise RefusedError(Reason.BAD_PARAMETER, name) from None


@routes("GET", f"{V3}/orders/historical/{{id}}", needs=VIEW)
def query_order(call: Call) -> Any:
    return {"order": _row(call, call.desk.find(call.account.id, call.args["id"]))}
