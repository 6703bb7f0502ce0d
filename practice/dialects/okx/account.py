"""OKX: the clock, the key and the account; one trading account serves spot and futures."""

from typing import Any

from practice.dialects.okx.names import READ
from practice.wire import Call, Routes
from practice.world import Balance

routes = Routes()


@routes("GET", "/api/v5/public/time")
def time(call: Call) -> Any:
    return [{"ts": str(call.now)}]


@routes("GET", "/api/v5/system/status")
def status(call: Call) -> Any:
    return []


@routes("GET", "/api/v5/account/config", needs=READ)
def config(call: Call) -> Any:
    uid, main = call.account.uid, call.account.traits.get("main_uid")
    return [
        {
            "uid": uid,
            "mainUid": main or (str(int(uid) - 1) if call.account.sub_name else uid),
            "acctLv": call.account.traits.get("mode", "2"),
            "posMode": "net_mode",
            "autoLoan": False,
            "label": call.key.note,
            "ip": ",".join(call.key.ips),
            "perm": ",".join(call.key.rights),
            "kycLv": "2",
            "type": "1" if call.account.sub_name else "0",
            "roleType": "0",
            "level": "Lv1",
            "enableSpotBorrow": False,
        }
    ]


@routes("GET", "/api/v5/account/balance", needs=READ)
def balance(call: Call) -> Any:
    wanted = call.params.get("ccy", "").split(",")
    rows = [b for b in call.desk.balances(call.account.id, "spot") if wanted == [""] or b.asset in wanted]
    return [{"totalEq": "31000", "uTime": str(call.now), "details": [_detail(call, row) for row in rows]}]


def _detail(call: Call, balance: Balance) -> dict[str, Any]:
    frozen = {"frozenBal": balance.locked, "ordFrozen": balance.locked, "uTime": str(call.now)}
    free = {"availBal": balance.free, "availEq": balance.free}
    return {"ccy": balance.asset, "eq": balance.total, "cashBal": balance.total, **free, **frozen}


@routes("GET", "/api/v5/asset/balances", needs=READ)
def funding(call: Call) -> Any:
    rows = call.desk.balances(call.account.id, "funding")
    return [{"ccy": b.asset, "bal": b.total, "availBal": b.free, "frozenBal": b.locked} for b in rows]


@routes("GET", "/api/v5/asset/currencies", needs=READ)
def currencies(call: Call) -> Any:
    return []
