"""Orders are held, filled and closed so that no money appears or vanishes."""

from contextlib import suppress
from decimal import Decimal as D
from random import Random

import pytest

from practice.refusals import Reason, RefusedError
from practice.trading.matching import Desk
from practice.trading.orders import Band, FeeCoin, Order, Terms, Wish
from practice.world.market import Market, Script
from practice.world.pairs import PAIRS
from practice.world.quotes import levels
from practice.world.world import Account, World
from tests.practice.stores import open_store

NOW = 1_800_000_000_000
BTC = "BTC/USDT"
FREE = Terms(maker=D(0), taker=D(0))


class Clock:
    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> int:
        return self.now


def make_desk(
    terms: Terms = FREE, *, price: str = "50000", depth: str = "1000", levels: int = 1, path: str = ":memory:"
) -> tuple[Desk, Clock]:
    """Return a desk on a pinned, deep market and an account `a` with 10,000 USDT and 1 BTC."""
    clock = Clock()
    world = World(open_store(path), Market(7), clock)
    world.save_account(Account("a", "kucoin", "1"))
    world.set_balance("a", "spot", "USDT", D(10_000))
    world.set_balance("a", "spot", "BTC", D(1))
    desk = Desk(world, "kucoin", terms)
    move(desk, price, depth, levels)
    return desk, clock


def move(desk: Desk, price: str, depth: str = "1000", levels: int = 1) -> None:
    """Pin the price; the book holds so much at the best price of each side, and ends after so many prices."""
    desk.world.move_price(Script(BTC, desk.world.clock(), ((0, price),)))
    desk.world.market.liquidity[BTC] = D(depth)
    desk.world.market.levels_told[BTC] = levels


def money(desk: Desk) -> dict[str, tuple[D, D]]:
    return {b.asset: (b.free, b.locked) for b in desk.world.balances("a", "spot")}


def buy(desk: Desk, amount: str, price: str | None = None, **more: str) -> Order:
    kind = "market" if price is None else "limit"
    return desk.place("a", Wish(BTC, "buy", kind, D(amount), D(price) if price else None, **more))  # type: ignore[arg-type]


def test_a_market_order_fills_at_once_at_the_other_side() -> None:
    desk, _ = make_desk()

    order = buy(desk, "0.1")

    assert (order.status, order.filled, order.average) == ("filled", D("0.1"), D("50002.5"))
    assert money(desk) == {"USDT": (D("4999.75"), D(0)), "BTC": (D("1.1"), D(0))}


def test_a_market_order_by_cost_never_spends_more() -> None:
    desk, _ = make_desk(depth="0.01", levels=4)

    order = desk.place("a", Wish(BTC, "buy", "market", cost=D(2_000)))

    assert order.status == "filled"
    assert D(1_999) < order.spent <= D(2_000)
    assert [fill.price for fill in desk.fills("a")] == [D("50002.50"), D("50007.50"), D("50012.50")]


@pytest.mark.parametrize("by", [{"amount": D("0.1")}, {"cost": D(5_000)}])
def test_a_market_order_ends_where_the_book_ends(by: dict[str, D]) -> None:
    desk, _ = make_desk(depth="0.01", levels=2)

    order = desk.place("a", Wish(BTC, "buy", "market", **by))  # type: ignore[arg-type]

    assert (order.status, order.filled, order.ended_by) == ("canceled", D("0.03"), "IOC")
    assert sum(money(desk)["USDT"]) == D(10_000) - order.spent


@pytest.mark.parametrize(
    ("side", "limit", "lifetime", "amounts", "status"),
    [
        # The book: 0.01, 0.02, 0.03 … at 50002.50, 50007.50, 50012.50 … and at 49997.50, 49992.50, 49987.50 …
        ("buy", "50500", "GTC", ["0.01", "0.02", "0.02"], "filled"),
        ("sell", "49500", "GTC", ["0.01", "0.02", "0.02"], "filled"),
        ("buy", "50500", "IOC", ["0.01", "0.02", "0.02"], "filled"),
        ("buy", "50500", "FOK", ["0.01", "0.02", "0.02"], "filled"),
        ("buy", "50010", "GTC", ["0.01", "0.02"], "open"),
        ("sell", "49992.50", "GTC", ["0.01", "0.02"], "open"),
        ("buy", "50010", "IOC", ["0.01", "0.02"], "canceled"),
        ("buy", "50010", "FOK", [], "canceled"),
        ("buy", "50002.49", "GTC", [], "open"),
        ("buy", "50002.49", "PO", [], "open"),
        ("buy", "50002.50", "PO", [], "canceled"),
        ("sell", "49997.50", "PO", [], "canceled"),
    ],
)
def test_an_order_that_crosses_walks_the_book_up_to_its_limit(
    side: str, limit: str, lifetime: str, amounts: list[str], status: str
) -> None:
    desk, _ = make_desk(depth="0.01", levels=100)
    is_buy = side == "buy"
    shown = list(levels(desk.world.market, PAIRS[BTC], NOW, "ask" if is_buy else "bid", 100))

    order = desk.place("a", Wish(BTC, side, "limit", D("0.05"), D(limit), lifetime=lifetime))

    fills = desk.fills("a")
    assert ([fill.amount for fill in fills], order.status) == ([D(amount) for amount in amounts], status)
    assert [fill.price for fill in fills] == [price for price, _ in shown[: len(fills)]]
    assert all(fill.price <= D(limit) if is_buy else fill.price >= D(limit) for fill in fills)
    assert sum(fill.amount for fill in fills) == order.filled


def test_nothing_rests_beyond_the_market_unless_the_book_was_emptied() -> None:
    """Whatever it asks for, an order that is still open is outside the spread that the book then shows."""
    desk, clock = make_desk()
    desk.world.market.liquidity.clear()
    desk.world.market.levels_told.clear()
    chance = Random(3)

    for _ in range(200):
        clock.now += chance.randrange(1, 3_000)
        price = D(chance.randrange(49_000, 51_000))
        with suppress(RefusedError):
            order = desk.place("a", Wish(BTC, chance.choice(["buy", "sell"]), "limit", D("0.02"), price))
            bid, ask = desk.world.market.spread(PAIRS[BTC], clock.now)
            assert not order.is_open or (price < ask if order.is_buy else price > bid)
    assert len(desk.fills("a")) > 100


@pytest.mark.parametrize(("lifetime", "reason"), [("PO", Reason.WOULD_TAKE), ("FOK", Reason.NOT_WHOLE)])
def test_an_order_that_cannot_be_kept_is_refused_where_its_exchange_refuses_it(lifetime: str, reason: Reason) -> None:
    desk, _ = make_desk(Terms(maker=D(0), taker=D(0), refuses=(lifetime,)), depth="0.04")
    before = money(desk)

    with pytest.raises(RefusedError) as refused:
        buy(desk, "0.1", "50100", lifetime=lifetime)

    assert refused.value.reason is reason
    assert (money(desk), desk.orders("a"), desk.world.store.notes()) == (before, [], [])


@pytest.mark.parametrize(
    ("side", "price", "told"),
    [
        ("buy", "55000", None),
        ("buy", "55000.01", ("55000.00", "buy max")),
        ("buy", "25000", None),
        ("buy", "24999.99", ("25000.00", "buy min")),
        ("sell", "45000", None),
        ("sell", "44999.99", ("45000.00", "sell min")),
        ("sell", "1000000", None),
    ],
)
def test_a_price_outside_the_band_is_refused(side: str, price: str, told: tuple[str, str] | None) -> None:
    band = Band(buy_least=D("0.5"), buy_most=D("1.1"), sell_least=D("0.9"))
    desk, _ = make_desk(Terms(maker=D(0), taker=D(0), band=band))

    refused: RefusedError | None = None
    try:
        desk.place("a", Wish(BTC, side, "limit", D("0.01"), D(price)))
    except RefusedError as error:
        refused = error

    assert (refused and (refused.detail, refused.side)) == told
    assert refused is None or refused.reason is Reason.PRICE_BAND


def test_a_limit_order_waits_holds_and_fills_at_its_price() -> None:
    desk, clock = make_desk()

    order = buy(desk, "0.1", "49000")
    waiting = money(desk)["USDT"]
    clock.now += 10_000
    move(desk, "48000")
    desk.settle()

    assert (waiting, order.status, order.average) == ((D(5_100), D(4_900)), "filled", D(49_000))
    assert desk.fills("a")[0].is_maker
    assert money(desk)["USDT"] == (D(5_100), D(0))


def test_a_price_that_only_touched_the_limit_while_nobody_looked_fills_it() -> None:
    desk, clock = make_desk()
    order = buy(desk, "0.1", "49000")

    clock.now += 100
    move(desk, "48000")
    clock.now += 100
    move(desk, "50000")
    clock.now += 100

    assert desk.find("a", order.id).status == "filled"


def test_a_price_that_comes_in_the_same_millisecond_is_seen() -> None:
    desk, _ = make_desk()
    order = buy(desk, "0.1", "49000")

    move(desk, "48000")

    assert desk.find("a", order.id).status == "filled"


def test_a_thin_market_fills_in_parts() -> None:
    desk, clock = make_desk()
    order = buy(desk, "0.1", "49000")
    clock.now += 500
    move(desk, "48000", depth="0.04")

    seen = []
    for _ in range(4):
        seen.append(desk.find("a", order.id).filled)
        clock.now += 1_000

    assert seen == [D("0.04"), D("0.08"), D("0.1"), D("0.1")]
    assert [fill.amount for fill in desk.fills("a")] == [D("0.04"), D("0.04"), D("0.02")]


def test_cancelling_gives_back_what_is_left() -> None:
    desk, clock = make_desk()
    order = buy(desk, "0.1", "49000")
    clock.now += 500
    move(desk, "48000", depth="0.04")
    desk.settle()
    move(desk, "52000")

    desk.cancel(order)

    assert (order.status, money(desk)["USDT"]) == ("canceled", (D(8_040), D(0)))
    with pytest.raises(RefusedError):
        desk.cancel(order)


@pytest.mark.parametrize(
    ("lifetime", "price", "depth", "status", "filled"),
    [
        ("IOC", "50100", "0.04", "canceled", "0.04"),
        ("IOC", "49000", "1", "canceled", "0"),
        ("FOK", "50100", "0.04", "canceled", "0"),
        ("FOK", "50100", "1", "filled", "0.1"),
        ("PO", "50100", "1", "canceled", "0"),
        ("PO", "49000", "1", "open", "0"),
        ("GTC", "50100", "0.04", "open", "0.04"),
    ],
)
def test_a_lifetime_decides_what_happens_at_once(
    lifetime: str, price: str, depth: str, status: str, filled: str
) -> None:
    desk, _ = make_desk(depth=depth)

    order = buy(desk, "0.1", price, lifetime=lifetime)

    assert (order.status, order.filled) == (status, D(filled))
    assert order.ended_by == (lifetime if status == "canceled" else "")


@pytest.mark.parametrize(
    ("wish", "reason"),
    [
        (Wish(BTC, "buy", "market", D(1)), Reason.INSUFFICIENT),
        (Wish(BTC, "sell", "market", D(2)), Reason.INSUFFICIENT),
        (Wish(BTC, "buy", "limit", D("0.00001"), D(49_000)), Reason.BELOW_MINIMUM),
        (Wish(BTC, "buy", "limit", D("0.0000001"), D(49_000)), Reason.BELOW_MINIMUM),
        (Wish(BTC, "buy", "market", cost=D("0.5")), Reason.BELOW_MINIMUM),
        (Wish(BTC, "buy", "limit", D("0.01"), D("49000.001")), Reason.PRECISION),
        (Wish(BTC, "buy", "limit", D("0.010000001"), D(49_000)), Reason.PRECISION),
        (Wish(BTC, "buy", "limit", D("0.01")), Reason.BAD_PARAMETER),
        (Wish(BTC, "buy", "market", D(-1)), Reason.BAD_PARAMETER),
        (Wish(BTC, "buy", "market", D("NaN")), Reason.BAD_PARAMETER),
        (Wish(BTC, "buy", "market"), Reason.BAD_PARAMETER),
    ],
)
def test_a_bad_order_is_refused_and_leaves_no_trace(wish: Wish, reason: Reason) -> None:
    desk, _ = make_desk()
    before = money(desk)

    with pytest.raises(RefusedError) as refused:
        desk.place("a", wish)

    assert refused.value.reason is reason
    assert (money(desk), desk.orders("a"), desk.world.store.notes()) == (before, [], [])


@pytest.mark.parametrize(
    ("rule", "while_open", "afterwards"),
    [("unique", False, False), ("unique_open", False, True), ("loose", True, True)],
)
def test_a_client_id_is_taken_again_as_its_exchange_takes_it(rule: str, while_open: bool, afterwards: bool) -> None:
    desk, _ = make_desk(Terms(maker=D(0), taker=D(0), client_ids=rule))
    first = buy(desk, "0.01", "49000", client_id="same")

    def is_taken() -> bool:
        try:
            desk.cancel(buy(desk, "0.01", "48000", client_id="same"))
        except RefusedError as refused:
            return refused.reason is not Reason.DUPLICATE_CLIENT_ID
        return True

    assert is_taken() is while_open
    desk.cancel(first)
    assert is_taken() is afterwards


@pytest.mark.parametrize(
    ("fee_in", "asset", "usdt", "btc"),
    [("quote", "USDT", "4994.74975", "1.1"), ("received", "BTC", "4999.75", "1.0999")],
)
def test_the_fee_is_taken_in_the_asset_its_exchange_takes(fee_in: str, asset: str, usdt: str, btc: str) -> None:
    desk, _ = make_desk(Terms(maker=D(0), taker=D("0.001"), fee_in=fee_in))

    order = buy(desk, "0.1")

    assert order.fee_asset == asset
    assert (money(desk)["USDT"], money(desk)["BTC"]) == ((D(usdt), D(0)), (D(btc), D(0)))


def test_a_fee_has_the_decimals_of_its_exchange() -> None:
    desk, _ = make_desk(Terms(maker=D(0), taker=D("0.001"), fee_places=8))

    order = buy(desk, "0.01234567")

    assert (order.fee, order.fee_asset) == (D("0.00001234"), "BTC")


@pytest.mark.parametrize(
    ("trait", "coins", "fee", "asset"),
    [
        # 500.025 USDT at 0.1 % and less by a quarter, in a coin at 500: 0.00075003 of it.
        ("BNB", "1", "0.00075003", "BNB"),
        ("BNB", "0.0007", "0.00001000", "BTC"),
        ("", "1", "0.00001000", "BTC"),
    ],
)
def test_a_fee_is_paid_in_the_exchanges_coin_by_accounts_that_do_and_can(
    trait: str, coins: str, fee: str, asset: str
) -> None:
    terms = Terms(maker=D(0), taker=D("0.001"), fee_places=8, fee_coin=FeeCoin("BNB", D("0.25")))
    desk, _ = make_desk(terms)
    desk.world.move_price(Script("BNB/USDT", NOW, ((0, "500"),)))
    desk.world.accounts["a"].traits["pays_fees_in"] = trait
    desk.world.set_balance("a", "spot", "BNB", D(coins))

    order = buy(desk, "0.01")

    (fill,) = desk.fills("a")
    paid, left = D(fee), D(coins) - (D(fee) if asset == "BNB" else 0)
    assert (fill.fee, fill.fee_asset, money(desk)["BNB"]) == (paid, asset, (left, D(0)))
    assert (order.fee, order.coin_fee) == ((D(0), paid) if asset == "BNB" else (paid, D(0)))
    assert money(desk)["BTC"] == (D("1.01") - (paid if asset == "BTC" else 0), D(0))


@pytest.mark.parametrize("coin", [None, FeeCoin("BNB", D("0.25"))])
@pytest.mark.parametrize("fee_in", ["quote", "received"])
def test_no_money_appears_or_vanishes(fee_in: str, coin: FeeCoin | None) -> None:
    desk, clock = make_desk(Terms(maker=D("0.0005"), taker=D("0.001"), fee_in=fee_in, fee_places=8, fee_coin=coin))
    desk.world.accounts["a"].traits["pays_fees_in"] = "BNB"
    desk.world.set_balance("a", "spot", "BNB", D("0.05"))
    chance = Random(1)
    start = {asset: sum(pair) for asset, pair in money(desk).items()}

    for _ in range(200):
        clock.now += chance.randrange(1, 3_000)
        depth, prices = str(D(chance.randrange(1, 40)) / 1_000), chance.choice([1, 3, 1_000])
        move(desk, str(chance.randrange(45_000, 55_000)), depth, prices)
        side, kind = chance.choice(["buy", "sell"]), chance.choice(["limit", "limit", "market"])
        price = D(chance.randrange(45_000, 55_000)) if kind == "limit" else None
        with suppress(RefusedError):
            lifetime = chance.choice(["GTC", "GTC", "IOC", "FOK", "PO"])
            desk.place("a", Wish(BTC, side, kind, D(chance.randrange(1, 50)) / 1_000, price, lifetime=lifetime))
        if chance.random() < 0.3:
            for order in desk.orders("a", is_open=True)[:1]:
                desk.cancel(order)
    for order in desk.orders("a", is_open=True):
        desk.cancel(order)

    expected = dict(start)
    for fill in desk.fills("a"):
        sign = 1 if fill.side == "buy" else -1
        expected["BTC"] += sign * fill.amount
        expected["USDT"] -= sign * fill.cost
        expected[fill.fee_asset] -= fill.fee
    assert len(desk.fills("a")) > 100
    assert money(desk) == {asset: (total, D(0)) for asset, total in expected.items()}


def test_orders_fills_and_held_money_survive_a_restart(tmp_path: object) -> None:
    desk, _ = make_desk(path=f"{tmp_path}/state.sqlite3")
    buy(desk, "0.1")
    order = buy(desk, "0.05", "49000", client_id="kept")
    held, fills = money(desk), desk.fills("a")
    desk.world.store.close()

    again = Desk(World(open_store(f"{tmp_path}/state.sqlite3"), Market(7), Clock()), "kucoin", FREE)

    assert (money(again), again.fills("a")) == (held, fills)
    assert again.find("a", client_id="kept") == order
    assert [note["client_id"] for note in again.world.store.notes()] == ["", "kept"]
