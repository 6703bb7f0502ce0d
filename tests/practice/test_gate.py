"""Gate.io's dialect on the wire: signatures, windows, refusals and client ids as the exchange's documents say."""

import hashlib
import hmac
import json
from typing import Any
from urllib.parse import unquote

import pytest

from tests.practice.rig import Reply, Rig, milliseconds, words

ORDER = {"currency_pair": "BTC_USDT", "type": "limit", "account": "spot", "side": "buy", "amount": "0.01", "price": "1"}


def ask(
    rig: Rig,
    keys: Any,
    method: str,
    target: str,
    body: Any = None,
    *,
    lag: int = 0,
    without: str = "",
    fraction: str = "",
) -> Reply:
    """Sign as D1 says: five lines, the query un-encoded, the body's SHA-512."""
    path, _, query = target.partition("?")
    text = json.dumps(body) if body is not None else ""
    now = str(milliseconds() // 1000 + lag) + fraction
    lines = (method, path, unquote(query), hashlib.sha512(text.encode()).hexdigest(), now)
    sign = hmac.new(keys["secret"].encode(), "\n".join(lines).encode(), hashlib.sha512).hexdigest()
    signed = {"KEY": keys["api_key"], "SIGN": sign, "Timestamp": now, "Content-Type": "application/json"}
    return rig.send(method, f"/gate{target}", {k: v for k, v in signed.items() if k != without}, text.encode())


def refused(reply: Reply) -> tuple[int, str]:
    return reply.status, reply.json["label"]


@pytest.mark.parametrize(
    ("case", "expected"),
    [
        ("wrong_ip", (403, "FORBIDDEN")),
        ("wrong_secret", (401, "INVALID_SIGNATURE")),
        ("expired", (401, "INVALID_KEY")),
        ("restricted", (403, "ACCOUNT_LOCKED")),
    ],
)
def test_a_bad_key_is_refused_in_the_exchanges_words(rig: Rig, case: str, expected: tuple[int, str]) -> None:
    assert refused(ask(rig, rig.tryout("gate", case), "GET", "/api/v4/spot/accounts")) == expected


@pytest.mark.parametrize(("lag", "status"), [(-59, 200), (58, 200), (-62, 403), (62, 403)])
def test_the_time_window_is_a_minute_either_way(rig: Rig, lag: int, status: int) -> None:
    assert ask(rig, rig.tryout("gate", "good"), "GET", "/api/v4/spot/accounts", lag=lag).status == status


@pytest.mark.parametrize(
    ("fraction", "status"), [(".5", 200), (".684219", 200), (".", 200), (".x", 403), (".5.5", 403), ("e1", 403)]
)
def test_the_time_may_have_a_fraction_of_a_second(rig: Rig, fraction: str, status: int) -> None:
    """Gate's own client signs and sends str(time.time()): gateio/gateapi-python, gate_api/api_client.py."""
    reply = ask(rig, rig.tryout("gate", "good"), "GET", "/api/v4/spot/accounts", fraction=fraction)

    assert reply.status == status


@pytest.mark.parametrize("header", ["KEY", "SIGN", "Timestamp"])
def test_a_missing_header_is_named(rig: Rig, header: str) -> None:
    reply = ask(rig, rig.tryout("gate", "good"), "GET", "/api/v4/spot/accounts", without=header)

    assert (refused(reply), header in reply.json["message"]) == ((400, "MISSING_REQUIRED_HEADER"), True)


def test_the_time_is_looked_at_before_the_key(rig: Rig) -> None:
    nobody = {"api_key": "0" * 32, "secret": "0" * 64}

    assert refused(ask(rig, nobody, "GET", "/api/v4/spot/accounts", lag=-300)) == (403, "REQUEST_EXPIRED")
    assert refused(ask(rig, nobody, "GET", "/api/v4/spot/accounts")) == (401, "INVALID_KEY")


def test_the_query_is_signed_as_it_reads(rig: Rig) -> None:
    reply = ask(rig, rig.tryout("gate", "good"), "GET", "/api/v4/spot/accounts?currency=%C3%A9%20b")

    assert (reply.status, reply.json) == (200, [])


@pytest.mark.parametrize(
    ("method", "target", "case", "expected"),
    [
        ("POST", "/api/v4/spot/orders", "read_only", (403, "READ_ONLY")),
        ("GET", "/api/v4/account/main_keys", "no_account", (403, "FORBIDDEN")),
        ("GET", "/api/v4/futures/usdt/accounts", "no_futures", (403, "FORBIDDEN")),
        ("DELETE", "/api/v4/withdrawals/0", "good", (403, "FORBIDDEN")),
        ("DELETE", "/api/v4/withdrawals/0", "withdraw", (400, "INVALID_PARAM_VALUE")),
    ],
)
def test_each_call_needs_its_permission(
    rig: Rig, method: str, target: str, case: str, expected: tuple[int, str]
) -> None:
    body = ORDER if method == "POST" else None

    assert refused(ask(rig, rig.tryout("gate", case), method, target, body)) == expected


def test_keys_are_listed_masked(rig: Rig) -> None:
    keys = rig.tryout("gate", "good")

    rows = ask(rig, keys, "GET", "/api/v4/account/main_keys").json

    mine = next(row for row in rows if keys["api_key"].startswith(row["key"].rstrip("*")))
    assert len(rows) > 5
    assert mine["perms"] == [{"name": "spot", "read_only": False}, {"name": "account", "read_only": True}]
    assert mine["ip_whitelist"] == ["127.0.0.1"]


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"amount": "9", "price": "40000"}, (400, "BALANCE_NOT_ENOUGH")),
        ({"amount": "0.00001", "price": "40000"}, (400, "INVALID_PARAM_VALUE")),
        ({"price": "40000.001"}, (400, "INVALID_PRECISION")),
        ({"currency_pair": "XXX_USDT"}, (400, "INVALID_CURRENCY_PAIR")),
        ({"type": "stop"}, (400, "INVALID_PARAM_VALUE")),
        ({"type": ["limit"], "side": {}}, (400, "INVALID_PARAM_VALUE")),
        ({"text": "no-prefix"}, (400, "INVALID_PARAM_VALUE")),
        ({"amount": "many"}, (400, "INVALID_PARAM_VALUE")),
        ({"amount": ""}, (400, "INVALID_PARAM_VALUE")),
    ],
)
def test_an_order_is_refused_with_its_label(rig: Rig, change: dict[str, Any], expected: tuple[int, str]) -> None:
    account = rig.control("POST", "accounts", slug="gate", balances={"spot": {"USDT": "1000"}})

    reply = ask(rig, rig.new_key("gate", account=account["id"]), "POST", "/api/v4/spot/orders", {**ORDER, **change})

    assert refused(reply) == expected


def test_the_minimum_is_said_as_gate_says_it(rig: Rig) -> None:
    body = {**ORDER, "amount": "1"}

    reply = ask(rig, rig.tryout("gate", "good"), "POST", "/api/v4/spot/orders", body)

    assert reply.json["message"].endswith("too small. The minimum is 3 USDT")


def test_a_client_id_may_stand_for_the_order_and_may_repeat(rig: Rig) -> None:
    keys, body = rig.new_key("gate"), {**ORDER, "amount": "10", "text": "t-twice"}

    placed = [ask(rig, keys, "POST", "/api/v4/spot/orders", body) for _ in range(2)]
    found = ask(rig, keys, "GET", "/api/v4/spot/orders/t-twice?currency_pair=BTC_USDT")

    assert [reply.status for reply in placed] == [201, 201]
    assert (found.json["id"], found.json["text"]) == (placed[1].json["id"], "t-twice")


def test_a_client_id_is_forgotten_an_hour_after_the_end(rig: Rig) -> None:
    keys, body = rig.new_key("gate"), {**ORDER, "amount": "10", "text": "t-ends"}
    ask(rig, keys, "POST", "/api/v4/spot/orders", body)
    target = "/api/v4/spot/orders/t-ends?currency_pair=BTC_USDT"
    ended = ask(rig, keys, "DELETE", target)

    assert ask(rig, keys, "GET", target).json["status"] == ended.json["status"] == "cancelled"
    rig.fault("clock", slug="gate", ms=3_601_000)
    assert refused(ask(rig, keys, "GET", target, lag=3_601)) == (404, "ORDER_NOT_FOUND")


def test_an_order_that_never_was_is_not_found(rig: Rig) -> None:
    target = "/api/v4/spot/orders/1?currency_pair=BTC_USDT"

    assert refused(ask(rig, rig.tryout("gate", "good"), "DELETE", target)) == (404, "ORDER_NOT_FOUND")


def test_a_rate_limit_says_when_to_come_back(rig: Rig) -> None:
    rig.fault("429", slug="gate", seconds=3)

    reply = rig.send("GET", "/gate/api/v4/spot/time")

    assert (refused(reply), reply.headers["Retry-After"]) == ((429, "TOO_MANY_REQUESTS"), "3")


def rich(rig: Rig, usdt: str = "1000") -> Any:
    account = rig.control("POST", "accounts", slug="gate", balances={"spot": {"USDT": usdt}})
    return rig.new_key("gate", account=account["id"])


def free(rig: Rig, keys: Any, coin: str = "USDT") -> str:
    return str(ask(rig, keys, "GET", f"/api/v4/spot/accounts?currency={coin}").json[0]["available"])


def place(rig: Rig, keys: Any, **change: str) -> Any:
    return ask(rig, keys, "POST", "/api/v4/spot/orders", {**ORDER, "price": "20000", **change}).json


@pytest.mark.parametrize("target", ["{}?currency_pair=BTC_USDT", "{}"])
def test_an_order_is_changed_under_the_same_id(rig: Rig, target: str) -> None:
    keys = rich(rig)
    placed = place(rig, keys, text="t-mine")
    path = "/api/v4/spot/orders/" + target.format(placed["id"])

    changed = ask(rig, keys, "PATCH", path, {"currency_pair": "BTC_USDT", "price": "30000", "amount": "0.02"})

    told = changed.json
    assert (changed.status, told["id"], told["price"], told["amount"]) == (200, placed["id"], "30000", "0.02")
    assert free(rig, keys) == "400"


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"amount": "9"}, (400, "BALANCE_NOT_ENOUGH")),
        ({"price": "20000.001"}, (400, "INVALID_PRECISION")),
        ({}, (400, "INVALID_PARAM_VALUE")),
    ],
)
def test_a_refused_change_leaves_the_order_as_it_was(
    rig: Rig, change: dict[str, str], expected: tuple[int, str]
) -> None:
    keys = rich(rig)
    target = f"/api/v4/spot/orders/{place(rig, keys)['id']}?currency_pair=BTC_USDT"

    assert refused(ask(rig, keys, "PATCH", target, change)) == expected

    found = ask(rig, keys, "GET", target).json
    assert (found["status"], found["price"], found["amount"]) == ("open", "20000", "0.01")
    assert free(rig, keys) == "800"


def test_several_orders_are_placed_changed_and_cancelled_each_for_itself(rig: Rig) -> None:
    """Gate's pages of batch_orders, amend_batch_orders and cancel_batch_orders: what fails is told in its row."""
    keys, one = rich(rig), {**ORDER, "price": "20000", "text": "t-one"}
    placed = ask(rig, keys, "POST", "/api/v4/spot/batch_orders", [one, {**one, "text": "t-two", "amount": "9"}]).json
    first = {"currency_pair": "BTC_USDT", "id": placed[0]["id"]}
    amends = [{"currency_pair": "BTC_USDT", "order_id": first["id"], "amount": "0.02"}]
    changed = ask(rig, keys, "POST", "/api/v4/spot/amend_batch_orders", amends).json
    ended = ask(rig, keys, "POST", "/api/v4/spot/cancel_batch_orders", [first, {**first, "id": "1"}]).json

    assert [(row["succeeded"], row["label"]) for row in placed] == [(True, ""), (False, "BALANCE_NOT_ENOUGH")]
    assert (changed[0]["succeeded"], changed[0]["amount"]) == (True, "0.02")
    assert [(row["succeeded"], row["label"]) for row in ended] == [(True, None), (False, "ORDER_NOT_FOUND")]


def test_orders_that_are_placed_together_need_texts_of_their_own(rig: Rig) -> None:
    keys = rich(rig)

    same = ask(rig, keys, "POST", "/api/v4/spot/batch_orders", [{**ORDER, "text": "t-one"}] * 2)

    assert refused(same) == (400, "INVALID_PARAM_VALUE")


def test_the_accounts_book_tells_trades_and_fees_with_what_was_left(rig: Rig) -> None:
    keys = rich(rig)
    rig.control("POST", "price", pair="BTC/USDT", price="50000", liquidity="1000")
    place(rig, keys, type="market", time_in_force="ioc", amount="100")

    rows = ask(rig, keys, "GET", "/api/v4/spot/account_book").json
    left = {row["currency"]: row["balance"] for row in reversed(rows)}

    assert {row["type"] for row in rows} == {"order_fill", "order_fee"}
    assert left == {"BTC": free(rig, keys, "BTC"), "USDT": free(rig, keys)}
    fees = ask(rig, keys, "GET", "/api/v4/spot/account_book?type=order_fee").json
    assert {row["currency"] for row in fees} == {"BTC"}


def test_fees_and_the_worth_of_everything_need_their_permissions(rig: Rig) -> None:
    keys = rich(rig)
    wallet = rig.new_key("gate", account=keys["account"], grants=["read", "transfer"])

    by_pair = ask(rig, keys, "GET", "/api/v4/spot/batch_fee?currency_pairs=BTC_USDT,ETH_USDT").json
    whole = ask(rig, wallet, "GET", "/api/v4/wallet/total_balance").json

    assert {symbol: row["taker_fee"] for symbol, row in by_pair.items()} == {"BTC_USDT": "0.002", "ETH_USDT": "0.002"}
    assert refused(ask(rig, keys, "GET", "/api/v4/wallet/fee"))[0] == 403
    assert ask(rig, wallet, "GET", "/api/v4/wallet/fee").json["futures_taker_fee"] == "0.0005"
    assert (whole["total"]["currency"], float(whole["details"]["spot"]["amount"])) == ("USDT", 1000)


def test_everybody_sees_a_coin_and_the_last_trades(rig: Rig) -> None:
    coin = rig.send("GET", "/gate/api/v4/spot/currencies/BTC").json
    nothing = rig.send("GET", "/gate/api/v4/spot/currencies/NOSUCH")
    trades = rig.send("GET", "/gate/api/v4/spot/trades?currency_pair=BTC_USDT&limit=3").json

    assert (coin["currency"], refused(nothing)) == ("BTC", (400, "INVALID_CURRENCY"))
    named = words("id create_time create_time_ms currency_pair side amount price sequence_id")
    assert [set(row) for row in trades] == [named] * 3
