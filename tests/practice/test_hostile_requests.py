"""Nothing that a caller sends makes the practice exchange answer with an error of its own."""

import json
from typing import Any

import pytest

from tests.practice.rig import Rig, ask_kucoin, ask_mexc

NUMBERS = ["1e999999", "9" * 5_000, "NaN", "-Infinity", "-0", "0", "1e-400", "0x10", " ", "\x00"]


@pytest.mark.parametrize("number", NUMBERS)
def test_odd_numbers_are_refused_in_the_exchanges_words(rig: Rig, number: str) -> None:
    keys = {slug: rig.tryout(slug, "good") for slug in ("mexc", "kucoin")}
    order: dict[str, Any] = {"symbol": "BTCUSDT", "side": "BUY", "type": "LIMIT", "price": "1"}
    body = {"clientOid": "1", "symbol": "BTC-USDT", "side": "buy", "type": "limit", "price": "1", "size": number}

    mexc = ask_mexc(rig, keys["mexc"], "POST", "/api/v3/order/test", **order, quantity=number)
    kucoin = ask_kucoin(rig, keys["kucoin"], "POST", "/api/v1/hf/orders/test", body=body)

    assert (mexc.status, kucoin.status) == (400, 400)
    assert mexc.json["code"]
    assert kucoin.json["code"] != "200000"


@pytest.mark.parametrize("limit", ["9" * 5_000, "-1", "x", "1.5"])
def test_odd_limits_are_refused(rig: Rig, limit: str) -> None:
    assert rig.send("GET", f"/mexc/api/v3/klines?symbol=BTCUSDT&interval=1m&limit={limit}").status == 400


@pytest.mark.parametrize("body", [b"[" * 200_000, b"{", b"\xff", b"[]", b'"x"', b"{}", b'{"symbol":[1],"side":{}}'])
def test_odd_bodies_are_refused(rig: Rig, body: bytes) -> None:
    keys = rig.tryout("kucoin", "good")
    reply = rig.send("POST", "/kucoin/api/v1/hf/orders", {"KC-API-KEY": keys["api_key"]}, body)

    assert reply.json["code"] == "400001"


@pytest.mark.parametrize("body", [[], "x", {}, {"clientOid": [1], "symbol": {}, "side": []}, {"clientOid": "\ud800"}])
def test_odd_signed_bodies_are_refused(rig: Rig, body: Any) -> None:
    reply = ask_kucoin(rig, rig.tryout("kucoin", "good"), "POST", "/api/v1/hf/orders", body=body)

    assert (reply.status, reply.json["code"] != "200000") == (400, True)


@pytest.mark.parametrize("odd", ["é", "ÿ" * 300, "a,b", ""])
def test_odd_headers_are_refused(rig: Rig, odd: str) -> None:
    names = ("KC-API-KEY", "KC-API-SIGN", "KC-API-TIMESTAMP", "KC-API-PASSPHRASE")

    kucoin = rig.send("GET", "/kucoin/api/v1/accounts", dict.fromkeys(names, odd))
    mexc = rig.send("GET", "/mexc/api/v3/account?timestamp=1&signature=%ff", {"X-MEXC-APIKEY": odd})

    assert (kucoin.status, mexc.status) == (400, 400)


def test_a_known_key_with_an_odd_signature_is_refused(rig: Rig) -> None:
    keys = rig.tryout("mexc", "good")
    headers = {"ApiKey": keys["api_key"], "Request-Time": "ÿ", "Signature": "ÿ"}

    assert rig.send("GET", "/mexc/api/v1/private/account/assets", headers).json["code"] == 602


@pytest.mark.parametrize("path", ["/mexc", "/mexc/", "/nobody/api", "/mexc/%00", "/mexc/%ff?%ff=%ff", "/kucoin/..%2f"])
def test_odd_paths_end_in_404(rig: Rig, path: str) -> None:
    assert rig.send("GET", path).status == 404


@pytest.mark.parametrize("body", [b"[]", b"{", b"1", json.dumps({"kind": "503", "every": 0}).encode(), b'{"slug":"x"}'])
def test_odd_control_bodies_are_refused(rig: Rig, body: bytes) -> None:
    for what in ("faults", "keys", "accounts", "latency", "price"):
        assert rig.send("POST", f"/_control/{what}", body=body).status == 400
