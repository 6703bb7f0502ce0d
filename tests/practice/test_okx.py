"""OKX's headers, times and refusals, signed here as its documents say."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.practice.rig import Reply, Rig, milliseconds, sign_base64

BODIES = json.loads((Path(__file__).parent / "bodies" / "okx.json").read_text())
CONFIG = "/api/v5/account/config"
ORDER = {"instId": "BTC-USDT", "tdMode": "cash", "side": "buy", "ordType": "limit", "sz": "0.01", "px": "40000"}


def stamp(ms: int) -> str:
    return datetime.fromtimestamp(ms / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def ask(rig: Rig, keys: Any, path: str, *, body: Any = None, lag: int = 0, **changed: str | None) -> Reply:
    """Send one signed request; `changed` replaces a header (KEY, SIGN, TIMESTAMP, PASSPHRASE) or leaves it out."""
    method, text, now = ("POST", json.dumps(body), stamp(milliseconds() + lag)) if body else ("GET", "", "")
    now = changed.get("TIMESTAMP") or now or stamp(milliseconds() + lag)
    signed = sign_base64(keys["secret"], f"{now}{method}{path}{text}")
    headers = {"KEY": keys["api_key"], "SIGN": signed, "TIMESTAMP": now, "PASSPHRASE": keys["passphrase"], **changed}
    sent = {f"OK-ACCESS-{name}": value for name, value in headers.items() if value is not None}
    return rig.send(method, f"/okx{path}", {**sent, "Content-Type": "application/json"}, text.encode())


def said(reply: Reply) -> tuple[int, str]:
    return reply.status, reply.json["code"]


def refused_order(reply: Reply) -> str:
    assert (reply.status, reply.json["code"]) == (200, "1")
    return str(reply.json["data"][0]["sCode"])


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"KEY": None}, "50103"),
        ({"PASSPHRASE": None}, "50104"),
        ({"SIGN": None}, "50106"),
        ({"KEY": "nobody"}, "50119"),
        ({"PASSPHRASE": "wrong"}, "50105"),
        ({"SIGN": "wrong"}, "50113"),
        ({"TIMESTAMP": "1700000000000"}, "50112"),
        ({"TIMESTAMP": "2026-13-45T00:00:00.000Z"}, "50112"),
        ({"TIMESTAMP": "2020-01-01T00:00:00.000Z"}, "50102"),
    ],
)
def test_a_spoilt_header_is_refused_for_what_it_is(rig: Rig, changed: dict[str, Any], code: str) -> None:
    assert said(ask(rig, rig.tryout("okx", "good"), CONFIG, **changed)) == (401, code)


@pytest.mark.parametrize(("lag", "status"), [(-29_000, 200), (29_000, 200), (-31_000, 401), (31_000, 401)])
def test_it_keeps_a_window_of_thirty_seconds(rig: Rig, lag: int, status: int) -> None:
    assert ask(rig, rig.tryout("okx", "good"), CONFIG, lag=lag).status == status


def test_a_query_is_signed_as_it_is_sent(rig: Rig) -> None:
    reply = ask(rig, rig.tryout("okx", "good"), "/api/v5/account/balance?ccy=BTC%2CETH%2CNONE")

    assert reply.json["code"] == "0"
    assert len(reply.json["data"]) == 1


def test_a_demo_key_is_told(rig: Rig) -> None:
    keys, now = rig.tryout("okx", "good"), stamp(milliseconds())
    headers = {
        "OK-ACCESS-KEY": keys["api_key"],
        "OK-ACCESS-SIGN": sign_base64(keys["secret"], f"{now}GET{CONFIG}"),
        "OK-ACCESS-TIMESTAMP": now,
        "OK-ACCESS-PASSPHRASE": keys["passphrase"],
        "x-simulated-trading": "1",
    }

    assert said(rig.send("GET", f"/okx{CONFIG}", headers)) == (401, "50101")


@pytest.mark.parametrize(
    ("case", "expected"),
    [("wrong_ip", (401, "50110")), ("expired", (401, "50119")), ("restricted", (200, "50007"))],
)
def test_a_bad_key_is_refused_in_okx_words(rig: Rig, case: str, expected: tuple[int, str]) -> None:
    assert said(ask(rig, rig.tryout("okx", case), CONFIG)) == expected


def test_the_ip_refusal_names_address_and_key(rig: Rig) -> None:
    keys = rig.tryout("okx", "wrong_ip")

    text = ask(rig, keys, CONFIG).json["msg"]

    assert text == f"Your IP 127.0.0.1 is not included in your API key's {keys['api_key']} IP whitelist."


@pytest.mark.parametrize("path", ["/api/v5/trade/order", "/api/v5/trade/batch-orders"])
def test_orders_need_the_trade_right(rig: Rig, path: str) -> None:
    assert said(ask(rig, rig.tryout("okx", "read_only"), path, body=ORDER)) == (401, "50120")


@pytest.fixture
def keys(rig: Rig) -> Any:
    account = rig.control("POST", "accounts", slug="okx", balances={"spot": {"USDT": "1000"}})
    return rig.new_key("okx", account=account["id"])


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"sz": "1"}, "51008"),
        ({"sz": "0.0000001"}, "51020"),
        ({"px": "40000.001"}, "51121"),
        ({"instId": "XXX-USDT"}, "51001"),
        ({"ordType": "stop"}, "51000"),
        ({"tdMode": "cross"}, "51000"),
        ({"sz": "many"}, "51000"),
        ({"sz": ""}, "51000"),
    ],
)
@pytest.mark.parametrize("path", ["/api/v5/trade/order", "/api/v5/trade/batch-orders"])
def test_an_order_is_refused_inside_its_row(rig: Rig, keys: Any, path: str, change: dict[str, str], code: str) -> None:
    order = {**ORDER, **change}

    reply = ask(rig, keys, path, body=[order] if "batch" in path else order)

    assert refused_order(reply) == code


def test_a_client_id_is_free_again_once_its_order_is_done(rig: Rig, keys: Any) -> None:
    order = {**ORDER, "clOrdId": "mine1", "px": "20000"}
    first = ask(rig, keys, "/api/v5/trade/order", body=order).json["data"][0]

    assert refused_order(ask(rig, keys, "/api/v5/trade/order", body=order)) == "51016"
    cancelled = {"instId": "BTC-USDT", "ordId": first["ordId"]}
    assert ask(rig, keys, "/api/v5/trade/cancel-order", body=cancelled).json["data"][0]["sCode"] == "0"
    second = ask(rig, keys, "/api/v5/trade/order", body=order).json["data"][0]
    shown = ask(rig, keys, "/api/v5/trade/order?instId=BTC-USDT&clOrdId=mine1").json["data"][0]
    assert shown["ordId"] == second["ordId"] != first["ordId"]


def test_an_order_that_is_not_there_has_two_codes(rig: Rig, keys: Any) -> None:
    asked = {"instId": "BTC-USDT", "ordId": "1"}

    assert said(ask(rig, keys, "/api/v5/trade/order?instId=BTC-USDT&ordId=1")) == (200, "51603")
    assert refused_order(ask(rig, keys, "/api/v5/trade/cancel-order", body=asked)) == "51400"


def test_a_market_buy_spends_quote_money_unless_told_otherwise(rig: Rig, keys: Any) -> None:
    rig.control("POST", "price", pair="BTC/USDT", price="50000", liquidity="1000")
    market = {"instId": "BTC-USDT", "tdMode": "cash", "side": "buy", "ordType": "market", "sz": "100"}

    placed = ask(rig, keys, "/api/v5/trade/order", body=market).json["data"][0]
    shown = ask(rig, keys, f"/api/v5/trade/order?instId=BTC-USDT&ordId={placed['ordId']}").json["data"][0]

    assert (shown["state"], shown["sz"], shown["tgtCcy"]) == ("filled", "100", "quote_ccy")
    assert float(shown["fee"]) < 0
    assert refused_order(ask(rig, keys, "/api/v5/trade/order", body={**market, "tgtCcy": "base_ccy"})) == "51008"


@pytest.fixture
def trader(rig: Rig) -> Any:
    """Return a key that may trade, on a fresh account, with BTC pinned at 50,000."""
    account = rig.control("POST", "accounts", slug="okx", balances={"spot": {"USDT": "1000", "BTC": "1"}})
    rig.control("POST", "price", pair="BTC/USDT", price="50000", liquidity="1000")
    return rig.new_key("okx", account=account["id"], grants=["read", "trade"])


PLACE = "/api/v5/trade/order"


def test_an_empty_word_says_nothing_of_a_market_buys_size(rig: Rig, trader: Any) -> None:
    asked = {"instId": "BTC-USDT", "tdMode": "cash", "side": "buy", "ordType": "market", "sz": "50", "tgtCcy": ""}
    placed = ask(rig, trader, PLACE, body=asked).json["data"][0]
    order = ask(rig, trader, f"{PLACE}?instId=BTC-USDT&ordId={placed['ordId']}").json["data"][0]

    assert (order["state"], order["sz"], order["tgtCcy"]) == ("filled", "50", "quote_ccy")


def test_an_order_has_all_fields_and_its_placing_tells_its_names(rig: Rig, trader: Any) -> None:
    reply = ask(rig, trader, PLACE, body={**ORDER, "px": "49000", "clOrdId": "mine", "tag": "desk"}).json
    order = ask(rig, trader, f"{PLACE}?instId=BTC-USDT&clOrdId=mine").json["data"][0]

    assert reply["data"][0].keys() == BODIES["placed"].keys()
    assert (reply["data"][0]["clOrdId"], reply["data"][0]["tag"]) == ("mine", "desk")
    assert int(reply["inTime"]) < int(reply["outTime"])
    assert order.keys() == BODIES["order"].keys()


def test_a_refused_order_keeps_the_names_it_was_given(rig: Rig, trader: Any) -> None:
    asked = {**ORDER, "px": "49000", "sz": "5", "clOrdId": "mine", "tag": "desk"}
    row = ask(rig, trader, PLACE, body=asked).json["data"][0]

    assert row.keys() == BODIES["refused"].keys()
    assert (row["clOrdId"], row["tag"], row["ordId"], row["subCode"]) == ("mine", "desk", "", "1000")


@pytest.mark.parametrize("change", [{"clOrdId": "my-order"}, {"clOrdId": "m" * 33}, {"tag": "t" * 17}])
def test_names_are_letters_and_numbers_of_a_certain_length(rig: Rig, trader: Any, change: dict[str, str]) -> None:
    assert refused_order(ask(rig, trader, PLACE, body={**ORDER, **change})) == "51000"


def test_each_order_of_a_batch_stands_for_itself(rig: Rig, trader: Any) -> None:
    good, bad = {**ORDER, "px": "49000", "sz": "0.001"}, {**ORDER, "px": "49000", "sz": "5"}
    replies = [
        ask(rig, trader, "/api/v5/trade/batch-orders", body=orders).json
        for orders in ([good, good], [good, bad], [bad])
    ]

    assert [reply["code"] for reply in replies] == ["0", "2", "1"]
    assert [row["sCode"] for row in replies[1]["data"]] == ["0", "51008"]


@pytest.mark.parametrize(("kind", "source"), [("post_only", "31"), ("ioc", "14"), ("fok", "13")])
def test_what_an_order_gives_up_itself_is_told(rig: Rig, trader: Any, kind: str, source: str) -> None:
    price = "50100" if kind == "post_only" else "49000"
    placed = ask(rig, trader, PLACE, body={**ORDER, "ordType": kind, "px": price}).json["data"][0]
    order = ask(rig, trader, f"{PLACE}?instId=BTC-USDT&ordId={placed['ordId']}").json["data"][0]

    assert (order["state"], order["cancelSource"]) == ("canceled", source)


def test_one_instrument_can_be_asked_for(rig: Rig, trader: Any) -> None:
    path = "/api/v5/account/instruments?instType=SPOT&instId="

    assert [row["instId"] for row in ask(rig, trader, f"{path}ETH-USDT").json["data"]] == ["ETH-USDT"]
    assert said(ask(rig, trader, f"{path}NO-SUCH")) == (200, "51001")


def test_what_sdks_ask_for_is_there(rig: Rig, trader: Any) -> None:
    ask(rig, trader, PLACE, body={**ORDER, "ordType": "ioc", "px": "50100"})

    size = ask(rig, trader, "/api/v5/account/max-size?instId=BTC-USDT&tdMode=cash").json["data"][0]
    spend = ask(rig, trader, "/api/v5/account/max-avail-size?instId=BTC-USDT&tdMode=cash").json["data"][0]
    bills = ask(rig, trader, "/api/v5/account/bills?ccy=USDT").json["data"]
    fee = ask(rig, trader, "/api/v5/account/trade-fee?instType=SPOT&instId=BTC-USDT").json["data"][0]

    assert spend["availBuy"] == "499.975"
    assert (size["ccy"], size["maxBuy"][:6]) == ("BTC", "0.0099")
    assert [bill["balChg"] for bill in bills] == ["-500.025"]
    assert (fee["maker"], fee["taker"]) == ("-0.0008", "-0.001")
    assert ask(rig, trader, "/api/v5/account/positions").json["data"] == []
    assert len(rig.send("GET", "/okx/api/v5/market/trades?instId=BTC-USDT&limit=3").json["data"]) == 3
