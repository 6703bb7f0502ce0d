"""HTX spot: the clock, the key and the account."""

from typing import Any

from practice.dialects.htx.names import READ, TERMS, find_pair
from practice.dialects.htx.signing import ACCOUNT
from practice.http.wire import Call, Routes
from practice.refusals import Reason, RefusedError
from practice.trading import statement
from practice.world.world import Balance, Key

DAY = 86_400_000
FIRST_RECORD = 359_044_707_902_783_800
KINDS = {"trade": "trade", "fee": "transact-fee"}
routes = Routes()


@routes("GET", "/v1/common/timestamp")
def timestamp(call: Call) -> Any:
    return call.now


@routes("GET", "/v2/market-status")
def market_status(call: Call) -> Any:
    return {"marketStatus": 1}


@routes("GET", "/v2/user/uid", needs=READ)
def uid(call: Call) -> Any:
    return int(call.account.uid)


@routes("GET", "/v2/user/api-key", needs=READ)
def api_key(call: Call) -> Any:
    """Tell one key when it is named, else all keys of the account."""
    if call.whole("uid") != int(call.account.uid):
        raise RefusedError(Reason.BAD_PARAMETER, "uid")
    wanted = call.params.get("accessKey")
    mine = (key for key in call.world.keys.values() if key.account == call.account.id and key.state != "deleted")
    return [key_info(key, call.now) for key in mine if wanted in (None, "", key.api_key)]


def key_info(key: Key, now: int) -> dict[str, Any]:
    return {
        "accessKey": key.api_key,
        "status": "expired" if key.is_expired(now) else "normal",
        "note": key.note,
        "permission": ",".join(key.rights),
        "ipAddresses": ",".join(key.ips),
        "validDays": -1 if key.expires is None else max(0, -(-(key.expires - now) // DAY)),
        "createTime": key.created,
        "updateTime": key.created,
    }


def account_id(call: Call) -> int:
    return int(call.account.uid) // 10 + 1_000_000


@routes("GET", "/v1/account/accounts", needs=READ)
def accounts(call: Call) -> Any:
    return [{"id": account_id(call), "type": "spot", "subtype": "", "state": "working"}]


def require_account(call: Call, sent: object) -> None:
    if str(sent) != str(account_id(call)):
        raise RefusedError(Reason.BAD_PARAMETER, ACCOUNT)


@routes("GET", "/v1/account/accounts/{id}/balance", needs=READ)
def balance(call: Call) -> Any:
    require_account(call, call.args["id"])
    rows = [row for b in call.desk.balances(call.account.id, "spot") for row in _rows(b)]
    return {"id": account_id(call), "type": "spot", "state": "working", "list": rows}


def _rows(balance: Balance) -> list[dict[str, Any]]:
    parts = (("trade", balance.free), ("frozen", balance.locked))
    return [{"currency": balance.asset.lower(), "type": kind, "balance": amount} for kind, amount in parts]


@routes("GET", "/v2/account/asset-valuation", needs=READ)
def valuation(call: Call) -> Any:
    usdt = [b.total for b in call.desk.balances(call.account.id, "spot") if b.asset == "USDT"]
    return {"balance": usdt[0] if usdt else "0", "timestamp": call.now}


@routes("GET", "/v1/account/history", needs=READ)
def account_history(call: Call) -> Any:
    """Answer what went in and out, newest first; of fees and trades only, as nothing else happens here."""
    require_account(call, call.params.get("account-id"))
    start, end = call.whole("start-time") or call.now - DAY, call.whole("end-time") or call.now
    kinds = [kind for kind in call.params.get("transact-types", "").split(",") if kind]
    coin = call.params.get("currency", "").upper()
    found = [
        _entry_row(call, entry)
        for entry in statement.entries(call.desk, call.account.id)
        if start <= entry.time <= end and coin in ("", entry.asset) and (not kinds or KINDS[entry.kind] in kinds)
    ]
    rows = found[::-1] if call.params.get("sort") == "asc" else found
    return rows[: min(call.whole("size") or 100, 500)]


def _entry_row(call: Call, entry: statement.Entry) -> dict[str, Any]:
    amounts = {"transact-amt": entry.change, "avail-balance": entry.balance, "acct-balance": entry.balance}
    what = {"account-id": account_id(call), "currency": entry.asset.lower(), "record-id": FIRST_RECORD + entry.n}
    return {**what, **amounts, "transact-type": KINDS[entry.kind], "transact-time": entry.time}


@routes("GET", "/v2/account/ledger", needs=READ)
def ledger(call: Call) -> Any:
    """Answer an empty list: the ledger tells transfers alone, and nobody transfers here."""
    require_account(call, call.params.get("accountId"))
    return []


@routes("GET", "/v1/fee/fee-rate/get", needs=READ)
def fee_rates(call: Call) -> Any:
    return [{"symbol": symbol, "maker-fee": TERMS.maker, "taker-fee": TERMS.taker} for symbol in _symbols(call)]


@routes("GET", "/v2/reference/transact-fee-rate", needs=READ)
def transact_fee_rates(call: Call) -> Any:
    maker, taker = TERMS.maker, TERMS.taker
    rates = {"makerFeeRate": maker, "takerFeeRate": taker, "actualMakerRate": maker, "actualTakerRate": taker}
    return [{"symbol": symbol, **rates} for symbol in _symbols(call)]


def _symbols(call: Call) -> list[str]:
    call.need("symbols")
    symbols = call.params["symbols"].split(",")
    for symbol in symbols:
        find_pair(symbol)
    return symbols
