"""Gate.io: the clock, the keys and the spot account."""

from typing import Any

from practice.dialects.gate.names import ACCOUNT_READ, HIDDEN, SPOT_READ, TERMS, WITHDRAW
from practice.refusals import Reason, RefusedError
from practice.wire import Call, Routes
from practice.world import Account, Balance, Key

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


@routes("GET", "/api/v4/spot/fee", needs=SPOT_READ)
def fee(call: Call) -> Any:
    rates = {"taker_fee": TERMS.taker, "maker_fee": TERMS.maker, "gt_taker_fee": "0", "gt_maker_fee": "0"}
    return {"user_id": int(call.account.uid), **rates, "gt_discount": False, "loan_fee": "0", "point_type": "1"}
