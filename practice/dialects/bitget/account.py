"""Bitget: the clock, the key and the account, in both kinds."""

from typing import Any

from practice.dialects.bitget.names import (
    FUTURES_HOLDINGS,
    FUTURES_ORDERS,
    READ,
    TERMS,
    UNIFIED_READ,
)
from practice.http.wire import Call, Routes
from practice.trading.orders import ZERO, Fill
from practice.world.world import Balance

# Rights of a unified key: one switch for reading or writing, and a list.
READ_ONLY = "read_only"
routes = Routes()


@routes("GET", "/api/v2/public/time")
@routes("GET", "/api/v3/public/time")
@routes("GET", "/api/v3/market/time")
def time(call: Call) -> Any:
    return {"serverTime": str(call.now)}


@routes("GET", "/api/v2/spot/account/info", needs=READ)
def info(call: Call) -> Any:
    account = call.account
    return {
        "userId": account.uid,
        "inviterId": "0",
        "channelCode": "",
        "channel": "",
        "ips": ",".join(call.key.ips),
        "authorities": list(call.key.rights),
        "parentId": int(account.uid) - 1 if account.sub_name else int(account.uid),
        "traderType": "not_trader",
        "regisTime": "1246566789345",
    }


@routes("GET", "/api/v3/account/info", needs=())
def unified_info(call: Call) -> Any:
    """Answer as a real account did, where the documents write “read-and-write” and texts."""
    rights = call.key.rights
    return {
        "userId": call.account.uid,
        "inviterId": None,
        "channelCode": "",
        "channel": "",
        "ips": ",".join(call.key.ips),
        "permType": READ_ONLY if READ_ONLY in rights else "read_and_write",
        "permissions": [right for right in rights if right != READ_ONLY],
        "parentId": int(call.account.uid) - 1 if call.account.sub_name else int(call.account.uid),
        "regisTime": "1704067200000",
    }


@routes("GET", "/api/v3/account/settings", needs=UNIFIED_READ)
def settings(call: Call) -> Any:
    return {
        "uid": call.account.uid,
        "accountMode": "unified",
        "assetMode": "multi_assets",
        "accountLevel": "basic",
        "holdMode": "one_way_mode",
        "stpMode": "none",
        "symbolConfigList": [],
        "coinConfigList": [],
    }


@routes("GET", "/api/v2/spot/account/assets", needs=READ)
def assets(call: Call) -> Any:
    wanted = call.params.get("coin")
    rows = call.desk.balances(call.account.id, "spot")
    return [_asset_row(call, row) for row in rows if wanted in (None, "", row.asset)]


def _asset_row(call: Call, balance: Balance) -> dict[str, Any]:
    held = {"frozen": balance.locked, "locked": "0", "limitAvailable": "0", "uTime": str(call.now)}
    return {"coin": balance.asset, "available": balance.free, **held}


@routes("GET", "/api/v3/account/assets", needs=UNIFIED_READ)
def unified_assets(call: Call) -> Any:
    rows = call.desk.balances(call.account.id, "spot")
    usdt = sum((row.total for row in rows if row.asset == "USDT"), ZERO)
    names = (
        "unrealisedPnl",
        "usdtUnrealisedPnl",
        "btcUnrealizedPnl",
        "mmr",
        "imr",
        "mgnRatio",
        "positionMgnRatio",
        "positionValue",
        "leverage",
    )
    worth = {"accountEquity": usdt, "usdtEquity": usdt, "btcEquity": "0", "effEquity": usdt}
    return {**worth, **dict.fromkeys(names, "0"), "assets": [_unified_row(row) for row in rows]}


def _unified_row(balance: Balance) -> dict[str, Any]:
    total = {"equity": balance.total, "usdValue": balance.total, "balance": balance.total}
    return {
        "coin": balance.asset,
        **total,
        "available": balance.free,
        "debt": "0",
        "locked": balance.locked,
        "bonus": "0",
    }


@routes("GET", "/api/v2/mix/account/accounts", needs=FUTURES_HOLDINGS)
def futures_accounts(call: Call) -> Any:
    call.need("productType")
    rows = call.desk.balances(call.account.id, "futures")
    margin = call.params["productType"].upper().removesuffix("-FUTURES")
    return [_futures_row(row) for row in rows if row.asset == margin]


def _futures_row(balance: Balance) -> dict[str, Any]:
    names = ("crossedMaxAvailable", "isolatedMaxAvailable", "maxTransferOut", "available")
    equity = {"accountEquity": balance.total, "usdtEquity": balance.total, "btcEquity": "0", "unrealizedPL": "0"}
    return {"marginCoin": balance.asset, "locked": balance.locked, **dict.fromkeys(names, balance.free), **equity}


@routes("GET", "/api/v2/mix/order/orders-pending", needs=FUTURES_ORDERS)
def futures_orders(call: Call) -> Any:
    call.need("productType")
    return {"entrustedList": None, "endId": None}


@routes("GET", "/api/v2/common/trade-rate", needs=READ)
def trade_rate(call: Call) -> Any:
    call.need("symbol", "businessType")
    return {"makerFeeRate": TERMS.maker, "takerFeeRate": TERMS.taker}


@routes("GET", "/api/v2/spot/account/bills", needs=READ)
def bills(call: Call) -> Any:
    """Answer what came and went by trades, newest first: a row for each side of a fill."""
    rows = [row for fill in call.desk.fills(call.account.id)[::-1] for row in _bills(fill)]
    wanted = call.params.get("coin")
    return [row for row in rows if wanted in (None, "", row["coin"])][: call.whole("limit") or 100]


def _bills(fill: Fill) -> list[dict[str, Any]]:
    base, quote = fill.pair.split("/")
    sign = 1 if fill.side == "buy" else -1
    return [
        {
            "cTime": str(fill.time),
            "bizOrderId": fill.order_id,
            "coin": coin,
            "groupType": "transaction",
            "businessType": fill.side.upper(),
            "size": flow,
            "balance": "0",
            "fees": -fill.fee if coin == fill.fee_asset else ZERO,
            "billId": str(fill.n * 2 + at),
        }
        for at, (coin, flow) in enumerate(((base, sign * fill.amount), (quote, -sign * fill.cost)))
    ]
