"""MEXC spot: the clock, the key and the account."""

from datetime import UTC, datetime
from typing import Any

from practice.dialects.mexc.names import ACCOUNT_READ, DEAL_READ, DEAL_WRITE, PAIRS, WITHDRAW_READ
from practice.http.wire import Call, Routes
from practice.refusals import Reason, RefusedError
from practice.world.pairs import ASSETS
from practice.world.world import Balance, Key

DAY = 86_400_000
routes = Routes()


@routes("GET", "/api/v3/ping")
def ping(call: Call) -> Any:
    return {}


@routes("GET", "/api/v3/time")
def time(call: Call) -> Any:
    return {"serverTime": call.now}


@routes("GET", "/api/v3/apiKeyInfo", needs=())
def api_key_info(call: Call) -> Any:
    if not call.params.get("accessKey"):
        raise RefusedError(Reason.BAD_PARAMETER, "accessKey")
    if call.params["accessKey"] != call.key.api_key:
        raise RefusedError(Reason.UNKNOWN_KEY)
    return key_info(call.key, call.now)


def key_info(key: Key, now: int) -> dict[str, Any]:
    created = datetime.fromtimestamp(key.created / 1000, UTC)
    left = -999 if key.expires is None else max(0, -(-(key.expires - now) // DAY))
    return {
        "note": key.note,
        "accessKey": key.api_key,
        "createTime": created.strftime("%Y-%m-%dT%H:%M:%S.000+00:00"),
        "permissions": ",".join(key.rights),
        "remainingValidity": left,
        "ipWhiteList": ",".join(key.ips),
        "status": {"valid": "VALID", "frozen": "FROZEN"}.get(key.state, "DELETE"),
    }


@routes("GET", "/api/v3/account", needs=ACCOUNT_READ)
def account(call: Call) -> Any:
    balances = [_balance(b) for b in call.desk.balances(call.account.id, "spot")]
    flags = {"canTrade": True, "canWithdraw": True, "canDeposit": True, "updateTime": None, "accountType": "SPOT"}
    return {**flags, "balances": balances, "permissions": ["SPOT"]}


def _balance(balance: Balance) -> dict[str, Any]:
    return {"asset": balance.asset, "free": balance.free, "locked": balance.locked}


@routes("GET", "/api/v3/uid", needs=ACCOUNT_READ)
def uid(call: Call) -> Any:
    return {"uid": call.account.uid}


@routes("GET", "/api/v3/kyc/status", needs=ACCOUNT_READ)
def kyc_status(call: Call) -> Any:
    return {"status": call.account.traits.get("kyc", "3")}


@routes("GET", "/api/v3/selfSymbols", needs=ACCOUNT_READ)
def self_symbols(call: Call) -> Any:
    return {"code": 200, "data": call.account.traits.get("symbols", list(PAIRS)), "msg": None}


@routes("GET", "/api/v3/mxDeduct/enable", needs=DEAL_READ)
def deducts_mx(call: Call) -> Any:
    return _deducts_mx(call)


@routes("POST", "/api/v3/mxDeduct/enable", needs=DEAL_WRITE)
def set_mx_deduction(call: Call) -> Any:
    """Switch whether fees are paid in MX."""
    call.need("mxDeductEnable")
    wanted = call.params["mxDeductEnable"].lower()
    if wanted not in ("true", "false"):
        raise RefusedError(Reason.BAD_PARAMETER, "mxDeductEnable")
    account = call.account
    account.traits["pays_fees_in"] = "MX" if wanted == "true" else ""
    call.world.save_account(account)
    return _deducts_mx(call)


def _deducts_mx(call: Call) -> dict[str, Any]:
    switch = {"mxDeductEnable": call.account.traits.get("pays_fees_in") == "MX"}
    return {"data": switch, "code": 0, "msg": "success", "timestamp": call.now}


@routes("GET", "/api/v3/capital/config/getall", needs=WITHDRAW_READ)
def currencies(call: Call) -> Any:
    return [{"coin": asset, "Name": asset, "name": asset, "networkList": [_network(asset)]} for asset in ASSETS]


def _network(asset: str) -> dict[str, Any]:
    limits = {"withdrawFee": "1", "withdrawMin": "10", "withdrawMax": "1000000", "contract": None}
    return {"coin": asset, "netWork": asset, "network": asset, "depositEnable": True, "withdrawEnable": True, **limits}
