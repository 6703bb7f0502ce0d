"""Null where a list or an order would stand, in an answer that is the exchange's own: none, and not unreadable."""

from typing import Any

import pytest

from exchanges.errors import ExchangeError
from tests.exchanges.trading import Trader, new_order, run

NULLS: dict[str, Any] = {
    "kucoin": {"code": "200000", "data": None},
    "okx": {"code": "0", "msg": "", "data": None},
    "bitget": {"code": "00000", "msg": "success", "requestTime": 1700623852854, "data": None},
    "htx": {"status": "ok", "data": None},
    "bybit": {"retCode": 0, "retMsg": "OK", "result": {"category": "spot", "list": None}},
    "bingx": {"code": 0, "msg": "", "data": None},
}
# A list that lies deeper than an order would.
NULL_FILLS: dict[str, Any] = {
    "bingx": {"code": 0, "msg": "", "data": {"fills": None}},
    "kucoin": {"code": "200000", "data": {"items": None}},
    "coinbase": {"fills": None, "has_next": False, "cursor": ""},
}


def answering(trader: Trader, body: Any) -> Trader:
    """Let the exchange answer so, once it has told its markets and what kind of account it is."""
    run(trader.desk.balances(trader.credentials))
    trader.rig.fault("answer", slug=trader.slug, method="GET", body=body)
    return trader


@pytest.mark.parametrize("trader", NULLS, indirect=True)
def test_null_is_no_order_and_no_fill(trader: Trader) -> None:
    answering(trader, NULLS[trader.slug])

    assert trader.fills("77") == []
    assert trader.find(new_order(), "77") is None


@pytest.mark.parametrize("trader", NULL_FILLS, indirect=True)
def test_a_null_list_holds_no_fill(trader: Trader) -> None:
    assert answering(trader, NULL_FILLS[trader.slug]).fills("77") == []


def test_null_alone_proves_nothing(trader: Trader) -> None:
    answering(trader, None)

    with pytest.raises(ExchangeError):
        trader.find(new_order(), "77")
    with pytest.raises(ExchangeError):
        trader.fills("77")
