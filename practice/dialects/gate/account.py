"""Gate.io: the clock, the keys and the spot account."""

from decimal import Decimal
from typing import Any

from practice.dialects.gate.names import ACCOUNT_READ, HIDDEN, PAIRS, SPOT_READ, TERMS, WALLET_READ, WITHDRAW, find_pair
from practice.http.wire import Call, Routes
from practice.refusals import Reason, RefusedError
from practice.trading import statement
from practice.world.world import Account, Balance, Key

SECOND = 1_000
FIRST_ENTRY = 1_547_633_726
KINDS = {"trade": "order_fill", "fee": "order_fee"}
routes = Routes()


@routes("GET", "/api/v4/spot/time")
def time(call: Call) -> Any:
    return {"server_time": call.now}


@routes("GET", "/api/v4/account/detail", needs=ACCOUNT_READ)
def detail(call: Call) -> Any:
    """Tell of the calling key its IP list and its kind of account, but not its permissions."""
    key = {"mode": call.account.traits.get("mode", 1)}
    tier = {"tier": 0, "tier_expire_time": "0001-01-01T00:00:00Z", "copy_trading_role": 0}
    user = {"user_id": int(call.account.uid), "ip_whitelist": list(call.key.ips), "currency_pairs": []}
    return {**user, "key": key, **tier}


@routes("GET", "/api/v4/account/main_keys", needs=ACCOUNT_READ)
def main_keys(call: Call) -> Any:
    """List every key of the account, masked, the calling one among them."""
    mine = (key for key in call.world.keys.values() if key.account == call.account.id and key.state != "deleted")
    return [key_row(key, call.account) for key in mine]


def key_row(key: Key, account: Account) -> dict[str, Any]:
    shown = [right for right in key.rights if not right.startswith(HIDDEN)]
    groups = dict.fromkeys(right.partition(":")[0] for right in shown)
    return {
        "state": 1 if key.state == "valid" else 3,
        "mode": account.traits.get("mode", 1),
        "name": key.note,
        "user_id": int(account.uid),
        "key": f"{key.api_key[:12]}*****",
        "ip_whitelist": list(key.ips),
        "currency_pairs": [],
        "perms": [{"name": group, "read_only": f"{group}:write" not in shown} for group in groups],
        "created_at": key.created // 1000,
        "update_at": key.created // 1000,
        "last_access": key.created // 1000,
    }


@routes("DELETE", "/api/v4/withdrawals/{id}", needs=WITHDRAW)
def cancel_withdrawal(call: Call) -> Any:
    """Find nothing: nobody withdraws here. What matters is who may get this far."""
    raise RefusedError(Reason.BAD_PARAMETER, "withdraw id")


@routes("GET", "/api/v4/spot/accounts", needs=SPOT_READ)
def accounts(call: Call) -> Any:
    wanted = call.params.get("currency")
    rows = call.desk.balances(call.account.id, "spot")
    return [_balance_row(row, n) for n, row in enumerate(rows, start=1) if wanted in (None, row.asset)]


def _balance_row(balance: Balance, n: int) -> dict[str, Any]:
    return {"currency": balance.asset, "available": balance.free, "locked": balance.locked, "update_id": n}


@routes("GET", "/api/v4/spot/account_book", needs=SPOT_READ)
def account_book(call: Call) -> Any:
    """Answer what went in and out, newest first: trades and their fees, as nothing else happens here."""
    coin, kind = call.params.get("currency"), call.params.get("type")
    start, end = call.whole("from") or 0, call.whole("to") or call.now // SECOND + 1
    found = [
        _entry_row(entry)
        for entry in statement.entries(call.desk, call.account.id)
        if coin in (None, "", entry.asset) and start <= entry.time // SECOND <= end
    ]
    rows = [row for row in found if kind in (None, "", row["type"])]
    size, page = min(call.whole("limit") or 100, 1_000), call.whole("page") or 1
    return rows[(page - 1) * size : page * size]


def _entry_row(entry: statement.Entry) -> dict[str, Any]:
    what = {"id": str(FIRST_ENTRY + entry.n), "time": entry.time, "currency": entry.asset}
    money = {"change": entry.change, "balance": entry.balance}
    return {**what, **money, "type": KINDS[entry.kind], "text": entry.order_id}


@routes("GET", "/api/v4/wallet/total_balance", needs=WALLET_READ)
def total_balance(call: Call) -> Any:
    """Answer what everything is worth, in USDT or another dollar, or BTC."""
    currency = call.params.get("currency") or "USDT"
    if currency not in ("USDT", "USD", "BTC", "CNY"):
        raise RefusedError(Reason.UNKNOWN_CURRENCY, currency)
    worth = {wallet: _worth(call, wallet, currency) for wallet in ("spot", "futures")}
    rows = {name: {"currency": currency, "amount": amount} for name, amount in worth.items()}
    return {"details": rows, "total": {"currency": currency, "amount": sum(worth.values(), Decimal(0))}}


def _worth(call: Call, wallet: str, currency: str) -> Decimal:
    dollars = sum((b.total * _price(call, b.asset) for b in call.desk.balances(call.account.id, wallet)), Decimal(0))
    return (dollars / _price(call, currency)).quantize(Decimal("1e-8"))


def _price(call: Call, asset: str) -> Decimal:
    """Return a coin's price in USDT; dollars, and what has no price here, are taken for one."""
    pair = PAIRS.get(f"{asset}_USDT")
    return call.market.price(pair, call.now) if pair else Decimal(1)


@routes("GET", "/api/v4/spot/fee", needs=SPOT_READ)
def fee(call: Call) -> Any:
    return _fee_row(call)


@routes("GET", "/api/v4/spot/batch_fee", needs=SPOT_READ)
def batch_fee(call: Call) -> Any:
    """Answer by pair; at most fifty are asked for."""
    call.need("currency_pairs")
    symbols = call.params["currency_pairs"].split(",")[:50]
    for symbol in symbols:
        find_pair(symbol)
    return {symbol: {**_fee_row(call), "currency_pair": symbol} for symbol in symbols}


@routes("GET", "/api/v4/wallet/fee", needs=WALLET_READ)
def wallet_fee(call: Call) -> Any:
    futures = {"futures_taker_fee": "0.0005", "futures_maker_fee": "0.0002"}
    delivery = {"delivery_taker_fee": "0.0005", "delivery_maker_fee": "0.0002"}
    return {**_fee_row(call), **futures, **delivery}


def _fee_row(call: Call) -> dict[str, Any]:
    rates = {"taker_fee": TERMS.taker, "maker_fee": TERMS.maker, "gt_taker_fee": "0", "gt_maker_fee": "0"}
    rest = {"gt_discount": False, "loan_fee": "0.18", "point_type": "1", "debit_fee": 3}
    return {"user_id": int(call.account.uid), **rates, **rest}


@routes("GET", "/api/v4/account/rate_limit", needs=ACCOUNT_READ)
def rate_limit(call: Call) -> Any:
    tier = {"tier": "1", "ratio": "0", "main_ratio": "0", "updated_at": "1728230400"}
    return [{"type": kind, **tier} for kind in ("spot", "futures")]
