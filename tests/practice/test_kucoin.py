"""KuCoin's dialect on the wire: its rows have the fields that the exchange's own SDK was tested with."""

import json
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from tests.practice.rig import Rig, ask_kucoin

BODIES = json.loads((Path(__file__).parent / "bodies" / "kucoin.json").read_text())
LIMIT: dict[str, Any] = {"symbol": "BTC-USDT", "side": "buy", "type": "limit", "size": "0.01", "price": "49000"}
HF = "/api/v1/hf/orders"


@pytest.fixture
def keys(rig: Rig) -> Any:
    """Return a key that may trade, on a fresh account, with BTC pinned at 50,000."""
    account = rig.control("POST", "accounts", slug="kucoin", balances={"spot": {"USDT": "10000", "BTC": "1"}})
    rig.control("POST", "price", pair="BTC/USDT", price="50000", liquidity="1000")
    return rig.new_key("kucoin", account=account["id"], grants=["read", "trade"])


def ask(rig: Rig, keys: Any, method: str, path: str, **body: Any) -> Any:
    reply = ask_kucoin(rig, keys, method, path, body=body or None).json
    assert reply["code"] == "200000", reply
    return reply["data"]


def place(rig: Rig, keys: Any, **change: Any) -> str:
    return str(ask(rig, keys, "POST", HF, **{**LIMIT, "clientOid": uuid4().hex, **change})["orderId"])


def test_an_order_has_all_fields_open_and_over(rig: Rig, keys: Any) -> None:
    placed = place(rig, keys)
    is_open = ask(rig, keys, "GET", f"{HF}/{placed}?symbol=BTC-USDT")
    listed = ask(rig, keys, "GET", f"{HF}/active?symbol=BTC-USDT")
    ask(rig, keys, "DELETE", f"{HF}/{placed}?symbol=BTC-USDT")
    is_over = ask(rig, keys, "GET", f"{HF}/{placed}?symbol=BTC-USDT")

    assert is_open.keys() == BODIES["order"].keys()
    assert listed[0].keys() == BODIES["open order"].keys()
    assert (is_open["remainSize"], is_open["remainFunds"], is_open["feeCurrency"]) == ("0.01", "490", "USDT")
    assert (is_over["cancelledSize"], is_over["cancelledFunds"], is_over["remainSize"]) == ("0.01", "490", "0")


def test_a_filled_order_still_tells_what_a_better_price_saved(rig: Rig, keys: Any) -> None:
    placed = place(rig, keys, price="50100")
    order = ask(rig, keys, "GET", f"{HF}/{placed}?symbol=BTC-USDT")

    assert (order["funds"], order["dealFunds"], order["remainFunds"]) == ("501", "500.025", "0.975")
    assert (order["remainSize"], order["cancelledFunds"], order["active"]) == ("0", "0", False)


def test_post_only_is_good_till_cancelled_with_a_mark(rig: Rig, keys: Any) -> None:
    placed = place(rig, keys, postOnly=True, timeInForce="GTC")
    order = ask(rig, keys, "GET", f"{HF}/{placed}?symbol=BTC-USDT")

    assert (order["timeInForce"], order["postOnly"]) == ("GTC", True)


def test_a_page_is_the_one_that_was_asked_for(rig: Rig, keys: Any) -> None:
    placed = [place(rig, keys, price=price) for price in ("49000", "48000", "47000")]
    second = ask(rig, keys, "GET", f"{HF}/active/page?symbol=BTC-USDT&pageSize=2&currentPage=2")

    assert second.keys() == BODIES["page of open orders"].keys()
    assert (second["totalNum"], second["totalPage"], second["currentPage"]) == (3, 2, 2)
    assert [row["id"] for row in second["items"]] == placed[:1]


def test_a_cancel_in_step_tells_the_sizes(rig: Rig, keys: Any) -> None:
    told = ask(rig, keys, "DELETE", f"{HF}/sync/{place(rig, keys)}?symbol=BTC-USDT")

    assert told.keys() == BODIES["cancelled in step"].keys()
    assert (told["originSize"], told["canceledSize"], told["status"]) == ("0.01", "0.01", "done")


def test_all_orders_are_cancelled_at_once_and_their_symbols_told(rig: Rig, keys: Any) -> None:
    place(rig, keys)

    assert ask(rig, keys, "GET", f"{HF}/active/symbols") == {"symbols": ["BTC-USDT"]}
    assert ask(rig, keys, "DELETE", f"{HF}/cancelAll") == {"succeedSymbols": ["BTC-USDT"], "failedSymbols": []}
    assert ask(rig, keys, "GET", f"{HF}/active/symbols") == {"symbols": []}


def test_a_fill_and_its_ledger_have_all_fields(rig: Rig, keys: Any) -> None:
    place(rig, keys, price="50100")
    fill = ask(rig, keys, "GET", "/api/v1/hf/fills?symbol=BTC-USDT")["items"][0]
    ledger = ask(rig, keys, "GET", "/api/v1/hf/accounts/ledgers?currency=USDT")

    assert fill.keys() == BODIES["fill"].keys()
    assert [row.keys() for row in ledger] == [BODIES["ledger"].keys()]
    assert (ledger[0]["direction"], ledger[0]["amount"]) == ("out", "500.025")


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/api/v2/symbols/BTC-USDT", "symbol"),
        ("/api/v2/user-info", "user"),
        ("/api/v1/base-fee", "fee"),
    ],
)
def test_what_sdks_ask_for_is_there(rig: Rig, keys: Any, path: str, name: str) -> None:
    assert ask(rig, keys, "GET", path).keys() == BODIES[name].keys()


def test_public_trades_and_one_account_are_there(rig: Rig, keys: Any) -> None:
    trades = ask(rig, keys, "GET", "/api/v1/market/histories?symbol=BTC-USDT")
    usdt = next(row for row in ask(rig, keys, "GET", "/api/v1/accounts") if row["currency"] == "USDT")
    one = ask(rig, keys, "GET", f"/api/v1/accounts/{usdt['id']}")

    assert trades[0].keys() == BODIES["public trade"].keys()
    assert trades[0]["time"] < trades[-1]["time"]
    assert one.keys() == BODIES["account"].keys()
    assert one["balance"] == "10000"
