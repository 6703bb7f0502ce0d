"""Each try-out key meets exactly the refusal, status and words of its exchange."""

from typing import Any

import pytest

from tests.practice.rig import Rig, ask_kucoin, ask_mexc

NOBODY = {
    "mexc": {"api_key": "mx0000000000000000", "secret": "0" * 32, "passphrase": ""},
    "kucoin": {"api_key": "0" * 24, "secret": "x", "passphrase": "practice0"},
}
INFO = {"mexc": "/api/v3/apiKeyInfo", "kucoin": "/api/v1/user/api-key"}
ACCOUNT = {"mexc": "/api/v3/account", "kucoin": "/api/v1/accounts"}


def refused(reply: Any) -> tuple[int, Any]:
    return reply.status, reply.json["code"]


@pytest.mark.parametrize(
    ("slug", "case", "expected"),
    [
        ("mexc", "wrong_ip", (400, 700006)),
        ("mexc", "wrong_secret", (400, 700002)),
        ("mexc", "expired", (400, 10072)),
        ("mexc", "restricted", (400, 60005)),
        ("kucoin", "wrong_ip", (403, "400006")),
        ("kucoin", "wrong_secret", (401, "400004")),
        ("kucoin", "wrong_passphrase", (401, "400004")),
        ("kucoin", "expired", (401, "400003")),
        ("kucoin", "restricted", (400, "411100")),
    ],
)
def test_a_bad_key_is_refused_in_the_exchanges_words(rig: Rig, slug: str, case: str, expected: tuple[int, Any]) -> None:
    reply = rig.ask(slug, rig.tryout(slug, case), "GET", ACCOUNT[slug])

    assert refused(reply) == expected


@pytest.mark.parametrize(("slug", "expected"), [("mexc", (400, 10072)), ("kucoin", (401, "400003"))])
def test_a_key_that_nobody_made_is_unknown(rig: Rig, slug: str, expected: tuple[int, Any]) -> None:
    assert refused(rig.ask(slug, NOBODY[slug], "GET", ACCOUNT[slug])) == expected


@pytest.mark.parametrize("slug", ["mexc", "kucoin"])
def test_the_ip_refusal_names_the_callers_address(rig: Rig, slug: str) -> None:
    reply = rig.ask(slug, rig.tryout(slug, "wrong_ip"), "GET", ACCOUNT[slug])

    assert "127.0.0.1" in reply.json["msg"]


def test_a_right_is_needed_for_each_mexc_call(rig: Rig) -> None:
    keys = rig.tryout("mexc", "read_only")

    reply = ask_mexc(rig, keys, "POST", "/api/v3/order/test", symbol="BTCUSDT", side="BUY", type="LIMIT")

    assert refused(reply) == (400, 700007)


def test_a_right_is_needed_for_each_kucoin_call(rig: Rig) -> None:
    body = {"clientOid": "1", "symbol": "BTC-USDT", "side": "buy"}

    reply = ask_kucoin(rig, rig.tryout("kucoin", "read_only"), "POST", "/api/v1/hf/orders/test", body=body)

    assert refused(reply) == (403, "400007")


@pytest.mark.parametrize(("case", "expected"), [("no_futures", (403, "400007")), ("futures", (200, "200000"))])
def test_kucoin_futures_need_the_futures_right(rig: Rig, case: str, expected: tuple[int, Any]) -> None:
    path = "/api/v1/account-overview?currency=USDT"

    assert refused(ask_kucoin(rig, rig.tryout("kucoin", case), "GET", path, host="kucoin-futures")) == expected


@pytest.mark.parametrize(
    ("case", "expected"), [("no_futures", (200, 701)), ("futures", (200, 0)), ("expired", (200, 402))]
)
def test_mexc_contracts_have_their_own_codes(rig: Rig, case: str, expected: tuple[int, Any]) -> None:
    reply = ask_mexc(rig, rig.tryout("mexc", case), "GET", "/api/v1/private/account/assets")

    assert refused(reply) == expected


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/mexc/api/v3/account", (400, 400)),
        ("/mexc/api/v3/nothing", (404, 404)),
        ("/kucoin/api/v1/accounts", (400, "400001")),
        ("/kucoin/api/v1/nothing", (404, "404000")),
        ("/kucoin-futures/api/v1/accounts", (404, "404000")),
    ],
)
def test_an_unsigned_or_unknown_path_answers_as_the_exchange_does(rig: Rig, path: str, expected: Any) -> None:
    assert refused(rig.send("GET", path)) == expected


def test_a_right_taken_or_given_later_counts_at_once(rig: Rig) -> None:
    keys = rig.new_key("kucoin")
    rig.control("PATCH", f"keys/kucoin/{keys['api_key']}", grants=["read", "trade", "withdraw"], ips=["127.0.0.1"])

    data = ask_kucoin(rig, keys, "GET", INFO["kucoin"]).json["data"]

    assert (data["permission"], data["ipWhitelist"]) == ("General,Spot,Transfer", "127.0.0.1")


def test_a_deleted_key_is_unknown(rig: Rig) -> None:
    keys = rig.new_key("mexc")
    rig.control("DELETE", f"keys/mexc/{keys['api_key']}")

    assert refused(ask_mexc(rig, keys, "GET", ACCOUNT["mexc"])) == (400, 10072)


@pytest.mark.parametrize(
    ("case", "days", "ips"),
    [("good", -999, "127.0.0.1"), ("no_ip_list", 82, ""), ("expiring_soon", 5, ""), ("expired", 0, "")],
)
def test_mexc_tells_how_long_a_key_lives(rig: Rig, case: str, days: int, ips: str) -> None:
    keys = rig.tryout("mexc", case)

    info = ask_mexc(rig, keys, "GET", INFO["mexc"], accessKey=keys["api_key"]).json

    assert (info["remainingValidity"], info["ipWhiteList"], info["status"]) == (days, ips, "VALID")


def test_the_same_account_has_the_same_uid_under_each_of_its_keys(rig: Rig) -> None:
    cases = ("good", "read_only", "other_account")

    uids = [ask_kucoin(rig, rig.tryout("kucoin", case), "GET", INFO["kucoin"]).json["data"]["uid"] for case in cases]

    assert uids[0] == uids[1] != uids[2]
