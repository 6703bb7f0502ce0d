"""Bybit: the clock, the key and the wallet."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from practice.dialects.bybit.names import READ, TERMS
from practice.dialects.bybit.signing import is_read_only
from practice.http.wire import Call, Routes
from practice.refusals import Reason, RefusedError
from practice.world.world import Account, Balance, Key

DAY = 86_400_000
GROUPS = ("ContractTrade", "Spot", "Wallet", "Options", "Derivatives", "CopyTrading")
MORE_GROUPS = ("BlockTrade", "Exchange", "NFT", "Affiliate", "Earn")
# A classic account has a wallet for each market.
CLASSIC = {"SPOT": "spot", "CONTRACT": "futures"}
SUMS = ("totalEquity", "totalWalletBalance", "totalAvailableBalance", "totalMarginBalance")
NO_SUMS = (
    *("accountIMRate", "accountIMRateByMp", "accountMMRate", "accountMMRateByMp", "accountLTV", "totalPerpUPL"),
    *("totalInitialMargin", "totalInitialMarginByMp", "totalMaintenanceMargin", "totalMaintenanceMarginByMp"),
)
NO_COIN_SUMS = (
    *("bonus", "accruedInterest", "totalOrderIM", "totalPositionIM", "totalPositionMM", "unrealisedPnl"),
    *("borrowAmount", "spotBorrow", "spotHedgingQty", "cumRealisedPnl"),
)
routes = Routes()


@routes("GET", "/v5/market/time")
def time(call: Call) -> Any:
    return {"timeSecond": str(call.now // 1_000), "timeNano": f"{call.now}000000"}


@routes("GET", "/v5/system/status")
def system_status(call: Call) -> Any:
    return {"list": []}


@routes("GET", "/v5/user/query-api", needs=())
def query_api(call: Call) -> Any:
    """Any key may ask this of itself."""
    return key_info(call.key, call.account, call.now)


def key_info(key: Key, account: Account, now: int) -> dict[str, Any]:
    is_unified = account.traits.get("uta", True)
    return {
        "id": str(int(account.uid) % 9_973),
        "note": key.note,
        "apiKey": key.api_key,
        "readOnly": int(is_read_only(key)),
        "secret": "",
        "permissions": _permissions(key),
        "ips": list(key.ips) or ["*"],
        "type": 1,
        **_end(key, now),
        "createdAt": _iso(key.created),
        "unified": 0,
        "uta": int(is_unified),
        "userID": int(account.uid),
        "inviterID": 0,
        "vipLevel": "No VIP",
        "mktMakerLevel": "0",
        "affiliateID": 0,
        "rsaPublicKey": "",
        "isMaster": not account.sub_name,
        "parentUid": "0",
        "kycLevel": "LEVEL_1",
        "kycRegion": "MYS",
    }


def _permissions(key: Key) -> dict[str, list[str]]:
    groups: dict[str, list[str]] = {name: [] for name in (*GROUPS, *MORE_GROUPS)}
    for right in key.rights:
        group, dot, word = right.partition(".")
        if dot:
            groups.setdefault(group, []).append(word)
    return groups


def _end(key: Key, now: int) -> dict[str, Any]:
    if key.expires is None:
        return {"deadlineDay": -2, "expiredAt": "1970-01-01T00:00:00Z"}
    return {"deadlineDay": max(0, (key.expires - now) // DAY), "expiredAt": _iso(key.expires)}


def _iso(millis: int) -> str:
    return datetime.fromtimestamp(millis / 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


@routes("GET", "/v5/account/info", needs=())
def account_info(call: Call) -> Any:
    status = 6 if call.account.traits.get("uta", True) else 1
    modes = {"marginMode": "REGULAR_MARGIN", "dcpStatus": "OFF", "spotHedgingStatus": "OFF", "timeWindow": 10}
    return {
        **modes,
        "updatedTime": str(call.now),
        "unifiedMarginStatus": status,
        "smpGroup": 0,
        "isMasterTrader": False,
    }


@routes("GET", "/v5/account/wallet-balance", needs=())
def wallet_balance(call: Call) -> Any:
    """Tell the coins that the account has, or those that were asked for, which may be several."""
    call.need("accountType")
    kind, mine = call.params["accountType"], {b.asset: b for b in _balances(call, call.params["accountType"])}
    asked = [coin for coin in call.params.get("coin", "").split(",") if coin] or list(mine)
    coins = [_coin_row(mine.get(coin) or Balance(call.account.id, "spot", coin)) for coin in asked]
    total = sum((Decimal(row["usdValue"]) for row in coins), Decimal(0))
    return {"list": [{"accountType": kind, **dict.fromkeys(SUMS, total), **dict.fromkeys(NO_SUMS, "0"), "coin": coins}]}


def _balances(call: Call, kind: str) -> list[Balance]:
    """A unified account has one wallet for spot and futures; spot money is what this world trades with."""
    is_unified = call.account.traits.get("uta", True)
    if is_unified and kind != "UNIFIED":
        raise RefusedError(Reason.BAD_PARAMETER, "accountType")
    if not is_unified and kind not in CLASSIC:
        raise RefusedError(Reason.BAD_PARAMETER, "classic")
    return call.desk.balances(call.account.id, CLASSIC.get(kind, "spot"))


def _coin_row(balance: Balance) -> dict[str, Any]:
    held = {"equity": balance.total, "walletBalance": balance.total, "locked": balance.locked}
    switches = {"collateralSwitch": True, "marginCollateral": True}
    worth = balance.total if balance.asset.startswith("USD") else Decimal(0)
    told = {"coin": balance.asset, **held, **dict.fromkeys(NO_COIN_SUMS, "0"), **switches}
    return {**told, "availableToWithdraw": "", "availableToBorrow": "", "usdValue": worth}


@routes("GET", "/v5/asset/transfer/query-account-coin-balance", needs=())
def one_coin(call: Call) -> Any:
    call.need("accountType", "coin")
    rows = [b for b in _balances(call, call.params["accountType"]) if b.asset == call.params["coin"]]
    row = _purse_row(rows[0] if rows else Balance(call.account.id, "spot", call.params["coin"]))
    ids = {"accountId": call.account.uid, "memberId": call.account.uid, "bizType": 1}
    safe = {"transferSafeAmount": "", "ltvTransferSafeAmount": ""}
    return {"accountType": call.params["accountType"], **ids, "balance": {**row, **safe}}


@routes("GET", "/v5/asset/transfer/query-account-coins-balance", needs=())
def all_coins(call: Call) -> Any:
    call.need("accountType")
    rows = [_purse_row(b) for b in _balances(call, call.params["accountType"])]
    return {"memberId": call.account.uid, "accountType": call.params["accountType"], "balance": rows}


def _purse_row(balance: Balance) -> dict[str, Any]:
    return {"coin": balance.asset, "transferBalance": balance.free, "walletBalance": balance.total, "bonus": ""}


@routes("GET", "/v5/asset/withdraw/withdrawable-amount", needs=())
def withdrawable(call: Call) -> Any:
    call.need("coin")
    coin = call.params["coin"]
    free = sum((b.free for b in call.desk.balances(call.account.id, "spot") if b.asset == coin), Decimal(0))
    row = {"coin": coin, "withdrawableAmount": free, "availableBalance": free}
    return {"limitAmountUsd": "1000000", "withdrawableAmount": {"UTA": row}}


@routes("GET", "/v5/asset/coin/query-info", needs=())
def coin_info(call: Call) -> Any:
    return {"rows": []}


@routes("GET", "/v5/account/fee-rate", needs=READ)
def fee_rate(call: Call) -> Any:
    rates = {"takerFeeRate": TERMS.taker, "makerFeeRate": TERMS.maker}
    return {"category": call.params.get("category"), "list": [{"symbol": call.params.get("symbol", ""), **rates}]}
