"""A story leads a price through its corner points, the same for every caller, and orders and candles see it."""

from collections.abc import Iterator
from decimal import Decimal as D
from itertools import pairwise
from urllib.parse import urlencode, urlsplit

import pytest

from practice.trading.matching import Desk
from practice.trading.orders import Terms, Wish
from practice.world import quotes, stories
from practice.world.market import Market, Script
from practice.world.pairs import PAIRS
from practice.world.world import Account, World
from tests.practice.rig import Reply, Rig
from tests.practice.stores import open_store

BTC = PAIRS["BTC/USDT"]
NOW = 1_800_000_000_000
MINUTE = 60_000
# Deviations of the add-ons, in percent: the presets Low and Medium of the product.
LADDERS = {"low": ("2.5", "5.75", "9.975"), "medium": ("1.8", "4.05", "6.8625", "10.378125", "14.77265625")}


def told(name: str, minutes: int = 100, at: str = "50000") -> Market:
    market = Market(7)
    market.follow(stories.tell(market, name, BTC.name, D(minutes), NOW, D(at)))
    return market


def changes(market: Market, minutes: int = 100) -> list[D]:
    """Return the change in percent at each second of a story that began at 50,000."""
    return [(market.price(BTC, NOW + at) / 500) - 100 for at in range(0, minutes * MINUTE + 1, 1_000)]


def test_a_glide_is_linear_between_its_points_and_meets_them_exactly() -> None:
    script = Script(BTC.name, NOW, ((0, "50000"), (10_500, "39500"), (20_000, "39500")), is_smooth=True)

    seen = [script.price(NOW + ms) for ms in (-1, 0, 999, 1_000, 10_000, 10_499, 10_500, 10_999, 15_000, 90_000)]

    assert seen == [None, 50_000, 50_000, 49_000, 40_000, 40_000, 39_500, 39_500, 39_500, 39_500]


def test_a_glide_turns_at_its_points_only() -> None:
    market = told("two_falls")

    assert len(set(market.turns(BTC, NOW - 1, NOW + 100 * MINUTE))) == len(stories.STORIES["two_falls"].points)


def test_a_script_turns_no_more_once_another_rules() -> None:
    market = told("two_falls")
    market.follow(Script(BTC.name, NOW + 6 * MINUTE, ((0, "1"),)))

    assert set(market.turns(BTC, NOW, NOW + 100 * MINUTE)) == {NOW + 5 * MINUTE, NOW + 6 * MINUTE}


@pytest.mark.parametrize("name", stories.STORIES)
def test_a_story_stays_where_it_ends(name: str) -> None:
    market = told(name)

    last = 50_000 * (1 + D(stories.STORIES[name].points[-1][1]) / 100)
    assert market.price(BTC, NOW) == 50_000
    assert [market.price(BTC, NOW + n * MINUTE) for n in (100, 101, 10_000)] == [last, last, last]


def test_a_story_begins_at_the_present_price_unless_told_otherwise() -> None:
    market = Market(7)

    assert stories.tell(market, "calm", BTC.name, D(1), NOW).prices[0] == market.price(BTC, NOW)


def test_a_calm_story_stays_within_a_third_of_a_percent() -> None:
    assert max(abs(change) for change in changes(told("calm"))) <= D("0.34")


def test_a_slow_rise_ends_at_its_top_and_steps_back_on_the_way() -> None:
    way = changes(told("slow_rise"))

    assert max(way) == way[-1] == 12
    assert any(later < earlier for earlier, later in pairwise(way))


def test_a_crash_takes_a_tenth_of_the_time() -> None:
    way = changes(told("crash"))

    assert (way[0], way[600], set(way[600:])) == (D(0), D(-40), {D(-40)})


def first_at(way: list[D], change: D, after: int = 0) -> int:
    return next(n for n, seen in enumerate(way) if n >= after and seen <= change)


@pytest.mark.parametrize("ladder", LADDERS)
def test_two_falls_pass_three_add_ons_then_bounce_where_none_would_help(ladder: str) -> None:
    way = changes(told("two_falls"))
    bottom = way.index(min(way[: len(way) // 2]))
    top = bottom + way[bottom : bottom + 1_200].index(max(way[bottom : bottom + 1_200]))
    prices = [D(100), *(100 - D(deviation) for deviation in LADDERS[ladder] if -D(deviation) >= way[bottom])]
    average = len(prices) / sum(1 / price for price in prices)

    assert len(prices) > 3
    assert way[bottom] / 2 - 1 < way[top] < way[bottom] / 2 + 1
    assert 100 + way[top] > average
    assert first_at(way, -D(LADDERS[ladder][-1])) < len(way)
    assert min(way[top:]) < way[bottom] - 4
    assert 1 <= way[-1] <= 2


def test_candles_show_the_glide() -> None:
    market, length = told("two_falls"), 20 * MINUTE

    candles = quotes.candles(market, BTC, length, NOW + 99 * MINUTE, start=NOW, end=None, limit=5)

    way = [[market.price(BTC, c.start + at) for at in range(0, length + 1, 1_000)] for c in candles]
    assert [c.start for c in candles] == [NOW + n * length for n in range(5)]
    assert [(c.open, c.high, c.low, c.close) for c in candles[:4]] == [
        (prices[0], max(prices), min(prices), prices[-1]) for prices in way[:4]
    ]


def test_a_candle_shows_how_deep_a_glide_came_that_was_cut_short() -> None:
    market = told("crash")
    market.follow(Script(BTC.name, NOW + 7 * MINUTE + 13_000, ((0, "50000"),)))

    found = quotes.candle(market, BTC, NOW, 60 * MINUTE, NOW + 60 * MINUTE)

    assert (found.open, found.close, found.low) == (D(50_000), D(50_000), market.price(BTC, NOW + 7 * MINUTE + 12_999))


def test_a_long_glide_fills_an_order_when_it_crosses_its_price() -> None:
    moment = [NOW]
    world = World(open_store(), Market(7), lambda: moment[0])
    world.save_account(Account("a", "kucoin", "1"))
    world.set_balance("a", "spot", "USDT", D(10_000))
    world.market.liquidity[BTC.name] = D(1_000)
    world.move_price(stories.tell(world.market, "two_falls", BTC.name, D(100), NOW, D(50_000)))
    desk = Desk(world, "kucoin", Terms())
    order = desk.place("a", Wish(BTC.name, "buy", "limit", D("0.1"), D(49_000)))

    moment[0] += 100 * MINUTE
    (fill,) = desk.fills("a", order_id=order.id)

    assert (order.status, order.average) == ("filled", D(49_000))
    assert NOW + 13 * MINUTE < fill.time < NOW + 14 * MINUTE


def test_a_story_survives_a_restart(tmp_path: object) -> None:
    path = f"{tmp_path}/state.sqlite3"
    first = World(open_store(path), Market(7), lambda: NOW)
    first.move_price(stories.tell(first.market, "two_falls", BTC.name, D(100), NOW))
    first.store.close()

    second = World(open_store(path), Market(7), lambda: NOW)

    assert changes(second.market) == changes(first.market)


@pytest.mark.parametrize(("minutes", "at"), [("0", None), ("-1", None), ("10081", None), ("5", "-1"), ("5", "1e9")])
def test_a_story_out_of_bounds_is_refused(minutes: str, at: str | None) -> None:
    with pytest.raises(ValueError, match="must lie between"):
        stories.tell(Market(7), "calm", BTC.name, D(minutes), NOW, D(at) if at else None)


def test_control_tells_a_story_and_releases_the_price(rig: Rig) -> None:
    story = rig.control("POST", "story", pair="ETH/USDT", name="crash", minutes=10, at="3000")
    running = rig.control("GET", "story")["running"]
    rig.control("DELETE", "story?pair=ETH/USDT")

    assert story["points"] == [[0, "3000.00"], [60_000, "1800.00"], [600_000, "1800.00"]]
    assert (running, story["end"] - story["start"]) == ([story], 600_000)
    assert rig.control("GET", "story")["running"] == []


def test_control_lists_the_stories_with_their_corner_points(rig: Rig) -> None:
    listed = rig.control("GET", "story")["stories"]

    assert set(listed) == {"two_falls", "dip_and_rise", "sharp_falls", "slow_rise", "crash", "calm"}
    assert listed["crash"]["points"] == [["0", "0"], ["0.1", "-40"], ["1", "-40"]]


@pytest.mark.parametrize("wrong", [b'{"pair":"BTC/USDT","name":"boom","minutes":1}', b'{"pair":"BTC/USDT"}'])
def test_control_refuses_a_story_it_does_not_know(rig: Rig, wrong: bytes) -> None:
    assert rig.send("POST", "/_control/story", {"Content-Type": "application/json"}, wrong).status == 400


def post(rig: Rig, path: str, headers: dict[str, str], **fields: str) -> Reply:
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    return rig.send("POST", path, form | headers, urlencode(fields).encode())


@pytest.fixture
def page(rig: Rig) -> Iterator[Rig]:
    yield rig
    rig.control("DELETE", "story")


def test_the_page_starts_and_ends_a_story_without_javascript(page: Rig) -> None:
    own = {"Origin": page.base}
    started = post(page, "/story", own, name="calm", pair="SOL/USDT", minutes="3")
    shown = page.send("GET", "/").body.decode()
    ended = post(page, "/story/end", own)

    assert (started.status, started.headers["Location"], ended.status) == (303, "/#market", 303)
    assert "(Calm, until " in shown
    assert "(Calm, until " not in page.send("GET", "/").body.decode()


def test_every_form_field_on_the_page_has_a_label(page: Rig) -> None:
    shown = page.send("GET", "/").body.decode()

    assert shown.count('action="/story"') == len(stories.STORIES)
    assert shown.count("<label>Pair<select ") == shown.count("<select ") == len(stories.STORIES)
    assert shown.count("<label>Minutes<input ") == shown.count('type="number"') == len(stories.STORIES)
    assert "form-action 'self'" in page.send("GET", "/").headers["Content-Security-Policy"]


def test_another_page_cannot_tell_a_story(page: Rig) -> None:
    port = urlsplit(page.base).port
    # The last one is a foreign name that was made to resolve to this machine.
    foreign: tuple[dict[str, str], ...] = (
        {},
        {"Origin": "null"},
        {"Origin": "https://evil.example"},
        {"Origin": "http://127.0.0.1:1"},
        {"Origin": f"http://localhost:{port}"},
        {"Origin": f"http://evil.example:{port}", "Host": f"evil.example:{port}"},
    )

    for headers in foreign:
        assert post(page, "/story", headers, name="crash", pair="BTC/USDT", minutes="1").status == 403
        assert post(page, "/story/end", headers).status == 403
    assert page.control("GET", "story")["running"] == []


def test_a_wrong_form_is_answered_with_what_is_wrong(page: Rig) -> None:
    reply = post(page, "/story", {"Origin": page.base}, name="calm", pair="SOL/USDT", minutes="0")

    assert (reply.status, b"minutes must lie between" in reply.body) == (400, True)


def test_a_reader_from_elsewhere_sees_prices_and_no_form(page: Rig) -> None:
    shown = page.send("GET", "/", {"Host": "practice.example"}).body.decode()

    assert "<dt>BTC/USDT</dt>" in shown
    assert "<form" not in shown
