"""BingX's dialect on the wire: signatures, windows, refusals and client ids as the exchange's documents say."""

import json
from typing import Any
from urllib.parse import quote, urlencode

import pytest

from tests.exchanges.asking import WIRE
from tests.practice.rig import Reply, Rig, milliseconds, sign_hex, words

NOBODY = {"api_key": "x" * 86, "secret": "y" * 86}
LIMIT: dict[str, Any] = {"symbol": "BTC-USDT", "side": "BUY", "type": "LIMIT", "quantity": "0.01", "price": "20000"}
PERMISSIONS = "/openApi/v1/account/apiPermissions"
BALANCE = "/openApi/spot/v1/account/balance"
ORDER = "/openApi/spot/v1/trade/order"
CANCEL = "/openApi/spot/v1/trade/cancel"


def ask(rig: Rig, keys: Any, method: str, path: str, *, lag: int = 0, **sent: Any) -> Reply:
    """Sign the sorted parameters as they are; send them encoded, all in the query."""
    pairs = sorted({**sent, "timestamp": milliseconds() + lag}.items())
    clear = "&".join(f"{name}={value}" for name, value in pairs)
    encoded = "&".join(f"{name}={quote(str(value), safe='')}" for name, value in pairs)
    target = f"/bingx{path}?{encoded}&signature={sign_hex(keys['secret'], clear)}"
    return rig.send(method, target, {"X-BX-APIKEY": keys["api_key"]})


def refused(reply: Reply) -> tuple[int, int]:
    return reply.status, reply.json["code"]


@pytest.fixture
def keys(rig: Rig) -> Any:
    """Return a key that may trade, on a fresh account, with BTC pinned at 50,000."""
    account = rig.control("POST", "accounts", slug="bingx", balances={"spot": {"USDT": "1000", "BTC": "1"}})
    rig.control("POST", "price", pair="BTC/USDT", price="50000", liquidity="1000")
    return rig.new_key("bingx", account=account["id"], grants=["read", "trade"])


@pytest.mark.parametrize(
    ("case", "code"), [("wrong_ip", 100419), ("wrong_secret", 100001), ("expired", 100413), ("restricted", 100414)]
)
def test_a_bad_key_is_refused_in_the_exchanges_words_with_200(rig: Rig, case: str, code: int) -> None:
    assert refused(ask(rig, rig.tryout("bingx", case), "GET", BALANCE)) == (200, code)


def test_unknown_and_unsigned_calls_are_refused(rig: Rig) -> None:
    header = {"X-BX-APIKEY": rig.tryout("bingx", "good")["api_key"]}

    assert refused(ask(rig, NOBODY, "GET", BALANCE)) == (200, 100413)
    assert refused(rig.send("GET", f"/bingx{BALANCE}")) == (200, 100413)
    assert refused(rig.send("GET", f"/bingx{BALANCE}?timestamp=1", header)) == (200, 100412)
    assert refused(rig.send("GET", "/bingx/openApi/nothing")) == (200, 100404)


@pytest.mark.parametrize(("lag", "code"), [(-4_500, 0), (-5_500, 100421), (4_500, 0), (5_500, 100421)])
def test_it_keeps_its_time_window(rig: Rig, lag: int, code: int) -> None:
    assert refused(ask(rig, rig.tryout("bingx", "good"), "GET", BALANCE, lag=lag)) == (200, code)


def test_a_window_wider_than_five_seconds_is_refused(rig: Rig) -> None:
    assert refused(ask(rig, rig.tryout("bingx", "good"), "GET", BALANCE, recvWindow=60_000)) == (200, 109400)


def test_values_are_signed_before_they_are_encoded(rig: Rig) -> None:
    assert refused(ask(rig, rig.tryout("bingx", "good"), "GET", BALANCE, note="a b&c=é")) == (200, 0)


@pytest.mark.parametrize(
    ("signed", "sent", "code"),
    [
        ("timestamp={}&recvWindow=5000", "timestamp={}&recvWindow=5000", 0),
        ("recvWindow=5000&timestamp={}", "recvWindow=5000&timestamp={}", 0),
        ("recvWindow=5000&timestamp={}", "timestamp={}&recvWindow=5000", 100001),
    ],
)
def test_parameters_are_signed_in_the_order_in_which_they_are_sent(rig: Rig, signed: str, sent: str, code: int) -> None:
    """BingX-API/docs-v3, "Splice all interface parameters (without sorting)"."""
    good, now = rig.tryout("bingx", "good"), milliseconds()
    signature = sign_hex(good["secret"], signed.format(now))
    target = f"/bingx{BALANCE}?{sent.format(now)}&signature={signature}"

    assert refused(rig.send("GET", target, {"X-BX-APIKEY": good["api_key"]})) == (200, code)


def test_parameters_may_stand_in_a_form(rig: Rig, keys: Any) -> None:
    form = urlencode({**LIMIT, "timestamp": milliseconds()})
    headers = {"X-BX-APIKEY": keys["api_key"], "Content-Type": "application/x-www-form-urlencoded"}

    reply = rig.send("POST", f"/bingx{ORDER}", headers, f"{form}&signature={sign_hex(keys['secret'], form)}".encode())

    assert (refused(reply), reply.json["data"]["status"]) == ((200, 0), "PENDING")


def test_the_rights_are_told_bare_as_numbers(rig: Rig) -> None:
    info = ask(rig, rig.tryout("bingx", "good"), "GET", PERMISSIONS).json

    assert (set(info), info["permissions"], info["ipAddresses"]) == (
        {"apiKey", "permissions", "ipAddresses", "note"},
        [2, 1],
        ["127.0.0.1"],
    )


def test_the_rights_are_told_in_the_other_shapes_too(rig: Rig) -> None:
    switches = ask(rig, rig.tryout("bingx", "switches"), "GET", PERMISSIONS).json["data"]
    enveloped = ask(rig, rig.tryout("bingx", "enveloped"), "GET", PERMISSIONS).json["data"]

    assert (switches["enableSpotAndMarginTrading"], switches["enableWithdrawals"]) == (True, False)
    assert enveloped["permissions"] == [2, 1]


def test_the_twin_call_says_nothing_of_withdrawals(rig: Rig) -> None:
    path = "/openApi/v1/account/apiRestrictions"

    info = ask(rig, rig.tryout("bingx", "withdraw"), "GET", path).json["data"]

    assert "enableWithdrawals" not in info


def test_the_missing_right_is_named(rig: Rig) -> None:
    reply = ask(rig, rig.tryout("bingx", "read_only"), "POST", ORDER, **LIMIT)

    assert refused(reply) == (200, 100004)
    assert "need Spot Trading permission" in reply.json["msg"]


def test_the_refused_address_is_told(rig: Rig) -> None:
    reply = ask(rig, rig.tryout("bingx", "wrong_ip"), "GET", BALANCE)

    assert "your current request IP is 127.0.0.1 does not match" in reply.json["msg"]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"quantity": "1"}, 100202),
        ({"quantity": "0.0001"}, 100400),
        ({"symbol": "NO-SUCH"}, 100490),
        ({"side": "HOLD"}, 100400),
        ({"newClientOrderId": "x" * 41}, 100400),
    ],
)
def test_a_bad_order_is_refused_in_the_exchanges_words(rig: Rig, keys: Any, change: dict[str, Any], code: int) -> None:
    assert refused(ask(rig, keys, "POST", ORDER, **{**LIMIT, **change})) == (200, code)


def test_an_order_is_found_and_cancelled_by_the_clients_id_which_never_comes_again(rig: Rig, keys: Any) -> None:
    placed = ask(rig, keys, "POST", ORDER, **LIMIT, newClientOrderId="mine").json["data"]
    found = ask(rig, keys, "GET", "/openApi/spot/v1/trade/query", symbol="BTC-USDT", clientOrderID="mine").json["data"]
    ended = ask(rig, keys, "POST", CANCEL, symbol="BTC-USDT", clientOrderID="mine").json["data"]
    again = ask(rig, keys, "POST", ORDER, **LIMIT, newClientOrderId="mine")

    assert placed["orderId"] == found["orderId"] == ended["orderId"]
    assert (placed["status"], ended["status"], refused(again)) == ("PENDING", "CANCELED", (200, 100400))


def test_an_imaginary_order_proves_the_trade_right(rig: Rig) -> None:
    imaginary: dict[str, Any] = {"symbol": "BTC-USDT", "orderId": "1"}

    may = ask(rig, rig.tryout("bingx", "good"), "POST", CANCEL, **imaginary)
    may_not = ask(rig, rig.tryout("bingx", "read_only"), "POST", CANCEL, **imaginary)

    assert (refused(may), refused(may_not)) == ((200, 100404), (200, 100004))
    assert "FILLED or CANCELLED already" in may.json["msg"]


@pytest.mark.parametrize("name", ["quantity", "price", "newClientOrderId", "recvWindow", "side", "type", "symbol"])
@pytest.mark.parametrize("odd", ["", "é", "9" * 5_000, "-1", "NaN", "1e999", "٣"])
def test_odd_values_break_nothing(rig: Rig, keys: Any, name: str, odd: str) -> None:
    reply = ask(rig, keys, "POST", ORDER, **{**LIMIT, "price": "2000", name: odd})

    assert reply.status == 200
    assert reply.json["code"] != 0 or name in ("newClientOrderId", "recvWindow")


def test_it_tells_the_fields_that_were_recorded(rig: Rig) -> None:
    recorded = json.loads((WIRE / "bingx" / "rights_trade.json").read_text())

    told = ask(rig, rig.tryout("bingx", "good"), "GET", PERMISSIONS).json

    assert told.keys() == recorded.keys()


# What BingX's own pages show as the answers (BingX-API/docs-v3, the examples of each call).
PLACED = "symbol orderId transactTime price stopPrice origQty executedQty cummulativeQuoteQty status type side"
ENDED = "symbol orderId price stopPrice origQty executedQty cummulativeQuoteQty status type side"


def test_decimals_that_are_too_many_are_left_off_and_the_order_is_taken(rig: Rig, keys: Any) -> None:
    """The same pages: "the current API order will still be successful, but it will be truncated"."""
    placed = ask(rig, keys, "POST", ORDER, **{**LIMIT, "price": "20000.129", "quantity": "0.010000009"}).json["data"]

    assert (placed["price"], placed["status"]) == ("20000.12", "PENDING")
    assert placed["origQty"] == "0.01"


def test_an_order_is_cancelled_with_fewer_fields_and_small_letters(rig: Rig, keys: Any) -> None:
    placed = ask(rig, keys, "POST", ORDER, **LIMIT).json["data"]

    ended = ask(rig, keys, "POST", CANCEL, symbol="BTC-USDT", orderId=placed["orderId"]).json

    assert (ended["debugMsg"], "timestamp" in ended) == ("", False)
    assert set(ended["data"]) == words(ENDED) | {"clientOrderID"}
    assert set(placed) == words(PLACED) | {"clientOrderID"}


def test_some_orders_are_cancelled_together(rig: Rig, keys: Any) -> None:
    ids = [str(ask(rig, keys, "POST", ORDER, **LIMIT).json["data"]["orderId"]) for _ in range(2)]
    path = "/openApi/spot/v1/trade/cancelOrders"
    asked: dict[str, Any] = {"symbol": "BTC-USDT", "orderIds": f"{','.join(ids)},1"}

    strict = ask(rig, keys, "POST", path, **asked)
    partly = ask(rig, keys, "POST", path, **asked, process="1").json["data"]

    assert refused(strict) == (200, 100404)
    assert [row["status"] for row in partly["orders"]] == ["CANCELED", "CANCELED"]
    assert [row["orderId"] for row in partly["fails"]] == ["1"]


def test_a_clients_id_is_known_for_two_hours(rig: Rig, keys: Any) -> None:
    """The same pages of clientOrderID: "Only supports a query range of 2 hours"."""
    placed = ask(rig, keys, "POST", ORDER, **LIMIT, newClientOrderId="old").json["data"]
    query, late = "/openApi/spot/v1/trade/query", 2 * 3_600_000 + 60_000
    rig.fault("clock", slug="bingx", ms=late)

    by_ours = ask(rig, keys, "GET", query, symbol="BTC-USDT", clientOrderID="old", lag=late)
    by_theirs = ask(rig, keys, "GET", query, symbol="BTC-USDT", orderId=placed["orderId"], lag=late)

    assert (refused(by_ours), refused(by_theirs)) == ((200, 100404), (200, 0))


def test_the_keys_of_an_account_are_told_masked(rig: Rig) -> None:
    good = rig.tryout("bingx", "good")
    uid = ask(rig, good, "GET", "/openApi/account/v1/uid").json["data"]["uid"]

    (row,) = ask(rig, good, "GET", "/openApi/account/v1/apiKey/query", uid=uid).json["data"]["apiInfos"]

    assert set(row) == words("apiKey note permissions ipAddresses status createTime updateTime")
    assert good["api_key"] not in row["apiKey"]


def test_everybody_sees_the_last_trades_and_the_top_of_the_book(rig: Rig) -> None:
    spot = "/bingx/openApi/spot/v1"

    trades = rig.send("GET", f"{spot}/market/trades?symbol=BTC-USDT&limit=3").json["data"]
    price = rig.send("GET", f"{spot}/ticker/price?symbol=BTC_USDT").json["data"]
    book = rig.send("GET", f"{spot}/ticker/bookTicker?symbol=BTC_USDT").json["data"]

    assert [set(row) for row in trades] == [{"id", "price", "qty", "time", "buyerMaker"}] * 3
    assert [row["time"] for row in trades] == sorted((row["time"] for row in trades), reverse=True)
    assert set(price[0]["trades"][0]) == words("timestamp tradeId price amount type volume")
    assert set(book[0]) == words("eventType time symbol bidPrice bidVolume askPrice askVolume")


def test_the_second_book_spells_symbols_in_its_own_way(rig: Rig) -> None:
    """BingX's own pages ask `GET /openApi/spot/v2/market/depth` for BTC_USDT, with `depth` for the number of levels."""
    told = rig.send("GET", "/bingx/openApi/spot/v2/market/depth?symbol=BTC_USDT&depth=3&type=step0").json["data"]

    assert (len(told["bids"]), len(told["asks"])) == (3, 3)
