"""What is over is listed from a moment on, as each exchange's own history is."""

from typing import Any

import pytest

from practice.dialects import ALL
from tests.practice.rig import Rig, make_ccxt, milliseconds

PAIR = "BTC/USDT"
# The unified call that lists what was cancelled; binance and mexc list all orders together.
CALLS = {
    "binance": "fetch_orders",
    "mexc": "fetch_orders",
    "kucoin": "fetch_closed_orders",
    "okx": "fetch_canceled_orders",
    "bitget": "fetch_canceled_and_closed_orders",
    "gate": "fetch_closed_orders",
    "htx": "fetch_orders",
    "bingx": "fetch_canceled_and_closed_orders",
    "coinbase": "fetch_orders",
    "bybit": "fetch_canceled_and_closed_orders",
}


@pytest.fixture(params=[dialect.slug for dialect in ALL])
def exchange(rig: Rig, request: pytest.FixtureRequest) -> Any:
    account = rig.control("POST", "accounts", slug=request.param, balances={"spot": {"USDT": "10000"}})
    keys = rig.new_key(request.param, account=account["id"], grants=["read", "trade", "ccxt"])
    return make_ccxt(rig, request.param, keys)


def test_a_cancelled_order_is_listed_from_before_its_time_only(exchange: Any) -> None:
    since = milliseconds() - 60_000
    placed = exchange.create_order(PAIR, "limit", "buy", 0.01, 40_000)
    exchange.cancel_order(placed["id"], PAIR)
    look = getattr(exchange, CALLS[exchange.id])

    found = look(PAIR, since, 50)
    raw = exchange.last_http_response
    later = look(PAIR, milliseconds() + 60_000, 50)

    assert [(order["id"], order["status"]) for order in found] == [(placed["id"], "canceled")]
    assert str(placed["id"]) in raw
    assert later == []
    assert str(placed["id"]) not in exchange.last_http_response


def test_okx_lists_filled_and_cancelled_orders_apart(rig: Rig) -> None:
    account = rig.control("POST", "accounts", slug="okx", balances={"spot": {"USDT": "10000"}})
    okx = make_ccxt(rig, "okx", rig.new_key("okx", account=account["id"]))
    placed = okx.create_order(PAIR, "limit", "buy", 0.01, 40_000)
    okx.cancel_order(placed["id"], PAIR)

    assert okx.fetch_closed_orders(PAIR) == []
    assert str(placed["id"]) not in okx.last_http_response
    assert len(okx.fetch_canceled_orders(PAIR)) == 1
