"""HTX contracts: what can be read on the other host."""

from typing import Any

from practice.dialects.htx.names import CONTRACTS, FUTURES_HOST, READ
from practice.dialects.htx.signing import CLOSED_CONTRACTS
from practice.http.wire import Answer, Call, Routes
from practice.refusals import Reason, RefusedError
from practice.world.pairs import Pair
from practice.world.world import Balance

routes = Routes()


@routes("GET", "/api/v1/timestamp", hosts=FUTURES_HOST)
def timestamp(call: Call) -> Any:
    return Answer.json({"status": "ok", "ts": call.now})


@routes("GET", "/linear-swap-api/v1/swap_contract_info", hosts=FUTURES_HOST)
def linear(call: Call) -> Any:
    return [{**_contract(symbol, pair), **_linear(pair)} for symbol, pair in CONTRACTS.items()]


def _contract(symbol: str, pair: Pair) -> dict[str, Any]:
    return {
        "symbol": pair.base,
        "contract_code": symbol,
        "contract_size": float(pair.contract_size or 1),
        "price_tick": float(pair.price_step),
        "delivery_time": "",
        "create_date": "20201021",
        "contract_status": 1,
        "settlement_date": "1640764800000",
    }


def _linear(pair: Pair) -> dict[str, Any]:
    kind = {"business_type": "swap", "contract_type": "swap", "support_margin_mode": "all"}
    return {**kind, "pair": f"{pair.base}-{pair.quote}", "trade_partition": pair.quote}


@routes("GET", "/swap-api/v1/swap_contract_info", hosts=FUTURES_HOST)
def inverse(call: Call) -> Any:
    """Answer one contract: ccxt takes an empty list for an outage."""
    return [_contract("BTC-USD", CONTRACTS["BTC-USDT"]) | {"contract_size": 100.0, "price_tick": 0.1}]


@routes("GET", "/api/v1/contract_contract_info", hosts=FUTURES_HOST)
def delivery(call: Call) -> Any:
    code = {"contract_code": "BTC301227", "contract_type": "quarter", "delivery_date": "20301227"}
    return [{**_contract("BTC-USD", CONTRACTS["BTC-USDT"]), **code, "delivery_time": "1924588800000"}]


def _require_opened(call: Call) -> None:
    if not call.account.traits.get("contracts", True):
        raise RefusedError(Reason.BAD_PARAMETER, CLOSED_CONTRACTS)


@routes("GET", "/v5/account/balance", needs=READ, hosts=FUTURES_HOST)
def balance(call: Call) -> Any:
    _require_opened(call)
    rows = call.desk.balances(call.account.id, "futures")
    equity = next((row.total for row in rows if row.asset == "USDT"), "0")
    names = ("initial_margin", "maintenance_margin", "maintenance_margin_rate", "profit_unreal", "voucher_value")
    times = {"created_time": call.now, "updated_time": call.now}
    totals = {"state": "normal", "equity": equity, "available_margin": equity, **dict.fromkeys(names, "0"), **times}
    return {**totals, "details": [_detail(row) for row in rows]}


def _detail(balance: Balance) -> dict[str, Any]:
    free = {"available": balance.free, "available_margin": balance.free, "withdraw_available": balance.free}
    return {"currency": balance.asset, "equity": balance.total, **free, "profit_unreal": "0", "initial_margin": "0"}


@routes("GET", "/v5/trade/order/opens", needs=READ, hosts=FUTURES_HOST)
def orders(call: Call) -> Any:
    _require_opened(call)
    return []
