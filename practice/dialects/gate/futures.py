"""Gate.io perpetual contracts, settled in USDT: what a check of the same key asks."""

from typing import Any

from practice.dialects.gate.names import CONTRACTS, FUTURES_READ
from practice.http.wire import Call, Routes, plain
from practice.refusals import Reason, RefusedError
from practice.world.pairs import Pair

routes = Routes()


@routes("GET", "/api/v4/futures/{settle}/contracts")
@routes("GET", "/api/v4/delivery/{settle}/contracts")
def contracts(call: Call) -> Any:
    is_here = call.args["settle"] == "usdt" and "/futures/" in call.path
    return [_contract_row(call, name, pair) for name, pair in CONTRACTS.items()] if is_here else []


def _contract_row(call: Call, name: str, pair: Pair) -> dict[str, Any]:
    price = plain(call.market.price(pair, call.now))
    return {
        "name": name,
        "type": "direct",
        "quanto_multiplier": plain(pair.contract_size or pair.amount_step),
        "leverage_min": "1",
        "leverage_max": "100",
        "maintenance_rate": "0.005",
        "mark_type": "index",
        "mark_price": price,
        "index_price": price,
        "last_price": price,
        "maker_fee_rate": "-0.0002",
        "taker_fee_rate": "0.0005",
        "order_price_round": pair.price_step,
        "mark_price_round": pair.price_step,
        "order_price_deviate": "0.5",
        "order_size_min": 1,
        "order_size_max": 1_000_000,
        "funding_rate": "0.0001",
        "funding_interval": 28800,
        "in_delisting": False,
        "status": "trading",
    }


@routes("GET", "/api/v4/futures/{settle}/accounts", needs=FUTURES_READ)
def account(call: Call) -> Any:
    if call.args["settle"] != "usdt":
        raise RefusedError(Reason.BAD_PARAMETER, "settle")
    balance = call.world.balance(call.account.id, "futures", "USDT")
    blank = dict.fromkeys(("unrealised_pnl", "position_margin", "point", "bonus"), "0")
    money = {"total": balance.total, "available": balance.free, "order_margin": balance.locked}
    return {"user": int(call.account.uid), "currency": "USDT", **money, **blank, "in_dual_mode": False}


@routes("GET", "/api/v4/futures/{settle}/orders", needs=FUTURES_READ)
def orders(call: Call) -> Any:
    call.need("status")
    return []
