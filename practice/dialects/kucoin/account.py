"""KuCoin: the clock, the key and the spot account."""

from hashlib import blake2b
from typing import Any

from practice.dialects.kucoin.names import EVERYWHERE, GENERAL
from practice.wire import Call, Routes
from practice.world import Account, Balance, Key

routes = Routes()


@routes("GET", "/api/v1/timestamp", hosts=EVERYWHERE)
def timestamp(call: Call) -> Any:
    return call.now


@routes("GET", "/api/v1/status", hosts=EVERYWHERE)
def status(call: Call) -> Any:
    return {"status": "open", "msg": ""}


@routes("GET", "/api/v1/my-ip")
@routes("GET", "/api/ua/v1/user/my-ip")
def my_ip(call: Call) -> Any:
    return call.ip


@routes("GET", "/api/v1/user/api-key", needs=GENERAL)
def user_api_key(call: Call) -> Any:
    return key_info(call.key, call.account)


def key_info(key: Key, account: Account) -> dict[str, Any]:
    """Leave out `ipWhitelist` when it is open and `subName` for a master account, as KuCoin does."""
    row = {
        "remark": key.note,
        "apiKey": key.api_key,
        "apiVersion": 3,
        "permission": ",".join(key.rights),
        "ipWhitelist": ",".join(key.ips),
        "createdAt": key.created,
        "uid": int(account.uid),
        "isMaster": not account.sub_name,
        "subName": account.sub_name,
    }
    return {name: value for name, value in row.items() if value != ""}


@routes("GET", "/api/v1/accounts", needs=GENERAL)
def accounts(call: Call) -> Any:
    """Answer spot rows as the type that was asked for: trade and trade_hf are one purse since 2024."""
    asked, currency = call.params.get("type"), call.params.get("currency")
    kind = asked if asked in ("trade", "trade_hf") else "trade"
    rows = call.desk.balances(call.account.id, "spot" if asked in (None, "trade", "trade_hf") else asked)
    return [_account_row(b, kind) for b in rows if currency in (None, b.asset)]


def _account_row(balance: Balance, kind: str) -> dict[str, Any]:
    return {
        "id": str(int.from_bytes(blake2b(balance.id.encode(), digest_size=5).digest(), "big")),
        "currency": balance.asset,
        "type": kind,
        "balance": balance.total,
        "available": balance.free,
        "holds": balance.locked,
    }


@routes("GET", "/api/v1/hf/accounts/opened", needs=GENERAL)
def hf_opened(call: Call) -> Any:
    return call.account.traits.get("hf", True)


@routes("GET", "/api/ua/v1/account/mode", needs=())
def account_mode(call: Call) -> Any:
    return {"selfAccountMode": "CLASSIC", "unifiedSubAccount": [], "classicSubAccount": []}
