"""Binance: the clock, the key, the wallet's paths and the spot account."""

from decimal import Decimal
from typing import Any

from practice.dialects.binance.names import COINS, READ, TERMS
from practice.http.wire import Call, Routes
from practice.world.pairs import ASSETS
from practice.world.world import Key

SWITCHES = (
    "enableReading",
    "enableWithdrawals",
    "enableInternalTransfer",
    "enableMargin",
    "enableFutures",
    "permitsUniversalTransfer",
    "enableVanillaOptions",
    "enableFixApiTrade",
    "enableFixReadOnly",
    "enableSpotAndMarginTrading",
    "enablePortfolioMarginTrading",
)
# FIX reading comes with reading; no box of its own.
IMPLIED = {"enableFixReadOnly": "enableReading"}
routes = Routes()


@routes("GET", "/api/v3/ping")
@routes("GET", "/fapi/v1/ping", hosts=("futures",))
def ping(call: Call) -> Any:
    return {}


@routes("GET", "/api/v3/time")
@routes("GET", "/fapi/v1/time", hosts=("futures",))
def time(call: Call) -> Any:
    return {"serverTime": call.now}


@routes("GET", "/sapi/v1/system/status")
def system_status(call: Call) -> Any:
    return {"status": 0, "msg": "normal"}


@routes("GET", "/sapi/v1/account/apiRestrictions", needs=READ)
def api_restrictions(call: Call) -> Any:
    return key_info(call.key)


def key_info(key: Key) -> dict[str, Any]:
    """Tell that there is a list of addresses, never which; an end only while the trade right has one."""
    names = dict.fromkeys((*SWITCHES, *key.rights))
    switches = {name: IMPLIED.get(name, name) in key.rights for name in names}
    ends = {} if key.expires is None else {"tradingAuthorityExpirationTime": key.expires}
    return {"ipRestrict": bool(key.ips), "createTime": key.created, **switches, **ends}


@routes("GET", "/sapi/v1/account/status", needs=READ)
def account_status(call: Call) -> Any:
    return {"data": "Normal"}


@routes("GET", "/sapi/v1/account/apiTradingStatus", needs=READ)
def trading_status(call: Call) -> Any:
    return {"data": {"isLocked": False, "plannedRecoverTime": 0, "triggerCondition": {}, "updateTime": call.now}}


@routes("GET", "/api/v3/account", needs=READ)
def account(call: Call) -> Any:
    """Say what the account may do: canWithdraw is no right of the key."""
    mine = {b.asset: b for b in call.desk.balances(call.account.id, "spot")}
    assets = tuple(mine) if call.params.get("omitZeroBalances") == "true" else tuple(sorted({*COINS, *mine}))
    rows = [(asset, mine.get(asset)) for asset in assets]
    return {
        "makerCommission": int(TERMS.maker * 10_000),
        "takerCommission": int(TERMS.taker * 10_000),
        "buyerCommission": 0,
        "sellerCommission": 0,
        "commissionRates": {"maker": TERMS.maker, "taker": TERMS.taker, "buyer": Decimal(0), "seller": Decimal(0)},
        "canTrade": True,
        "canWithdraw": True,
        "canDeposit": True,
        "brokered": False,
        "requireSelfTradePrevention": False,
        "preventSor": False,
        "updateTime": call.now,
        "accountType": "SPOT",
        "balances": [
            {"asset": asset, "free": b.free if b else Decimal(0), "locked": b.locked if b else Decimal(0)}
            for asset, b in rows
        ],
        "permissions": ["SPOT"],
        "uid": int(call.account.uid),
    }


@routes("GET", "/sapi/v1/capital/config/getall", needs=READ)
def currencies(call: Call) -> Any:
    return [_currency(asset) for asset in ASSETS]


def _currency(asset: str) -> dict[str, Any]:
    switches = {"depositAllEnable": True, "withdrawAllEnable": True, "trading": True, "isLegalMoney": asset == "USD"}
    limits = {"withdrawFee": "1", "withdrawMin": "2", "withdrawMax": "1000000", "withdrawIntegerMultiple": "0.00000001"}
    network = {"network": asset, "coin": asset, "name": asset, "isDefault": True, "minConfirm": 1, "unLockConfirm": 0}
    network |= {"depositEnable": True, "withdrawEnable": True, **limits}
    return {"coin": asset, "name": asset, "free": "0", "locked": "0", **switches, "networkList": [network]}


@routes("GET", "/sapi/v1/margin/allPairs", needs=READ)
@routes("GET", "/sapi/v1/margin/isolated/allPairs", needs=READ)
def margin_pairs(call: Call) -> Any:
    return []


@routes("POST", "/sapi/v3/asset/getUserAsset", needs=READ)
def user_assets(call: Call) -> Any:
    """Tell the coins that the account has, or the one that was asked for."""
    wanted = call.params.get("asset")
    rows = [b for b in call.desk.balances(call.account.id, "spot") if wanted in (None, "", b.asset)]
    none = dict.fromkeys(("freeze", "withdrawing", "ipoable", "btcValuation"), "0")
    return [{"asset": b.asset, "free": b.free, "locked": b.locked, **none} for b in rows]
