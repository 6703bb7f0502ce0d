"""Bybit's dialect on the wire: signatures, windows, refusals and client ids as the exchange's documents say."""

import json
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from tests.exchanges.asking import WIRE
from tests.practice.rig import Reply, Rig, milliseconds, sign_hex

NOBODY = {"api_key": "x" * 18, "secret": "y" * 36}
LIMIT: dict[str, Any] = {
    "category": "spot",
    "symbol": "BTCUSDT",
    "side": "Buy",
    "orderType": "Limit",
    "qty": "0.01",
    "price": "20000",
}
MARKET: dict[str, Any] = {"category": "spot", "symbol": "BTCUSDT", "orderType": "Market"}
BODIES = json.loads((Path(__file__).parent / "bodies" / "bybit.json").read_text())
QUERY_API = "/v5/user/query-api"
WALLET = "/v5/account/wallet-balance"


def ask(
    rig: Rig, keys: Any, method: str, path: str, *, lag: int = 0, without: str = "", window: str = "5000", **sent: Any
) -> Reply:
    """Sign time, key, window and what is sent: the query of a GET, the JSON of a POST."""
    now, is_post = str(milliseconds() + lag), method == "POST"
    payload = json.dumps(sent) if is_post else urlencode(sent)
    headers = {
        "X-BAPI-API-KEY": keys["api_key"],
        "X-BAPI-TIMESTAMP": now,
        "X-BAPI-RECV-WINDOW": window,
        "X-BAPI-SIGN": sign_hex(keys["secret"], f"{now}{keys['api_key']}{window}{payload}"),
        "Content-Type": "application/json",
    }
    target, body = (path, payload.encode()) if is_post else (f"{path}?{payload}", b"")
    return rig.send(method, f"/bybit{target}", {k: v for k, v in headers.items() if k != without}, body)


def refused(reply: Reply) -> tuple[int, int]:
    return reply.status, reply.json["retCode"]


@pytest.fixture
def keys(rig: Rig) -> Any:
    """Return a key that may trade, on a fresh account, with BTC pinned at 50,000."""
    account = rig.control("POST", "accounts", slug="bybit", balances={"spot": {"USDT": "1000", "BTC": "1"}})
    rig.control("POST", "price", pair="BTC/USDT", price="50000", liquidity="1000")
    return rig.new_key("bybit", account=account["id"], grants=["read", "trade"])


@pytest.mark.parametrize(
    ("case", "code"), [("wrong_ip", 10010), ("wrong_secret", 10004), ("expired", 33004), ("restricted", 10008)]
)
def test_a_bad_key_is_refused_in_the_exchanges_words_with_200(rig: Rig, case: str, code: int) -> None:
    assert refused(ask(rig, rig.tryout("bybit", case), "GET", QUERY_API)) == (200, code)


def test_an_unknown_key_and_an_unknown_path_are_refused(rig: Rig) -> None:
    assert refused(ask(rig, NOBODY, "GET", QUERY_API)) == (200, 10003)
    assert refused(rig.send("GET", "/bybit/v5/nothing")) == (404, 10017)


@pytest.mark.parametrize("header", ["X-BAPI-API-KEY", "X-BAPI-TIMESTAMP", "X-BAPI-SIGN"])
def test_a_missing_header_is_a_bad_parameter(rig: Rig, header: str) -> None:
    assert refused(ask(rig, rig.tryout("bybit", "good"), "GET", QUERY_API, without=header)) == (200, 10001)


@pytest.mark.parametrize(("lag", "code"), [(-4_500, 0), (-5_500, 10002), (500, 0), (1_500, 10002)])
def test_it_keeps_its_time_window(rig: Rig, lag: int, code: int) -> None:
    assert refused(ask(rig, rig.tryout("bybit", "good"), "GET", QUERY_API, lag=lag)) == (200, code)


def test_the_window_is_part_of_what_is_signed(rig: Rig) -> None:
    good = rig.tryout("bybit", "good")

    assert refused(ask(rig, good, "GET", QUERY_API, window="20000", lag=-15_000)) == (200, 0)
    assert refused(ask(rig, good, "GET", QUERY_API, window="20000", without="X-BAPI-RECV-WINDOW")) == (200, 10004)


def test_a_key_tells_all_about_itself(rig: Rig) -> None:
    info = ask(rig, rig.tryout("bybit", "good"), "GET", QUERY_API).json["result"]
    granted = {f"{group}.{word}" for group, words in info["permissions"].items() for word in words}

    assert (granted, info["readOnly"], info["ips"], info["uta"]) == ({"Spot.SpotTrade"}, 0, ["127.0.0.1"], 1)
    assert (info["deadlineDay"], info["expiredAt"]) == (-2, "1970-01-01T00:00:00Z")


def test_an_open_key_lives_ninety_days(rig: Rig) -> None:
    info = ask(rig, rig.tryout("bybit", "no_ip_list"), "GET", QUERY_API).json["result"]

    assert (info["ips"], info["deadlineDay"] in (81, 82)) == (["*"], True)


@pytest.mark.parametrize(("case", "code"), [("read_only", 10005), ("read_only_boxes", 10005), ("good", 0)])
def test_orders_need_the_right_and_a_key_that_may_write(rig: Rig, case: str, code: int) -> None:
    keys = rig.tryout("bybit", case)

    assert ask(rig, keys, "POST", "/v5/order/create", **LIMIT).json["retCode"] == code
    ask(rig, keys, "POST", "/v5/order/cancel-all", category="spot")


@pytest.mark.parametrize(
    ("case", "kind", "code"),
    [
        ("good", "UNIFIED", 0),
        ("good", "SPOT", 10001),
        ("classic", "SPOT", 0),
        ("classic", "CONTRACT", 0),
        ("classic", "UNIFIED", 10028),
    ],
)
def test_each_kind_of_account_has_its_own_wallets(rig: Rig, case: str, kind: str, code: int) -> None:
    assert refused(ask(rig, rig.tryout("bybit", case), "GET", WALLET, accountType=kind)) == (200, code)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"qty": "1"}, 170131),
        ({"qty": "0.0001"}, 170140),
        ({"qty": "0.0000001"}, 170137),
        ({"price": "20000.001"}, 170134),
        ({"qty": "0.0100000001"}, 170137),
        ({"symbol": "NOSUCH"}, 170121),
        ({"category": "moon"}, 10001),
        ({"category": "linear"}, 10001),
        ({"side": "Hold"}, 10001),
        ({"timeInForce": "NEVER"}, 10001),
        ({"orderLinkId": "x" * 37}, 10001),
    ],
)
def test_a_bad_order_is_refused_in_the_exchanges_words(rig: Rig, keys: Any, change: dict[str, Any], code: int) -> None:
    assert refused(ask(rig, keys, "POST", "/v5/order/create", **{**LIMIT, **change})) == (200, code)


def test_a_client_id_never_comes_again(rig: Rig, keys: Any) -> None:
    order: dict[str, Any] = {**LIMIT, "orderLinkId": "mine"}
    placed = ask(rig, keys, "POST", "/v5/order/create", **order).json["result"]
    ended = ask(rig, keys, "POST", "/v5/order/cancel", category="spot", symbol="BTCUSDT", orderLinkId="mine").json

    again = ask(rig, keys, "POST", "/v5/order/create", **order)

    assert placed == ended["result"]
    assert refused(again) == (200, 170141)


def test_an_unknown_or_closed_order_cannot_be_cancelled(rig: Rig, keys: Any) -> None:
    reply = ask(rig, keys, "POST", "/v5/order/cancel", category="spot", symbol="BTCUSDT", orderId="1")

    assert refused(reply) == (200, 170213)


@pytest.mark.parametrize(
    ("side", "unit", "qty", "spent"),
    [("Buy", None, "100", 100), ("Buy", "baseCoin", "0.01", 500), ("Sell", None, "0.01", 500)],
)
def test_a_market_buy_without_a_unit_is_by_cost(
    rig: Rig, keys: Any, side: str, unit: str | None, qty: str, spent: float
) -> None:
    more: dict[str, Any] = {"marketUnit": unit} if unit else {}
    placed = ask(rig, keys, "POST", "/v5/order/create", **MARKET, side=side, qty=qty, **more).json["result"]

    found = ask(rig, keys, "GET", "/v5/order/realtime", category="spot", orderId=placed["orderId"]).json["result"]

    assert float(found["list"][0]["cumExecValue"]) == pytest.approx(spent, rel=1e-3)
    assert found["list"][0]["orderStatus"] == "Filled"


def test_only_open_orders_are_listed_unless_one_is_named(rig: Rig, keys: Any) -> None:
    placed = ask(rig, keys, "POST", "/v5/order/create", **LIMIT, orderLinkId="a").json["result"]
    ask(rig, keys, "POST", "/v5/order/cancel", category="spot", symbol="BTCUSDT", orderId=placed["orderId"])

    listed = ask(rig, keys, "GET", "/v5/order/realtime", category="spot").json["result"]["list"]
    named = ask(rig, keys, "GET", "/v5/order/realtime", category="spot", orderLinkId="a").json["result"]["list"]
    past = ask(rig, keys, "GET", "/v5/order/history", category="spot").json["result"]["list"]

    assert (listed, [row["orderStatus"] for row in named], len(past)) == ([], ["Cancelled"], 1)


@pytest.mark.parametrize(
    "name", ["category", "symbol", "side", "orderType", "qty", "price", "timeInForce", "marketUnit"]
)
@pytest.mark.parametrize("odd", [[], {}, ["Buy"], "\ud800", 10**40, True])
def test_odd_values_are_refused_like_wrong_ones(rig: Rig, keys: Any, name: str, odd: Any) -> None:
    order = {**LIMIT, "timeInForce": "GTC", name: odd}

    assert ask(rig, keys, "POST", "/v5/order/create", **order).status == 200


@pytest.mark.parametrize("body", [b"[]", b"{", b"\xff", b"[" * 100_000, b'"x"'])
def test_a_body_that_is_no_object_is_refused(rig: Rig, keys: Any, body: bytes) -> None:
    now = str(milliseconds())
    signature = sign_hex(keys["secret"], f"{now}{keys['api_key']}5000{body.decode(errors='replace')}")
    names = ("X-BAPI-API-KEY", "X-BAPI-TIMESTAMP", "X-BAPI-SIGN")
    headers = dict(zip(names, (keys["api_key"], now, signature), strict=True))

    reply = rig.send("POST", "/bybit/v5/order/create", headers, body)

    assert refused(reply) == (200, 10001)


def test_it_tells_the_fields_that_were_recorded(rig: Rig) -> None:
    recorded = json.loads((WIRE / "bybit" / "rights_trade.json").read_text())

    told = ask(rig, rig.tryout("bybit", "good"), "GET", QUERY_API).json

    assert (told.keys(), told["result"].keys()) == (recorded.keys(), recorded["result"].keys())


def told(rig: Rig, keys: Any, method: str, path: str, **sent: Any) -> Any:
    reply = ask(rig, keys, method, path, **sent).json
    assert reply["retCode"] == 0, reply
    return reply["result"]


def placed(rig: Rig, keys: Any, **change: Any) -> Any:
    """Place an order and return it as it stands afterwards."""
    order = told(rig, keys, "POST", "/v5/order/create", **{**LIMIT, "price": "49000", **change})["orderId"]
    return told(rig, keys, "GET", "/v5/order/realtime", category="spot", orderId=order)["list"][0]


def test_several_coins_can_be_asked_for_and_none_is_missing(rig: Rig, keys: Any) -> None:
    wallet = told(rig, keys, "GET", WALLET, accountType="UNIFIED", coin="USDT,BTC,DOGE")["list"][0]

    assert [(row["coin"], row["walletBalance"]) for row in wallet["coin"]] == [
        ("USDT", "1000"),
        ("BTC", "1"),
        ("DOGE", "0"),
    ]
    assert wallet.keys() == BODIES["wallet"].keys()
    assert wallet["coin"][0].keys() == BODIES["coin"].keys()


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"timeInForce": "PostOnly", "price": "50100"}, "EC_PostOnlyWillTakeLiquidity"),
        ({"timeInForce": "IOC"}, "EC_NoImmediateQtyToFill"),
        ({"timeInForce": "FOK"}, "EC_NoImmediateQtyToFill"),
    ],
)
def test_what_an_order_gives_up_itself_is_nobodys_cancel(rig: Rig, keys: Any, change: dict[str, Any], why: str) -> None:
    order = placed(rig, keys, **change)

    assert (order["orderStatus"], order["rejectReason"], order["cancelType"]) == ("Cancelled", why, "UNKNOWN")


def test_an_order_has_all_fields_and_tells_its_owners_cancel(rig: Rig, keys: Any) -> None:
    order = placed(rig, keys)
    told(rig, keys, "POST", "/v5/order/cancel", category="spot", symbol="BTCUSDT", orderId=order["orderId"])
    ended = told(rig, keys, "GET", "/v5/order/history", category="spot", orderId=order["orderId"])["list"][0]

    assert order.keys() == BODIES["order"].keys() | {"marketUnit"}
    assert (order["rejectReason"], order["cancelType"]) == ("EC_NoError", "UNKNOWN")
    assert (ended["rejectReason"], ended["cancelType"]) == ("EC_PerCancelRequest", "CancelByUser")


def test_a_fill_and_the_log_of_it_have_all_fields(rig: Rig, keys: Any) -> None:
    placed(rig, keys, price="50100", timeInForce="IOC")

    fill = told(rig, keys, "GET", "/v5/execution/list", category="spot")["list"][0]
    log = told(rig, keys, "GET", "/v5/account/transaction-log")["list"]

    assert fill.keys() == BODIES["execution"].keys()
    assert [row.keys() for row in log] == [BODIES["log"].keys()] * 2
    assert {row["currency"]: row["cashFlow"] for row in log} == {"BTC": "0.01", "USDT": f"-{fill['execValue']}"}


def test_each_order_of_a_batch_stands_for_itself(rig: Rig, keys: Any) -> None:
    good = {**LIMIT, "price": "49000", "orderLinkId": "one"}
    reply = ask(
        rig,
        keys,
        "POST",
        "/v5/order/create-batch",
        category="spot",
        request=[good, {**good, "orderLinkId": "two", "qty": "100"}],
    ).json

    assert reply["result"]["list"][0].keys() == BODIES["batch"]["result"]["list"][0].keys()
    assert [row["code"] for row in reply["retExtInfo"]["list"]] == [0, 170131]


@pytest.mark.parametrize(
    ("path", "sent", "name"),
    [
        ("/v5/asset/transfer/query-account-coin-balance", {"accountType": "UNIFIED", "coin": "USDT"}, "coin balance"),
        ("/v5/asset/transfer/query-account-coins-balance", {"accountType": "UNIFIED"}, "coin balances"),
        ("/v5/asset/withdraw/withdrawable-amount", {"coin": "USDT"}, "withdrawable"),
        ("/v5/order/spot-borrow-check", {"category": "spot", "symbol": "BTCUSDT", "side": "Buy"}, "borrow check"),
    ],
)
def test_what_sdks_ask_for_is_there(rig: Rig, keys: Any, path: str, sent: dict[str, Any], name: str) -> None:
    assert told(rig, keys, "GET", path, **sent).keys() == BODIES[name].keys()


def test_public_trades_are_told_the_newest_first(rig: Rig) -> None:
    rows = rig.send("GET", "/bybit/v5/market/recent-trade?category=spot&symbol=BTCUSDT&limit=3").json["result"]["list"]

    assert [row.keys() for row in rows] == [BODIES["public trade"].keys()] * 3
    assert int(rows[0]["time"]) > int(rows[2]["time"])
