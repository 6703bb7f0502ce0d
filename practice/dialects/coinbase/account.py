"""Coinbase: the clock, the key and the accounts, one for each asset."""

from typing import Any

from practice.dialects.coinbase.names import FLAGS, TERMS, V3, VIEW, iso, make_uuid, page
from practice.http.wire import Call, Routes, plain
from practice.refusals import Reason, RefusedError
from practice.world.world import Account, Balance, Key

FIAT = ("USD",)
routes = Routes()


@routes("GET", f"{V3}/time")
def time(call: Call) -> Any:
    return {"iso": iso(call.now), "epochSeconds": str(call.now // 1000), "epochMillis": str(call.now)}


@routes("GET", "/v2/time")
def time_v2(call: Call) -> Any:
    return {"data": {"iso": iso(call.now), "epoch": call.now // 1000}}


@routes("GET", f"{V3}/key_permissions", needs=VIEW)
def key_permissions(call: Call) -> Any:
    return key_row(call.key, call.account)


def key_row(key: Key, account: Account) -> dict[str, Any]:
    """Tell the three flags, and any other right that the key has."""
    flags = {name: name in key.rights for name in (*FLAGS, *key.rights)}
    kind = "CONSUMER" if account.sub_name else "DEFAULT"
    return {**flags, "portfolio_uuid": portfolio(account), "portfolio_type": kind}


def portfolio(account: Account) -> str:
    return make_uuid("coinbase portfolio", account.id, account.uid)


@routes("GET", f"{V3}/portfolios", needs=VIEW)
def portfolios(call: Call) -> Any:
    row = {"name": "Default", "uuid": portfolio(call.account), "type": "DEFAULT", "deleted": False}
    return {"portfolios": [row]}


@routes("GET", f"{V3}/accounts", needs=VIEW)
def accounts(call: Call) -> Any:
    found = [_account_row(row, call.account) for row in call.desk.balances(call.account.id, "spot")]
    rows, cursor = page(call, found, 49)
    return {"accounts": rows, "has_next": bool(cursor), "cursor": cursor, "size": len(rows)}


@routes("GET", f"{V3}/accounts/{{uuid}}", needs=VIEW)
def one_account(call: Call) -> Any:
    found = [_account_row(row, call.account) for row in call.desk.balances(call.account.id, "spot")]
    for row in found:
        if row["uuid"] == call.args["uuid"]:
            return {"account": row}
    raise RefusedError(Reason.NO_ROUTE)


def _account_row(balance: Balance, account: Account) -> dict[str, Any]:
    kind = "FIAT" if balance.asset in FIAT else "CRYPTO"
    return {
        "uuid": make_uuid("coinbase account", balance.id),
        "name": f"{balance.asset} Wallet",
        "currency": balance.asset,
        "available_balance": {"value": plain(balance.free), "currency": balance.asset},
        "default": True,
        "active": True,
        "created_at": "2023-01-01T00:00:00Z",
        "updated_at": "2023-01-01T00:00:00Z",
        "deleted_at": None,
        "type": f"ACCOUNT_TYPE_{kind}",
        "ready": True,
        "hold": {"value": plain(balance.locked), "currency": balance.asset},
        "retail_portfolio_id": portfolio(account),
    }


@routes("GET", "/v2/accounts", needs=VIEW)
def accounts_v2(call: Call) -> Any:
    """Answer in the old form, which knows no money on hold."""
    rows = [_old_row(row) for row in call.desk.balances(call.account.id, "spot")]
    page = {"next_uri": None, "next_starting_after": None, "limit": 250, "order": "desc"}
    return {"pagination": page, "data": rows}


def _old_row(balance: Balance) -> dict[str, Any]:
    kind = "fiat" if balance.asset in FIAT else "crypto"
    return {
        "id": make_uuid("coinbase account", balance.id),
        "name": f"{balance.asset} Wallet",
        "type": kind if kind == "fiat" else "wallet",
        "currency": {"code": balance.asset, "name": balance.asset, "type": kind},
        "balance": {"amount": plain(balance.total), "currency": balance.asset},
    }


@routes("GET", f"{V3}/transaction_summary", needs=VIEW)
def transaction_summary(call: Call) -> Any:
    rates = {"taker_fee_rate": TERMS.taker, "maker_fee_rate": TERMS.maker}
    return {
        "total_volume": 0,
        "total_fees": 0,
        "fee_tier": {"pricing_tier": "Intro 1", "usd_from": "0", "usd_to": "1000", **rates},
    }
