"""The ten unified calls of a plain ccxt instance parse to right values on every dialect, sync and async."""

import asyncio
import inspect
import uuid
from itertools import pairwise
from typing import Any

import pytest

from practice.dialects import ALL
from tests.practice.rig import Rig, make_ccxt, milliseconds

SLUGS = [dialect.slug for dialect in ALL]
PAIR = "BTC/USDT"
MONEY = {"USDT": "10000", "BTC": "1"}
# Where an exchange wants its own kind of client id, or ccxt its own name for it.
PREFIX = {"gate": "t-"}
PARAMETER = {"coinbase": "client_order_id"}
# It can be asked for an order by its own id only: ours is found among the open ones.
BY_OWN_ID_ONLY = {"coinbase"}
# ccxt spends a cost only when told that the size is quote money.
BY_COST = {"okx": {"tgtCcy": "quote_ccy"}}
# It names no minimum cost of an order.
NO_MINIMUM_COST = {"okx"}
# Our id may stand where theirs does, and ccxt knows no other way to cancel by it.
IN_PLACE_OF_THEIRS = {"gate"}
# The exchange can be asked by our id, ccxt cannot ask it: ours is found among the open ones, and cancelled by our id.
FOUND_IN_LIST = {"bingx": "clientOrderId", "bybit": "orderLinkId"}
# ccxt refuses to look for one order unless told that only the last 500 can be found.
OPTIONS = {"bybit": {"fetchOrder": {"acknowledged": True}}}
# ccxt does not read the least amount of the first; the second has none of BTC.
NO_LEAST_AMOUNT = {"bingx", "bitget"}
# In what steps the price of BTC is told where it is not a cent.
TICKS = dict.fromkeys(("kucoin", "bybit", "okx", "gate"), 0.1)
# Its ticker knows nothing of the last day.
NO_DAY = {"coinbase"}
# ccxt reads money on hold only when told to ask the newer endpoint.
BALANCE = {"coinbase": {"v3": True}}
# A cost includes this fee, and money is held for it.
FEE_INSIDE = {"coinbase": 0.012}


class Awaited:
    """Calls a sync or an async ccxt instance in the same way."""

    def __init__(self, rig: Rig, slug: str, keys: Any, is_async: bool) -> None:
        self.loop = asyncio.new_event_loop() if is_async else None
        self.exchange = make_ccxt(rig, slug, keys, is_async=is_async)
        self.exchange.options.update(OPTIONS.get(slug, {}))

    def __call__(self, name: str, *args: Any, **params: Any) -> Any:
        result = getattr(self.exchange, name)(*args, **params)
        return self.loop.run_until_complete(result) if self.loop and inspect.isawaitable(result) else result

    def place(self, mine: str) -> Any:
        """Place a limit order that rests, with a client id."""
        parameter = PARAMETER.get(self.exchange.id, "clientOrderId")
        return self("create_order", PAIR, "limit", "buy", 0.01, 40_000, {parameter: mine})

    def find(self, mine: str) -> Any:
        if self.exchange.id in BY_OWN_ID_ONLY | set(FOUND_IN_LIST):
            return next(order for order in self("fetch_open_orders", PAIR) if order["clientOrderId"] == mine)
        return self("fetch_order", None, PAIR, {"clientOrderId": mine})

    def cancel(self, mine: str, theirs: str) -> None:
        if self.exchange.id in BY_OWN_ID_ONLY | IN_PLACE_OF_THEIRS:
            self("cancel_order", mine if self.exchange.id in IN_PLACE_OF_THEIRS else theirs, PAIR)
        else:
            self("cancel_order", None, PAIR, {FOUND_IN_LIST.get(self.exchange.id, "clientOrderId"): mine})

    def balance(self, asset: str) -> Any:
        return self("fetch_balance", BALANCE.get(self.exchange.id, {}))[asset]

    @property
    def fee_inside(self) -> float:
        return FEE_INSIDE.get(self.exchange.id, 0)

    @property
    def client_id(self) -> str:
        return PREFIX.get(self.exchange.id, "") + uuid.uuid4().hex[:24]

    def close(self) -> None:
        if self.loop:
            self("close")
            self.loop.close()


@pytest.fixture(params=[(slug, is_async) for slug in SLUGS for is_async in (False, True)], ids=str)
def call(rig: Rig, request: pytest.FixtureRequest) -> Any:
    """Return a caller on a fresh account, with BTC pinned at 50,000 on a deep market."""
    slug, is_async = request.param
    account = rig.control("POST", "accounts", slug=slug, balances={"spot": MONEY})
    rig.control("POST", "price", pair=PAIR, price="50000", liquidity="1000")
    found = Awaited(rig, slug, rig.new_key(slug, account=account["id"], grants=["read", "trade", "ccxt"]), is_async)
    yield found
    found.close()


def test_public_calls_read_the_market(call: Any) -> None:
    market = call("load_markets")[PAIR]
    ticker, book = call("fetch_ticker", PAIR), call("fetch_order_book", PAIR, 20)
    candles = call("fetch_ohlcv", PAIR, "1h", None, 10)

    assert abs(call("fetch_time") - milliseconds()) < 2_000
    assert (market["active"], market["precision"]["price"]) == (True, TICKS.get(call.exchange.id, 0.01))
    assert call.exchange.id in NO_LEAST_AMOUNT or market["limits"]["amount"]["min"] > 0
    assert call.exchange.id in NO_MINIMUM_COST or market["limits"]["cost"]["min"] > 0
    assert ticker["bid"] < 50_000 == ticker["last"] < ticker["ask"]
    assert call.exchange.id in NO_DAY or -50 < ticker["percentage"] < 50
    assert book["bids"][0][0] < 50_000 < book["asks"][0][0]
    assert len(candles) >= 9
    assert all(low <= min(first, last) <= max(first, last) <= high for _, first, high, low, last, _ in candles)
    assert [b[0] - a[0] for a, b in pairwise(candles)] == [3_600_000] * (len(candles) - 1)


def test_candles_start_where_asked(call: Any) -> None:
    since = (milliseconds() // 3_600_000 - 48) * 3_600_000

    candles = call("fetch_ohlcv", PAIR, "1h", since, 5)

    assert [candle[0] for candle in candles] == [since + i * 3_600_000 for i in range(5)]


def test_a_limit_order_lives_and_is_cancelled(call: Any) -> None:
    mine = call.client_id
    placed = call.place(mine)
    order = call("fetch_order", placed["id"], PAIR)
    held = call.balance("USDT")
    listed = call("fetch_open_orders", PAIR)
    call("cancel_order", placed["id"], PAIR)
    after = call("fetch_order", placed["id"], PAIR)

    assert (order["status"], order["price"], order["amount"], order["filled"]) == ("open", 40_000, 0.01, 0)
    assert (order["side"], order["type"], order["clientOrderId"], order["symbol"]) == ("buy", "limit", mine, PAIR)
    assert (held["total"], 400 <= held["used"] < 401 + 400 * call.fee_inside) == (10_000, True)
    assert [row["id"] for row in listed] == [placed["id"]]
    assert (after["status"], call("fetch_open_orders", PAIR)) == ("canceled", [])
    assert call.balance("USDT")["free"] == 10_000


def test_a_market_order_by_cost_fills_at_once(call: Any) -> None:
    params = {"cost": 100, **BY_COST.get(call.exchange.id, {})}
    placed = call("create_order", PAIR, "market", "buy", 1, None, params)
    order, trades = call("fetch_order", placed["id"], PAIR), call("fetch_my_trades", PAIR)

    worth = 100 / (1 + call.fee_inside)
    step = call.exchange.market(PAIR)["precision"]["amount"] * 50_002.5
    assert (order["status"], order["type"], worth - 0.1 - step < order["cost"] <= worth) == ("closed", "market", True)
    assert order["average"] == pytest.approx(50_002.5)
    assert order["filled"] == pytest.approx(order["cost"] / 50_002.5)
    assert [(t["order"], t["side"], t["takerOrMaker"], t["price"]) for t in trades] == [
        (placed["id"], "buy", "taker", 50_002.5)
    ]
    assert trades[0]["fee"]["cost"] > 0
    taken = sum(trade["fee"]["cost"] for trade in trades if trade["fee"]["currency"] == "BTC")
    assert call.balance("BTC")["free"] == pytest.approx(1 + order["filled"] - taken)


def test_a_market_order_by_amount_sells(call: Any) -> None:
    placed = call("create_order", PAIR, "market", "sell", 0.1)
    order = call("fetch_order", placed["id"], PAIR)

    assert (order["status"], order["side"], order["filled"]) == ("closed", "sell", 0.1)
    assert call.balance("BTC")["free"] == pytest.approx(0.9)


def test_a_limit_order_fills_in_parts_when_the_price_comes(rig: Rig, call: Any) -> None:
    placed = call("create_order", PAIR, "limit", "buy", 0.01, 49_000)
    rig.control("POST", "price", pair=PAIR, points=[[0, "48000"], [1, "50000"]], liquidity="0.004")
    part = call("fetch_order", placed["id"], PAIR)
    rig.control("POST", "price", pair=PAIR, price="47000", liquidity="1000")
    whole, trades = call("fetch_order", placed["id"], PAIR), call("fetch_my_trades", PAIR)

    assert (part["status"], part["filled"], part["remaining"]) == ("open", 0.004, 0.006)
    assert (whole["status"], whole["filled"], whole["average"]) == ("closed", 0.01, 49_000)
    assert sorted(trade["amount"] for trade in trades) == [0.004, 0.006]
    assert {trade["takerOrMaker"] for trade in trades} == {"maker"}
    assert len({trade["id"] for trade in trades}) == 2


def test_an_order_is_found_by_its_client_id(call: Any) -> None:
    mine = call.client_id
    placed = call.place(mine)

    found = call.find(mine)
    call.cancel(mine, placed["id"])

    assert (found["id"], call("fetch_order", placed["id"], PAIR)["status"]) == (placed["id"], "canceled")


def test_the_journal_keeps_every_accepted_order_once(rig: Rig, call: Any) -> None:
    mine = call.client_id
    call.place(mine)

    rows = rig.control("GET", f"journal?client_id={mine}")["orders"]

    assert [(row["pair"], row["side"], row["amount"], row["price"]) for row in rows] == [(PAIR, "buy", "0.01", "40000")]


def test_a_lost_answer_hides_an_order_that_was_accepted(rig: Rig, call: Any) -> None:
    mine = call.client_id
    call("load_markets")
    rig.fault("late_accept", method="POST", count=1)

    with pytest.raises(Exception, match=r".") as lost:
        call.place(mine)

    assert "NetworkError" in {kind.__name__ for kind in type(lost.value).__mro__}
    assert call.find(mine)["status"] == "open"
    assert len(rig.control("GET", f"journal?client_id={mine}")["orders"]) == 1


def test_young_orders_can_be_hidden_from_what_is_read(rig: Rig, call: Any) -> None:
    placed = call.place(call.client_id)
    call("create_order", PAIR, "market", "sell", 0.1)
    rig.fault("hide_orders", ms=60_000)

    with pytest.raises(Exception, match=r".") as missing:
        call("fetch_order", placed["id"], PAIR)
    listed, trades = call("fetch_open_orders", PAIR), call("fetch_my_trades", PAIR)
    call("cancel_order", placed["id"], PAIR)
    rig.control("DELETE", "faults")

    assert "ExchangeError" in {kind.__name__ for kind in type(missing.value).__mro__}
    assert (listed, trades, call("fetch_order", placed["id"], PAIR)["status"]) == ([], [], "canceled")
    assert len(call("fetch_my_trades", PAIR)) == 1
