"""BingX: the clock, the key, the spot account."""

from typing import Any

from practice.dialects.bingx.names import READ, SWITCHES
from practice.dialects.bingx.signing import BARE
from practice.http.wire import Call, Routes
from practice.refusals import Reason, RefusedError
from practice.world.pairs import ASSETS
from practice.world.world import Balance, Key

routes = Routes()


@routes("GET", "/openApi/swap/v2/server/time")
@routes("GET", "/openApi/spot/v1/server/time")
def time(call: Call) -> Any:
    return {"serverTime": call.now}


@routes("GET", "/openApi/v1/account/apiPermissions", needs=READ)
def api_permissions(call: Call) -> Any:
    """Answer in the shape that the account gets: both are documented, and clients met a third."""
    shape = call.account.traits.get("permissions", "numbers")
    if shape == "switches":
        return key_switches(call.key)
    return key_info(call.key) if shape == "enveloped" else {BARE: key_info(call.key)}


def key_info(key: Key) -> dict[str, Any]:
    return {
        "apiKey": key.api_key,
        "permissions": [int(right) for right in key.rights],
        "ipAddresses": list(key.ips),
        "note": key.note,
    }


def key_switches(key: Key) -> dict[str, Any]:
    switches = {name: number in key.rights for number, name in SWITCHES.items()}
    return {"ipRestrict": bool(key.ips), "createTime": key.created, **switches, "enableVanillaOptions": False}


@routes("GET", "/openApi/v1/account/apiRestrictions", needs=READ)
def api_restrictions(call: Call) -> Any:
    """Say less than its twin: nothing of withdrawals."""
    return {name: on for name, on in key_switches(call.key).items() if name not in ("enableWithdrawals",)}


@routes("GET", "/openApi/account/v1/uid", needs=READ)
def uid(call: Call) -> Any:
    return {"uid": int(call.account.uid)}


@routes("GET", "/openApi/account/v1/apiKey/query", needs=READ)
def query_keys(call: Call) -> Any:
    """Tell the calling key, masked; one older page calls the list apiKeyList."""
    if call.params.get("uid") != call.account.uid:
        raise RefusedError(Reason.BAD_PARAMETER, "uid")
    key = call.key
    masked = {"apiKey": f"{key.api_key[:2]}*******{key.api_key[-2:]}", "ipAddresses": list(key.ips) or [""]}
    times = {"createTime": key.created, "updateTime": key.created}
    return {"apiInfos": [{**key_info(key), **masked, "status": 0, **times}]}


@routes("GET", "/openApi/spot/v1/account/balance", needs=READ)
def balance(call: Call) -> Any:
    return {"balances": [_balance(b) for b in call.desk.balances(call.account.id, "spot")]}


def _balance(balance: Balance) -> dict[str, Any]:
    return {"asset": balance.asset, "disp": "", "free": balance.free, "locked": balance.locked}


@routes("GET", "/openApi/wallets/v1/capital/config/getall", needs=READ)
def currencies(call: Call) -> Any:
    return [{"coin": asset, "name": asset, "networkList": [_network(asset)]} for asset in ASSETS]


def _network(asset: str) -> dict[str, Any]:
    limits = {"withdrawFee": "1", "withdrawMax": "1000", "withdrawMin": "2", "depositMin": "1"}
    precision = {"withdrawPrecision": 8, "depositPrecision": 8, "minConfirm": 12, "contractAddress": ""}
    switches = {"isDefault": True, "withdrawEnable": True, "depositEnable": True, "needTagOrMemo": False}
    return {"name": asset, "network": asset, **switches, **limits, **precision}
