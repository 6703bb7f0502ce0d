"""HTX's signed query, its three styles of refusal and its orders, signed here as its documents say."""

import json
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote, urlsplit

import pytest

from tests.practice.rig import Reply, Rig, milliseconds, sign_base64

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
        ({"price": "40000.001"}, "order-orderamount-precision-error"),
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
