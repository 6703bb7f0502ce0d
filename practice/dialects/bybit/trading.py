"""Bybit spot: orders and fills. Contract orders are listed, as none."""

from decimal import Decimal
from typing import Any

from practice.dialects.bybit.names import FUTURES, READ, SPOT, TRADE, category_of, find_pair
from practice.dialects.bybit.signing import Extended, words
from practice.http.wire import Call, Routes, decimal, plain
from practice.refusals import Reason, RefusedError
from practice.trading.orders import Fill, Order, Wish

LIFETIMES = {"GTC": "GTC", "IOC": "IOC", "FOK": "FOK", "PostOnly": "PO"}
NAMES = {ours: theirs for theirs, ours in LIFETIMES.items()}
FIRST_TRADE = 2_100_000_000_000
LONGEST_ID = 36
MOST_AT_ONCE = 10
GIVEN_UP = {
    "PO": "EC_PostOnlyWillTakeLiquidity",
    "IOC": "EC_NoImmediateQtyToFill",
    "FOK": "EC_NoImmediateQtyToFill",
}
# What only orders with a trigger, a position or a block trade have.
NEVER_SET: dict[str, Any] = {
    **dict.fromkeys(("blockTradeId", "stopOrderType", "orderIv", "takeProfit", "stopLoss", "tpTriggerBy"), ""),
    **dict.fromkeys(("slTriggerBy", "triggerBy", "smpOrderId", "tpslMode", "tpLimitPrice", "slLimitPrice"), ""),
    **dict.fromkeys(("placeType", "slippageTolerance", "extraFees"), ""),
    **{"positionIdx": 0, "triggerDirection": 0, "smpGroup": 0, "smpType": "None", "slippageToleranceType": "UNKNOWN"},
    **{"reduceOnly": False, "closeOnTrigger": False, "rpiTakerAccess": False, "rpiMatchedQty": "0"},
}
# What reads orders: any key may, so long as it may read at all.
LISTS = (*READ, *TRADE, *FUTURES, "ReadOnly")
routes = Routes()


def _wish(asked: dict[str, Any]) -> Wish:
    kind, side, unit = (str(asked.get(name) or "") for name in ("orderType", "side", "marketUnit"))
    if kind not in ("Limit", "Market") or side not in ("Buy", "Sell"):
        raise RefusedError(Reason.BAD_PARAMETER, "side" if side not in ("Buy", "Sell") else "orderType")
    lifetime, client_id = LIFETIMES.get(str(asked.get("timeInForce") or "GTC")), str(asked.get("orderLinkId") or "")
    if lifetime is None or len(client_id) > LONGEST_ID:
        raise RefusedError(Reason.BAD_PARAMETER, "orderLinkId" if lifetime else "timeInForce")
    size, price = (decimal(asked.get(name), name) for name in ("qty", "price"))
    pair, ours = find_pair(str(asked.get("symbol"))).name, side.lower()
    if kind == "Limit":
        return Wish(pair, ours, "limit", size, price, None, client_id, lifetime)
    is_cost = (unit or ("quoteCoin" if side == "Buy" else "baseCoin")) == "quoteCoin"
    return Wish(pair, ours, "market", None if is_cost else size, None, size if is_cost else None, client_id)


def _spot_only(sent: object) -> None:
    if category_of(sent) != SPOT:
        raise RefusedError(Reason.BAD_PARAMETER, "category")


def _require_write(call: Call) -> None:
    if "ReadOnly" in call.key.rights:
        raise RefusedError(Reason.RIGHT)


@routes("POST", "/v5/order/create", needs=TRADE)
def create(call: Call) -> Any:
    _require_write(call)
    _spot_only(call.json.get("category"))
    return _ids(call.desk.place(call.account.id, _wish(call.json)))


def _ids(order: Order) -> dict[str, Any]:
    return {"orderId": order.id, "orderLinkId": order.client_id}


@routes("POST", "/v5/order/create-batch", needs=TRADE)
def create_batch(call: Call) -> Any:
    """Place each for itself; what became of each stands in a second list beside the result."""
    _require_write(call)
    _spot_only(call.json.get("category"))
    wanted = call.json.get("request")
    if not isinstance(wanted, list) or not 0 < len(wanted) <= MOST_AT_ONCE:
        raise RefusedError(Reason.BAD_PARAMETER, "request")
    rows = [_one_of_batch(call, asked if isinstance(asked, dict) else {}) for asked in wanted]
    return Extended({"list": [row for row, _ in rows]}, {"list": [told for _, told in rows]})


def _one_of_batch(call: Call, asked: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    named = {"category": SPOT, "symbol": str(asked.get("symbol") or "")}
    try:
        order = call.desk.place(call.account.id, _wish(asked))
    except RefusedError as refused:
        code, text = words(refused)
        nothing = {"orderId": "", "orderLinkId": str(asked.get("orderLinkId") or ""), "createAt": ""}
        return {**named, **nothing}, {"code": code, "msg": text}
    return {**named, **_ids(order), "createAt": str(order.created)}, {"code": 0, "msg": "OK"}


@routes("POST", "/v5/order/cancel", needs=TRADE)
def cancel(call: Call) -> Any:
    _require_write(call)
    _spot_only(call.json.get("category"))
    identity, client_id = (str(call.json.get(name) or "") for name in ("orderId", "orderLinkId"))
    if not identity and not client_id:
        raise RefusedError(Reason.BAD_PARAMETER, "orderId")
    return _ids(call.desk.cancel(call.desk.find(call.account.id, identity, client_id)))


@routes("POST", "/v5/order/cancel-all", needs=TRADE)
def cancel_all(call: Call) -> Any:
    _require_write(call)
    _spot_only(call.json.get("category"))
    symbol = call.json.get("symbol")
    pair = find_pair(str(symbol)).name if symbol else None
    found = call.desk.orders(call.account.id, pair, is_open=True)
    return {"list": [_ids(call.desk.cancel(order)) for order in found], "success": "1"}


def _chosen(call: Call, is_open: bool | None) -> list[Order]:
    """Return the newest first: one by its id, whatever its state, or all in this state."""
    symbol, identity, client_id = (call.params.get(name) for name in ("symbol", "orderId", "orderLinkId"))
    pair = find_pair(symbol).name if symbol else None
    state = None if identity or client_id else is_open
    found = call.desk.orders(call.account.id, pair, is_open=state)[::-1]
    return [o for o in found if (identity or o.id) == o.id and (client_id or o.client_id) == o.client_id]


def _page(call: Call, is_open: bool) -> dict[str, Any]:
    category = category_of(call.params.get("category"))
    most = min(call.whole("limit") or 20, 50)
    found = _chosen(call, is_open) if category == SPOT else []
    start, end = call.whole("startTime") or 0, call.whole("endTime") or call.now
    rows = [order_row(order) for order in found if start <= order.created <= end][:most]
    return {"category": category, "nextPageCursor": "", "list": rows}


@routes("GET", "/v5/order/realtime", needs=LISTS)
def realtime(call: Call) -> Any:
    return _page(call, is_open=True)


@routes("GET", "/v5/order/history", needs=LISTS)
def history(call: Call) -> Any:
    return _page(call, is_open=False)


def order_row(order: Order) -> dict[str, Any]:
    """Write the size as it was asked: in quote coin for a market order by cost."""
    states = {"open": "PartiallyFilled" if order.filled else "New", "filled": "Filled"}
    ended = "PartiallyFilledCanceled" if order.filled else "Cancelled"
    average = plain(order.average.quantize(Decimal("0.00000001"))) if order.filled else ""
    by_cost = order.amount is None
    left = order.remaining if order.is_open else Decimal(0)
    return {
        "orderId": order.id,
        "orderLinkId": order.client_id,
        "symbol": order.pair.replace("/", ""),
        "price": order.price if order.price is not None else Decimal(0),
        "qty": order.cost if by_cost else order.amount,
        "side": order.side.capitalize(),
        "orderStatus": states.get(order.status, ended),
        "orderType": order.type.capitalize(),
        "timeInForce": "IOC" if order.type == "market" else NAMES[order.lifetime],
        "avgPrice": average,
        "leavesQty": left,
        "leavesValue": left * (order.price or Decimal(0)),
        "cumExecQty": order.filled,
        "cumExecValue": order.spent,
        "cumExecFee": order.fee,
        "cumFeeDetail": {order.fee_asset: order.fee} if order.fee_asset else {},
        "marketUnit": "quoteCoin" if by_cost else "baseCoin" if order.type == "market" else "",
        "isLeverage": "0",
        "rejectReason": _end(order)[0],
        "cancelType": _end(order)[1],
        "triggerPrice": "0",
        "lastPriceOnCreated": plain(order.price or order.average),
        "createdTime": str(order.created),
        "updatedTime": str(order.updated),
        **NEVER_SET,
    }


def _end(order: Order) -> tuple[str, str]:
    """Return the reason and the author of a cancel: an order that gave up by itself was cancelled by nobody."""
    if order.status != "canceled":
        return "EC_NoError", "UNKNOWN"
    return (GIVEN_UP[order.ended_by], "UNKNOWN") if order.ended_by else ("EC_PerCancelRequest", "CancelByUser")


@routes("GET", "/v5/execution/list", needs=LISTS)
def executions(call: Call) -> Any:
    """Answer the newest first."""
    category = category_of(call.params.get("category"))
    symbol, identity = call.params.get("symbol"), call.params.get("orderId")
    pair = find_pair(symbol, category).name if symbol else None
    start, end = call.whole("startTime") or 0, call.whole("endTime") or call.now
    found = call.desk.fills(call.account.id, pair, identity)[::-1] if category == SPOT else []
    skipped, most = call.whole("cursor") or 0, min(call.whole("limit") or 50, 100)
    rows = [_trade_row(call, fill) for fill in found if start <= fill.time <= end][skipped:]
    cursor = str(skipped + most) if len(rows) > most else ""
    return {"category": category, "nextPageCursor": cursor, "list": rows[:most]}


def _trade_row(call: Call, fill: Fill) -> dict[str, Any]:
    order = call.desk.find(fill.account, fill.order_id)
    return {
        "symbol": fill.pair.replace("/", ""),
        "orderId": fill.order_id,
        "orderLinkId": order.client_id,
        "side": fill.side.capitalize(),
        "orderType": fill.type.capitalize(),
        "execId": str(FIRST_TRADE + fill.n),
        "execPrice": fill.price,
        "execQty": fill.amount,
        "execValue": fill.cost,
        "execFee": fill.fee,
        "feeCurrency": fill.fee_asset,
        "feeRate": fill.fee_rate,
        "isMaker": fill.is_maker,
        "execType": "Trade",
        "execTime": str(fill.time),
        "leavesQty": order.remaining,
        "seq": fill.n,
        **dict.fromkeys(("underlyingPrice", "indexPrice", "stopOrderType", "tradeIv", "blockTradeId", "markPrice"), ""),
        **dict.fromkeys(("markIv", "closedSize", "extraFees"), ""),
        "orderPrice": order.price or Decimal(0),
        "orderQty": order.amount if order.amount is not None else order.filled,
    }


@routes("GET", "/v5/account/transaction-log", needs=LISTS)
def transaction_log(call: Call) -> Any:
    """Answer what came and went by trades, newest first: a row for each side of a fill."""
    fills = call.desk.fills(call.account.id)[::-1]
    rows = [
        row
        for fill in fills
        for row in _log_rows(fill)
        if call.params.get("currency", row["currency"]) == row["currency"]
    ]
    return {"nextPageCursor": "", "list": rows[: min(call.whole("limit") or 20, 50)]}


def _log_rows(fill: Fill) -> list[dict[str, Any]]:
    base, quote = fill.pair.split("/")
    sign = 1 if fill.side == "buy" else -1
    return [_log_row(fill, base, sign * fill.amount), _log_row(fill, quote, -sign * fill.cost)]


def _log_row(fill: Fill, coin: str, flow: Decimal) -> dict[str, Any]:
    fee = fill.fee if coin == fill.fee_asset else Decimal(0)
    none = dict.fromkeys(("transSubType", "funding", "bonusChange", "cashBalance", "extraFees", "orderLinkId"), "")
    return {
        **none,
        "id": f"{fill.account}_{fill.n}_{coin}",
        "symbol": fill.pair.replace("/", ""),
        "side": fill.side.capitalize(),
        "orderId": fill.order_id,
        "fee": fee,
        "cashFlow": flow,
        "change": flow - fee,
        "transactionTime": str(fill.time),
        "type": "TRADE",
        "feeRate": fill.fee_rate,
        "size": "0",
        "qty": fill.amount,
        "currency": coin,
        "category": SPOT,
        "tradePrice": fill.price,
        "tradeId": str(FIRST_TRADE + fill.n),
    }


@routes("GET", "/v5/order/spot-borrow-check", needs=LISTS)
def borrow_check(call: Call) -> Any:
    """Say how much can be bought or sold: here nothing is lent, so it is what the account has."""
    call.need("symbol", "side")
    pair = find_pair(call.params["symbol"])
    is_buy, price = call.params["side"] == "Buy", call.market.price(pair, call.now)
    coin = pair.quote if is_buy else pair.base
    free = sum((b.free for b in call.desk.balances(call.account.id, "spot") if b.asset == coin), Decimal(0))
    amount = free / price if is_buy else free
    quantity = {"maxTradeQty": amount, "spotMaxTradeQty": amount}
    worth = {"maxTradeAmount": amount * price, "spotMaxTradeAmount": amount * price}
    return {"symbol": call.params["symbol"], "side": call.params["side"], **quantity, **worth, "borrowCoin": coin}
