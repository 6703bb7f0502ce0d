"""Each exchange refuses an order in its own words."""

from typing import Any

import pytest

from tests.practice.rig import Rig, ask_kucoin, ask_mexc

MEXC: dict[str, Any] = {"symbol": "BTCUSDT", "side": "BUY", "type": "LIMIT", "quantity": "0.01", "price": "40000"}
KUCOIN = {"symbol": "BTC-USDT", "side": "buy", "type": "limit", "size": "0.01", "price": "40000", "clientOid": "c"}


def keys(rig: Rig, slug: str) -> Any:
    account = rig.control("POST", "accounts", slug=slug, balances={"spot": {"USDT": "1000"}})
    return rig.new_key(slug, account=account["id"])


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"quantity": "1"}, 30004),
        ({"quantity": "0.00001"}, 30002),
        ({"price": "40000.001"}, 30002),
        ({"symbol": "XXXUSDT"}, -1121),
        ({"type": "STOP"}, 700004),
        ({"quantity": "many"}, 700004),
        ({"quantity": ""}, 700004),
    ],
)
def test_mexc_refuses_an_order(rig: Rig, change: dict[str, Any], code: int) -> None:
    reply = ask_mexc(rig, keys(rig, "mexc"), "POST", "/api/v3/order", **{**MEXC, **change})

    assert (reply.status, reply.json["code"]) == (400, code)


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"size": "1"}, 200, "200004"),
        ({"size": "0.000001"}, 400, "400100"),
        ({"price": "40000.001"}, 400, "600100"),
        ({"symbol": "XXX-USDT"}, 400, "900001"),
        ({"clientOid": ""}, 400, "400100"),
        ({"size": "many"}, 400, "400100"),
    ],
)
def test_kucoin_refuses_an_order(rig: Rig, change: dict[str, str], status: int, code: str) -> None:
    reply = ask_kucoin(rig, keys(rig, "kucoin"), "POST", "/api/v1/hf/orders", body={**KUCOIN, **change})

    assert (reply.status, reply.json["code"]) == (status, code)


def test_kucoin_refuses_a_client_id_that_is_still_at_work(rig: Rig) -> None:
    mine = keys(rig, "kucoin")

    codes = [ask_kucoin(rig, mine, "POST", "/api/v1/hf/orders", body=KUCOIN).json for _ in range(2)]

    assert (codes[0]["code"], codes[1]["msg"]) == ("200000", "validation.createOrder.clientOidDuplicated")


def test_an_unknown_order_is_not_found(rig: Rig) -> None:
    mexc, kucoin = keys(rig, "mexc"), keys(rig, "kucoin")

    asked = ask_mexc(rig, mexc, "GET", "/api/v3/order", symbol="BTCUSDT", orderId="C02__1")
    cancelled = ask_kucoin(rig, kucoin, "DELETE", "/api/v1/hf/orders/0?symbol=BTC-USDT")

    assert (asked.json["code"], cancelled.json["msg"]) == (-2013, "order_not_exist_or_not_allow_to_cancel")


@pytest.mark.parametrize("slug", ["mexc", "kucoin"])
def test_nobody_sees_anothers_orders(rig: Rig, slug: str) -> None:
    path = {"mexc": "/api/v3/order", "kucoin": "/api/v1/hf/orders"}[slug]
    mine, others = keys(rig, slug), keys(rig, slug)
    placed: Any = (
        ask_mexc(rig, mine, "POST", path, **MEXC).json
        if slug == "mexc"
        else ask_kucoin(rig, mine, "POST", path, body=KUCOIN).json["data"]
    )

    reply = (
        ask_mexc(rig, others, "GET", path, symbol="BTCUSDT", orderId=placed["orderId"])
        if slug == "mexc"
        else ask_kucoin(rig, others, "GET", f"{path}/{placed['orderId']}?symbol=BTC-USDT")
    )

    assert reply.json["code"] in (-2013, "100001")


def test_a_test_order_is_checked_but_never_placed(rig: Rig) -> None:
    mine = keys(rig, "mexc")

    good = ask_mexc(rig, mine, "POST", "/api/v3/order/test", **MEXC)
    bad = ask_mexc(rig, mine, "POST", "/api/v3/order/test", **{**MEXC, "quantity": "0.00001"})

    assert (good.json, bad.json["code"]) == ({}, 30002)
    assert ask_mexc(rig, mine, "GET", "/api/v3/openOrders", symbol="BTCUSDT").json == []
