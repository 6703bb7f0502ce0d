"""Bitget: spot orders and fills of a classic account."""

import json
from decimal import Decimal
from typing import Any

from practice.dialects.bitget.names import READ, TRADE, find_pair, symbol_of
from practice.dialects.bitget.signing import words
from practice.http.wire import Call, Routes, decimal, plain
from practice.refusals import Reason, RefusedError
from practice.trading.orders import Fill, Order, Wish

LIFETIMES = {"gtc": "GTC", "ioc": "IOC", "fok": "FOK", "post_only": "PO"}
FIRST_TRADE = 1098394344974925824
MOST_AT_ONCE = 50
routes = Routes()


def wish_of(asked: dict[str, Any], *, size: str = "size", lifetime: str = "force") -> Wish:
    """Read an order; the two versions name its size and its life otherwise."""
    for needed in ("symbol", "side", "orderType", size):
        if not asked.get(needed):
            raise RefusedError(Reason.BAD_PARAMETER, needed)
    pair, side, kind = find_pair(str(asked["symbol"])).name, str(asked["side"]), str(asked["orderType"])
    life, amount = str(asked.get(lifetime) or "gtc").lower(), decimal(asked[size], size)
    if kind not in ("limit", "market") or side not in ("buy", "sell") or life not in LIFETIMES:
        raise RefusedError(Reason.BAD_PARAMETER, "orderType")
    client_id = str(asked.get("clientOid") or "")
    if kind == "market":
        # The size of a market buy is quote money.
        base, cost = (None, amount) if side == "buy" else (amount, None)
        return Wish(pair, side, kind, base, None, cost, client_id)
    return Wish(pair, side, kind, amount, decimal(asked.get("price"), "price"), None, client_id, LIFETIMES[life])


def _ids(order: Order) -> dict[str, Any]:
    return {"orderId": order.id, "clientOid": order.client_id or order.id}


@routes("POST", "/api/v2/spot/trade/place-order", needs=TRADE)
def place(call: Call) -> Any:
    return _ids(call.desk.place(call.account.id, wish_of(call.json)))


@routes("POST", "/api/v2/spot/trade/batch-orders", needs=TRADE)
def place_several(call: Call) -> Any:
    """Place each for itself, all in one pair unless each names its own."""
    wanted = call.json.get("orderList")
    if not isinstance(wanted, list) or not 0 < len(wanted) <= MOST_AT_ONCE:
        raise RefusedError(Reason.BAD_PARAMETER, "orderList")
    done: dict[str, list[dict[str, Any]]] = {"successList": [], "failureList": []}
    for asked in wanted:
        row = {"symbol": call.json.get("symbol"), **(asked if isinstance(asked, dict) else {})}
        try:
            done["successList"].append(_ids(call.desk.place(call.account.id, wish_of(row))))
        except RefusedError as refused:
            code, text = words(refused)
            named = {"orderId": "", "clientOid": str(row.get("clientOid") or "")}
            done["failureList"].append({**named, "errorCode": code, "errorMsg": text})
    return done


@routes("POST", "/api/v2/spot/trade/cancel-order", needs=TRADE)
def cancel(call: Call) -> Any:
    asked = call.json
    order = call.desk.find(call.account.id, str(asked.get("orderId", "")), str(asked.get("clientOid", "")))
    if find_pair(str(asked.get("symbol", ""))).name != order.pair:
        raise RefusedError(Reason.UNKNOWN_ORDER, order.id)
    return _ids(call.desk.cancel(order))


@routes("GET", "/api/v2/spot/trade/orderInfo", needs=READ)
def order_info(call: Call) -> Any:
    """Answer a list, an empty one for an order that does not exist."""
    identity, client_id = call.params.get("orderId", ""), call.params.get("clientOid", "")
    if not identity and not client_id:
        raise RefusedError(Reason.BAD_PARAMETER, "orderId")
    try:
        return [info_row(call, call.desk.find(call.account.id, identity, client_id))]
    except RefusedError:
        return []


def pair_name(call: Call) -> str | None:
    return find_pair(call.params["symbol"]).name if call.params.get("symbol") else None


@routes("GET", "/api/v2/spot/trade/unfilled-orders", needs=READ)
def unfilled(call: Call) -> Any:
    found = call.desk.orders(call.account.id, pair_name(call), is_open=True)
    return [open_row(call, o) for o in reversed(found)][: call.whole("limit") or 100]


@routes("GET", "/api/v2/spot/trade/history-orders", needs=READ)
def history(call: Call) -> Any:
    found = call.desk.orders(call.account.id, pair_name(call), is_open=False)
    start, end = call.whole("startTime") or 0, call.whole("endTime") or call.now
    wanted = call.params.get("orderId")
    rows = [info_row(call, o) for o in reversed(found) if start <= o.created <= end and wanted in (None, "", o.id)]
    return rows[: call.whole("limit") or 100]


def _row(call: Call, order: Order) -> dict[str, Any]:
    done = {"filled": "filled", "canceled": "cancelled"}.get(order.status, order.status)
    size = order.cost if order.amount is None else order.amount
    return {
        "userId": call.account.uid,
        "symbol": symbol_of(order.pair),
        **_ids(order),
        "size": size,
        "orderType": order.type,
        "side": order.side,
        "status": ("partially_filled" if order.filled else "live") if order.is_open else done,
        "baseVolume": order.filled,
        "quoteVolume": order.spent,
        "enterPointSource": "API",
        "orderSource": "market" if order.type == "market" else "normal",
        "tpslType": "normal",
        "triggerPrice": None,
        "cTime": str(order.created),
        "uTime": str(order.updated),
    }


def info_row(call: Call, order: Order) -> dict[str, Any]:
    price = plain(order.price) if order.price is not None else "0"
    base, quote = order.pair.split("/")
    told = {"price": price, "priceAvg": order.average, "feeDetail": _fees(order), "baseCoin": base, "quoteCoin": quote}
    return {**_row(call, order), **told, "cancelReason": "normal_cancel" if order.status == "canceled" else ""}


def _fees(order: Order) -> str:
    """Write the fees as JSON inside JSON, below zero, as Bitget does; nothing while nothing is filled."""
    if not order.filled:
        return ""
    paid, in_coin = order.fees
    fee, coin = float(-paid), "BGB" if in_coin else order.fee_asset
    deducted = fee if in_coin else 0
    by_coin = {"deduction": in_coin, "feeCoinCode": coin, "totalDeductionFee": deducted, "totalFee": fee}
    new = {"c": 0, "d": deducted, "deduction": in_coin, "r": fee, "t": fee, "totalDeductionFee": deducted}
    return json.dumps({coin: by_coin, "newFees": new}, separators=(",", ":"))


def open_row(call: Call, order: Order) -> dict[str, Any]:
    """Write an open order: here priceAvg is the limit and basePrice the average."""
    prices = {"priceAvg": order.price or Decimal(0), "basePrice": order.average}
    presets = ("presetTakeProfitPrice", "executeTakeProfitPrice", "presetStopLossPrice", "executeStopLossPrice")
    return {**_row(call, order), **prices, **dict.fromkeys(presets, "")}


@routes("GET", "/api/v2/spot/trade/fills", needs=READ)
def fills(call: Call) -> Any:
    found = call.desk.fills(call.account.id, pair_name(call), call.params.get("orderId"))
    start, end, below = call.whole("startTime") or 0, call.whole("endTime") or call.now, call.params.get("idLessThan")
    rows = [fill_row(call, f) for f in reversed(found) if start <= f.time <= end]
    older = [row for row in rows if not below or int(row["tradeId"]) < int(below)]
    return older[: min(call.whole("limit") or 100, 100)]


def fill_row(call: Call, fill: Fill) -> dict[str, Any]:
    deducted = {"deduction": "yes" if fill.in_coin else "no", "totalDeductionFee": -fill.fee if fill.in_coin else ""}
    fee = {"feeCoin": fill.fee_asset, "totalFee": -fill.fee, **deducted}
    return {
        "userId": call.account.uid,
        "symbol": symbol_of(fill.pair),
        "orderId": fill.order_id,
        "tradeId": str(FIRST_TRADE + fill.n),
        "orderType": fill.type,
        "side": fill.side,
        "priceAvg": fill.price,
        "size": fill.amount,
        "amount": fill.cost,
        "feeDetail": fee,
        "tradeScope": "maker" if fill.is_maker else "taker",
        "cTime": str(fill.time),
        "uTime": str(fill.time),
    }
