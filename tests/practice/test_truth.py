"""The truth tells all orders, fills and money exactly; a killed process has lost nothing that it accepted."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from decimal import Decimal as D
from http.client import HTTPException
from pathlib import Path
from typing import Any

import pytest

from tests.practice.programs import Process, wait
from tests.practice.rig import Credentials, Rig, ask_kucoin, make_ccxt

PAIR = "BTC/USDT"
ENOUGH = 40
# The connection ends without an answer, or with one that is no JSON.
LOST = (OSError, HTTPException, ValueError)


def total(truth: Any, asset: str) -> tuple[D, D]:
    (row,) = [b for b in truth["balances"] if (b["wallet"], b["asset"]) == ("spot", asset)]
    return D(row["free"]), D(row["locked"])


def traded(truth: Any, asset: str) -> D:
    """Return by how much the fills changed what is owned of an asset."""
    change = D(0)
    for order in truth["orders"]:
        sign = 1 if order["side"] == "buy" else -1
        for fill in order["fills"]:
            change += sign * D(fill["amount"]) if asset == "BTC" else -sign * D(fill["cost"])
            change -= D(fill["fee"]) if fill["fee_asset"] == asset else 0
    return change


@pytest.mark.parametrize("slug", ["kucoin", "mexc", "binance"])
def test_the_truth_tells_orders_fills_fees_and_money(rig: Rig, slug: str) -> None:
    rig.control("POST", "price", pair=PAIR, price="50000", liquidity="0.004")
    account = rig.control("POST", "accounts", slug=slug, balances={"spot": {"USDT": "10000", "BTC": "1"}})["id"]
    exchange = make_ccxt(rig, slug, rig.new_key(slug, account=account, grants=["read", "trade", "ccxt"]))
    exchange.create_order(PAIR, "limit", "buy", 0.01, 40_000, {"clientOrderId": "waits"})
    exchange.create_order(PAIR, "market", "sell", 0.01, None, {"clientOrderId": "sold"})

    truth = rig.control("GET", f"truth?slug={slug}&account={account}")

    waits, sold = truth["orders"]
    assert (waits["client_id"], waits["status"], waits["filled"], waits["fills"]) == ("waits", "open", "0", [])
    assert (sold["client_id"], sold["side"], sold["status"], D(sold["filled"])) == ("sold", "sell", "filled", D("0.01"))
    assert [D(fill["amount"]) for fill in sold["fills"]] == [D("0.004"), D("0.006")]
    assert sum(D(fill["cost"]) for fill in sold["fills"]) == D(sold["spent"]) > 499
    assert sum(D(fill["fee"]) for fill in sold["fills"]) == D(sold["fee"])
    assert sum(total(truth, "USDT")) == 10_000 + traded(truth, "USDT")
    assert sum(total(truth, "BTC")) == 1 + traded(truth, "BTC")


def test_the_truth_knows_what_was_filled_while_nobody_looked(rig: Rig) -> None:
    rig.control("POST", "price", pair=PAIR, price="50000", liquidity="1000")
    account = rig.control("POST", "accounts", slug="kucoin", balances={"spot": {"USDT": "10000"}})["id"]
    keys = rig.new_key("kucoin", account=account)
    place(rig, keys, "crossed", "49000")
    rig.control("POST", "price", pair=PAIR, price="48000")

    (order,) = rig.control("GET", f"truth?account={account}")["orders"]

    assert (order["status"], len(order["fills"])) == ("filled", 1)


def place(rig: Rig, keys: Credentials, mine: str, price: str) -> Any:
    body = {"clientOid": mine, "symbol": "BTC-USDT", "side": "buy", "type": "limit", "price": price, "size": "0.001"}
    return ask_kucoin(rig, keys, "POST", "/api/v1/hf/orders", body=body).json["data"]["orderId"]


@pytest.fixture
def process(tmp_path: Path) -> Iterator[Process]:
    process = Process(tmp_path / "state.sqlite3")
    yield process
    process.kill()


def trade_until_killed(rig: Rig, keys: Credentials, lane: int) -> dict[str, str]:
    """Place orders, some of which fill at once, until nobody answers any more; return those that were confirmed."""
    confirmed: dict[str, str] = {}
    for n in range(1_000):
        mine = f"lane{lane}-{n}"
        try:
            confirmed[mine] = place(rig, keys, mine, "51000" if n % 3 else "40000")
        except LOST:
            if not is_alive(rig):
                break
    return confirmed


def is_alive(rig: Rig) -> bool:
    with suppress(OSError, HTTPException):
        return rig.send("GET", "/healthz").status == 200
    return False


def test_a_kill_in_mid_traffic_loses_nothing_that_was_accepted(process: Process) -> None:
    rig = process.start()
    rig.control("POST", "price", pair=PAIR, price="50000", liquidity="1000")
    account = rig.control("POST", "accounts", slug="kucoin", balances={"spot": {"USDT": "100000", "BTC": "0"}})["id"]
    keys = rig.new_key("kucoin", account=account)
    rig.fault("late_accept", method="POST", chance=0.3)

    with ThreadPoolExecutor(4) as pool:
        lanes = [pool.submit(trade_until_killed, rig, keys, lane) for lane in range(3)]
        wait(lambda: len(rig.control("GET", "journal")["orders"]) >= ENOUGH)
        # This one is accepted, and its answer still on the way when the process dies.
        rig.fault("slow_drip", method="POST", path="/api/v1/hf/orders", api_key=keys["api_key"])
        pool.submit(place, rig, keys, "unanswered", "51000")
        wait(lambda: bool(rig.control("GET", "journal?client_id=unanswered")["orders"]))
        before = rig.control("GET", "journal")["orders"]
        process.kill()
        confirmed = {mine: theirs for lane in lanes for mine, theirs in lane.result().items()}
    again = process.start()
    journal, truth = again.control("GET", "journal")["orders"], again.control("GET", f"truth?account={account}")

    known = {row["client_id"]: row["id"] for row in truth["orders"]}
    assert len(before) > ENOUGH
    assert 0 < len(confirmed) < len(known)
    assert journal[: len(before)] == before
    assert [row["id"] for row in journal] == [row["id"] for row in truth["orders"]]
    assert confirmed.items() <= known.items()
    assert {row["status"] for row in truth["orders"]} == {"open", "filled"}
    held = sum(D(row["amount"]) * D(row["price"]) for row in truth["orders"] if row["status"] == "open")
    assert total(truth, "USDT")[1] == held * D("1.001")
    assert sum(total(truth, "USDT")) == 100_000 + traded(truth, "USDT")
    assert sum(total(truth, "BTC")) == traded(truth, "BTC")
    (found,) = [row for row in truth["orders"] if row["client_id"] == "unanswered"]
    seen = ask_kucoin(again, keys, "GET", "/api/v1/hf/orders/client-order/unanswered?symbol=BTC-USDT").json["data"]
    assert (found["status"], D(found["filled"]), seen["id"]) == ("filled", D("0.001"), found["id"])
