"""How far an order's price may go, on each exchange and in its own words; what post-only and fill-or-kill become."""

from typing import Any

import pytest

from practice.dialects import ALL, BY_SLUG
from tests.practice.rig import Rig, make_ccxt

SLUGS = [dialect.slug for dialect in ALL]
PAIR = "BTC/USDT"
MONEY = {"USDT": "1000000", "BTC": "10"}
# A price that is out of bounds for each, and what its answer says: (buy too high, sell too low).
BANDS = {
    "binance": ('"code":-1013,"msg":"Filter failure: PERCENT_PRICE_BY_SIDE"',) * 2,
    "kucoin": (
        '"code":"400370","msg":"Max. price: 55000.0"',
        '"code":"400760","msg":"order price should be more than 4',
    ),
    "bybit": ('"retCode":170193,"retMsg":"Buy order price cannot be higher than 51000', '"retCode":170194'),
    "okx": ('"sCode":"51137"', '"sCode":"51138"'),
    "gate": ('"label":"PRICE_TOO_DEVIATED"',) * 2,
    "bitget": ('"code":"43009"', '"code":"43008"'),
    "htx": ("order-limitorder-price-buy-max-error", "order-limitorder-price-sell-min-error"),
    "bingx": ('"code":100440',) * 2,
    "mexc": ('"code":30087',) * 2,
    "coinbase": ('"preview_failure_reason":"PREVIEW_INVALID_LIMIT_PRICE"',) * 2,
}
# What becomes of post-only that would take: the refusal, else the state of the order that was taken.
POST_ONLY = {
    "binance": '"code":-2010,"msg":"Order would immediately match and take."',
    "gate": '"label":"POC_FILL_IMMEDIATELY"',
    "coinbase": '"preview_failure_reason":"PREVIEW_INVALID_LIMIT_PRICE_POST_ONLY"',
    "bybit": '"rejectReason":"EC_PostOnlyWillTakeLiquidity"',
    "kucoin": '"timeInForce":"GTC","postOnly":true',
}
FILL_OR_KILL = {"gate": '"label":"FOK_NOT_FILL"'}
OPTIONS = {"bybit": {"fetchOrder": {"acknowledged": True}}}


@pytest.fixture(params=SLUGS)
def exchange(rig: Rig, moment: None, request: pytest.FixtureRequest) -> Any:
    """Return plain ccxt on a fresh account, with BTC pinned at 50,000 and 0.01, 0.02, 0.03 … of it for sale."""
    slug = request.param
    account = rig.control("POST", "accounts", slug=slug, balances={"spot": MONEY})
    rig.control("POST", "price", pair=PAIR, price="50000", liquidity="0.01")
    found = make_ccxt(rig, slug, rig.new_key(slug, account=account["id"], grants=["read", "trade", "ccxt"]))
    found.options.update(OPTIONS.get(slug, {}))
    return found


def refused(exchange: Any, side: str, price: float, amount: float = 0.01, **params: Any) -> str:
    with pytest.raises(Exception, match=r"."):
        exchange.create_order(PAIR, "limit", side, amount, price, params)
    return str(exchange.last_http_response)


def test_a_price_beyond_the_band_is_refused_in_the_exchanges_words(exchange: Any) -> None:
    above, below = (250_100, 9_900) if exchange.id == "binance" else (62_000, 39_000)

    assert BANDS[exchange.id][0] in refused(exchange, "buy", above)
    assert BANDS[exchange.id][1] in refused(exchange, "sell", below)
    assert exchange.fetch_open_orders(PAIR) == []


def test_a_limit_order_takes_the_levels_that_the_book_shows(exchange: Any) -> None:
    shown = exchange.fetch_order_book(PAIR, 20)["asks"]

    placed = exchange.create_order(PAIR, "limit", "buy", 0.05, 50_450)

    order = exchange.fetch_order(placed["id"], PAIR)
    trades = sorted(exchange.fetch_my_trades(PAIR), key=lambda trade: trade["price"])
    assert (order["status"], order["filled"]) == ("closed", 0.05)
    assert [(t["price"], t["amount"]) for t in trades] == [
        (shown[0][0], 0.01), (shown[1][0], 0.02), (shown[2][0], 0.02)
    ]  # fmt: skip
    assert sum(t["cost"] for t in trades) == pytest.approx(order["cost"])


def test_what_a_limit_leaves_rests_below_the_next_price(exchange: Any) -> None:
    shown = exchange.fetch_order_book(PAIR, 20)["asks"]

    placed = exchange.create_order(PAIR, "limit", "buy", 0.05, shown[1][0])

    order = exchange.fetch_order(placed["id"], PAIR)
    assert (order["status"], order["filled"], order["remaining"]) == ("open", 0.03, 0.02)
    exchange.cancel_order(placed["id"], PAIR)


def test_post_only_that_would_take_does_not(exchange: Any) -> None:
    if BY_SLUG[exchange.id].terms.refuses:
        assert POST_ONLY[exchange.id] in refused(exchange, "buy", 50_100, postOnly=True)
    else:
        placed = exchange.create_order(PAIR, "limit", "buy", 0.01, 50_100, {"postOnly": True})
        order = exchange.fetch_order(placed["id"], PAIR)
        assert (order["status"], order["filled"]) == ("canceled", 0)
        assert POST_ONLY.get(exchange.id, "") in str(exchange.last_http_response)
    assert exchange.fetch_my_trades(PAIR) == []


def test_post_only_that_waits_is_cancelled_by_its_owner_alone(exchange: Any) -> None:
    placed = exchange.create_order(PAIR, "limit", "buy", 0.01, 49_000, {"postOnly": True})
    waiting = exchange.fetch_order(placed["id"], PAIR)
    exchange.cancel_order(placed["id"], PAIR)

    assert waiting["status"] == "open"
    assert exchange.fetch_order(placed["id"], PAIR)["status"] == "canceled"
    assert '"finish_as":"poc"' not in str(exchange.last_http_response)
    assert "EC_PostOnlyWillTakeLiquidity" not in str(exchange.last_http_response)


def test_fill_or_kill_fills_whole_or_not_at_all(exchange: Any) -> None:
    shown = exchange.fetch_order_book(PAIR, 20)["asks"]
    if exchange.id in FILL_OR_KILL:
        assert FILL_OR_KILL[exchange.id] in refused(exchange, "buy", shown[1][0], 0.05, timeInForce="FOK")
    else:
        killed = exchange.create_order(PAIR, "limit", "buy", 0.05, shown[1][0], {"timeInForce": "FOK"})
        order = exchange.fetch_order(killed["id"], PAIR)
        assert (order["status"] in {"canceled", "expired"}, order["filled"]) == (True, 0)

    filled = exchange.create_order(PAIR, "limit", "buy", 0.05, shown[2][0], {"timeInForce": "FOK"})

    assert exchange.fetch_order(filled["id"], PAIR)["filled"] == 0.05
