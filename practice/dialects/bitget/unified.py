"""Bitget: spot orders and fills of a unified account (version 3)."""

import re
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from practice.dialects.bitget.account import READ_ONLY
from practice.dialects.bitget.names import TERMS, UNIFIED_ORDERS, symbol_of
from practice.dialects.bitget.trading import FIRST_TRADE, LIFETIMES, pair_name, wish_of
from practice.http.wire import Call, Routes
from practice.refusals import Reason, RefusedError
from practice.trading.matching import Desk
from practice.trading.orders import Fill, Order

# Here an id may be used again once its order is over.
UNIFIED_TERMS = replace(TERMS, client_ids="unique_open")
STATES = {"filled": "filled", "canceled": "cancelled"}
SPOT, MOST, LONGEST = "SPOT", 100, 20
CLIENT_ID = re.compile(r"[.A-Z:/a-z0-9_-]{0,32}")
routes = Routes()


def _desk(call: Call) -> Desk:
    return replace(call.desk, terms=UNIFIED_TERMS)


def _require_writing(call: Call) -> None:
    if READ_ONLY in call.key.rights:
        raise RefusedError(Reason.RIGHT, "uta_trade_write")


@routes("POST", "/api/v3/trade/place-order", needs=UNIFIED_ORDERS)
def place(call: Call) -> Any:
    _require_writing(call)
    asked = call.json
    for needed in ("category", "symbol", "qty", "side", "orderType"):
        if not asked.get(needed):
            raise RefusedError(Reason.BAD_PARAMETER, needed)
    if asked["category"] != SPOT or not CLIENT_ID.fullmatch(str(asked.get("clientOid") or "")):
        raise RefusedError(Reason.BAD_PARAMETER, "category")
    return _ids(_desk(call).place(call.account.id, wish_of(asked, size="qty", lifetime="timeInForce")))


@routes("POST", "/api/v3/trade/cancel-order", needs=UNIFIED_ORDERS)
def cancel(call: Call) -> Any:
    _require_writing(call)
    return _ids(_desk(call).cancel(_named(call, call.json)))


def _named(call: Call, asked: Any) -> Order:
    """Return the order that is asked for; Bitget's id goes before the client's."""
    identity, client_id = str(asked.get("orderId") or ""), str(asked.get("clientOid") or "")
    if not identity and not client_id:
        raise RefusedError(Reason.BAD_PARAMETER, "orderId")
    return _desk(call).find(call.account.id, identity, client_id)


def _ids(order: Order) -> dict[str, Any]:
    return {"clientOid": order.client_id or order.id, "orderId": order.id}


@routes("GET", "/api/v3/trade/order-info", needs=UNIFIED_ORDERS)
def order_info(call: Call) -> Any:
    return _finished_row(_named(call, call.params))


@routes("GET", "/api/v3/trade/unfilled-orders", needs=UNIFIED_ORDERS)
def unfilled(call: Call) -> Any:
    if call.params.get("category", SPOT) != SPOT:
        return _page([])
    found = _desk(call).orders(call.account.id, pair_name(call), is_open=True)
    return _listed(call, ((o.created, o.id, _row(o)) for o in reversed(found)))


@routes("GET", "/api/v3/trade/history-orders", needs=UNIFIED_ORDERS)
def history(call: Call) -> Any:
    call.need("category")
    if call.params["category"] != SPOT:
        return _page([])
    found = _desk(call).orders(call.account.id, pair_name(call), is_open=False)
    return _listed(call, ((o.created, o.id, _finished_row(o)) for o in reversed(found)))


@routes("GET", "/api/v3/trade/fills", needs=UNIFIED_ORDERS)
def fills(call: Call) -> Any:
    if call.params.get("category", SPOT) != SPOT:
        return _page([])
    found = _desk(call).fills(call.account.id, pair_name(call), call.params.get("orderId"))
    page = _listed(call, ((f.time, str(FIRST_TRADE + f.n), _fill_row(call, f)) for f in reversed(found)))
    # No fills at all are null, and no empty list.
    return {**page, "list": page["list"] or None}


def _listed(call: Call, rows: Iterable[tuple[int, str, dict[str, Any]]]) -> dict[str, Any]:
    """Answer a page, the newest first, of what lies between two moments and below the cursor."""
    start, end, below = call.whole("startTime") or 0, call.whole("endTime") or call.now, _cursor(call)
    wanted = [
        (identity, row) for at, identity, row in rows if start <= at <= end and (below is None or int(identity) < below)
    ]
    most = min(call.whole("limit") or MOST, MOST)
    return _page(wanted[:most], goes_on=len(wanted) > most)


def _cursor(call: Call) -> int | None:
    text = call.params.get("cursor") or ""
    if text and not (text.isdecimal() and len(text) <= LONGEST):
        raise RefusedError(Reason.BAD_PARAMETER, "cursor")
    return int(text) if text else None


def _page(rows: list[tuple[str, dict[str, Any]]], *, goes_on: bool = False) -> dict[str, Any]:
    """Write a page; the last one has null for a cursor."""
    return {"list": [row for _, row in rows], "cursor": rows[-1][0] if goes_on else None}


def _row(order: Order) -> dict[str, Any]:
    """Write an order; the size of a market buy is its amount, in quote money."""
    open_state = "partially_filled" if order.filled else "live"
    paid, in_coin = order.fees
    fee = (
        [{"feeCoin": "BGB" if in_coin else order.fee_asset, "fee": paid}]
        if order.filled
        else [{"feeCoin": "", "fee": ""}]
    )
    return {
        "orderId": order.id,
        "clientOid": order.client_id or order.id,
        "category": SPOT,
        "symbol": symbol_of(order.pair),
        "orderType": order.type,
        "side": order.side,
        "price": order.price if order.price is not None else "0",
        "qty": order.amount if order.amount is not None else "0",
        "amount": order.cost if order.cost is not None else "0",
        "cumExecQty": order.filled,
        "cumExecValue": order.spent,
        "avgPrice": order.average,
        "timeInForce": {code: name for name, code in LIFETIMES.items()}[order.lifetime],
        "orderStatus": open_state if order.is_open else STATES[order.status],
        "posSide": "",
        "holdMode": "",
        "delegateType": "normal",
        "reduceOnly": "NO",
        "marginMode": "crossed",
        "stpMode": "none",
        **dict.fromkeys(("takeProfit", "stopLoss", "tpTriggerBy", "slTriggerBy")),
        **dict.fromkeys(("tpOrderType", "slOrderType", "tpLimitPrice", "slLimitPrice")),
        "feeDetail": fee,
        "createdTime": str(order.created),
        "updatedTime": str(order.updated),
    }


def _finished_row(order: Order) -> dict[str, Any]:
    reason = "normal_cancel" if order.status == "canceled" else ""
    return {**_row(order), "tradeSide": "", "cancelReason": reason, "execType": "normal"}


def _fill_row(call: Call, fill: Fill) -> dict[str, Any]:
    """Write a fill; what was paid stands above zero here, where version 2 writes it below."""
    identity, order = str(FIRST_TRADE + fill.n), call.world.book.by_n(fill.order_n)
    return {
        "execId": identity,
        "execLinkId": identity,
        **_ids(order),
        "category": SPOT,
        "symbol": symbol_of(fill.pair),
        "orderType": fill.type,
        "side": fill.side,
        "execPrice": fill.price,
        "execQty": fill.amount,
        "execValue": fill.cost,
        "tradeScope": "maker" if fill.is_maker else "taker",
        "tradeSide": "",
        "feeDetail": [{"feeCoin": fill.fee_asset, "fee": fill.fee}],
        "createdTime": str(fill.time),
        "updatedTime": str(fill.time),
        "execPnl": "0",
        "posSide": "",
        "isRPI": "NO",
    }
