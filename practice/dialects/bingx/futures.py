"""BingX perpetuals: what can be read, on the same host."""

from typing import Any

from practice.dialects.bingx.names import CONTRACTS, READ
from practice.http.wire import Call, Routes
from practice.refusals import Reason, RefusedError
from practice.world.pairs import Pair
from practice.world.world import Balance

routes = Routes()


@routes("GET", "/openApi/swap/v2/quote/contracts")
def contracts(call: Call) -> Any:
    return [_contract_row(n, symbol, pair) for n, (symbol, pair) in enumerate(CONTRACTS.items())]


def _contract_row(n: int, symbol: str, pair: Pair) -> dict[str, Any]:
    size = pair.contract_size or pair.amount_step
    return {
        "contractId": str(100 + n),
        "symbol": symbol,
        "size": size,
        "quantityPrecision": pair.amount_places,
        "pricePrecision": pair.price_places,
        "makerFeeRate": 0.0002,
        "takerFeeRate": 0.0005,
        "tradeMinQuantity": float(size),
        "tradeMinUSDT": 2,
        "currency": pair.quote,
        "asset": pair.base,
        "status": 1,
        "apiStateOpen": "true",
        "apiStateClose": "true",
        "launchTime": 1586275200000,
        "maintainTime": 0,
        "offTime": 0,
    }


@routes("GET", "/openApi/cswap/v1/market/contracts")
def coin_contracts(call: Call) -> Any:
    return []


@routes("GET", "/openApi/swap/v3/user/balance", needs=READ)
@routes("GET", "/openApi/swap/v2/user/balance", needs=READ)
def balance(call: Call) -> Any:
    return [_balance_row(call.account.uid, b) for b in call.desk.balances(call.account.id, "futures")]


def _balance_row(uid: str, balance: Balance) -> dict[str, Any]:
    held = {"balance": balance.total, "equity": balance.total, "availableMargin": balance.free}
    none = dict.fromkeys(("unrealizedProfit", "realisedProfit", "usedMargin"), "0")
    return {"userId": uid, "asset": balance.asset, **held, **none, "freezedMargin": balance.locked}


@routes("GET", "/openApi/swap/v2/trade/openOrders", needs=READ)
def open_orders(call: Call) -> Any:
    """Answer an empty list: this practice world trades spot only."""
    wanted = call.params.get("symbol")
    if wanted and wanted not in CONTRACTS:
        raise RefusedError(Reason.BAD_PARAMETER, "symbol")
    return {"orders": []}
