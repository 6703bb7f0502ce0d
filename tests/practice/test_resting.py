"""Orders that rest are filled at the tick that reached them, and looking at many of them costs little more than one."""

from decimal import Decimal as D

from practice.trading.matching import Desk
from practice.trading.orders import Order, Terms, Wish
from practice.world.market import MOST_TICKS, Market, Script
from practice.world.pairs import PAIRS, Pair
from practice.world.world import Account, World
from tests.practice.stores import open_store

NOW = 1_800_000_000_000
HOUR = 3_600_000
BTC = PAIRS["BTC/USDT"]


class CountingMarket(Market):
    asked = 0

    def spread(self, pair: Pair, at: int) -> tuple[D, D]:
        self.asked += 1
        return super().spread(pair, at)


class Place:
    """A desk at 50,000 on a deep market, an account with money, and a clock to turn."""

    def __init__(self) -> None:
        self.now = NOW
        self.market = CountingMarket(7)
        self.market.liquidity[BTC.name] = D(1_000)
        world = World(open_store(), self.market, lambda: self.now)
        world.save_account(Account("a", "kucoin", "1"))
        for asset in ("USDT", "BTC"):
            world.set_balance("a", "spot", asset, D(10_000_000))
        self.desk = Desk(world, "kucoin", Terms())
        self.script((0, "50000"))

    def script(self, *points: tuple[int, str]) -> None:
        self.desk.world.move_price(Script(BTC.name, self.now, points))

    def order(self, side: str, price: int) -> Order:
        return self.desk.place("a", Wish(BTC.name, side, "limit", D("0.01"), D(price)))

    def pass_time(self, ms: int) -> int:
        """Turn the clock, settle, and return how often the market was asked for it."""
        self.now, before = self.now + ms, self.market.asked
        self.desk.settle()
        return self.market.asked - before


def test_two_hundred_orders_are_looked_at_in_one_walk() -> None:
    place = Place()
    for n in range(200):
        place.order("buy", 30_000 + n)

    assert place.pass_time(HOUR) <= MOST_TICKS + 2


def test_nothing_is_looked_at_between_two_ticks() -> None:
    place = Place()
    place.order("buy", 30_000)
    place.pass_time(1_000)

    assert place.pass_time(999) == 0
    assert place.pass_time(1) == 1


def test_each_order_is_filled_at_the_tick_that_reached_it() -> None:
    place = Place()
    far, near, sell = place.order("buy", 47_000), place.order("buy", 49_000), place.order("sell", 51_000)
    never = place.order("buy", 40_000)
    place.script((0, "50000"), (5_000, "48000"), (9_000, "46000"), (12_500, "52000"))

    place.pass_time(HOUR)

    assert [order.status for order in (far, near, sell, never)] == ["filled", "filled", "filled", "open"]
    assert [fill.order_n for fill in place.desk.fills("a")] == [near.n, far.n, sell.n]
    assert [fill.time - NOW for fill in place.desk.fills("a")] == [5_000, 9_000, 12_500]


def test_an_order_is_not_filled_by_what_was_before_it() -> None:
    place = Place()
    place.order("buy", 30_000)
    place.script((0, "50000"), (300, "48000"), (600, "50000"))
    place.now += 700
    late = place.order("buy", 49_000)

    place.pass_time(10_000)

    assert late.status == "open"


def test_an_order_waits_on_after_a_stretch_that_filled_another() -> None:
    place = Place()
    first, second = place.order("buy", 49_000), place.order("buy", 47_000)
    place.script((0, "50000"), (5_000, "48000"), (6_000, "50000"))
    place.pass_time(20_000)
    place.script((0, "46000"))
    place.pass_time(1)

    assert (first.status, second.status) == ("filled", "filled")
    assert [fill.time - NOW for fill in place.desk.fills("a")] == [5_000, 20_000]


def test_an_order_with_an_end_is_over_at_that_moment_and_gives_its_money_back() -> None:
    place = Place()
    until = Wish(BTC.name, "buy", "limit", D("0.01"), D(49_000), lifetime="GTT", ends=NOW + HOUR)
    ended, other = place.desk.place("a", until), place.order("buy", 49_000)
    place.script((0, "50000"), (HOUR + 5_000, "48000"))

    place.pass_time(2 * HOUR)

    assert (ended.status, ended.ended_by, ended.updated, ended.filled) == ("canceled", "GTT", NOW + HOUR, D(0))
    assert (other.status, ended.held) == ("filled", D(0))


def test_an_order_is_filled_until_its_end() -> None:
    place = Place()
    until = Wish(BTC.name, "buy", "limit", D("0.01"), D(49_000), lifetime="GTT", ends=NOW + HOUR)
    order = place.desk.place("a", until)
    place.script((0, "50000"), (HOUR - 5_000, "48000"))

    place.pass_time(2 * HOUR)

    assert order.status == "filled"
