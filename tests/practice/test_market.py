"""The price is a pure function of seed, pair and time, and does as it is told from a moment on."""

from decimal import Decimal

from practice.world import quotes
from practice.world.market import Market, Script
from practice.world.pairs import PAIRS
from tests.practice.rig import Rig

BTC = PAIRS["BTC/USDT"]
NOW = 1_800_000_000_000
HOUR = 3_600_000


def test_the_same_seed_and_moment_give_the_same_price() -> None:
    assert Market(7).price(BTC, NOW) == Market(7).price(BTC, NOW)
    assert Market(7).price(BTC, NOW) != Market(8).price(BTC, NOW)


def test_it_moves_but_not_wildly() -> None:
    prices = [Market(7).price(BTC, NOW + i * 60_000) for i in range(1_440)]

    assert len(set(prices)) > 1_000
    assert max(prices) / min(prices) < Decimal("1.3")


def test_every_pair_has_a_price_on_its_own_step() -> None:
    for pair in PAIRS.values():
        price = Market(7).price(pair, NOW)
        assert price % pair.price_step == 0
        assert price > 0


def test_the_ask_stands_above_the_bid() -> None:
    for pair in PAIRS.values():
        bid, ask = Market(7).spread(pair, NOW)
        assert bid < ask


def test_a_script_counts_from_its_start_only() -> None:
    market = Market(7)
    before = market.price(BTC, NOW - 1)
    market.follow(Script(BTC.name, NOW, ((0, "50000"), (1_500, "40000"))))

    assert market.price(BTC, NOW - 1) == before
    assert [market.price(BTC, NOW + ms) for ms in (0, 1_499, 1_500)] == [50_000, 50_000, 40_000]


def test_a_released_price_follows_its_seed_again() -> None:
    market = Market(7)
    market.follow(Script(BTC.name, NOW, ((0, "1"),)))
    market.follow(Script(BTC.name, NOW + 10))

    assert market.price(BTC, NOW + 10) == Market(7).price(BTC, NOW + 10)


def test_a_closed_candle_never_changes_and_holds_its_prices() -> None:
    market = Market(7)
    candle = quotes.candle(market, BTC, NOW, HOUR, NOW + HOUR)

    assert candle == quotes.candle(market, BTC, NOW, HOUR, NOW + 9 * HOUR)
    assert candle.low <= min(candle.open, candle.close) <= max(candle.open, candle.close) <= candle.high
    assert candle.close == quotes.candle(market, BTC, NOW + HOUR, HOUR, NOW + 2 * HOUR).open


def test_ticks_include_scripted_moments() -> None:
    market = Market(7)
    market.follow(Script(BTC.name, NOW + 100, ((0, "1"), (50, "2"))))

    assert list(market.ticks(BTC, NOW, NOW + 1_000)) == [NOW + 100, NOW + 150, NOW + 1_000]


def test_control_pins_and_releases_the_price(rig: Rig) -> None:
    assert rig.control("POST", "price", pair="BTC/USDT", price="50000") == {"BTC/USDT": "50000.00"}
    assert rig.control("GET", "price?pair=BTC/USDT") == {"BTC/USDT": "50000.00"}
    assert rig.control("DELETE", "price?pair=BTC/USDT") != {"BTC/USDT": "50000.00"}
