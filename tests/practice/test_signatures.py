"""Signatures are verified as the exchanges' documents say: their own vectors pass, anything else does not."""

import pytest

from practice.dialects.kucoin import signing as kucoin
from practice.http import signing
from practice.http.wire import Call
from practice.refusals import Reason, RefusedError
from practice.trading.matching import Desk
from practice.trading.orders import Terms
from practice.world.market import Market
from practice.world.world import Account, Key, World
from tests.practice.rig import Rig, ask_kucoin, ask_mexc, milliseconds, sign_base64, sign_hex
from tests.practice.stores import open_store

MEXC_SECRET = "45d0b3c26f2644f19bfb98b07741b2f5"
MEXC_TIME = 1644489390087
HEAD = "symbol=BTCUSDT&side=BUY&type=LIMIT"
TAIL = f"quantity=1&price=11&recvWindow=5000&timestamp={MEXC_TIME}"
IN_QUERY = "fd3e4e8543c5188531eb7279d68ae7d26a573d0fc5ab0d18eb692451654d837a"
MIXED = "d1a676610ceb39174c8039b3f548357994b2a34139a8addd33baadba65684592"
KUCOIN_SECRET = "f03a5284-5c39-4aaa-9b20-dea10bdcf8e3"
KUCOIN_TIME = 1547015186532
KUCOIN_SIGNATURE = "7QP/oM0ykidMdrfNEUmng8eZjg/ZvPafjIqmxiVfYu4="


@pytest.mark.parametrize(
    ("query", "body"),
    [(f"{HEAD}&{TAIL}&signature={IN_QUERY}", ""), (HEAD, f"{TAIL}&signature={MIXED}")],
    ids=["all in the query", "query and body"],
)
def test_mexc_documented_vectors_pass(rig: Rig, query: str, body: str) -> None:
    keys = rig.new_key("mexc", secret=MEXC_SECRET)
    rig.fault("clock", ms=MEXC_TIME - milliseconds(), slug="mexc")

    reply = rig.send("POST", f"/mexc/api/v3/order/test?{query}", {"X-MEXC-APIKEY": keys["api_key"]}, body.encode())

    assert (reply.status, reply.json) == (200, {})


def test_mexc_signs_the_query_as_it_is_on_the_wire(rig: Rig) -> None:
    keys = rig.tryout("mexc", "good")
    query = f"symbols=%5B%22A%2CB%22%5D&timestamp={milliseconds()}"

    signed = sign_hex(keys["secret"], query)
    reply = rig.send("GET", f"/mexc/api/v3/account?{query}&signature={signed}", {"X-MEXC-APIKEY": keys["api_key"]})

    assert reply.status == 200


def test_the_kucoin_documented_vector_passes() -> None:
    body = '{"currency":"BTC"}'

    assert signing.sha256_base64(KUCOIN_SECRET, f"{KUCOIN_TIME}POST/api/v1/deposit-addresses{body}") == KUCOIN_SIGNATURE
    assert kucoin.sign_in(vector_call(body.encode(), KUCOIN_SIGNATURE)).api_key == "k"


def test_a_changed_body_breaks_the_kucoin_vector() -> None:
    with pytest.raises(RefusedError) as refused:
        kucoin.sign_in(vector_call(b'{"currency":"ETH"}', KUCOIN_SIGNATURE))

    assert refused.value.reason is Reason.BAD_SIGNATURE


def vector_call(body: bytes, signature: str) -> Call:
    world = World(open_store(":memory:"), Market(7), milliseconds)
    world.save_account(Account("a", "kucoin", "1"))
    world.save_key(Key("kucoin", "k", KUCOIN_SECRET, "passphrase", "a"))
    headers = {
        "KC-API-KEY": "k",
        "KC-API-SIGN": signature,
        "KC-API-TIMESTAMP": str(KUCOIN_TIME),
        "KC-API-PASSPHRASE": sign_base64(KUCOIN_SECRET, "passphrase"),
        "KC-API-KEY-VERSION": "2",
    }
    return Call(
        Desk(world, "kucoin", Terms()), "POST", "/api/v1/deposit-addresses", "", headers, body, "127.0.0.1", KUCOIN_TIME
    )


@pytest.mark.parametrize("version", ["2", "3"])
def test_kucoin_takes_both_living_key_versions(rig: Rig, version: str) -> None:
    keys = rig.tryout("kucoin", "good")

    reply = ask_kucoin(rig, keys, "GET", "/api/v1/user/api-key", version=version)

    assert reply.json["data"]["permission"] == "General,Spot"


def test_kucoin_refuses_version_1(rig: Rig) -> None:
    reply = ask_kucoin(rig, rig.tryout("kucoin", "good"), "GET", "/api/v1/user/api-key", version="1")

    assert (reply.status, reply.json["code"]) == (401, "400004")


def test_kucoin_takes_a_target_that_was_signed_before_it_was_encoded(rig: Rig) -> None:
    keys, now = rig.tryout("kucoin", "good"), str(milliseconds())
    clear, encoded = "/api/v1/accounts?currency=é b", "/api/v1/accounts?currency=%C3%A9%20b"
    headers = {
        "KC-API-KEY": keys["api_key"],
        "KC-API-SIGN": sign_base64(keys["secret"], f"{now}GET{clear}"),
        "KC-API-TIMESTAMP": now,
        "KC-API-PASSPHRASE": sign_base64(keys["secret"], keys["passphrase"]),
        "KC-API-KEY-VERSION": "2",
    }

    assert rig.send("GET", f"/kucoin{encoded}", headers).json["code"] == "200000"


@pytest.mark.parametrize(("lag", "status"), [(-4_000, 200), (-6_000, 400), (500, 200), (1_500, 400)])
def test_mexc_keeps_its_time_window(rig: Rig, lag: int, status: int) -> None:
    reply = ask_mexc(rig, rig.tryout("mexc", "good"), "GET", "/api/v3/account", at=milliseconds() + lag)

    assert reply.status == status


@pytest.mark.parametrize(
    ("lag", "code"), [(-4_000, "200000"), (4_000, "200000"), (-6_000, "400002"), (6_000, "400002")]
)
def test_kucoin_keeps_its_time_window(rig: Rig, lag: int, code: str) -> None:
    reply = ask_kucoin(rig, rig.tryout("kucoin", "good"), "GET", "/api/v1/accounts", at=milliseconds() + lag)

    assert reply.json["code"] == code
