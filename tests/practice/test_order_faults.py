"""What goes wrong around an order: accepted though the answer was lost, accepted later, not shown yet."""

import time
import uuid
from collections.abc import Callable
from typing import Any

import ccxt
import pytest

from practice.http.faults import Fault, FaultBook
from tests.practice.rig import Rig, make_ccxt, milliseconds

PAIR = "BTC/USDT"
MONEY = {"USDT": "10000", "BTC": "1"}
# One looks orders up by client id on a path of its own, the other with a parameter of the same path.
SLUGS = ["kucoin", "binance"]


class Trader:
    """A ccxt instance on a fresh account that places limit orders of its own choice of id."""

    def __init__(self, rig: Rig, slug: str) -> None:
        self.rig, self.slug = rig, slug
        self.account = rig.control("POST", "accounts", slug=slug, balances={"spot": MONEY})["id"]
        keys = rig.new_key(slug, account=self.account, grants=["read", "trade", "ccxt"])
        self.exchange = make_ccxt(rig, slug, keys)
        self.exchange.load_markets()

    def place(self, mine: str, price: float = 40_000) -> Any:
        return self.exchange.create_order(PAIR, "limit", "buy", 0.01, price, {"clientOrderId": mine})

    def find(self, mine: str) -> Any:
        return self.exchange.fetch_order(None, PAIR, {"clientOrderId": mine})

    def journal(self, mine: str) -> list[Any]:
        return list(self.rig.control("GET", f"journal?client_id={mine}")["orders"])

    def fault(self, kind: str, **data: Any) -> Any:
        return self.rig.fault(kind, slug=self.slug, **data)


@pytest.fixture(params=SLUGS)
def trader(rig: Rig, request: pytest.FixtureRequest) -> Trader:
    rig.control("POST", "price", pair=PAIR, price="50000", liquidity="1000")
    return Trader(rig, request.param)


def new_id() -> str:
    return uuid.uuid4().hex[:24]


def until(is_so: Callable[[], object], seconds: float = 3) -> None:
    end = time.monotonic() + seconds
    while not is_so() and time.monotonic() < end:
        time.sleep(0.01)
    assert is_so()


def test_a_lost_answer_leaves_an_order_that_a_later_look_up_finds(trader: Trader) -> None:
    mine = new_id()
    trader.fault("late_accept", method="POST", count=1)

    with pytest.raises(ccxt.NetworkError):
        trader.place(mine)

    assert (len(trader.journal(mine)), trader.find(mine)["status"]) == (1, "open")


def test_an_order_is_accepted_after_its_caller_was_cut_off(trader: Trader) -> None:
    mine = new_id()
    done = trader.rig.control("GET", "pending")["done"]
    trader.fault("accept_later", method="POST", count=1, ms=300)

    with pytest.raises(ccxt.NetworkError):
        trader.place(mine)
    early, waiting = trader.journal(mine), trader.rig.control("GET", "pending")
    with pytest.raises(ccxt.OrderNotFound):
        trader.find(mine)
    until(lambda: trader.journal(mine))

    assert (early, waiting["count"], waiting["pending"][0]["slug"]) == ([], 1, trader.slug)
    assert (trader.find(mine)["status"], len(trader.journal(mine))) == ("open", 1)
    assert trader.rig.control("GET", "pending") == {"count": 0, "done": done + 1, "pending": []}


def test_a_pending_order_can_be_forgotten(trader: Trader) -> None:
    mine = new_id()
    trader.fault("accept_later", method="POST", count=1, ms=50)

    with pytest.raises(ccxt.NetworkError):
        trader.place(mine)
    left = trader.rig.control("DELETE", "pending")["count"]
    time.sleep(0.1)

    assert (left, trader.journal(mine)) == (0, [])


def test_an_order_accepted_later_meets_the_one_that_was_sent_again(trader: Trader) -> None:
    mine = new_id()
    trader.fault("accept_later", method="POST", count=1, ms=100)

    with pytest.raises(ccxt.NetworkError):
        trader.place(mine)
    trader.place(mine)
    until(lambda: trader.rig.control("GET", "pending")["count"] == 0)

    assert len(trader.journal(mine)) == 1


def test_young_orders_are_hidden_from_every_read_and_balances_are_not(trader: Trader) -> None:
    mine = new_id()
    trader.fault("hide_orders", ms=60_000)
    placed = trader.place(mine)
    bought = trader.exchange.create_order(PAIR, "market", "buy", 0.01)
    reads = trader.exchange

    for asked in (lambda: trader.find(mine), lambda: reads.fetch_order(placed["id"], PAIR)):
        with pytest.raises(ccxt.OrderNotFound):
            asked()
    assert (reads.fetch_open_orders(PAIR), reads.fetch_my_trades(PAIR)) == ([], [])
    assert reads.fetch_balance()["USDT"]["used"] >= 400
    trader.rig.control("DELETE", "faults")
    assert trader.find(mine)["id"] == placed["id"]
    assert [trade["order"] for trade in reads.fetch_my_trades(PAIR)] == [bought["id"]]


def test_of_young_orders_it_says_that_they_ended_unfilled(trader: Trader) -> None:
    trader.fault("blind_orders", ms=60_000)
    resting = trader.place(new_id())
    bought = trader.exchange.create_order(PAIR, "market", "buy", 0.01)
    reads = trader.exchange

    told = reads.fetch_order(bought["id"], PAIR)

    assert told["status"] in {"canceled", "expired"}
    assert (told["filled"], reads.fetch_my_trades(PAIR)) == (0, [])
    assert [one["id"] for one in reads.fetch_open_orders(PAIR)] == [resting["id"]]
    trader.rig.control("DELETE", "faults")
    told = reads.fetch_order(bought["id"], PAIR)
    assert (told["filled"], [trade["order"] for trade in reads.fetch_my_trades(PAIR)]) == (0.01, [bought["id"]])


def test_hidden_orders_show_once_they_are_old_enough(trader: Trader) -> None:
    mine = new_id()
    trader.fault("hide_orders", ms=200)
    sent = milliseconds()
    trader.place(mine)

    def is_found() -> bool:
        try:
            return bool(trader.find(mine))
        except ccxt.OrderNotFound:
            return False

    until(is_found)
    assert milliseconds() - sent >= 200


def test_what_writes_knows_hidden_orders(trader: Trader) -> None:
    mine = new_id()
    trader.fault("hide_orders", ms=60_000)
    placed = trader.place(mine)

    with pytest.raises(ccxt.ExchangeError):
        trader.place(mine)
    trader.exchange.cancel_order(placed["id"], PAIR)

    trader.rig.control("DELETE", "faults")
    assert (len(trader.journal(mine)), trader.exchange.fetch_open_orders(PAIR)) == (1, [])


def test_a_silent_fault_acts_together_with_a_spoiling_one(trader: Trader) -> None:
    mine = new_id()
    trader.fault("late_accept", method="POST", count=1)
    trader.fault("hide_orders", ms=60_000)
    trader.fault("delay", method="POST", ms=60)

    started = time.monotonic()
    with pytest.raises(ccxt.NetworkError):
        trader.place(mine)
    spent = time.monotonic() - started

    assert (spent >= 0.06, len(trader.journal(mine))) == (True, 1)
    with pytest.raises(ccxt.OrderNotFound):
        trader.find(mine)


def fired(seed: int, **data: Any) -> list[bool]:
    """Return for 1,000 requests whether the fault broke them."""
    book = FaultBook(seed)
    book.add(Fault("503", **data))
    return [bool(book.pick("kucoin", None, "spot", "GET", "/")) for _ in range(1_000)]


def test_a_chance_fires_about_so_often_and_the_same_with_the_same_seed() -> None:
    seen = fired(7, chance=0.3)

    assert 250 < sum(seen) < 350
    assert seen == fired(7, chance=0.3) != fired(8, chance=0.3)


def test_two_faults_of_one_kind_draw_on_their_own() -> None:
    book = FaultBook(7)
    first, second = book.add(Fault("delay", chance=0.5)), book.add(Fault("delay", chance=0.5))

    picked = [book.pick("kucoin", None, "spot", "GET", "/") for _ in range(200)]

    assert any(first in faults and second not in faults for faults in picked)


@pytest.mark.parametrize(("chance", "count"), [(0, 0), (1, 1_000)])
def test_a_chance_of_nothing_never_fires_and_of_one_always(chance: float, count: int) -> None:
    assert sum(fired(7, chance=chance)) == count


def test_a_chance_counts_beside_every_and_count() -> None:
    assert 100 < sum(fired(7, chance=0.5, every=4)) < 150
    assert sum(fired(7, chance=0.5, count=5)) == 5


def test_a_chance_may_be_sent_as_text(rig: Rig) -> None:
    assert rig.fault("503", slug="mexc", chance="0.25", every="2")["chance"] == 0.25
    assert rig.send("GET", "/mexc/api/v3/time").status == 200


def test_a_chance_out_of_bounds_is_refused(rig: Rig) -> None:
    for body in (b'{"kind":"503","chance":1.5}', b'{"kind":"503","chance":-0.1}', b'{"kind":"503","chance":"often"}'):
        assert rig.send("POST", "/_control/faults", body=body).status == 400
