"""What MEXC's SDKs ask for beyond orders: its public trades, its cancellations, its own coin for fees."""

from typing import Any

import pytest

from tests.practice.rig import Rig, ask_mexc, words

ORDER: dict[str, Any] = {"symbol": "BTCUSDT", "side": "BUY", "type": "LIMIT", "quantity": "0.01", "price": "20000"}
PATH = "/api/v3/order"


@pytest.fixture
def keys(rig: Rig) -> Any:
    account = rig.control("POST", "accounts", slug="mexc", balances={"spot": {"USDT": "1000"}})
    return rig.new_key("mexc", account=account["id"])


def test_an_order_that_never_was_is_cancelled_like_one_that_is_over(rig: Rig, keys: Any) -> None:
    """MEXC's table of errors (mexcdevelop/apidocs, August 2025) knows -2011 alone; -2013 was met at look-ups."""
    placed = ask_mexc(rig, keys, "POST", PATH, **ORDER).json["orderId"]
    ask_mexc(rig, keys, "DELETE", PATH, symbol="BTCUSDT", orderId=placed)

    cancelled = [ask_mexc(rig, keys, "DELETE", PATH, symbol="BTCUSDT", orderId=one).json for one in (placed, "C02__1")]
    looked_up = ask_mexc(rig, keys, "GET", PATH, symbol="BTCUSDT", orderId="C02__1").json

    assert [told["code"] for told in cancelled] == [-2011, -2011]
    assert looked_up["code"] == -2013


def test_a_cancellation_names_the_orders_own_id_as_the_original_one(rig: Rig, keys: Any) -> None:
    """The same pages, Cancel Order: `clientOrderId` is that of the cancellation."""
    placed = ask_mexc(rig, keys, "POST", PATH, **ORDER, newClientOrderId="mine").json["orderId"]

    told = ask_mexc(rig, keys, "DELETE", PATH, symbol="BTCUSDT", orderId=placed, newClientOrderId="bye").json

    assert (told["origClientOrderId"], told["clientOrderId"], told["status"]) == ("mine", "bye", "CANCELED")
    named = "symbol orderId price origQty executedQty cummulativeQuoteQty status timeInForce type side"
    assert set(told) == words(named) | {"origClientOrderId", "clientOrderId"}


def test_the_open_orders_of_several_pairs_are_cancelled_together(rig: Rig, keys: Any) -> None:
    for change in ({}, {"symbol": "ETHUSDT", "price": "100", "quantity": "1"}):
        ask_mexc(rig, keys, "POST", PATH, **{**ORDER, **change})

    told = ask_mexc(rig, keys, "DELETE", "/api/v3/openOrders", symbol="BTCUSDT,ETHUSDT").json

    assert {row["symbol"] for row in told} == {"BTCUSDT", "ETHUSDT"}


def test_fees_are_paid_in_mx_when_that_is_switched_on(rig: Rig, keys: Any) -> None:
    path = "/api/v3/mxDeduct/enable"

    before = ask_mexc(rig, keys, "GET", path).json
    switched = ask_mexc(rig, keys, "POST", path, mxDeductEnable="true").json
    after = ask_mexc(rig, keys, "GET", path).json

    assert [told["data"]["mxDeductEnable"] for told in (before, switched, after)] == [False, True, True]
    assert ask_mexc(rig, keys, "POST", path, mxDeductEnable="perhaps").json["code"] == 700004


def test_everybody_sees_trades_averages_and_what_the_api_trades(rig: Rig) -> None:
    market = "/mexc/api/v3"

    trades = rig.send("GET", f"{market}/trades?symbol=BTCUSDT&limit=3").json
    together = rig.send("GET", f"{market}/aggTrades?symbol=BTCUSDT&limit=3").json
    average = rig.send("GET", f"{market}/avgPrice?symbol=BTCUSDT").json
    named = rig.send("GET", f"{market}/exchangeInfo?symbols=BTCUSDT,ETHUSDT").json["symbols"]

    row = words("id price qty quoteQty time isBuyerMaker isBestMatch tradeType")
    assert [set(trade) for trade in trades] == [row] * 3
    assert [set(trade) for trade in together] == [words("a f l p q T m M")] * 3
    assert (average["mins"], float(average["price"]) > 0) == (5, True)
    assert [pair["symbol"] for pair in named] == ["BTCUSDT", "ETHUSDT"]
    assert "BTCUSDT" in rig.send("GET", f"{market}/defaultSymbols").json["data"]


def test_a_pair_and_an_order_have_what_recordings_have(rig: Rig, keys: Any) -> None:
    """ccxt's and JKorf/Mexc.Net's recordings: which sides are traded, market bounds; no lifetime of an order."""
    (pair,) = rig.send("GET", "/mexc/api/v3/exchangeInfo?symbol=BTCUSDT").json["symbols"]
    placed = ask_mexc(rig, keys, "POST", PATH, **ORDER).json["orderId"]

    assert (pair["tradeSideType"], pair["st"], pair["quoteAmountPrecisionMarket"]) == (1, False, "1")
    assert ask_mexc(rig, keys, "GET", PATH, symbol="BTCUSDT", orderId=placed).json["timeInForce"] is None
    assert rig.send("GET", "/mexc/api/v3/defaultSymbols").json["msg"] == "success"
