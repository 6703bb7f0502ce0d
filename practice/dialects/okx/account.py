"""OKX: the clock, the key and the account; one trading account serves spot and futures."""

from decimal import ROUND_DOWN, Decimal
from typing import Any

from practice.dialects.okx.names import READ, TERMS, find_pair
from practice.http.wire import Call, Routes
from practice.trading.orders import Fill
from practice.world.world import Balance

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


@routes("GET", "/api/v5/account/trade-fee", needs=READ)
def trade_fee(call: Call) -> Any:
    """Tell the rates as OKX does: below zero where they are paid."""
    call.need("instType")
    none = dict.fromkeys(("delivery", "exercise", "makerU", "takerU"), "")
    usdc = {"makerUSDC": -TERMS.maker, "takerUSDC": -TERMS.taker}
    told = {"instType": call.params["instType"], "level": "Lv1", "ruleType": "normal", "category": "1", "fiat": []}
    return [{**told, "maker": -TERMS.maker, "taker": -TERMS.taker, **usdc, **none, "ts": str(call.now)}]


def _free(call: Call, coin: str) -> Decimal:
    return sum((b.free for b in call.desk.balances(call.account.id, "spot") if b.asset == coin), Decimal(0))


@routes("GET", "/api/v5/account/max-avail-size", needs=READ)
def most_available(call: Call) -> Any:
    """Say what there is to spend: quote money for a buy, coins for a sale."""
    call.need("instId", "tdMode")
    pair = find_pair(call.params["instId"])
    return [{"instId": call.params["instId"], "availBuy": _free(call, pair.quote), "availSell": _free(call, pair.base)}]


@routes("GET", "/api/v5/account/max-size", needs=READ)
def most_tradable(call: Call) -> Any:
    """Say how many coins can be bought and sold."""
    call.need("instId", "tdMode")
    pair = find_pair(call.params["instId"])
    buy = (_free(call, pair.quote) / call.market.spread(pair, call.now)[1]).quantize(pair.amount_step, ROUND_DOWN)
    return [{"instId": call.params["instId"], "ccy": pair.base, "maxBuy": buy, "maxSell": _free(call, pair.base)}]


@routes("GET", "/api/v5/account/positions", needs=READ)
def positions(call: Call) -> Any:
    """Answer an empty list: this practice world trades spot only."""
    return []


@routes("GET", "/api/v5/account/bills", needs=READ)
@routes("GET", "/api/v5/account/bills-archive", needs=READ)
def bills(call: Call) -> Any:
    """Answer what came and went by trades, newest first: a row for each side of a fill."""
    rows = [row for fill in call.desk.fills(call.account.id)[::-1] for row in _bills(fill)]
    wanted = call.params.get("ccy")
    return [row for row in rows if wanted in (None, "", row["ccy"])][: call.whole("limit") or 100]


def _bills(fill: Fill) -> list[dict[str, Any]]:
    base, quote = fill.pair.split("/")
    sign = 1 if fill.side == "buy" else -1
    return [_bill(fill, base, sign * fill.amount, 0), _bill(fill, quote, -sign * fill.cost, 1)]


def _bill(fill: Fill, coin: str, flow: Decimal, at: int) -> dict[str, Any]:
    fee = fill.fee if coin == fill.fee_asset else Decimal(0)
    none = dict.fromkeys(("from", "to", "notes", "interest", "clOrdId", "tag", "mgnMode", "earnApr", "earnAmt"), "")
    return {
        **none,
        **dict.fromkeys(("fillFwdPx", "fillIdxPx", "fillMarkPx", "fillMarkVol", "fillPxUsd", "fillPxVol"), ""),
        **dict.fromkeys(("posBal", "posBalChg", "pnl"), "0"),
        "instType": "SPOT",
        "instId": fill.pair.replace("/", "-"),
        "billId": str(fill.n * 2 + at),
        "type": "2",
        "subType": "1" if fill.side == "buy" else "2",
        "ts": str(fill.time),
        "fillTime": str(fill.time),
        "bal": "0",
        "balChg": flow - fee,
        "sz": fill.amount,
        "px": fill.price,
        "ccy": coin,
        "fee": -fee,
        "ordId": fill.order_id,
        "tradeId": str(fill.n),
        "execType": "M" if fill.is_maker else "T",
    }
