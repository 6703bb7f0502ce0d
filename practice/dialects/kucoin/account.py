"""KuCoin: the clock, the key and the spot account."""

import json
from hashlib import blake2b
from typing import Any

from practice.dialects.kucoin.names import EVERYWHERE, GENERAL
from practice.dialects.kucoin.rows import page
from practice.http.wire import Call, Routes
from practice.refusals import Reason, RefusedError
from practice.trading.orders import ZERO, Fill
from practice.world.world import Account, Balance, Key

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
    """Answer spot rows as the type that was asked for: trade and trade_hf are one purse since 2024.

    An account with the trait "purse" has it under that name alone.
    """
    asked, currency = call.params.get("type"), call.params.get("currency")
    kind = call.account.traits.get("purse", asked if asked in ("trade", "trade_hf") else "trade")
    rows = call.desk.balances(call.account.id, "spot" if asked in (None, kind) else asked)
    return [_account_row(b, kind) for b in rows if currency in (None, b.asset)]


def _account_row(balance: Balance, kind: str = "trade") -> dict[str, Any]:
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


@routes("GET", "/api/v1/accounts/ledgers", needs=GENERAL)
def ledgers(call: Call) -> Any:
    """Answer an empty page: money comes and goes here by trades alone, and those stand in the hf list."""
    return page(call, [])


@routes("GET", "/api/v1/accounts/{id}", needs=GENERAL)
def one_account(call: Call) -> Any:
    for row in map(_account_row, call.desk.balances(call.account.id, "spot")):
        if row["id"] == call.args["id"]:
            return {name: row[name] for name in ("currency", "balance", "available", "holds")}
    raise RefusedError(Reason.BAD_PARAMETER, "accountId")


@routes("GET", "/api/v1/hf/accounts/ledgers", needs=GENERAL)
def hf_ledgers(call: Call) -> Any:
    """Answer what came and went by trades, newest first: a row for each side of a fill."""
    fills = call.desk.fills(call.account.id)[::-1]
    rows = [row for fill in fills for row in _ledger_rows(fill)]
    wanted = call.params.get("currency", "").split(",")
    return [row for row in rows if wanted == [""] or row["currency"] in wanted][: call.whole("limit") or 100]


def _ledger_rows(fill: Fill) -> list[dict[str, Any]]:
    base, quote = fill.pair.split("/")
    is_buy, named = fill.side == "buy", {"symbol": fill.pair.replace("/", "-"), "orderId": fill.order_id}
    context = json.dumps({**named, "tradeId": str(fill.n)}, separators=(",", ":"))
    rows = ((base, fill.amount, "in" if is_buy else "out"), (quote, fill.cost, "out" if is_buy else "in"))
    return [
        {
            "id": str(fill.n * 2 + at),
            "currency": coin,
            "amount": amount,
            "fee": fill.fee if coin == fill.fee_asset else ZERO,
            "tax": "0",
            "balance": "0",
            "accountType": "TRADE_HF",
            "bizType": "TRADE_EXCHANGE",
            "direction": direction,
            "createdAt": str(fill.time),
            "context": context,
        }
        for at, (coin, amount, direction) in enumerate(rows)
    ]


@routes("GET", "/api/v2/user-info", needs=GENERAL)
def user_info(call: Call) -> Any:
    counted = ("subQuantity", "spotSubQuantity", "marginSubQuantity", "futuresSubQuantity", "optionSubQuantity")
    allowed = ("maxSpotSubQuantity", "maxMarginSubQuantity", "maxFuturesSubQuantity", "maxOptionSubQuantity")
    most = {"maxSubQuantity": 5, "maxDefaultSubQuantity": 5}
    return {"level": 0, **dict.fromkeys(counted, 0), **most, **dict.fromkeys(allowed, 0)}
