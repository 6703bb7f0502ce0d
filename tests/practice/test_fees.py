"""A fee is taken as the exchange takes it, also in a coin of its own, and told with the exchange's digits."""

import json
from decimal import Decimal as D
from typing import Any

import pytest

from practice.dialects import BY_SLUG
from tests.practice.rig import Rig, make_ccxt

PAIR = "BTC/USDT"
COINS = {"binance": "BNB", "kucoin": "KCS", "gate": "GT", "bitget": "BGB", "htx": "HT", "mexc": "MX"}
MONEY = {"USDT": "10000", **dict.fromkeys(COINS.values(), "1000")}


def trader(rig: Rig, slug: str, **traits: str) -> Any:
    account = rig.control("POST", "accounts", slug=slug, balances={"spot": MONEY}, traits=traits)
    rig.control("POST", "price", pair=PAIR, price="50000", liquidity="1000")
    return make_ccxt(rig, slug, rig.new_key(slug, account=account["id"], grants=["read", "trade", "ccxt"]))


@pytest.mark.parametrize("slug", COINS)
@pytest.mark.parametrize("pays", [True, False])
def test_an_account_pays_in_the_exchanges_coin_where_it_wants_to(rig: Rig, slug: str, pays: bool) -> None:
    coin, terms = COINS[slug], BY_SLUG[slug].terms
    rig.control("POST", "price", pair=f"{coin}/USDT", price="10")
    exchange = trader(rig, slug, **({"pays_fees_in": coin} if pays else {}))

    exchange.create_order(PAIR, "limit", "buy", 0.01, 50_010)

    (trade,) = exchange.fetch_my_trades(PAIR)
    own = "USDT" if terms.fee_in == "quote" else "BTC"
    assert terms.fee_coin is not None
    worth = 500.025 * float(terms.taker)
    paid = worth * (1 - float(terms.fee_coin.discount)) / 10 if pays else worth / (1 if own == "USDT" else 50_002.5)
    charged = [fee for fee in trade["fees"] if fee["cost"]] or [trade["fee"]]
    assert [(fee["currency"], fee["cost"]) for fee in charged] == [
        (coin if pays else own, pytest.approx(paid, rel=1e-3))
    ]
    left = exchange.fetch_balance()
    assert left[coin]["total"] == pytest.approx(1_000 - (paid if pays else 0), abs=1e-6)
    assert left["BTC"]["total"] == pytest.approx(0.01 - (paid if not pays and own == "BTC" else 0), abs=1e-9)


def test_binance_tells_eight_decimals(rig: Rig) -> None:
    exchange = trader(rig, "binance")

    exchange.create_order(PAIR, "limit", "buy", 0.00077, 50_010)
    exchange.fetch_my_trades(PAIR)
    (trade,) = json.loads(exchange.last_http_response)
    exchange.fetch_balance()
    balances = {row["asset"]: row["free"] for row in json.loads(exchange.last_http_response)["balances"]}
    book = exchange.public_get_depth({"symbol": "BTCUSDT", "limit": 1})

    # 0.00077 at 0.1 % is 0.00000077.
    told = (trade["price"], trade["qty"], trade["quoteQty"], trade["commission"])
    assert told == ("50002.50000000", "0.00077000", "38.50192500", "0.00000077")
    assert (balances["BTC"], balances["USDT"]) == ("0.00076923", "9961.49807500")
    assert book["asks"] == [["50002.50000000", "1000.00000000"]]


@pytest.mark.parametrize("slug", sorted(BY_SLUG))
def test_amounts_and_prices_keep_the_steps_of_the_exchange(rig: Rig, slug: str) -> None:
    """The market's own digits would show through where an exchange steps more coarsely."""
    pair = BY_SLUG[slug].terms.pairs[PAIR]
    exchange = trader(rig, slug)
    rig.control("POST", "price", pair=PAIR, price="50000.37", liquidity="0.012345678912")
    exchange.load_markets()

    book = exchange.fetch_order_book(PAIR, 20)

    for price, amount, *_ in (*book["asks"], *book["bids"]):
        assert D(str(price)) % pair.price_step == 0
        assert D(str(amount)) % pair.amount_step == 0


def test_kucoin_takes_and_tells_three_times_as_much_for_a_pair_of_class_c(rig: Rig) -> None:
    rig.control("POST", "price", pair="LTC/USDT", price="69.997", liquidity="1000", levels=1)
    rig.control("POST", "price", pair="KCS/USDT", price="12.5")
    exchange = trader(rig, "kucoin", pays_fees_in="KCS")

    exchange.create_order("LTC/USDT", "limit", "buy", 1, 71)

    (trade,) = exchange.fetch_my_trades("LTC/USDT")
    # 70 at 0.3 % are 0.21, of which KCS for a fifth less pays 0.168.
    assert trade["fee"] == {"currency": "KCS", "cost": pytest.approx(0.01344), "rate": 0.003}
    assert exchange.load_markets()["LTC/USDT"]["taker"] == pytest.approx(0.003)
    assert exchange.fetch_trading_fee("LTC/USDT")["taker"] == pytest.approx(0.003)
    assert exchange.fetch_trading_fee(PAIR)["taker"] == pytest.approx(0.001)
