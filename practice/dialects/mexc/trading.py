"""MEXC spot: markets and orders."""

from decimal import Decimal
from typing import Any

from practice.dialects.mexc.names import DEAL_READ, DEAL_WRITE, PAIRS, TERMS, find_pair
from practice.orders import Order
from practice.pairs import Pair
from practice.wire import Call, Reason, RefusedError, Routes

routes = Routes()


@routes("GET", "/api/v3/exchangeInfo")
def exchange_info(call: Call) -> Any:
    symbols = [_symbol_row(symbol, pair) for symbol, pair in PAIRS.items()]
    return {"timezone": "CST", "serverTime": call.now, "rateLimits": [], "exchangeFilters": [], "symbols": symbols}


def _symbol_row(symbol: str, pair: Pair) -> dict[str, Any]:
    return {
        "symbol": symbol,
        "status": "1",
        "baseAsset": pair.base,
        "baseAssetPrecision": pair.amount_places,
        "quoteAsset": pair.quote,
        "quotePrecision": pair.price_places,
        "quoteAssetPrecision": pair.price_places,
        "baseCommissionPrecision": pair.amount_places,
        "quoteCommissionPrecision": pair.price_places,
        "orderTypes": ["LIMIT", "MARKET", "LIMIT_MAKER"],
        "isSpotTradingAllowed": True,
        "isMarginTradingAllowed": False,
        "quoteAmountPrecision": TERMS.min_cost,
        "baseSizePrecision": pair.min_amount,
        "permissions": ["SPOT"],
        "filters": [],
        "maxQuoteAmount": "4000000",
        "makerCommission": TERMS.maker,
        "takerCommission": TERMS.taker,
        "fullName": pair.base,
    }


@routes("GET", "/api/v3/openOrders", needs=DEAL_READ)
def open_orders(call: Call) -> Any:
    wanted = call.params.get("symbol")
    pair = find_pair(wanted).name if wanted else None
    return [order_row(o) for o in call.world.orders_of(call.account.id, pair=pair, is_open=True)]


def order_row(order: Order) -> dict[str, Any]:
    states = {"open": "PARTIALLY_FILLED" if order.filled else "NEW", "filled": "FILLED"}
    canceled = "PARTIALLY_CANCELED" if order.filled else "CANCELED"
    return {
        "symbol": order.pair.replace("/", ""),
        "orderId": order.id,
        "orderListId": -1,
        "clientOrderId": order.client_id,
        "price": order.price if order.price is not None else order.average,
        "origQty": order.amount if order.amount is not None else order.filled,
        "executedQty": order.filled,
        "cummulativeQuoteQty": order.spent,
        "origQuoteOrderQty": order.cost or Decimal(0),
        "status": states.get(order.status, canceled),
        "timeInForce": "",
        "type": {"market": "MARKET", "limit": "LIMIT"}[order.type],
        "side": order.side.upper(),
        "stopPrice": None,
        "icebergQty": None,
        "time": order.created,
        "updateTime": order.updated,
        "isWorking": order.is_open,
    }


@routes("POST", "/api/v3/order/test", needs=DEAL_WRITE)
def order_test(call: Call) -> Any:
    for needed in ("symbol", "side", "type"):
        if not call.params.get(needed):
            raise RefusedError(Reason.BAD_PARAMETER, needed)
    find_pair(call.params["symbol"])
    return {}
