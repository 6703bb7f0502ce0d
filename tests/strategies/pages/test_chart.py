"""What the chart draws, number by number, from rows that are known."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from strategies.models import Bot, CandleSeries, Instrument
from tests.accounts.factories import sign_in
from tests.connections.factories import make_connection
from tests.strategies.factories import make_bot, make_fill, make_group, make_instrument, make_order

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 25, 12, 10, tzinfo=UTC)
# 12:00, the start of the quarter that NOW lies in
QUARTER = 1_795_608_000
BARS = [[(QUARTER - 900) * 1000, "99", "101.5", "98.25", "100", "7"], [QUARTER * 1000, "100", "100.5", "94", "95", "3"]]


@pytest.fixture(autouse=True)
def at_noon() -> Any:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def bot(client: Client, trader: User) -> Bot:
    sign_in(client, trader)
    return make_bot(owner=trader, stop_loss=Decimal(30))


def make_candles(bot: Bot, *, frame: str = "15m", **instrument: Any) -> CandleSeries:
    found = make_instrument(connection=bot.connection, wanted_until=NOW + timedelta(minutes=3), **instrument)
    return CandleSeries.objects.create(
        instrument=found, frame=frame, rows_json=BARS, wanted_until=NOW + timedelta(minutes=3)
    )


def chart(client: Client, bot: Bot, **query: str | int) -> dict[str, Any]:
    answer = client.get(reverse("bot_chart", args=[bot.public_id]), query)
    assert answer.status_code == 200
    assert answer["Content-Type"] == "application/json"
    found: dict[str, Any] = answer.json()
    return found


def test_candles_are_told_in_seconds_and_numbers(client: Client, bot: Bot) -> None:
    make_candles(bot)

    found = chart(client, bot)

    assert (found["pair"], found["frame"], found["digits"]) == ("BTC/USDT", "15m", 2)
    assert found["candles"] == [
        {"time": QUARTER - 900, "open": 99.0, "high": 101.5, "low": 98.25, "close": 100.0},
        {"time": QUARTER, "open": 100.0, "high": 100.5, "low": 94.0, "close": 95.0},
    ]


def test_only_candles_from_a_moment_on_are_told_again(client: Client, bot: Bot) -> None:
    make_candles(bot)

    assert [one["time"] for one in chart(client, bot, since=QUARTER)["candles"]] == [QUARTER]


def test_levels_and_zone_are_those_of_the_group(client: Client, bot: Bot) -> None:
    make_candles(bot)
    group = make_group(bot=bot)

    found = chart(client, bot)

    assert found["group"] == str(group.public_id)
    assert {one["kind"]: round(one["price"], 4) for one in found["levels"]} == {
        "take_profit": 101.7017,
        "break_even": 100.2002,
        "average": 100.0,
        "next_add_on": 98.5,
        "zone_end": 96.7,
        "stop_loss": 70.0,
    }
    assert found["zone"] == {"from": 98.5, "to": 96.7}
    assert found["decay"] == []


def test_the_last_zone_has_no_end_and_a_full_ladder_no_zone(client: Client, bot: Bot) -> None:
    make_candles(bot)
    group = make_group(bot=bot, add_ons_done=4)
    last = chart(client, bot)["zone"]
    group.add_ons_done = 5
    group.save(update_fields=["add_ons_done"])

    assert round(last["from"], 4) == 88.8376
    assert last["to"] is None
    assert chart(client, bot)["zone"] is None


def test_fills_are_marked_at_the_candle_they_happened_in(client: Client, bot: Bot) -> None:
    make_candles(bot)
    group = make_group(bot=bot)
    entry, add_on = make_order(group=group), make_order(group=group, purpose="add_on", step=2, price=Decimal("96.5"))
    leave = make_order(group=group, purpose="exit")
    make_fill(order=entry, at=NOW - timedelta(minutes=12))
    make_fill(order=add_on, at=NOW - timedelta(minutes=6))
    make_fill(order=add_on, at=NOW - timedelta(minutes=5))
    make_fill(order=leave, at=NOW)

    marks = chart(client, bot)["markers"]

    assert [(one["time"], one["kind"], one["side"], one["text"], one["price"]) for one in marks] == [
        (QUARTER - 900, "entry", "buy", "Entry", 100.0),
        (QUARTER, "add_on", "buy", "Add-on 2", 96.5),
        (QUARTER, "exit", "sell", "Exit", 100.0),
    ]


def test_in_recovery_the_take_profit_falls_into_the_future(client: Client, bot: Bot) -> None:
    make_candles(bot, frame="1h")
    make_group(bot=bot, mode="recovery", recovery_since=NOW - timedelta(days=1))

    decay = chart(client, bot, frame="1h")["decay"]

    values = [one["value"] for one in decay]
    assert [decay[0]["time"], decay[-1]["time"]] == [QUARTER - 3600, QUARTER + 24 * 3600]
    assert values == sorted(values, reverse=True)
    # 12:00 is 23 h 50 min after it began: 101.5 − 1.1996 · (23 h 50 min / 72 h)
    assert round(decay[1]["value"], 4) == 101.2378


def test_adopted_coins_are_marked_where_they_were_adopted(client: Client, bot: Bot) -> None:
    make_candles(bot)
    make_group(bot=bot, adopted=Decimal(1), adopted_price=Decimal(100), adopted_at=NOW)

    (mark,) = chart(client, bot)["markers"]

    assert mark == {"time": QUARTER, "kind": "entry", "side": "buy", "text": "Adopted", "price": 100.0}


def test_a_closed_group_shows_its_fills_and_no_levels(client: Client, bot: Bot) -> None:
    make_candles(bot)
    group = make_group(bot=bot, mode="closed")
    make_fill(order=make_order(group=group), at=NOW)

    found = chart(client, bot, group=str(group.public_id))

    assert len(found["markers"]) == 1
    assert (found["levels"], found["zone"], found["decay"]) == ([], None, [])


def test_by_itself_it_shows_the_group_in_trouble(client: Client, bot: Bot) -> None:
    make_group(bot=bot, pair="AAA/USDT")
    troubled = make_group(bot=bot, pair="ZZZ/USDT", mode="recovery", recovery_since=NOW)

    assert chart(client, bot)["group"] == str(troubled.public_id)


def test_a_pair_without_a_group_shows_its_candles(client: Client, bot: Bot) -> None:
    make_candles(bot)

    found = chart(client, bot, pair="BTC/USDT")

    assert (found["group"], found["levels"], len(found["candles"])) == (None, [], 2)


def test_looking_asks_workers_for_candles_once_in_a_while(client: Client, bot: Bot) -> None:
    assert chart(client, bot, frame="5m")["candles"] == []
    series = CandleSeries.objects.get()

    with time_machine.travel(NOW + timedelta(seconds=30), tick=False):
        chart(client, bot, frame="5m")
        soon = CandleSeries.objects.get().wanted_until
    with time_machine.travel(NOW + timedelta(minutes=2), tick=False):
        chart(client, bot, frame="5m")

    assert (series.frame, series.instrument.pair) == ("5m", "BTC/USDT")
    assert soon == series.wanted_until == NOW + timedelta(minutes=3)
    assert CandleSeries.objects.get().wanted_until == NOW + timedelta(minutes=5)
    assert Instrument.objects.get().wanted_until == NOW + timedelta(minutes=5)


@pytest.mark.parametrize("query", [{"frame": "1y"}, {"pair": "<b>"}, {"since": "-1"}, {"since": "9" * 40}])
def test_nonsense_is_answered_with_the_usual_chart(client: Client, bot: Bot, query: dict[str, str]) -> None:
    make_candles(bot)

    found = chart(client, bot, **query)

    assert (found["pair"], found["frame"], len(found["candles"])) == ("BTC/USDT", "15m", 2)


def test_groups_of_other_bots_and_people_are_not_found(client: Client, bot: Bot, trader: User) -> None:
    url = reverse("bot_chart", args=[bot.public_id])
    others = [make_group(bot=make_bot()), make_group(bot=make_bot(owner=trader))]

    assert [client.get(url, {"group": str(one.public_id)}).status_code for one in others] == [404, 404]
    assert client.get(url, {"group": "x"}).status_code == 404


def test_a_bot_without_pairs_has_no_chart_and_asks_for_nothing(client: Client, trader: User, bot: Bot) -> None:
    empty = make_bot(connection=make_connection(owner=trader), pairs_json=[])

    assert client.get(reverse("bot_chart", args=[empty.public_id])).status_code == 404
    assert not Instrument.objects.exists()


def test_many_fills_take_no_more_queries(
    client: Client, bot: Bot, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    make_candles(bot)
    order = make_order(group=make_group(bot=bot))
    for minute in range(100):
        make_fill(order=order, at=NOW - timedelta(minutes=minute))

    with django_assert_max_num_queries(6):
        chart(client, bot)
