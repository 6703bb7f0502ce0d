"""Whatever is said of a fee, the trade counts: a fee that cannot be read is told as not known, never guessed."""

import time
from decimal import Decimal
from typing import Any

import pytest

from exchanges.errors import ExchangeError
from tests.exchanges.trading import Trader, new_order

# Where each exchange lists the fills of an order, where the rows lie, and how their fee may be missing.
Untold = tuple[str, str, dict[str, Any]]
UNTOLD: dict[str, Untold] = {
    "binance": ("/api/v3/myTrades", "", {"set": {"commission": None, "commissionAsset": None}}),
    "mexc": ("/api/v3/myTrades", "", {"set": {"commission": None, "commissionAsset": None}}),
    "kucoin": ("/api/v1/hf/fills", "data.items", {"set": {"fee": None, "feeCurrency": None}}),
    "okx": ("/api/v5/trade/fills*", "data", {"set": {"fee": "", "feeCcy": ""}}),
    "bitget": ("/api/v2/spot/trade/fills", "data", {"set": {"feeDetail": None}}),
    "bitget unified": ("/api/v3/trade/fills", "data.list", {"set": {"feeDetail": []}}),
    "gate": ("/api/v4/spot/my_trades", "", {"drop": ["fee", "fee_currency"]}),
    "htx": ("*/matchresults", "data", {"set": {"filled-fees": "0", "fee-deduct-state": "ongoing"}}),
    "bingx": ("*/trade/myTrades", "data.fills", {"set": {"commissionAsset": ""}}),
    "bybit": ("/v5/execution/list", "result.list", {"set": {"execFee": "", "feeCurrency": ""}}),
    "coinbase": ("*/orders/historical/fills", "fills", {"set": {"commission": None}}),
}
ODD: list[Any] = ["", None, "?", [], {}, 7, [7], [{}], [None], "0", "-1", "1e999", True]


def fill_of(trader: Trader, path: str, at: str, change: dict[str, Any]) -> Any:
    """Buy, and let the exchange tell the fill's fee so."""
    report = trader.place(new_order(quantity="0.01", price="50010", is_immediate=True))
    trader.rig.fault("edit", slug=trader.slug, path=path, body={"at": at, **change})
    (fill,) = trader.fills(report.exchange_id)
    return fill


@pytest.fixture
def untold(request: pytest.FixtureRequest) -> Untold:
    return UNTOLD[request.node.callspec.params["trader"]]


@pytest.mark.parametrize("odd", ODD)
def test_a_trade_counts_whatever_is_said_of_its_fee(trader: Trader, untold: Untold, odd: Any) -> None:
    path, at, change = untold
    names = [*change.get("set", ()), *change.get("drop", ())]

    fill = fill_of(trader, path, at, {"set": dict.fromkeys(names, odd)})

    assert (fill.quantity, fill.side) == (Decimal("0.01"), "buy")
    assert fill.fee.is_finite()
    assert fill.is_fee_known == bool(fill.fee_asset)


def test_a_row_that_may_be_ours_is_never_passed_over(trader: Trader, untold: Untold) -> None:
    first, second = (
        trader.place(new_order(quantity=amount, price="50010", is_immediate=True)) for amount in ("0.01", "0.02")
    )
    path, at, _ = untold
    whole = trader.fills(first.exchange_id)
    trader.rig.fault("edit", slug=trader.slug, path=path, count=1, body={"at": at, "add": [{"odd": 1}]})

    # ccxt leaves such a row out or does not: it may be ours, so that it is never passed over.
    with pytest.raises(ExchangeError):
        trader.fills(first.exchange_id)
    assert trader.fills(first.exchange_id) == whole
    assert [fill.quantity for fill in trader.fills(second.exchange_id)] == [Decimal("0.02")]


@pytest.mark.parametrize("trader", ["kucoin"], indirect=True)
def test_an_odd_fill_of_another_order_costs_nothing_and_one_of_ours_all(trader: Trader) -> None:
    order = trader.place(new_order(quantity="0.01", price="50010", is_immediate=True))
    path, at, _ = UNTOLD["kucoin"]
    row = {
        "symbol": "BTC-USDT",
        "tradeId": 9,
        "side": "buy",
        "size": "1",
        "price": None,
        "createdAt": round(time.time() * 1000),
    }

    trader.rig.fault("edit", slug="kucoin", path=path, count=1, body={"at": at, "add": [{**row, "orderId": "other"}]})
    assert [fill.quantity for fill in trader.fills(order.exchange_id)] == [Decimal("0.01")]

    mine = [{**row, "orderId": order.exchange_id}]
    trader.rig.fault("edit", slug="kucoin", path=path, count=1, body={"at": at, "add": mine})
    with pytest.raises(ExchangeError):
        trader.fills(order.exchange_id)
