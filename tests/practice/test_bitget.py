"""Bitget's headers, kinds of account and refusals, signed here as its documents say."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.practice.rig import Reply, Rig, milliseconds, sign_base64

INFO, UNIFIED = "/api/v2/spot/account/info", "/api/v3/account/info"
PLACE = "/api/v2/spot/trade/place-order"
ORDER = {"symbol": "BTCUSDT", "side": "buy", "orderType": "limit", "force": "GTC", "size": "0.01", "price": "40000"}


def ask(rig: Rig, keys: Any, path: str, *, body: Any = None, lag: int = 0, **changed: str | None) -> Reply:
    """Send one signed request; `changed` replaces a header (KEY, SIGN, TIMESTAMP, PASSPHRASE) or leaves it out."""
    method, text = ("POST", json.dumps(body)) if body else ("GET", "")
    now = changed.get("TIMESTAMP") or str(milliseconds() + lag)
    signed = sign_base64(keys["secret"], f"{now}{method}{path}{text}")
    headers = {"KEY": keys["api_key"], "SIGN": signed, "TIMESTAMP": now, "PASSPHRASE": keys["passphrase"], **changed}
    sent = {f"ACCESS-{name}": value for name, value in headers.items() if value is not None}
    return rig.send(method, f"/bitget{path}", {**sent, "Content-Type": "application/json"}, text.encode())


def said(reply: Reply) -> tuple[int, str]:
    return reply.status, reply.json["code"]


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"KEY": None}, "40001"),
        ({"SIGN": None}, "40002"),
        ({"PASSPHRASE": None}, "40011"),
        ({"KEY": "bg_nobody"}, "40006"),
        ({"PASSPHRASE": "wrong"}, "40012"),
        ({"SIGN": "wrong"}, "40009"),
        ({"TIMESTAMP": "2026-01-01"}, "40005"),
        ({"TIMESTAMP": "1700000000000"}, "40008"),
    ],
)
def test_a_spoilt_header_is_refused_for_what_it_is(rig: Rig, changed: dict[str, Any], code: str) -> None:
    assert said(ask(rig, rig.tryout("bitget", "good"), INFO, **changed)) == (400, code)


@pytest.mark.parametrize(("lag", "status"), [(-29_000, 200), (29_000, 200), (-31_000, 400), (31_000, 400)])
def test_it_keeps_a_window_of_thirty_seconds(rig: Rig, lag: int, status: int) -> None:
    assert ask(rig, rig.tryout("bitget", "good"), INFO, lag=lag).status == status


def test_the_query_is_signed_decoded(rig: Rig) -> None:
    keys, now = rig.tryout("bitget", "good"), str(milliseconds())
    headers = {
        "ACCESS-KEY": keys["api_key"],
        "ACCESS-SIGN": sign_base64(keys["secret"], f"{now}GET/api/v2/spot/account/assets?coin=币"),
        "ACCESS-TIMESTAMP": now,
        "ACCESS-PASSPHRASE": keys["passphrase"],
    }

    reply = rig.send("GET", "/bitget/api/v2/spot/account/assets?coin=%E5%B8%81", headers)

    assert (reply.json["code"], reply.json["data"]) == ("00000", [])


@pytest.mark.parametrize(
    ("case", "expected"),
    [("wrong_ip", (400, "40018")), ("expired", (400, "40006")), ("restricted", (400, "50010"))],
)
def test_a_bad_key_is_refused_in_bitgets_words(rig: Rig, case: str, expected: tuple[int, str]) -> None:
    assert said(ask(rig, rig.tryout("bitget", case), INFO)) == expected


@pytest.mark.parametrize(
    ("case", "path", "code"),
    [("good", INFO, "00000"), ("good", UNIFIED, "40084"), ("unified", UNIFIED, "00000"), ("unified", INFO, "40085")],
)
def test_a_path_belongs_to_one_kind_of_account(rig: Rig, case: str, path: str, code: str) -> None:
    assert ask(rig, rig.tryout("bitget", case), path).json["code"] == code


def test_a_missing_right_is_named(rig: Rig) -> None:
    futures = "/api/v2/mix/account/accounts?productType=USDT-FUTURES"

    order = ask(rig, rig.tryout("bitget", "read_only"), PLACE, body=ORDER)
    account = ask(rig, rig.tryout("bitget", "good"), futures)

    assert said(order) == (400, "40014")
    assert order.json["msg"] == "Incorrect permissions, need spot order write permissions"
    assert "contract position read or contract position write" in account.json["msg"]


V3 = "/api/v3/trade"
UNIFIED_ORDER = {"category": "SPOT", "symbol": "BTCUSDT", "side": "buy", "orderType": "limit", "qty": "0.01"} | {
    "price": "40000",
    "timeInForce": "gtc",
}


@pytest.fixture
def unified(rig: Rig) -> Any:
    account = rig.new_account("bitget", "unified", balances={"spot": {"USDT": "1000"}})
    return rig.new_key("bitget", account=account["id"], rights=["uta_mgt", "uta_trade"])


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"qty": "1"}, "25202"),
        ({"qty": "0.000001"}, "25207"),
        ({"price": "40000.001"}, "25610"),
        ({"symbol": "XXXUSDT"}, "25100"),
        ({"orderType": "stop"}, "400172"),
        ({"category": ""}, "400172"),
        ({"category": "MARGIN"}, "400172"),
        ({"clientOid": "with space"}, "400172"),
        ({"clientOid": "x" * 33}, "400172"),
    ],
)
def test_an_order_of_a_unified_account_is_refused_in_other_words(
    rig: Rig, unified: Any, change: dict[str, str], code: str
) -> None:
    assert said(ask(rig, unified, f"{V3}/place-order", body={**UNIFIED_ORDER, **change})) == (400, code)


def test_a_unified_key_that_only_reads_sends_nothing(rig: Rig) -> None:
    keys = rig.tryout("bitget", "unified_read_only")

    order = ask(rig, keys, f"{V3}/place-order", body=UNIFIED_ORDER)
    shown = ask(rig, keys, f"{V3}/unfilled-orders?category=SPOT")

    assert said(order) == (400, "40014")
    assert order.json["msg"] == "Incorrect permissions, need uta trade write permissions"
    assert shown.json["data"] == {"list": [], "cursor": None}


def test_a_unified_order_has_its_id_to_itself_only_while_it_is_open(rig: Rig, unified: Any) -> None:
    order = {**UNIFIED_ORDER, "clientOid": "mine", "price": "20000"}

    first, again = (ask(rig, unified, f"{V3}/place-order", body=order) for _ in range(2))
    ask(rig, unified, f"{V3}/cancel-order", body={"clientOid": "mine"})
    later = ask(rig, unified, f"{V3}/place-order", body=order)

    assert (first.json["code"], said(again), later.json["code"]) == ("00000", (400, "25212"), "00000")
    assert later.json["data"]["orderId"] != first.json["data"]["orderId"]


def test_a_unified_order_that_is_not_there_is_said_to_be_none(rig: Rig, unified: Any) -> None:
    shown = ask(rig, unified, f"{V3}/order-info?orderId=1")
    cancelled = ask(rig, unified, f"{V3}/cancel-order", body={"orderId": "1"})

    assert said(shown) == said(cancelled) == (400, "25204")
    assert shown.json == {**shown.json, "msg": "Order does not exist", "data": None}


def test_a_unified_order_is_one_object_with_its_fee_above_zero(rig: Rig, unified: Any) -> None:
    rig.control("POST", "price", pair="BTC/USDT", price="50000", liquidity="1000")
    market = {"category": "SPOT", "symbol": "BTCUSDT", "side": "buy", "orderType": "market", "qty": "100"}

    placed = ask(rig, unified, f"{V3}/place-order", body=market).json["data"]
    shown = ask(rig, unified, f"{V3}/order-info?orderId={placed['orderId']}").json["data"]
    fill = ask(rig, unified, f"{V3}/fills?orderId={placed['orderId']}").json["data"]["list"][0]

    assert (shown["orderStatus"], shown["qty"], shown["amount"]) == ("filled", "0", "100")
    assert shown["feeDetail"] == fill["feeDetail"]
    assert fill["feeDetail"][0]["feeCoin"] == "BTC"
    assert float(fill["feeDetail"][0]["fee"]) == pytest.approx(float(fill["execQty"]) / 1000)


def test_unified_lists_go_on_below_their_cursor(rig: Rig, unified: Any) -> None:
    for price in ("20000", "20001", "20002"):
        ask(rig, unified, f"{V3}/place-order", body={**UNIFIED_ORDER, "price": price})

    first = ask(rig, unified, f"{V3}/unfilled-orders?category=SPOT&limit=2").json["data"]
    second = ask(rig, unified, f"{V3}/unfilled-orders?category=SPOT&limit=2&cursor={first['cursor']}").json["data"]

    prices = [[row["price"] for row in page["list"]] for page in (first, second)]
    assert prices == [["20002", "20001"], ["20000"]]
    assert second["list"][0]["feeDetail"] == [{"feeCoin": "", "fee": ""}]
    assert (first["cursor"], second["cursor"]) == (first["list"][1]["orderId"], None)


def test_no_unified_fills_are_null(rig: Rig, unified: Any) -> None:
    assert ask(rig, unified, f"{V3}/fills?category=SPOT").json["data"] == {"list": None, "cursor": None}


def test_the_markets_of_version_3_are_those_of_version_2(rig: Rig) -> None:
    rig.control("POST", "price", pair="BTC/USDT", price="50000")

    def told(path: str) -> Any:
        return rig.send("GET", f"/bitget/api/v3/market/{path}category=SPOT&symbol=BTCUSDT").json["data"]

    ticker, book, rule = told("tickers?")[0], told("orderbook?"), told("instruments?")[0]
    candle = told("candles?interval=1m&limit=2&")[-1]

    assert float(ticker["bid1Price"]) < float(ticker["lastPrice"]) < float(ticker["ask1Price"])
    assert (book["b"][0][0], book["a"][0][0]) == (ticker["bid1Price"], ticker["ask1Price"])
    assert (rule["symbol"], rule["minOrderAmount"], rule["status"]) == ("BTCUSDT", "1", "online")
    assert len(candle) == 7


@pytest.fixture
def keys(rig: Rig) -> Any:
    account = rig.control("POST", "accounts", slug="bitget", balances={"spot": {"USDT": "1000"}})
    return rig.new_key("bitget", account=account["id"])


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"size": "1"}, "43012"),
        ({"size": "0.000001"}, "45110"),
        ({"price": "40000.001"}, "40808"),
        ({"symbol": "XXXUSDT"}, "40034"),
        ({"orderType": "stop"}, "40034"),
        ({"size": "many"}, "40034"),
        ({"size": ""}, "40034"),
    ],
)
def test_an_order_is_refused_in_bitgets_words(rig: Rig, keys: Any, change: dict[str, str], code: str) -> None:
    assert said(ask(rig, keys, PLACE, body={**ORDER, **change})) == (400, code)


def test_a_client_id_is_used_once(rig: Rig, keys: Any) -> None:
    order = {**ORDER, "clientOid": "mine", "price": "20000"}

    codes = [ask(rig, keys, PLACE, body=order).json["code"] for _ in range(2)]

    assert codes == ["00000", "40786"]


def test_an_order_that_is_not_there_is_an_empty_list(rig: Rig, keys: Any) -> None:
    shown = ask(rig, keys, "/api/v2/spot/trade/orderInfo?orderId=1").json
    cancelled = ask(rig, keys, "/api/v2/spot/trade/cancel-order", body={"symbol": "BTCUSDT", "orderId": "1"})

    assert (shown["code"], shown["data"]) == ("00000", [])
    assert said(cancelled) == (400, "43001")


def test_the_fee_of_an_order_is_json_inside_json(rig: Rig, keys: Any) -> None:
    rig.control("POST", "price", pair="BTC/USDT", price="50000", liquidity="1000")
    market = {"symbol": "BTCUSDT", "side": "buy", "orderType": "market", "size": "100"}

    placed = ask(rig, keys, PLACE, body=market).json["data"]
    shown = ask(rig, keys, f"/api/v2/spot/trade/orderInfo?orderId={placed['orderId']}").json["data"][0]

    assert (shown["status"], shown["size"]) == ("filled", "100")
    assert json.loads(shown["feeDetail"])["BTC"]["totalFee"] < 0


def test_the_lists_name_limit_and_average_otherwise(rig: Rig, keys: Any) -> None:
    ask(rig, keys, PLACE, body={**ORDER, "price": "20000"})

    row = ask(rig, keys, "/api/v2/spot/trade/unfilled-orders?symbol=BTCUSDT").json["data"][0]

    assert (row["priceAvg"], row["basePrice"], row["status"]) == ("20000", "0", "live")


BODIES = json.loads((Path(__file__).parent / "bodies" / "bitget.json").read_text())
SPOT = "/api/v2/spot"
RESTING = {"symbol": "BTCUSDT", "side": "buy", "orderType": "limit", "force": "gtc", "size": "0.001", "price": "49000"}


@pytest.fixture
def trader(rig: Rig, keys: Any) -> Any:
    rig.control("POST", "price", pair="BTC/USDT", price="50000", liquidity="1000")
    return keys


def test_an_order_has_all_fields_open_and_over(rig: Rig, trader: Any) -> None:
    placed = ask(rig, trader, f"{SPOT}/trade/place-order", body=RESTING).json["data"]
    listed = ask(rig, trader, f"{SPOT}/trade/unfilled-orders").json["data"][0]
    ask(rig, trader, f"{SPOT}/trade/cancel-order", body={"symbol": "BTCUSDT", "orderId": placed["orderId"]})
    found = ask(rig, trader, f"{SPOT}/trade/orderInfo?orderId={placed['orderId']}").json["data"][0]

    assert listed.keys() == set(BODIES["open order"])
    assert found.keys() == set(BODIES["order"])
    assert (found["cancelReason"], found["baseCoin"], found["quoteCoin"]) == ("normal_cancel", "BTC", "USDT")


def test_one_order_of_the_history_can_be_asked_for(rig: Rig, trader: Any) -> None:
    first, second = (
        ask(rig, trader, f"{SPOT}/trade/place-order", body={**RESTING, "force": "ioc"}).json["data"]["orderId"]
        for _ in range(2)
    )

    rows = ask(rig, trader, f"{SPOT}/trade/history-orders?orderId={first}").json["data"]

    assert ([row["orderId"] for row in rows], first != second) == ([first], True)


def test_each_order_of_a_batch_stands_for_itself(rig: Rig, trader: Any) -> None:
    orders = [{**RESTING, "clientOid": "one"}, {**RESTING, "clientOid": "two", "size": "1"}]
    told = ask(rig, trader, f"{SPOT}/trade/batch-orders", body={"symbol": "BTCUSDT", "orderList": orders}).json["data"]

    assert [row["clientOid"] for row in told["successList"]] == ["one"]
    assert [(row["clientOid"], row["errorCode"]) for row in told["failureList"]] == [("two", "43012")]


def test_what_sdks_ask_for_is_there(rig: Rig, trader: Any) -> None:
    ask(rig, trader, f"{SPOT}/trade/place-order", body={**RESTING, "price": "50100"})

    bills = ask(rig, trader, f"{SPOT}/account/bills").json["data"]
    rates = ask(rig, trader, "/api/v2/common/trade-rate?symbol=BTCUSDT&businessType=spot").json["data"]
    coin = rig.send("GET", f"/bitget{SPOT}/public/coins?coin=BTC").json["data"][0]
    trades = rig.send("GET", f"/bitget{SPOT}/market/fills?symbol=BTCUSDT&limit=3").json["data"]

    assert [bill.keys() for bill in bills] == [set(BODIES["bill"])] * 2
    assert (rates["makerFeeRate"], rates["takerFeeRate"]) == ("0.001", "0.001")
    assert (coin.keys(), coin["chains"][0].keys()) == (set(BODIES["coin"]), set(BODIES["chain"]))
    assert [trade.keys() for trade in trades] == [set(BODIES["public trade"])] * 3
    assert rig.send("GET", f"/bitget{SPOT}/market/vip-fee-rate").json["data"][0]["level"] == "1"
