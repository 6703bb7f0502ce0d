"""Binance's dialect on the wire: signatures, windows, refusals and client ids as the exchange's documents say."""

import json
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from tests.exchanges.asking import WIRE
from tests.practice.rig import Reply, Rig, milliseconds, sign_hex

NOBODY = {"api_key": "x" * 64, "secret": "y" * 64}
LIMIT: dict[str, Any] = {
    "symbol": "BTCUSDT",
    "side": "BUY",
    "type": "LIMIT",
    "timeInForce": "GTC",
    "quantity": "0.01",
    "price": "20000",
}
BODIES = json.loads((Path(__file__).parent / "bodies" / "binance.json").read_text())
RESTRICTIONS = "/sapi/v1/account/apiRestrictions"
ACCOUNT = "/api/v3/account"
ORDER = "/api/v3/order"


def ask(
    rig: Rig,
    keys: Any,
    method: str,
    path: str,
    *,
    lag: int = 0,
    host: str = "binance",
    in_body: bool = False,
    **sent: Any,
) -> Reply:
    """Sign query and body, joined by nothing, as the documents say."""
    signed = urlencode({**sent, "timestamp": milliseconds() + lag})
    whole = f"{signed}&signature={sign_hex(keys['secret'], signed)}"
    headers = {"X-MBX-APIKEY": keys["api_key"], "Content-Type": "application/x-www-form-urlencoded"}
    target = f"/{host}{path}" + ("" if in_body else f"?{whole}")
    return rig.send(method, target, headers, whole.encode() if in_body else b"")


def refused(reply: Reply) -> tuple[int, int]:
    return reply.status, reply.json["code"]


@pytest.fixture
def keys(rig: Rig) -> Any:
    """Return a key that may trade, on a fresh account, with BTC pinned at 50,000."""
    account = rig.control("POST", "accounts", slug="binance", balances={"spot": {"USDT": "1000", "BTC": "1"}})
    rig.control("POST", "price", pair="BTC/USDT", price="50000", liquidity="1000")
    return rig.new_key("binance", account=account["id"], grants=["read", "trade"])


@pytest.mark.parametrize(
    ("case", "path", "expected"),
    [
        ("wrong_ip", ACCOUNT, (401, -2015)),
        ("wrong_ip", RESTRICTIONS, (400, -2015)),
        ("wrong_secret", ACCOUNT, (400, -1022)),
        ("restricted", ACCOUNT, (400, -3022)),
    ],
)
def test_a_bad_key_is_refused_in_the_exchanges_words(rig: Rig, case: str, path: str, expected: tuple[int, int]) -> None:
    assert refused(ask(rig, rig.tryout("binance", case), "GET", path)) == expected


def test_unknown_malformed_and_missing_keys_differ(rig: Rig) -> None:
    malformed = {**NOBODY, "api_key": "short"}

    assert refused(ask(rig, NOBODY, "GET", ACCOUNT)) == (400, -2008)
    assert refused(ask(rig, malformed, "GET", ACCOUNT)) == (401, -2014)
    assert refused(rig.send("GET", f"/binance{ACCOUNT}")) == (401, -2014)


@pytest.mark.parametrize(("lag", "status"), [(-4_500, 200), (-5_500, 400), (500, 200), (1_500, 400)])
def test_it_keeps_its_time_window(rig: Rig, lag: int, status: int) -> None:
    assert ask(rig, rig.tryout("binance", "good"), "GET", ACCOUNT, lag=lag).status == status


def test_a_wider_window_is_granted_up_to_a_minute(rig: Rig) -> None:
    good = rig.tryout("binance", "good")

    assert ask(rig, good, "GET", ACCOUNT, lag=-50_000, recvWindow=60_000).status == 200
    assert refused(ask(rig, good, "GET", ACCOUNT, recvWindow=60_001)) == (400, -1131)


@pytest.mark.parametrize("in_body", [False, True])
def test_a_post_is_signed_in_query_or_body(rig: Rig, keys: Any, in_body: bool) -> None:
    assert ask(rig, keys, "POST", "/api/v3/order/test", in_body=in_body, **LIMIT).json == {}


def test_a_changed_parameter_breaks_the_signature(rig: Rig) -> None:
    good, now = rig.tryout("binance", "good"), milliseconds()
    target = f"/binance{ACCOUNT}?timestamp={now}&omitZeroBalances=true"
    signature = sign_hex(good["secret"], f"timestamp={now}")

    reply = rig.send("GET", f"{target}&signature={signature}", {"X-MBX-APIKEY": good["api_key"]})

    assert refused(reply) == (400, -1022)


def test_a_signature_may_be_in_capitals(rig: Rig) -> None:
    good, query = rig.tryout("binance", "good"), f"timestamp={milliseconds()}"
    target = f"/binance{ACCOUNT}?{query}&signature={sign_hex(good['secret'], query).upper()}"

    assert rig.send("GET", target, {"X-MBX-APIKEY": good["api_key"]}).status == 200


@pytest.mark.parametrize(
    ("case", "on"),
    [
        ("good", {"enableReading", "enableSpotAndMarginTrading", "enableFixReadOnly", "ipRestrict"}),
        ("no_ip_list", {"enableReading", "enableSpotAndMarginTrading", "enableFixReadOnly"}),
        ("expired", {"enableReading", "enableFixReadOnly"}),
    ],
)
def test_the_key_tells_its_switches(rig: Rig, case: str, on: set[str]) -> None:
    info = ask(rig, rig.tryout("binance", case), "GET", RESTRICTIONS).json

    assert {name for name, value in info.items() if value is True} == on
    assert ("tradingAuthorityExpirationTime" in info) == (case == "no_ip_list")


def test_the_trade_right_is_needed_for_orders_and_lapses_with_its_time(rig: Rig) -> None:
    for case in ("read_only", "expired"):
        assert refused(ask(rig, rig.tryout("binance", case), "POST", ORDER, **LIMIT)) == (401, -2015)


def test_futures_need_their_right_and_tell_the_address(rig: Rig) -> None:
    reply = ask(rig, rig.tryout("binance", "good"), "GET", "/fapi/v3/account", host="binance-futures")

    assert refused(reply) == (401, -2015)
    assert reply.json["msg"].endswith("for action, request ip: 127.0.0.1")


def test_the_account_lists_empty_coins_unless_told_not_to(rig: Rig, keys: Any) -> None:
    whole = ask(rig, keys, "GET", ACCOUNT).json["balances"]
    short = ask(rig, keys, "GET", ACCOUNT, omitZeroBalances="true").json["balances"]

    assert [row["asset"] for row in short] == ["BTC", "USDT"]
    assert len(whole) > len(short)


@pytest.mark.parametrize(
    ("change", "code", "text"),
    [
        ({"quantity": "1"}, -2010, "insufficient balance"),
        ({"quantity": "0.0001"}, -1013, "NOTIONAL"),
        ({"quantity": "0.0000001"}, -1013, "LOT_SIZE"),
        ({"price": "20000.001"}, -1013, "PRICE_FILTER"),
        ({"symbol": "NOSUCH"}, -1121, "Invalid symbol"),
        ({"timeInForce": "NEVER"}, -1115, "Invalid timeInForce."),
        ({"timeInForce": ""}, -1102, "timeInForce"),
        ({"type": "STOP"}, -1116, "Invalid orderType."),
        ({"side": "HOLD"}, -1117, "Invalid side."),
        ({"newOrderRespType": "MOST"}, -1175, "Invalid newOrderRespType."),
        ({"newClientOrderId": "with space"}, -1100, "Illegal characters"),
    ],
)
def test_a_bad_order_is_refused_in_the_exchanges_words(
    rig: Rig, keys: Any, change: dict[str, Any], code: int, text: str
) -> None:
    reply = ask(rig, keys, "POST", ORDER, **{**LIMIT, **change})

    assert refused(reply) == (400, code)
    assert text in reply.json["msg"]


def test_a_client_id_may_come_again_once_its_order_is_closed(rig: Rig, keys: Any) -> None:
    order: dict[str, Any] = {**LIMIT, "newClientOrderId": "mine"}
    first = ask(rig, keys, "POST", ORDER, **order).json
    twice = ask(rig, keys, "POST", ORDER, **order)
    ended = ask(rig, keys, "DELETE", ORDER, symbol="BTCUSDT", origClientOrderId="mine").json
    again = ask(rig, keys, "POST", ORDER, **order).json

    assert (refused(twice), twice.json["msg"]) == ((400, -2010), "Duplicate order sent.")
    assert (ended["status"], ended["origClientOrderId"], ended["orderId"]) == ("CANCELED", "mine", first["orderId"])
    assert again["orderId"] != first["orderId"]


def test_unknown_orders_are_told_apart_by_what_was_asked(rig: Rig, keys: Any) -> None:
    assert refused(ask(rig, keys, "GET", ORDER, symbol="BTCUSDT", orderId=1)) == (400, -2013)
    assert refused(ask(rig, keys, "DELETE", ORDER, symbol="BTCUSDT", orderId=1)) == (400, -2011)


@pytest.mark.parametrize(("kind", "has_fills", "has_status"), [("ACK", 0, 0), ("RESULT", 0, 1), ("FULL", 1, 1)])
def test_the_answer_to_an_order_is_as_full_as_asked(
    rig: Rig, keys: Any, kind: str, has_fills: int, has_status: int
) -> None:
    order: dict[str, Any] = {
        "symbol": "BTCUSDT",
        "side": "BUY",
        "type": "MARKET",
        "quoteOrderQty": "100",
        "newOrderRespType": kind,
    }

    reply = ask(rig, keys, "POST", ORDER, **order).json

    assert (bool(reply.get("fills")), "status" in reply) == (has_fills, has_status)


def test_what_an_order_gives_up_itself_is_expired(rig: Rig, keys: Any) -> None:
    placed = ask(rig, keys, "POST", ORDER, **{**LIMIT, "timeInForce": "IOC"}).json

    assert placed["status"] == "EXPIRED"


@pytest.mark.parametrize("name", ["quantity", "price", "newClientOrderId", "recvWindow", "side", "type", "symbol"])
@pytest.mark.parametrize("odd", ["", "é", "\x00", "9" * 5_000, "-1", "NaN", "1e999", "٣"])
def test_odd_values_break_nothing(rig: Rig, keys: Any, name: str, odd: str) -> None:
    reply = ask(rig, keys, "POST", "/api/v3/order/test", in_body=True, **{**LIMIT, name: odd})

    assert reply.status in (200, 400)


@pytest.mark.parametrize("odd", ["", "é", "9" * 5_000, "-1", "x", "٣"])
@pytest.mark.parametrize("name", ["limit", "startTime", "orderId", "fromId"])
def test_odd_numbers_break_nothing(rig: Rig, keys: Any, name: str, odd: str) -> None:
    asked: dict[str, Any] = {"symbol": "BTCUSDT", name: odd}

    assert ask(rig, keys, "GET", "/api/v3/myTrades", **asked).status in (200, 400)


def test_it_tells_the_fields_that_were_recorded(rig: Rig) -> None:
    recorded = json.loads((WIRE / "binance" / "rights_trade.json").read_text())

    told = ask(rig, rig.tryout("binance", "good"), "GET", RESTRICTIONS).json

    assert told.keys() == recorded.keys()


def place(rig: Rig, keys: Any, **change: Any) -> Any:
    return ask(rig, keys, "POST", ORDER, **{**LIMIT, "price": "49000", **change}).json


def test_a_cancel_has_a_name_of_its_own_and_no_fields_of_a_query(rig: Rig, keys: Any) -> None:
    place(rig, keys, newClientOrderId="mine")

    ended = ask(rig, keys, "DELETE", ORDER, symbol="BTCUSDT", origClientOrderId="mine", newClientOrderId="the-end").json

    assert (ended["origClientOrderId"], ended["clientOrderId"]) == ("mine", "the-end")
    assert ended.keys() == BODIES["cancelled"].keys()


@pytest.mark.parametrize(
    ("path", "asked", "name"),
    [
        (ACCOUNT, {}, "account"),
        ("/api/v3/account/commission", {"symbol": "BTCUSDT"}, "commission"),
    ],
)
def test_what_an_account_tells_has_all_fields(rig: Rig, keys: Any, path: str, asked: dict[str, Any], name: str) -> None:
    assert ask(rig, keys, "GET", path, **asked).json.keys() == BODIES[name].keys()


def test_an_order_has_all_fields_when_placed_and_when_asked_for(rig: Rig, keys: Any) -> None:
    placed = place(rig, keys)
    found = ask(rig, keys, "GET", ORDER, symbol="BTCUSDT", orderId=placed["orderId"]).json
    count = ask(rig, keys, "GET", "/api/v3/rateLimit/order").json

    assert placed.keys() == BODIES["placed"].keys()
    assert found.keys() == BODIES["order"].keys()
    assert [row.keys() for row in count] == [BODIES["order count"].keys()] * 2
    assert count[1]["count"] == 1


def test_one_order_can_take_the_place_of_another(rig: Rig, keys: Any) -> None:
    first = place(rig, keys, newClientOrderId="first")
    replace = {"cancelReplaceMode": "STOP_ON_FAILURE", "cancelOrderId": first["orderId"]}

    told = ask(rig, keys, "POST", "/api/v3/order/cancelReplace", **{**LIMIT, **replace, "price": "48000"}).json

    assert told.keys() == BODIES["replaced"].keys()
    assert (told["cancelResponse"]["origClientOrderId"], told["newOrderResponse"]["price"]) == (
        "first",
        "48000.00000000",
    )


@pytest.mark.parametrize(("path", "name"), [("trades", "public trade"), ("aggTrades", "aggregated trade")])
def test_public_trades_are_told_the_oldest_first(rig: Rig, path: str, name: str) -> None:
    rows = rig.send("GET", f"/binance/api/v3/{path}?symbol=BTCUSDT&limit=3").json

    assert [row.keys() for row in rows] == [BODIES[name].keys()] * 3
    assert rows[0].get("time", rows[0].get("T")) < rows[2].get("time", rows[2].get("T"))


def test_an_account_tells_coins_that_nobody_else_has(rig: Rig) -> None:
    account = rig.control("POST", "accounts", slug="binance", balances={"spot": {"WIF": "7"}})
    keys = rig.new_key("binance", account=account["id"], grants=["read"])

    rows = {row["asset"]: row["free"] for row in ask(rig, keys, "GET", ACCOUNT).json["balances"]}

    assert (rows["WIF"], rows["BTC"]) == ("7.00000000", "0.00000000")
    assert ask(rig, keys, "POST", "/sapi/v3/asset/getUserAsset").json[0].keys() == BODIES["user asset"].keys()


def test_the_fees_of_all_pairs_are_told_where_none_is_named(rig: Rig, keys: Any) -> None:
    rows = ask(rig, keys, "GET", "/sapi/v1/asset/tradeFee").json

    assert {"BTCUSDT", "ETHUSDT"} <= {row["symbol"] for row in rows}


def test_a_fill_and_the_average_price_have_all_fields(rig: Rig, keys: Any) -> None:
    place(rig, keys, price="50100")

    fills = ask(rig, keys, "GET", "/api/v3/myTrades", symbol="BTCUSDT").json
    average = rig.send("GET", "/binance/api/v3/avgPrice?symbol=BTCUSDT").json

    assert fills[0].keys() == BODIES["fill"].keys()
    assert average.keys() == BODIES["average price"].keys()
