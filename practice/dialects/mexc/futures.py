"""MEXC contracts: what can be read; orders by API are closed to ordinary users."""

from typing import Any

from practice.dialects.mexc.names import FUTURES_DEALS, FUTURES_READ
from practice.http.wire import Call, Routes
from practice.world.pairs import Pair, contracts
from practice.world.world import Balance

BOTH = ("spot", "futures")
routes = Routes()


@routes("GET", "/api/v1/contract/ping", hosts=BOTH)
def contract_ping(call: Call) -> Any:
    return call.now


@routes("GET", "/api/v1/contract/detail", hosts=BOTH)
def contract_detail(call: Call) -> Any:
    return [_contract_row(pair) for pair in contracts()]


def _contract_row(pair: Pair) -> dict[str, Any]:
    return {
        "symbol": f"{pair.base}_{pair.quote}",
        "displayNameEn": f"{pair.base}_{pair.quote} PERPETUAL",
        "baseCoin": pair.base,
        "quoteCoin": pair.quote,
        "settleCoin": pair.quote,
        "contractSize": float(pair.contract_size or 1),
        "minLeverage": 1,
        "maxLeverage": 200,
        "priceScale": pair.price_places,
        "volScale": 0,
        "priceUnit": float(pair.price_step),
        "volUnit": 1,
        "minVol": 1,
        "maxVol": 1_000_000,
        "takerFeeRate": 0.0002,
        "makerFeeRate": 0,
        "state": 0,
        "apiAllowed": False,
    }


@routes("GET", "/api/v1/private/account/assets", needs=FUTURES_READ, hosts=BOTH)
def contract_assets(call: Call) -> Any:
    return [_asset_row(b) for b in call.world.balances(call.account.id, "futures")]


def _asset_row(balance: Balance) -> dict[str, Any]:
    free, locked = float(balance.free), float(balance.locked)
    totals = {"cashBalance": free + locked, "equity": free + locked, "positionMargin": 0, "unrealized": 0, "bonus": 0}
    return {"currency": balance.asset, "availableBalance": free, "frozenBalance": locked, **totals}


@routes("GET", "/api/v1/private/order/list/open_orders", needs=FUTURES_DEALS, hosts=BOTH)
def contract_open_orders(call: Call) -> Any:
    """Answer an empty list: the API takes no contract orders from ordinary users."""
    return []
