"""OKX: spot orders and fills."""

import json
import re
from collections.abc import Callable
from typing import Any

from practice.dialects.okx.names import PAIRS, READ, TRADE, find_pair, symbol_of
from practice.dialects.okx.signing import refused_row
from practice.http.wire import Call, Routes, decimal, plain
from practice.refusals import Reason, RefusedError
from practice.trading.orders import ZERO, Fill, Order, Wish

LIFETIMES = {"limit": "GTC", "market": "GTC", "post_only": "PO", "fok": "FOK", "ioc": "IOC"}
KINDS = {"PO": "post_only", "FOK": "fok", "IOC": "ioc"}
FIRST_TRADE = 107601752
MOST_AT_ONCE = 20
# What only orders with a trigger, a loan or an option have.
NEVER_SET: dict[str, Any] = {
    **dict.fromkeys(("algoClOrdId", "algoId", "attachAlgoClOrdId", "ccy", "lever", "pxType", "pxUsd", "pxVol"), ""),
    **dict.fromkeys(("quickMgnType", "slOrdPx", "slTriggerPx", "slTriggerPxType", "source", "stpId", "tag"), ""),
    **dict.fromkeys(("tpOrdPx", "tpTriggerPx", "tpTriggerPxType", "tradeId"), ""),
    **{"stpMode": "cancel_maker", "attachAlgoOrds": [], "linkedAlgoOrd": {"algoId": ""}, "isTpLimit": "false"},
}
ENDS = {
    "": ("1", "Order canceled by user"),
    "IOC": ("14", "Order canceled: IOC order was partially canceled due to incompletely filled"),
    "FOK": ("13", "Order canceled: FOK order was canceled due to incompletely filled"),
    "PO": ("31", "The post-only order will take liquidity in maker orders"),
}
routes = Routes()


def _several(call: Call) -> list[dict[str, Any]]:
    """Return the orders of a batch, which is a list."""
    try:
        data = json.loads(call.body or b"[]")
    except ValueError:
        raise RefusedError(Reason.BAD_PARAMETER, "body") from None
    if not isinstance(data, list) or not 0 < len(data) <= MOST_AT_ONCE:
        raise RefusedError(Reason.BAD_PARAMETER, "body")
    return [row if isinstance(row, dict) else {} for row in data]


def _each(call: Call, act: Callable[[Call, dict[str, Any]], dict[str, Any]]) -> list[dict[str, Any]]:
    """Do one thing after another; each stands for itself."""
    rows = []
    for asked in _several(call):
        try:
            rows.append(act(call, asked))
        except RefusedError as refused:
            rows.append(refused_row(call, asked, refused))
    return rows


def _wish(asked: dict[str, Any]) -> Wish:
    for needed in ("instId", "tdMode", "side", "ordType", "sz"):
        if not asked.get(needed):
            raise RefusedError(Reason.BAD_PARAMETER, needed)
    pair, kind, side = find_pair(str(asked["instId"])).name, str(asked["ordType"]), str(asked["side"])
    if kind not in LIFETIMES or side not in ("buy", "sell") or asked["tdMode"] != "cash":
        raise RefusedError(Reason.BAD_PARAMETER, "ordType")
    size, client_id, tag = decimal(asked["sz"], "sz"), str(asked.get("clOrdId") or ""), str(asked.get("tag") or "")
    for name, text, longest in (("clOrdId", client_id, 32), ("tag", tag, 16)):
        if text and not re.fullmatch(rf"[A-Za-z0-9]{{1,{longest}}}", text):
            raise RefusedError(Reason.BAD_PARAMETER, name)
    if kind == "market":
        # The size of a market buy is quote money unless said otherwise; an empty word says nothing.
        in_quote = (asked.get("tgtCcy") or ("quote_ccy" if side == "buy" else "base_ccy")) == "quote_ccy"
        amount, cost = (None, size) if in_quote else (size, None)
        return Wish(pair, side, "market", amount, None, cost, client_id)
    return Wish(pair, side, "limit", size, decimal(asked.get("px"), "px"), None, client_id, LIFETIMES[kind])


@routes("POST", "/api/v5/trade/order", needs=TRADE)
def place(call: Call) -> Any:
    return [_placed(call, call.json)]


@routes("POST", "/api/v5/trade/batch-orders", needs=TRADE)
def place_several(call: Call) -> Any:
    return _each(call, _placed)


def _placed(call: Call, asked: dict[str, Any]) -> dict[str, Any]:
    order = call.desk.place(call.account.id, _wish(asked))
    return {**_done(call, order), "tag": str(asked.get("tag") or ""), "subCode": ""}


def _done(call: Call, order: Order) -> dict[str, Any]:
    return {"clOrdId": order.client_id, "ordId": order.id, "sCode": "0", "sMsg": "", "ts": str(call.now)}


@routes("POST", "/api/v5/trade/cancel-order", needs=TRADE)
def cancel(call: Call) -> Any:
    return [_cancelled(call, call.json)]


@routes("POST", "/api/v5/trade/cancel-batch-orders", needs=TRADE)
def cancel_several(call: Call) -> Any:
    return _each(call, _cancelled)


def _cancelled(call: Call, asked: dict[str, Any]) -> dict[str, Any]:
    return _done(call, call.desk.cancel(_find(call, asked)))


def _find(call: Call, asked: dict[str, Any]) -> Order:
    find_pair(str(asked.get("instId", "")))
    identity, client_id = str(asked.get("ordId") or ""), str(asked.get("clOrdId") or "")
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
@routes("GET", "/api/v5/trade/orders-history-archive", needs=READ)
def history(call: Call) -> Any:
    """Answer what is over, newest first: of one state, and made in a time, where these are asked for."""
    found = call.desk.orders(call.account.id, _pair_name(call), is_open=False) if _is_spot(call) else []
    state, start, end = call.params.get("state"), call.whole("begin") or 0, call.whole("end") or call.now
    rows = [order_row(o) for o in reversed(found) if state in (None, o.status) and start <= o.created <= end]
    return rows[: call.whole("limit") or 100]


def _end(order: Order) -> tuple[str, str]:
    """Return by what an order was cancelled, and why, in OKX's numbers and words."""
    return ENDS[order.ended_by] if order.status == "canceled" else ("", "")


def order_row(order: Order) -> dict[str, Any]:
    state = "partially_filled" if order.is_open and order.filled else "live" if order.is_open else order.status
    size, target = (order.cost, "quote_ccy") if order.amount is None else (order.amount, "base_ccy")
    kind = "market" if order.type == "market" else KINDS.get(order.lifetime, "limit")
    source, why = _end(order)
    return {
        **NEVER_SET,
        "cancelSource": source,
        "cancelSourceReason": why,
        "fillTime": str(order.updated) if order.filled else "",
        "tradeQuoteCcy": order.pair.split("/")[1],
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
    """Answer the newest first, `after` a bill those that are older."""
    start, end, below = call.whole("begin") or 0, call.whole("end") or call.now, call.whole("after")
    found = [f for f in found if start <= f.time <= end and (not below or f.n < below)][::-1]
    return [fill_row(f) for f in found[: min(call.whole("limit") or 100, 100)]]


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
