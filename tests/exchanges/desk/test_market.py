"""What a desk tells without a key: quotes, rules, candles."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest

from exchanges import registry
from exchanges.desk.desk import Desk, desk_of
from exchanges.errors import Cause, ExchangeError
from exchanges.location import Location
from exchanges.wire.ccxt_object import Lender, ccxt_class, names_to_type
from practice.dialects import BY_SLUG
from strategies.pairs import read_pairs
from tests.exchanges.asking import location_at
from tests.exchanges.trading import PAIR, SLUGS, Trader, run

if TYPE_CHECKING:
    from tests.practice.rig import Rig

GARBAGE = ["html_200", "null_200", "empty_200", "other_exchange_200", "truncated_json", "503", "403_html"]


def test_all_quotes_come_by_one_request(trader: Trader) -> None:
    run(trader.desk.rules([PAIR]))
    before = len(trader.requests())

    quotes = run(trader.desk.quotes([PAIR, "ETH/USDT", "NO/PE"]))

    assert len(trader.requests()) - before == 1
    assert set(quotes) == {PAIR, "ETH/USDT"}
    assert quotes[PAIR].price == 50_000
    assert datetime.now(tz=UTC) - quotes[PAIR].at < timedelta(seconds=2)


def test_a_quote_has_both_sides_where_the_exchange_tells_them(trader: Trader) -> None:
    quote = run(trader.desk.quotes([PAIR]))[PAIR]

    told = (quote.bid, quote.ask)
    assert told == ((None, None) if trader.slug in NO_SIDES else (Decimal("49997.5"), Decimal("50002.5")))


def test_what_was_traded_in_a_day_is_told_in_quote_money(trader: Trader) -> None:
    run(trader.desk.rules([PAIR]))
    before = len(trader.requests())

    volumes = run(trader.desk.volumes())

    assert len(trader.requests()) - before == 1
    # In coins it would be one or two of them.
    assert volumes[PAIR] > 10_000
    assert volumes[PAIR] != volumes["ETH/USDT"]


# Its list of products has a price only.
NO_SIDES = {"coinbase"}


def test_rules_are_those_of_the_exchange(trader: Trader) -> None:
    rules = run(trader.desk.rules([PAIR, "XRP/USDT", "NO/PE"]))

    assert set(rules) == {PAIR, "XRP/USDT"}
    for pair, found in rules.items():
        real = BY_SLUG[trader.slug].terms.pairs[pair]
        assert (found.amount_step, found.price_step) == (real.amount_step, real.price_step)
        assert found.min_amount == (0 if trader.slug in NO_LEAST_AMOUNT else real.min_amount)
        assert (found.min_cost > 0) is (trader.slug not in NO_LEAST_COST)
        assert found.is_active
        assert 0 <= found.maker <= found.taker < Decimal("0.02")


# What ccxt does not read, and what the exchange does not have.
NO_LEAST_AMOUNT, NO_LEAST_COST = {"bingx"}, {"okx"}


def test_markets_are_loaded_once_for_all_and_without_a_key(trader: Trader) -> None:
    async def many() -> list[object]:
        return await asyncio.gather(*(trader.desk.rules([PAIR]) for _ in range(20)))

    found = run(many())

    assert len(found) == 20
    assert len(trader.requests()) <= 2
    assert {row["key"] for row in trader.requests()} == {""}


@pytest.mark.parametrize("frame", ["1m", "5m", "15m", "1h", "4h", "1d"])
def test_candles_come_oldest_first_and_end_now(trader: Trader, frame: str) -> None:
    minutes = {"1m": 1, "5m": 5, "15m": 15, "1h": 60, "4h": 240, "1d": 1_440}[frame]

    candles = run(trader.desk.candles(PAIR, frame, 30))

    assert len(candles) == 30
    assert {b.start - a.start for a, b in pairwise(candles)} == {timedelta(minutes=minutes)}
    assert candles[-1].start <= datetime.now(tz=UTC) < candles[-1].start + timedelta(minutes=minutes, seconds=2)
    assert candles[-1].close == 50_000


def test_more_candles_than_one_answer_holds_come_by_several(trader: Trader) -> None:
    candles = run(trader.desk.candles(PAIR, "1m", 350))

    assert len(candles) == 350
    assert {b.start - a.start for a, b in pairwise(candles)} == {timedelta(minutes=1)}


def test_a_day_is_from_midnight_to_midnight_by_utc(trader: Trader) -> None:
    days, hours = run(trader.desk.candles(PAIR, "1d", 4)), run(trader.desk.candles(PAIR, "1h", 24 * 4))

    assert len(days) == 4
    for day in days[1:-1]:
        inside = [one for one in hours if day.start <= one.start < day.start + timedelta(days=1)]
        assert day.start.hour == 0
        assert (day.open, day.close) == (inside[0].open, inside[-1].close)


@pytest.mark.parametrize("trader", ["htx"], indirect=True)
def test_candles_that_begin_between_ours_are_left_out(trader: Trader, monkeypatch: pytest.MonkeyPatch) -> None:
    """What lies in them has not ended when a candle of ours has."""
    lender = trader.desk._lender
    spec = replace(lender.spec, trading=replace(lender.spec.trading, apart=frozenset()))
    monkeypatch.setattr(lender, "spec", spec)

    assert run(trader.desk.candles(PAIR, "1d", 4)) == []


def test_past_minutes_come_page_by_page_without_a_gap(trader: Trader) -> None:
    most = registry.get(trader.slug).trading.candles_at_once
    until = datetime.now(tz=UTC).replace(second=0, microsecond=0) - timedelta(days=2)
    start = until - timedelta(minutes=most + 7)
    found, at, pages = [], start, 0
    while at < until:
        page, at = run(trader.desk.minutes(PAIR, at, until))
        found += page
        pages += 1

    assert pages == 2
    assert [one.start for one in found] == [start + timedelta(minutes=n) for n in range(most + 7)]


def test_the_minute_that_runs_is_none_yet(trader: Trader) -> None:
    now = datetime.now(tz=UTC)

    found, at = run(trader.desk.minutes(PAIR, now - timedelta(minutes=5), now + timedelta(minutes=5)))

    assert 4 <= len(found) <= 5
    assert found[-1].start + timedelta(minutes=1) <= datetime.now(tz=UTC)
    assert at >= now


@pytest.mark.parametrize("trader", ["gate"], indirect=True)
def test_what_an_exchange_does_not_keep_is_not_asked_for(trader: Trader) -> None:
    before, now = len(trader.requests()), datetime.now(tz=UTC)

    assert run(trader.desk.minutes(PAIR, now - timedelta(days=40), now - timedelta(days=30))) == (
        [],
        now - timedelta(days=30),
    )
    assert len(trader.requests()) == before


@pytest.mark.parametrize("kind", GARBAGE)
def test_garbage_is_no_market(rig: "Rig", trader: Trader, kind: str) -> None:
    rig.fault(kind, slug=trader.slug)

    for ask in (trader.desk.quotes([PAIR]), trader.desk.rules([PAIR]), trader.desk.candles(PAIR, "1h", 5)):
        with pytest.raises(ExchangeError) as raised:
            run(ask)
        assert raised.value.trouble.cause.is_temporary


@pytest.mark.parametrize("kind", GARBAGE)
def test_garbage_is_no_quote_once_the_markets_are_known(rig: "Rig", trader: Trader, kind: str) -> None:
    run(trader.desk.rules([PAIR]))
    rig.fault(kind, slug=trader.slug)

    for ask in (trader.desk.quotes([PAIR]), trader.desk.candles(PAIR, "1h", 5)):
        with pytest.raises(ExchangeError):
            run(ask)


def test_a_pair_that_is_not_listed_has_no_candles(trader: Trader) -> None:
    with pytest.raises(ExchangeError):
        run(trader.desk.candles("NO/PE", "1h", 5))


@pytest.mark.parametrize("slug", SLUGS)
def test_a_process_has_one_desk_for_a_place(rig: "Rig", slug: str) -> None:
    spec, location = registry.get(slug), location_at(rig.base, slug)

    assert desk_of(spec, location) is desk_of(spec, location)
    assert desk_of(spec, location) is not desk_of(spec, location_at(f"{rig.base}/other", slug))


def test_a_load_that_failed_is_tried_again(rig: "Rig", trader: Trader) -> None:
    rig.fault("503", slug=trader.slug, count=1)

    with pytest.raises(ExchangeError):
        run(trader.desk.rules([PAIR]))

    assert set(run(trader.desk.rules([PAIR]))) == {PAIR}


def test_markets_are_read_again_after_an_hour(trader: Trader, monkeypatch: pytest.MonkeyPatch) -> None:
    run(trader.desk.rules([PAIR]))
    before = len(trader.requests())
    monkeypatch.setattr(trader.desk._markets, "_due_at", 0)

    run(trader.desk.rules([PAIR]))
    run(trader.desk.rules([PAIR]))

    assert len(trader.requests()) == 2 * before


def test_old_markets_serve_while_new_ones_cannot_be_had(
    rig: "Rig", trader: Trader, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = run(trader.desk.rules([PAIR]))
    rig.fault("503", slug=trader.slug)
    monkeypatch.setattr(trader.desk._markets, "_due_at", 0)

    assert run(trader.desk.rules([PAIR])) == known
    asked = len(trader.requests())
    assert run(trader.desk.rules([PAIR])) == known
    assert len(trader.requests()) == asked

    monkeypatch.setattr(trader.desk._markets, "_due_at", 0)
    monkeypatch.setattr(trader.desk._markets, "_stale_at", 0)
    with pytest.raises(ExchangeError):
        run(trader.desk.rules([PAIR]))


def test_a_desk_at_its_real_place_reaches_no_other_host() -> None:
    desk = Desk(Lender(registry.get("mexc"), location_at("http://127.0.0.1:1", "mexc")))

    with pytest.raises(ExchangeError) as raised:
        run(desk.quotes([PAIR]))

    assert raised.value.trouble.cause is Cause.UNAVAILABLE


@pytest.mark.parametrize(
    ("slug", "coin"), [("bitget", "JADE"), ("bitget", "OMNI"), ("bingx", "NAP"), ("kucoin", "FUD")]
)
def test_a_coin_keeps_its_name_where_ccxt_has_one_that_nobody_can_type(slug: str, coin: str) -> None:
    assert Lender(registry.get(slug), Location()).code_of(coin) == coin


@pytest.mark.parametrize("slug", SLUGS)
def test_every_other_name_of_a_coin_is_one_that_a_bots_form_takes(slug: str) -> None:
    theirs = ccxt_class(registry.get(slug).ccxt_id)().commonCurrencies

    for name in names_to_type(theirs).values():
        assert read_pairs(f"{name}/EUR") == (f"{name}/EUR",)
