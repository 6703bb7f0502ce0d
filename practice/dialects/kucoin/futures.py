"""KuCoin futures: the same paths and keys on another host."""

from typing import Any

from practice.dialects.kucoin.names import CONTRACTS, FUTURES, FUTURES_HOST, GENERAL
from practice.dialects.kucoin.rows import page
from practice.http.wire import Call, Routes
from practice.refusals import Reason, RefusedError
from practice.world.pairs import Pair

routes = Routes()


@routes("GET", "/api/v1/contracts/active", hosts=FUTURES_HOST)
def contracts_active(call: Call) -> Any:
    return [_contract_row(call, symbol, pair) for symbol, pair in CONTRACTS.items()]


def _contract_row(call: Call, symbol: str, pair: Pair) -> dict[str, Any]:
    price = float(call.market.price(pair, call.now))
    return {
        "symbol": symbol,
        "rootSymbol": pair.quote,
        "type": "FFWCSX",
        "firstOpenDate": 1591086000000,
        "expireDate": None,
        "settleDate": None,
        "baseCurrency": pair.base.replace("BTC", "XBT"),
        "quoteCurrency": pair.quote,
        "settleCurrency": pair.quote,
        "maxOrderQty": 1_000_000,
        "maxPrice": 1_000_000.0,
        "lotSize": 1,
        "tickSize": float(pair.price_step),
        "multiplier": float(pair.contract_size or 1),
        "initialMargin": 0.01,
        "maintainMargin": 0.005,
        "makerFeeRate": 0.0002,
        "takerFeeRate": 0.0006,
        "isDeleverage": True,
        "isQuanto": False,
        "isInverse": False,
        "markMethod": "FairPrice",
        "status": "Open",
        "fundingFeeRate": 0.0001,
        "markPrice": price,
        "indexPrice": price,
        "lastTradePrice": price,
        "nextFundingRateTime": 25481884,
        "maxLeverage": 100,
    }


@routes("GET", "/api/v1/account-overview", needs=FUTURES, hosts=FUTURES_HOST)
def account_overview(call: Call) -> Any:
    currency = call.params.get("currency", "XBT")
    balance = call.world.balance(call.account.id, "futures", currency)
    return {
        "accountEquity": float(balance.total),
        "unrealisedPNL": 0,
        "marginBalance": float(balance.total),
        "positionMargin": 0,
        "orderMargin": float(balance.locked),
        "frozenFunds": 0,
        "availableBalance": float(balance.free),
        "currency": currency,
    }


@routes("GET", "/api/v1/orders", needs=GENERAL, hosts=FUTURES_HOST)
def orders(call: Call) -> Any:
    wanted = call.params.get("symbol")
    if wanted and wanted not in CONTRACTS:
        raise RefusedError(Reason.BAD_PARAMETER, "symbol")
    return page(call, [])
