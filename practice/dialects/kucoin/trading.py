"""KuCoin spot: markets and orders, in the hf and in the classic spelling."""

from typing import Any

from practice.dialects.kucoin.names import GENERAL, PAIRS, SPOT, TERMS, find_pair
from practice.orders import Order
from practice.pairs import ASSETS, Pair
from practice.wire import Call, Reason, RefusedError, Routes, plain

routes = Routes()


@routes("GET", "/api/v2/symbols")
def symbols(call: Call) -> Any:
    return [_symbol_row(symbol, pair) for symbol, pair in PAIRS.items()]


def _symbol_row(symbol: str, pair: Pair) -> dict[str, Any]:
    return {
        "symbol": symbol,
        "name": symbol,
        "baseCurrency": pair.base,
        "quoteCurrency": pair.quote,
        "feeCurrency": pair.quote,
        "market": "BTC" if pair.quote == "BTC" else "USDS",
        "baseMinSize": pair.min_amount,
        "quoteMinSize": TERMS.min_cost,
        "baseMaxSize": "10000000000",
        "quoteMaxSize": "99999999",
        "baseIncrement": pair.amount_step,
        "quoteIncrement": "0.000001",
        "priceIncrement": pair.price_step,
        "priceLimitRate": "0.1",
        "minFunds": TERMS.min_cost,
        "isMarginEnabled": False,
        "enableTrading": True,
        "feeCategory": 1,
        "makerFeeCoefficient": "1.00",
        "takerFeeCoefficient": "1.00",
        "st": False,
    }


@routes("GET", "/api/v3/currencies")
def currencies(call: Call) -> Any:
    return [_currency_row(asset) for asset in ASSETS]


def _currency_row(asset: str) -> dict[str, Any]:
    chain = {"chainId": asset.lower(), "chainName": asset, "withdrawalMinFee": "1", "withdrawalMinSize": "3"}
    switches = {"isDepositEnabled": True, "isWithdrawEnabled": True, "withdrawPrecision": 8, "confirms": 1}
    name = {"currency": asset, "name": asset, "fullName": asset, "precision": 8}
    return {**name, "isMarginEnabled": False, "isDebitEnabled": False, "chains": [{**chain, **switches}]}


@routes("GET", "/api/v3/margin/symbols", needs=(), is_optional=True)
def margin_symbols(call: Call) -> Any:
    return {"timestamp": call.now, "items": []}


@routes("GET", "/api/v1/isolated/symbols", needs=(), is_optional=True)
def isolated_symbols(call: Call) -> Any:
    return []


@routes("GET", "/api/v1/market/allTickers")
def all_tickers(call: Call) -> Any:
    return {"time": call.now, "ticker": [_ticker_row(call, symbol, pair) for symbol, pair in PAIRS.items()]}


def _ticker_row(call: Call, symbol: str, pair: Pair) -> dict[str, Any]:
    bid, ask = call.world.market.spread(pair, call.now)
    fees = {"takerFeeRate": TERMS.taker, "makerFeeRate": TERMS.maker, "takerCoefficient": "1", "makerCoefficient": "1"}
    last = call.world.market.price(pair, call.now)
    return {"symbol": symbol, "symbolName": symbol, "buy": bid, "sell": ask, "last": last, **fees}


@routes("GET", "/api/v1/hf/orders/active", needs=GENERAL)
def hf_active(call: Call) -> Any:
    if not call.params.get("symbol"):
        raise RefusedError(Reason.BAD_PARAMETER, "symbol")
    pair = find_pair(call.params["symbol"]).name
    return [hf_row(o) for o in call.world.orders_of(call.account.id, pair, is_open=True)]


@routes("GET", "/api/v1/orders", needs=GENERAL)
def classic_orders(call: Call) -> Any:
    wanted = call.params.get("symbol")
    found = call.world.orders_of(
        call.account.id,
        pair=find_pair(wanted).name if wanted else None,
        is_open=call.params.get("status", "done") == "active",
    )
    return page([classic_row(order) for order in reversed(found)])


def page(items: list[Any]) -> dict[str, Any]:
    return {"currentPage": 1, "pageSize": 50, "totalNum": len(items), "totalPage": 1, "items": items[:50]}


def _row(order: Order) -> dict[str, Any]:
    return {
        "id": order.id,
        "clientOid": order.client_id,
        "symbol": order.pair.replace("/", "-"),
        "opType": "DEAL",
        "type": order.type,
        "side": order.side,
        "price": plain(order.price) if order.price is not None else "0",
        "size": plain(order.amount) if order.amount is not None else "0",
        "funds": plain(order.cost) if order.cost is not None else "0",
        "dealSize": order.filled,
        "dealFunds": order.spent,
        "fee": order.fee,
        "feeCurrency": order.fee_asset,
        "timeInForce": order.lifetime,
        "postOnly": order.lifetime == "PO",
        "cancelExist": order.status == "canceled",
        "tradeType": "TRADE",
        "createdAt": order.created,
    }


def hf_row(order: Order) -> dict[str, Any]:
    state = {"active": order.is_open, "inOrderBook": order.is_open, "lastUpdatedAt": order.updated}
    return {**_row(order), **state}


def classic_row(order: Order) -> dict[str, Any]:
    return {**_row(order), "isActive": order.is_open, "stop": "", "stopTriggered": False, "stopPrice": "0"}


@routes("POST", "/api/v1/hf/orders/test", needs=SPOT)
@routes("POST", "/api/v1/orders/test", needs=SPOT)
def order_test(call: Call) -> Any:
    for needed in ("clientOid", "symbol", "side"):
        if not call.json.get(needed):
            raise RefusedError(Reason.BAD_PARAMETER, needed)
    find_pair(str(call.json["symbol"]))
    return {"orderId": TERMS.order_id(call.now), "clientOid": call.json["clientOid"]}
