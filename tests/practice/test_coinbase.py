"""Coinbase's dialect on the wire: tokens, refusals and client ids as the exchange's documents say."""

import base64
import json
import time
from datetime import UTC, datetime
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from tests.practice.rig import Reply, Rig

V3 = "/api/v3/brokerage"
ACCOUNTS = f"{V3}/accounts"
DEEP = base64.b64encode(b"[" * 2_400).decode()
LIMIT = {"limit_limit_gtc": {"base_size": "0.01", "limit_price": "40000", "post_only": False}}
ORDER: dict[str, Any] = {
    "client_order_id": "mine",
    "product_id": "BTC-USD",
    "side": "BUY",
    "order_configuration": LIMIT,
}


def encode(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def token(keys: Any, uri: str, /, *, lag: int = 0, life: int = 120, **changes: Any) -> str:
    """Make an ES256 token as D4 makes it, with claims changed at will."""
    now = int(time.time()) + lag
    header = {"alg": "ES256", "typ": "JWT", "kid": keys["api_key"], "nonce": "0" * 32}
    claims = {"iss": "cdp", "sub": keys["api_key"], "nbf": now, "exp": now + life, "uri": uri, **changes}
    signed = ".".join(encode(json.dumps(part).encode()) for part in (header, claims))
    private: Any = load_pem_private_key(keys["secret"].encode(), None)
    r, s = decode_dss_signature(private.sign(signed.encode(), ECDSA(SHA256())))
    return f"{signed}.{encode(r.to_bytes(32, 'big') + s.to_bytes(32, 'big'))}"


def ask(rig: Rig, keys: Any, method: str, target: str, body: Any = None, **changes: Any) -> Reply:
    """Name the real host, as the SDK does; the query is not part of what is signed."""
    uri = f"{method} api.coinbase.com{target.partition('?')[0]}"
    headers = {"Authorization": f"Bearer {token(keys, uri, **changes)}"}
    return rig.send(method, f"/coinbase{target}", headers, json.dumps(body).encode() if body is not None else b"")


def is_unauthorized(reply: Reply) -> bool:
    return (reply.status, reply.body.strip()) == (401, b"Unauthorized")


@pytest.mark.parametrize("case", ["wrong_ip", "wrong_secret", "expired"])
def test_everything_about_a_key_is_one_word(rig: Rig, case: str) -> None:
    reply = ask(rig, rig.tryout("coinbase", case), "GET", ACCOUNTS)

    assert is_unauthorized(reply)
    assert reply.headers["Content-Type"].startswith("text/plain")


def test_an_unknown_key_is_the_same_word(rig: Rig) -> None:
    good = rig.tryout("coinbase", "good")

    assert is_unauthorized(ask(rig, {**good, "api_key": good["api_key"][:-1]}, "GET", ACCOUNTS))


@pytest.mark.parametrize(
    ("changes", "is_good"),
    [
        ({}, True),
        ({"lag": -115}, True),
        ({"lag": -125}, False),
        ({"lag": 5}, True),
        ({"lag": 60}, False),
        ({"life": 600}, False),
        ({"sub": "another"}, False),
        ({"uri": "POST api.coinbase.com/api/v3/brokerage/accounts"}, False),
        ({"uri": "GET api.coinbase.com/api/v3/brokerage/accounts?limit=250"}, False),
        ({"uri": "GET evil.example/api/v3/brokerage/accounts"}, False),
        ({"uri": None, "uris": ["GET api.coinbase.com/api/v3/brokerage/accounts"]}, True),
        ({"uri": None}, False),
        ({"nbf": "now"}, False),
        ({"exp": True}, False),
    ],
)
def test_a_token_counts_for_one_call_and_two_minutes(rig: Rig, changes: dict[str, Any], is_good: bool) -> None:
    reply = ask(rig, rig.tryout("coinbase", "good"), "GET", f"{ACCOUNTS}?limit=250", **changes)

    assert reply.status == 200 if is_good else is_unauthorized(reply)


@pytest.mark.parametrize(
    "bad", ["", "Bearer", "Bearer a.b.c", "Basic x", "Bearer e30.e30.e30", f"Bearer {DEEP}.{DEEP}.e30"]
)
def test_anything_but_a_token_is_unauthorized(rig: Rig, bad: str) -> None:
    assert is_unauthorized(rig.send("GET", f"/coinbase{ACCOUNTS}", {"Authorization": bad}))


def test_permissions_are_told_of_the_calling_key(rig: Rig) -> None:
    reply = ask(rig, rig.tryout("coinbase", "good"), "GET", f"{V3}/key_permissions")

    flags = {name: value for name, value in reply.json.items() if name.startswith("can_")}
    assert flags == {"can_view": True, "can_trade": True, "can_transfer": False}
    assert reply.json["portfolio_type"] == "DEFAULT"


def test_a_right_given_later_counts_at_once(rig: Rig) -> None:
    keys = rig.new_key("coinbase")
    rig.control("PATCH", f"keys/coinbase/{keys['api_key']}", grants=["read", "trade", "withdraw"])

    assert ask(rig, keys, "GET", f"{V3}/key_permissions").json["can_transfer"]


@pytest.mark.parametrize(("case", "error"), [("read_only", "Missing required scopes"), ("restricted", "not allowed")])
def test_a_missing_right_and_a_closed_account_are_forbidden(rig: Rig, case: str, error: str) -> None:
    reply = ask(rig, rig.tryout("coinbase", case), "POST", f"{V3}/orders", ORDER)

    assert (reply.status, reply.json["error"]) == (403, "PERMISSION_DENIED")
    assert error in reply.json["error_details"]


def configured(**sizes: str) -> dict[str, Any]:
    return {"order_configuration": {"limit_limit_gtc": {**LIMIT["limit_limit_gtc"], **sizes}}}


@pytest.fixture
def keys(rig: Rig) -> Any:
    account = rig.control("POST", "accounts", slug="coinbase", balances={"spot": {"USD": "1000"}})
    return rig.new_key("coinbase", account=account["id"])


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (configured(base_size="1"), "PREVIEW_INSUFFICIENT_FUND"),
        (configured(base_size="0.00000001"), "PREVIEW_INVALID_BASE_SIZE_TOO_SMALL"),
        (configured(limit_price="40000.001"), "PREVIEW_INVALID_PRICE_PRECISION"),
        (configured(base_size="0.010000001"), "PREVIEW_INVALID_SIZE_PRECISION"),
        (
            {"order_configuration": {"market_market_ioc": {"quote_size": "0.10"}}},
            "PREVIEW_INVALID_QUOTE_SIZE_TOO_SMALL",
        ),
    ],
)
def test_a_refused_order_comes_with_200(rig: Rig, keys: Any, change: dict[str, Any], reason: str) -> None:
    reply = ask(rig, keys, "POST", f"{V3}/orders", {**ORDER, **change})

    assert (reply.status, reply.json["success"]) == (200, False)
    assert reply.json["error_response"]["preview_failure_reason"] == reason


@pytest.mark.parametrize(
    "change",
    [
        {"product_id": "XXX-USD"},
        {"side": "HOLD"},
        {"side": ["BUY"]},
        {"client_order_id": ""},
        {"client_order_id": 1},
        {"order_configuration": None},
        {"order_configuration": {}},
        {"order_configuration": {"stop": {}}},
        {"order_configuration": {"limit_limit_gtc": []}},
        configured(base_size="many"),
        configured(base_size=""),
    ],
)
def test_an_odd_order_is_an_invalid_argument(rig: Rig, keys: Any, change: dict[str, Any]) -> None:
    reply = ask(rig, keys, "POST", f"{V3}/orders", {**ORDER, **change})

    assert (reply.status, reply.json["error"]) == (400, "INVALID_ARGUMENT")


def test_a_used_client_id_brings_its_order_back_and_places_nothing(rig: Rig, keys: Any) -> None:
    first, again = (ask(rig, keys, "POST", f"{V3}/orders", ORDER).json for _ in range(2))

    listed = ask(rig, keys, "GET", f"{V3}/orders/historical/batch?order_status=OPEN").json["orders"]
    assert first["success_response"]["order_id"] == again["success_response"]["order_id"]
    assert [row["order_id"] for row in listed] == [first["order_id"]]


def test_a_cancellation_says_for_each_order_whether_it_worked(rig: Rig, keys: Any) -> None:
    mine = ask(rig, keys, "POST", f"{V3}/orders", ORDER).json["order_id"]
    nobody = "00000000-0000-0000-0000-000000000000"

    for expected in ("UNKNOWN_CANCEL_FAILURE_REASON", "INVALID_CANCEL_REQUEST"):
        results = ask(rig, keys, "POST", f"{V3}/orders/batch_cancel", {"order_ids": [mine, nobody]}).json["results"]

        assert [row["failure_reason"] for row in results] == [expected, "UNKNOWN_CANCEL_ORDER"]
        assert [row["success"] for row in results] == [expected.startswith("UNKNOWN"), False]


def test_what_a_buyer_gives_includes_the_fee(rig: Rig, keys: Any) -> None:
    body = {**ORDER, "order_configuration": {"market_market_ioc": {"quote_size": "300"}}}

    placed = ask(rig, keys, "POST", f"{V3}/orders", body).json["order_id"]
    order = ask(rig, keys, "GET", f"{V3}/orders/historical/{placed}").json["order"]

    assert (order["status"], order["order_configuration"]) == ("FILLED", body["order_configuration"])
    assert float(order["filled_value"]) + float(order["total_fees"]) == pytest.approx(300, abs=0.01)
    assert float(order["total_value_after_fees"]) <= 300


def test_an_order_that_never_was_is_not_found(rig: Rig, keys: Any) -> None:
    reply = ask(rig, keys, "GET", f"{V3}/orders/historical/nothing")

    assert (reply.status, reply.json["message"]) == (404, "order with this orderID was not found")


def test_a_rate_limit_says_when_to_come_back(rig: Rig) -> None:
    rig.fault("429", slug="coinbase", seconds=2)

    reply = rig.send("GET", f"/coinbase{V3}/time")

    assert (reply.status, reply.headers["Retry-After"]) == (429, "2")
    assert reply.json["errors"][0]["id"] == "rate_limit_exceeded"


def test_too_many_decimals_are_told_as_the_exchange_told_them(rig: Rig, keys: Any) -> None:
    """The answer to a real order that several public projects have written down."""
    told = ask(rig, keys, "POST", f"{V3}/orders", {**ORDER, **configured(limit_price="40000.001")}).json

    assert told["error_response"] == {
        "error": "INVALID_PRICE_PRECISION",
        "message": "Too many decimals in order price",
        "error_details": "",
        "preview_failure_reason": "PREVIEW_INVALID_PRICE_PRECISION",
    }


@pytest.mark.parametrize(
    ("change", "errors"),
    [
        (configured(), []),
        (configured(base_size="1"), ["PREVIEW_INSUFFICIENT_FUND"]),
        (configured(limit_price="40000.001"), ["PREVIEW_INVALID_PRICE_PRECISION"]),
        (configured(base_size="0.00000001"), ["PREVIEW_INVALID_BASE_SIZE_TOO_SMALL"]),
    ],
)
def test_a_preview_tells_what_would_be_refused_as_a_success(
    rig: Rig, keys: Any, change: dict[str, Any], errors: list[str]
) -> None:
    reply = ask(rig, keys, "POST", f"{V3}/orders/preview", {**ORDER, **change})

    assert (reply.status, reply.json["errs"]) == (200, errors)
    assert ask(rig, keys, "GET", f"{V3}/orders/historical/batch").json["orders"] == []


def place(rig: Rig, keys: Any, name: str, **changes: Any) -> str:
    placed = ask(rig, keys, "POST", f"{V3}/orders", {**ORDER, "client_order_id": name, **changes})
    return str(placed.json["order_id"])


def found(rig: Rig, keys: Any, query: str) -> list[str]:
    return [row["order_id"] for row in ask(rig, keys, "GET", f"{V3}/orders/historical/batch?{query}").json["orders"]]


def test_a_filter_that_is_repeated_counts_each_time(rig: Rig, keys: Any) -> None:
    """The SDK sends a list as the same parameter again and again."""
    gone, rests = place(rig, keys, "gone"), place(rig, keys, "rests")
    other = place(rig, keys, "other", product_id="ETH-USD", **configured(limit_price="100"))
    ask(rig, keys, "POST", f"{V3}/orders/batch_cancel", {"order_ids": [gone]})

    assert found(rig, keys, "order_status=CANCELLED&order_status=FILLED") == [gone]
    assert found(rig, keys, "product_ids=ETH-USD&product_ids=BTC-USD") == [other, rests, gone]
    assert found(rig, keys, "product_ids=ETH-USD") == [other]
    assert found(rig, keys, f"order_ids={gone}&order_ids={other}") == [other, gone]
    assert found(rig, keys, "order_side=SELL") == []


def test_open_orders_are_not_asked_for_together_with_others(rig: Rig, keys: Any) -> None:
    """Coinbase's page of List Orders: "You cannot pair open orders with other order types"."""
    reply = ask(rig, keys, "GET", f"{V3}/orders/historical/batch?order_status=OPEN&order_status=FILLED")

    assert (reply.status, reply.json["error"]) == (400, "INVALID_ARGUMENT")


def test_orders_and_accounts_come_in_pages(rig: Rig, keys: Any) -> None:
    small = configured(base_size="0.001")
    placed = [place(rig, keys, name, **small) for name in ("one", "two", "three")][::-1]
    first = ask(rig, keys, "GET", f"{V3}/orders/historical/batch?limit=2").json
    second = ask(rig, keys, "GET", f"{V3}/orders/historical/batch?limit=2&cursor={first['cursor']}").json

    assert [row["order_id"] for row in first["orders"] + second["orders"]] == placed
    assert (first["has_next"], second["has_next"], second["cursor"]) == (True, False, "")
    assert ask(rig, rig.tryout("coinbase", "good"), "GET", f"{ACCOUNTS}?limit=1").json["has_next"]


def test_fills_are_found_by_several_orders_and_in_pages(rig: Rig, keys: Any) -> None:
    spend = {"order_configuration": {"market_market_ioc": {"quote_size": "10.00"}}}
    first, second, third = (place(rig, keys, name, **spend) for name in ("one", "two", "three"))
    told = ask(rig, keys, "GET", f"{V3}/orders/historical/fills?order_ids={first}&order_ids={second}").json
    page = ask(rig, keys, "GET", f"{V3}/orders/historical/fills?limit=1").json

    assert {row["order_id"] for row in told["fills"]} == {first, second}
    assert (page["fills"][0]["order_id"], page["cursor"]) == (third, "1")


def test_one_account_and_the_best_prices_are_told(rig: Rig, keys: Any) -> None:
    (row,) = ask(rig, keys, "GET", ACCOUNTS).json["accounts"]

    assert ask(rig, keys, "GET", f"{ACCOUNTS}/{row['uuid']}").json == {"account": row}
    assert ask(rig, keys, "GET", f"{ACCOUNTS}/nobody").status == 404
    books = ask(rig, keys, "GET", f"{V3}/best_bid_ask?product_ids=BTC-USD&product_ids=ETH-USD").json["pricebooks"]
    assert [(book["product_id"], len(book["bids"]), len(book["asks"])) for book in books] == [
        ("BTC-USD", 1, 1),
        ("ETH-USD", 1, 1),
    ]


def test_products_are_filtered_and_trades_listed(rig: Rig) -> None:
    market = f"/coinbase{V3}/market/products"

    named = rig.send("GET", f"{market}?product_ids=BTC-USD&product_ids=ETH-USD").json["products"]
    second = rig.send("GET", f"{market}?limit=1&offset=1").json["products"]
    trades = rig.send("GET", f"{market}/BTC-USD/ticker?limit=3").json["trades"]

    assert [row["product_id"] for row in named] == ["BTC-USD", "ETH-USD"]
    assert (len(second), len({row["trade_id"] for row in trades})) == (1, 3)


def test_an_order_is_edited_under_the_same_id(rig: Rig, keys: Any) -> None:
    placed = place(rig, keys, "mine")

    edited = ask(rig, keys, "POST", f"{V3}/orders/edit", {"order_id": placed, "size": "0.02", "price": "30000"}).json
    order = ask(rig, keys, "GET", f"{V3}/orders/historical/{placed}").json["order"]

    assert (edited["success"], edited["success_response"], edited["errors"]) == (True, {"order_id": placed}, [])
    assert order["order_configuration"]["limit_limit_gtc"]["base_size"] == "0.02"
    assert order["order_configuration"]["limit_limit_gtc"]["limit_price"] == "30000"


@pytest.mark.parametrize(
    ("change", "reason", "preview"),
    [
        ({"order_id": "nobody"}, "ORDER_NOT_FOUND", "UNKNOWN_PREVIEW_FAILURE_REASON"),
        ({"size": None}, "INVALID_EDITED_SIZE", "UNKNOWN_PREVIEW_FAILURE_REASON"),
        ({"price": None}, "INVALID_EDITED_PRICE", "UNKNOWN_PREVIEW_FAILURE_REASON"),
        ({"size": "9"}, "UNKNOWN_EDIT_ORDER_FAILURE_REASON", "PREVIEW_INSUFFICIENT_FUND"),
        ({"price": "30000.001"}, "UNKNOWN_EDIT_ORDER_FAILURE_REASON", "PREVIEW_INVALID_PRICE_PRECISION"),
    ],
)
def test_a_refused_edit_says_why_in_a_list(
    rig: Rig, keys: Any, change: dict[str, Any], reason: str, preview: str
) -> None:
    """An omitted size or price counts as zero: nautilus_trader met that at the real exchange."""
    asked = {"order_id": place(rig, keys, "mine"), "size": "0.01", "price": "30000", **change}

    told = ask(rig, keys, "POST", f"{V3}/orders/edit", asked).json

    assert told["success"] is False
    assert told["errors"] == [{"edit_failure_reason": reason, "preview_failure_reason": preview}]


def until(lag: int) -> str:
    return datetime.fromtimestamp(time.time() + lag, UTC).isoformat()


def test_an_order_that_is_good_until_a_moment_expires(rig: Rig, keys: Any) -> None:
    sizes = {"base_size": "0.01", "limit_price": "20000", "end_time": until(60), "post_only": False}
    placed = place(rig, keys, "mine", order_configuration={"limit_limit_gtd": sizes})
    before = ask(rig, keys, "GET", f"{V3}/orders/historical/{placed}").json["order"]
    over = {"limit_limit_gtd": {**sizes, "end_time": until(-60)}}

    assert (before["status"], before["time_in_force"]) == ("OPEN", "GOOD_UNTIL_DATE_TIME")
    assert before["order_configuration"]["limit_limit_gtd"]["limit_price"] == "20000"
    refused = ask(rig, keys, "POST", f"{V3}/orders", {**ORDER, "client_order_id": "x", "order_configuration": over})
    assert (refused.status, refused.json["error"]) == (400, "INVALID_ARGUMENT")
