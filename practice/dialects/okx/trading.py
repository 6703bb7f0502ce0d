"""OKX: spot orders and fills."""

import json
from typing import Any

from practice.dialects.okx.names import PAIRS, READ, TRADE, find_pair, symbol_of
from practice.orders import ZERO, Fill, Order, Wish
from practice.refusals import Reason, RefusedError
from practice.wire import Call, Routes, decimal, plain

LIFETIMES = {"limit": "GTC", "market": "GTC", "post_only": "PO", "fok": "FOK", "ioc": "IOC"}
KINDS = {"PO": "post_only", "FOK": "fok", "IOC": "ioc"}
FIRST_TRADE = 107601752
routes = Routes()


def _asked(call: Call) -> dict[str, Any]:
    """Return the order asked for: an object, or the first of batch-orders' list (one at a time here)."""
    try:
        data = json.loads(call.body or b"{}")
    except ValueError:
        raise RefusedError(Reason.BAD_PARAMETER, "body") from None
    first = data[0] if isinstance(data, list) and len(data) == 1 else data
    if not isinstance(first, dict):
        raise RefusedError(Reason.BAD_PARAMETER, "body")
    return first


def _wish(asked: dict[str, Any]) -> Wish:
    for needed in ("instId", "tdMode", "side", "ordType", "sz"):
        if not asked.get(needed):
            raise RefusedError(Reason.BAD_PARAMETER, needed)
    pair, kind, side = find_pair(str(asked["instId"])).name, str(asked["ordType"]), str(asked["side"])
    if kind not in LIFETIMES or side not in ("buy", "sell") or asked["tdMode"] != "cash":
        raise RefusedError(Reason.BAD_PARAMETER, "ordType")
    size, client_id = decimal(asked["sz"], "sz"), str(asked.get("clOrdId", ""))
    if kind == "market":
        # The size of a market buy is quote money unless said otherwise.
        in_quote = asked.get("tgtCcy", "quote_ccy" if side == "buy" else "base_ccy") == "quote_ccy"
        amount, cost = (None, size) if in_quote else (size, None)
        return Wish(pair, side, "market", amount, None, cost, client_id)
    return Wish(pair, side, "limit", size, decimal(asked.get("px"), "px"), None, client_id, LIFETIMES[kind])


@routes("POST", "/api/v5/trade/order", needs=TRADE)
@routes("POST", "/api/v5/trade/batch-orders", needs=TRADE)
def place(call: Call) -> Any:
    asked = _asked(call)
    return [_done(call, call.desk.place(call.account.id, _wish(asked)), tag=str(asked.get("tag", "")))]


def _done(call: Call, order: Order, tag: str = "") -> dict[str, Any]:
    told = {"clOrdId": order.client_id, "ordId": order.id, "tag": tag}
    return {**told, "sCode": "0", "sMsg": "", "ts": str(call.now)}


@routes("POST", "/api/v5/trade/cancel-order", needs=TRADE)
@routes("POST", "/api/v5/trade/cancel-batch-orders", needs=TRADE)
def cancel(call: Call) -> Any:
    asked = _asked(call)
    return [_done(call, call.desk.cancel(_find(call, asked)))]


def _find(call: Call, asked: dict[str, Any]) -> Order:
    find_pair(str(asked.get("instId", "")))
    identity, client_id = str(asked.get("ordId", "")), str(asked.get("clOrdId", ""))
    if not identity and not client_id:
        raise RefusedError(Reason.BAD_PARAMETER, "ordId")
    order = call.desk.find(call.account.id, identity, client_id)
    if symbol_of(order.pair) != asked["instId"]:
        raise RefusedError(Reason.UNKNOWN_ORDER, order.id)
    return order


@routes("GET", "/api/v5/trade/order", needs=READ)
def order(call: Call) -> Any:
    return [order_row(_find(call, dict(call.params)))]


def _pair_name(call: Call) -> str | None:
    """Return the pair asked for; futures have no orders here, so their names are no pairs."""
    return find_pair(call.params["instId"]).name if call.params.get("instId") else None


def _is_spot(call: Call) -> bool:
    symbol = call.params.get("instId")
    return call.params.get("instType", "SPOT") == "SPOT" and (symbol in (None, "") or symbol in PAIRS)


@routes("GET", "/api/v5/trade/orders-pending", needs=READ)
def pending(call: Call) -> Any:
    found = call.desk.orders(call.account.id, _pair_name(call), is_open=True) if _is_spot(call) else []
    return [order_row(o) for o in reversed(found)][: call.whole("limit") or 100]


@routes("GET", "/api/v5/trade/orders-history", needs=READ)
def history(call: Call) -> Any:
    """Answer what is over, newest first: of one state, and made in a time, where these are asked for."""
    found = call.desk.orders(call.account.id, _pair_name(call), is_open=False) if _is_spot(call) else []
    state, start, end = call.params.get("state"), call.whole("begin") or 0, call.whole("end") or call.now
    rows = [order_row(o) for o in reversed(found) if state in (None, o.status) and start <= o.created <= end]
    return rows[: call.whole("limit") or 100]


def order_row(order: Order) -> dict[str, Any]:
    state = "partially_filled" if order.is_open and order.filled else "live" if order.is_open else order.status
    size, target = (order.cost, "quote_ccy") if order.amount is None else (order.amount, "base_ccy")
    kind = "market" if order.type == "market" else KINDS.get(order.lifetime, "limit")
    return {
        **dict.fromkeys(("ccy", "lever", "tag", "fillTime", "tradeId"), ""),
        "accFillSz": order.filled,
        "avgPx": plain(order.average) if order.filled else "",
        "cTime": str(order.created),
        "uTime": str(order.updated),
        "category": "normal",
        "clOrdId": order.client_id,
        "fee": -order.fee if order.fee else ZERO,
        "feeCcy": order.fee_asset or (order.pair.split("/")[0 if order.is_buy else 1]),
        "fillPx": plain(order.average) if order.filled else "",
        "fillSz": order.filled,
        "instId": symbol_of(order.pair),
        "instType": "SPOT",
        "ordId": order.id,
        "ordType": kind,
        "pnl": "0",
        "posSide": "net",
        "px": plain(order.price) if order.price is not None else "",
        "rebate": "0",
        "rebateCcy": order.pair.split("/")[1],
        "side": order.side,
        "state": state,
        "sz": size,
        "tdMode": "cash",
        "tgtCcy": target if kind == "market" else "",
        "reduceOnly": "false",
    }


@routes("GET", "/api/v5/trade/fills", needs=READ)
@routes("GET", "/api/v5/trade/fills-history", needs=READ)
def fills(call: Call) -> Any:
    found = call.desk.fills(call.account.id, _pair_name(call), call.params.get("ordId")) if _is_spot(call) else []
    start, end = call.whole("begin") or 0, call.whole("end") or call.now
    return [fill_row(f) for f in reversed(found) if start <= f.time <= end][: call.whole("limit") or 100]


def fill_row(fill: Fill) -> dict[str, Any]:
    """Write the fee as OKX does: below zero when it was paid."""
    return {
        "side": fill.side,
        "fillSz": fill.amount,
        "fillPx": fill.price,
        "fee": -fill.fee,
        "ordId": fill.order_id,
        "instType": "SPOT",
        "instId": symbol_of(fill.pair),
        "clOrdId": "",
        "posSide": "net",
        "billId": str(fill.n),
        "tag": "",
        "execType": "M" if fill.is_maker else "T",
        "tradeId": str(FIRST_TRADE + fill.n),
        "feeCcy": fill.fee_asset,
        "ts": str(fill.time),
    }
