"""HTX's signed query, its three styles of refusal and its orders, signed here as its documents say."""

import json
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote, urlsplit

import pytest

from tests.practice.rig import Reply, Rig, milliseconds, sign_base64, words

UID, ACCOUNTS = "/v2/user/uid", "/v1/account/accounts"
PLACE = "/v1/order/orders/place"
HOSTS = {"htx": "api.huobi.pro", "htx-futures": "api.hbdm.com"}
TEXTS = {
    "wrong_secret": "Verification failure",
    "wrong_ip": "Incorrect IP address [IP地址错误]:127.0.0.1",
    "expired": "API key has expired",
}


def ask(
    rig: Rig,
    keys: Any,
    path: str,
    *,
    body: Any = None,
    lag: int = 0,
    host: str = "",
    prefix: str = "htx",
    sent: dict[str, str] | None = None,
    **params: str,
) -> Reply:
    """Send one signed request; `sent` replaces what is sent after signing."""
    method, text = ("GET", "") if body is None else ("POST", json.dumps(body))
    at = datetime.fromtimestamp((milliseconds() + lag) / 1000, UTC).strftime("%Y-%m-%dT%H:%M:%S")
    signing = {"AccessKeyId": keys["api_key"], "SignatureMethod": "HmacSHA256", "SignatureVersion": "2"}
    query = encode({**signing, "Timestamp": at, **params})
    payload = f"{method}\n{host or HOSTS[prefix]}\n{path}\n{query}"
    signed = {**signing, "Timestamp": at, **params, "Signature": sign_base64(keys["secret"], payload), **(sent or {})}
    return rig.send(method, f"/{prefix}{path}?{encode(signed)}", {"Content-Type": "application/json"}, text.encode())


def encode(params: dict[str, str]) -> str:
    return "&".join(f"{name}={quote(value, safe='')}" for name, value in sorted(params.items()))


def refused(reply: Reply) -> tuple[int, str, str]:
    return reply.status, reply.json["err-code"], reply.json["err-msg"]


@pytest.mark.parametrize("host", ["api.huobi.pro", "api-aws.huobi.pro", ""])
def test_it_takes_a_signature_for_each_of_its_hosts(rig: Rig, host: str) -> None:
    own = host or urlsplit(rig.base).netloc

    assert ask(rig, rig.tryout("htx", "good"), UID, host=own).json["code"] == 200


def test_a_signature_for_another_host_fails(rig: Rig) -> None:
    assert "Verification failure" in refused(ask(rig, rig.tryout("htx", "good"), UID, host="api.hbdm.com"))[2]


@pytest.mark.parametrize("path", [UID, ACCOUNTS])
@pytest.mark.parametrize("case", TEXTS)
def test_a_bad_key_has_one_code_and_many_texts(rig: Rig, case: str, path: str) -> None:
    status, code, text = refused(ask(rig, rig.tryout("htx", case), path))

    assert (status, code) == (200, "api-signature-not-valid")
    assert text.startswith(f"Signature not valid: {TEXTS[case]}")


@pytest.mark.parametrize(
    ("sent", "text"),
    [
        ({"AccessKeyId": "nobody"}, "Incorrect Access key"),
        ({"AccessKeyId": ""}, "Incorrect Access key"),
        ({"Signature": "wrong"}, "Verification failure"),
        ({"Signature": ""}, "Verification failure"),
        ({"SignatureMethod": "Ed25519"}, "Verification failure"),
        ({"Timestamp": ""}, "Invalid submission time"),
    ],
)
def test_a_spoilt_query_is_refused_for_what_it_is(rig: Rig, sent: dict[str, str], text: str) -> None:
    assert text in refused(ask(rig, rig.tryout("htx", "good"), UID, sent=sent))[2]


@pytest.mark.parametrize(("lag", "is_fresh"), [(-298_000, True), (298_000, True), (-302_000, False), (302_000, False)])
def test_it_keeps_a_window_of_five_minutes(rig: Rig, lag: int, is_fresh: bool) -> None:
    reply = ask(rig, rig.tryout("htx", "good"), UID, lag=lag)

    assert is_fresh == (reply.json.get("code") == 200)
    assert is_fresh or "submission time" in refused(reply)[2]


def test_the_uid_must_be_told_to_read_a_key(rig: Rig) -> None:
    keys = rig.tryout("htx", "good")

    reply = ask(rig, keys, "/v2/user/api-key", accessKey=keys["api_key"])

    assert (reply.status, reply.json["code"]) == (200, 2002)


def test_without_a_name_all_keys_of_the_account_are_listed(rig: Rig) -> None:
    keys = rig.tryout("htx", "good")
    uid = str(ask(rig, keys, UID).json["data"])

    rows = ask(rig, keys, "/v2/user/api-key", uid=uid).json["data"]
    mine = ask(rig, keys, "/v2/user/api-key", uid=uid, accessKey=keys["api_key"]).json["data"]

    assert len(rows) > 5
    assert [(row["permission"], row["ipAddresses"], row["validDays"]) for row in mine] == [
        ("readOnly,trade", "127.0.0.1", -1)
    ]


@pytest.mark.parametrize(
    ("case", "status", "code"), [("wrong_secret", 403, 403), ("wrong_ip", 403, 403), ("no_futures", 200, 1220)]
)
def test_contracts_have_numbers_for_their_refusals(rig: Rig, case: str, status: int, code: int) -> None:
    reply = ask(rig, rig.tryout("htx", case), "/v5/account/balance", prefix="htx-futures")

    assert (reply.status, reply.json["status"], reply.json["err_code"]) == (status, "error", code)


@pytest.fixture
def keys(rig: Rig) -> Any:
    account = rig.control("POST", "accounts", slug="htx", balances={"spot": {"USDT": "1000"}})
    return rig.new_key("htx", account=account["id"])


def order(rig: Rig, keys: Any, **change: str) -> dict[str, str]:
    account = str(ask(rig, keys, ACCOUNTS).json["data"][0]["id"])
    whole = {"account-id": account, "symbol": "btcusdt", "type": "buy-limit", "amount": "0.01", "price": "40000"}
    return {**whole, **change}


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"amount": "1"}, "account-frozen-balance-insufficient-error"),
        ({"amount": "0.0001"}, "order-value-min-error"),
        ({"price": "40000.001"}, "order-orderprice-precision-error"),
        ({"amount": "0.010000000001"}, "order-orderamount-precision-error"),
        ({"amount": "0.00001"}, "order-limitorder-amount-min-error"),
        ({"type": "sell-market", "amount": "0.00001"}, "order-marketorder-amount-min-error"),
        ({"symbol": "xxxusdt"}, "base-symbol-error"),
        ({"type": "buy-stop"}, "invalid-parameter"),
        ({"amount": "many"}, "invalid-parameter"),
        ({"account-id": "1"}, "account-account-id-inexistent"),
    ],
)
def test_an_order_is_refused_in_htx_words(rig: Rig, keys: Any, change: dict[str, str], code: str) -> None:
    assert refused(ask(rig, keys, PLACE, body=order(rig, keys, **change)))[:2] == (200, code)


def test_orders_need_the_trade_right(rig: Rig) -> None:
    reply = ask(rig, rig.tryout("htx", "read_only"), PLACE, body={})

    assert "API key has no permission" in refused(reply)[2]


def test_a_client_id_is_used_once(rig: Rig, keys: Any) -> None:
    mine = order(rig, keys, **{"client-order-id": "mine", "price": "20000"})

    replies = [ask(rig, keys, PLACE, body=mine).json for _ in range(2)]

    assert (replies[0]["status"], replies[1].get("err-code")) == ("ok", "invalid-client-order-id")


def test_an_order_that_is_done_or_was_never_there_cannot_be_cancelled(rig: Rig, keys: Any) -> None:
    placed = ask(rig, keys, PLACE, body=order(rig, keys, price="20000")).json["data"]
    path = "/v1/order/orders/{}/submitcancel"

    codes = [ask(rig, keys, path.format(one), body={}).json.get("err-code") for one in (placed, placed, "1")]

    assert codes == [None, "order-orderstate-error", "base-record-invalid"]


def test_an_order_says_field_where_a_list_says_filled(rig: Rig, keys: Any) -> None:
    placed = ask(rig, keys, PLACE, body=order(rig, keys, price="20000")).json["data"]

    shown = ask(rig, keys, f"/v1/order/orders/{placed}").json["data"]
    listed = ask(rig, keys, "/v1/order/openOrders").json["data"][0]

    assert (shown["id"], shown["field-amount"], shown["state"]) == (int(placed), "0", "submitted")
    assert (listed["id"], listed["filled-amount"]) == (int(placed), "0")


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"price": "40000.001"}, "order price precision error, scale: `"),
        ({"amount": "0.0001"}, "Order total cannot be lower than: 5 USDT"),
        ({"amount": "0.00001"}, "limit order amount error, min: `"),
    ],
)
def test_what_is_wrong_with_an_order_is_told_in_numbers(rig: Rig, keys: Any, change: dict[str, str], text: str) -> None:
    """The words stand beside the codes in answers that public clients keep."""
    assert text in refused(ask(rig, keys, PLACE, body=order(rig, keys, **change)))[2]


def place(rig: Rig, keys: Any, **change: str) -> str:
    return str(ask(rig, keys, PLACE, body=order(rig, keys, **{"price": "20000", **change})).json["data"])


def test_orders_are_cancelled_together_by_either_id(rig: Rig, keys: Any) -> None:
    """HTX's documents of batchcancel: what failed is told with its code and the order's state as a number."""
    first, second = place(rig, keys), place(rig, keys, **{"client-order-id": "mine"})
    path = "/v1/order/orders/batchcancel"

    by_theirs = ask(rig, keys, path, body={"order-ids": [first, "1"]}).json["data"]
    by_ours = ask(rig, keys, path, body={"client-order-ids": ["mine"]}).json["data"]
    again = ask(rig, keys, path, body={"order-ids": [second]}).json["data"]

    assert (by_theirs["success"], by_theirs["failed"][0]["err-code"]) == ([first], "base-record-invalid")
    assert (by_ours["success"], by_ours["failed"]) == (["mine"], [])
    assert (again["failed"][0]["err-code"], again["failed"][0]["order-state"]) == ("order-orderstate-error", 7)


def test_all_open_orders_of_a_pair_are_cancelled(rig: Rig, keys: Any) -> None:
    place(rig, keys)
    other = place(rig, keys, symbol="ethusdt", price="100", amount="1")
    account = order(rig, keys)["account-id"]
    path = "/v1/order/orders/batchCancelOpenOrders"

    told = ask(rig, keys, path, body={"account-id": account, "symbol": "btcusdt"}).json["data"]

    assert (told["success-count"], told["failed-count"]) == (1, 0)
    assert [row["id"] for row in ask(rig, keys, "/v1/order/openOrders").json["data"]] == [int(other)]


def test_several_orders_are_placed_each_for_itself(rig: Rig, keys: Any) -> None:
    body = [order(rig, keys, price="20000", **{"client-order-id": "one"}), order(rig, keys, amount="0.0001")]

    rows = ask(rig, keys, "/v1/order/batch-orders", body=body).json["data"]

    assert (rows[0]["client-order-id"], rows[1]["err-code"]) == ("one", "order-value-min-error")
    assert ask(rig, keys, f"/v1/order/orders/{rows[0]['order-id']}").json["data"]["state"] == "submitted"


def test_the_history_holds_what_is_over(rig: Rig, keys: Any) -> None:
    gone, _ = place(rig, keys), place(rig, keys)
    ask(rig, keys, f"/v1/order/orders/{gone}/submitcancel", body={})

    assert [row["id"] for row in ask(rig, keys, "/v1/order/history").json["data"]] == [int(gone)]


def test_a_statement_tells_trades_and_fees_with_what_was_left(rig: Rig, keys: Any) -> None:
    account = order(rig, keys)["account-id"]
    rig.control("POST", "price", pair="BTC/USDT", price="50000", liquidity="1000")
    ask(rig, keys, PLACE, body=order(rig, keys, type="buy-market", amount="100", price=""))

    own: dict[str, Any] = {"account-id": account}
    rows = ask(rig, keys, "/v1/account/history", **own).json["data"]
    money = {row["currency"]: row["acct-balance"] for row in reversed(rows)}
    balances = ask(rig, keys, f"{ACCOUNTS}/{account}/balance").json["data"]["list"]
    own["transact-types"] = "transact-fee"
    fees = ask(rig, keys, "/v1/account/history", **own).json

    assert money == {row["currency"]: row["balance"] for row in balances if row["type"] == "trade"}
    assert {row["transact-type"] for row in rows} == {"trade", "transact-fee"}
    assert {row["currency"] for row in fees["data"]} == {"btc"}


def test_fee_rates_are_told_in_both_versions(rig: Rig, keys: Any) -> None:
    (old,) = ask(rig, keys, "/v1/fee/fee-rate/get", symbols="btcusdt").json["data"]
    (new,) = ask(rig, keys, "/v2/reference/transact-fee-rate", symbols="btcusdt").json["data"]

    assert old == {"symbol": "btcusdt", "maker-fee": "0.002", "taker-fee": "0.002"}
    assert set(new) == words("symbol makerFeeRate takerFeeRate actualMakerRate actualTakerRate")


def test_everybody_sees_the_day_and_the_last_trades(rig: Rig) -> None:
    day = rig.send("GET", "/htx/market/detail?symbol=btcusdt").json
    last = rig.send("GET", "/htx/market/trade?symbol=btcusdt").json
    trades = rig.send("GET", "/htx/market/history/trade?symbol=btcusdt&size=3").json

    assert (day["ch"], set(day["tick"])) == (
        "market.btcusdt.detail",
        words("id version open close low high amount vol count"),
    )
    assert last["ch"] == "market.btcusdt.trade.detail"
    assert set(last["tick"]["data"][0]) == words("id ts trade-id amount price direction")
    assert len(trades["data"]) == 3


def test_an_id_that_is_null_is_no_id(rig: Rig, keys: Any) -> None:
    """HTX's own client sends null for what is not given: two such orders are not of one name."""
    mine: Any = {**order(rig, keys, price="20000", amount="0.001"), "client-order-id": None}

    placed = [ask(rig, keys, PLACE, body=mine).json["status"] for _ in range(2)]

    assert placed == ["ok", "ok"]
    assert [row["client-order-id"] for row in ask(rig, keys, "/v1/order/openOrders").json["data"]] == ["", ""]


def test_the_ledger_of_transfers_is_empty_and_coins_are_named(rig: Rig, keys: Any) -> None:
    own: dict[str, Any] = {"accountId": order(rig, keys)["account-id"]}

    assert ask(rig, keys, "/v2/account/ledger", **own).json["data"] == []
    assert "btc" in rig.send("GET", "/htx/v1/common/currencys").json["data"]
