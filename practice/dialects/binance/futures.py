"""Binance USDⓈ-M futures: what can be read; the hosts differ, the key is the same."""

from decimal import Decimal
from typing import Any

from practice.dialects.binance.markets import filters
from practice.dialects.binance.names import CONTRACTS, FUTURES, FUTURES_HOST
from practice.http.wire import Call, Routes
from practice.refusals import Reason, RefusedError
from practice.world.pairs import Pair
from practice.world.world import Balance

ZERO = Decimal(0)
routes = Routes()


@routes("GET", "/fapi/v1/exchangeInfo", hosts=FUTURES_HOST)
def exchange_info(call: Call) -> Any:
    symbols = [_contract_row(symbol, pair) for symbol, pair in CONTRACTS.items()]
    return {"timezone": "UTC", "serverTime": call.now, "rateLimits": [], "exchangeFilters": [], "symbols": symbols}


def _contract_row(symbol: str, pair: Pair) -> dict[str, Any]:
    return {
        "symbol": symbol,
        "pair": symbol,
        "contractType": "PERPETUAL",
        "deliveryDate": 4133404800000,
        "onboardDate": 1569398400000,
        "status": "TRADING",
        "baseAsset": pair.base,
        "quoteAsset": pair.quote,
        "marginAsset": pair.quote,
        "pricePrecision": pair.price_places,
        "quantityPrecision": pair.amount_places,
        "baseAssetPrecision": 8,
        "quotePrecision": 8,
        "underlyingType": "COIN",
        "filters": filters(pair, "MIN_NOTIONAL", "notional"),
        "orderTypes": ["LIMIT", "MARKET"],
        "timeInForce": ["GTC", "IOC", "FOK", "GTX"],
    }


@routes("GET", "/dapi/v1/exchangeInfo", hosts=FUTURES_HOST)
@routes("GET", "/eapi/v1/exchangeInfo", hosts=FUTURES_HOST)
def no_contracts(call: Call) -> Any:
    return {"timezone": "UTC", "serverTime": call.now, "rateLimits": [], "symbols": [], "optionSymbols": []}


@routes("GET", "/fapi/v2/account", needs=FUTURES, hosts=FUTURES_HOST)
@routes("GET", "/fapi/v3/account", needs=FUTURES, hosts=FUTURES_HOST)
def account(call: Call) -> Any:
    rows = call.desk.balances(call.account.id, "futures")
    total = sum((b.total for b in rows), ZERO)
    sums = dict.fromkeys(("totalWalletBalance", "totalMarginBalance", "totalCrossWalletBalance"), total)
    free = dict.fromkeys(("availableBalance", "maxWithdrawAmount"), sum((b.free for b in rows), ZERO))
    none = dict.fromkeys(("totalInitialMargin", "totalMaintMargin", "totalUnrealizedProfit"), ZERO)
    return {**sums, **free, **none, "assets": [_asset_row(b) for b in rows], "positions": []}


def _asset_row(balance: Balance) -> dict[str, Any]:
    total = dict.fromkeys(("walletBalance", "marginBalance", "crossWalletBalance"), balance.total)
    free = dict.fromkeys(("availableBalance", "maxWithdrawAmount"), balance.free)
    none = dict.fromkeys(("unrealizedProfit", "maintMargin", "initialMargin", "positionInitialMargin"), ZERO)
    return {"asset": balance.asset, **total, **free, **none}


@routes("GET", "/fapi/v2/balance", needs=FUTURES, hosts=FUTURES_HOST)
@routes("GET", "/fapi/v3/balance", needs=FUTURES, hosts=FUTURES_HOST)
def balance(call: Call) -> Any:
    rows = call.desk.balances(call.account.id, "futures")
    return [{"accountAlias": f"Sg{call.account.uid}", "balance": b.total, **_asset_row(b)} for b in rows]


@routes("GET", "/fapi/v1/openOrders", needs=FUTURES, hosts=FUTURES_HOST)
def open_orders(call: Call) -> Any:
    """Answer an empty list: this practice world trades spot only."""
    wanted = call.params.get("symbol")
    if wanted and wanted not in CONTRACTS:
        raise RefusedError(Reason.UNKNOWN_PAIR, wanted)
    return []
