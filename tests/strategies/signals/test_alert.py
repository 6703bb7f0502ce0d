"""What an alert may say, and what is answered to one that says something else."""

import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from strategies.signals.alert import SignalError, read

NOW = datetime(2026, 11, 25, 12, 0, 5, tzinfo=UTC)
GOOD = {"pair": "BTC/USDT", "direction": "long"}
PAIRS = ("ETH/USDT", "BTC/USDT")


def told(**fields: Any) -> Any:
    return read(json.dumps(GOOD | fields).encode(), now=NOW, among=PAIRS)


def refused(body: bytes) -> tuple[int, str]:
    with pytest.raises(SignalError) as caught:
        read(body, now=NOW, among=PAIRS)
    return caught.value.status, str(caught.value)


def test_it_reads_every_field() -> None:
    alert = told(price="42000.50", id="a-1", time="2026-11-25T12:00:00Z")

    assert (alert.pair, alert.wish, alert.key, alert.price) == ("BTC/USDT", "long", "id:a-1", Decimal("42000.50"))
    assert alert.told_at == datetime(2026, 11, 25, 12, tzinfo=UTC)


@pytest.mark.parametrize(("spelt", "wish"), [("LONG", "long"), (" Short ", "short"), ("close", "close")])
def test_a_direction_may_be_spelt_as_people_spell(spelt: str, wish: str) -> None:
    assert told(direction=spelt).wish == wish


@pytest.mark.parametrize("spelt", ["BTC-USDT", "btc/usdt", "BTC_USDT", " BTC/USDT "])
def test_a_pair_may_be_spelt_as_exchanges_spell(spelt: str) -> None:
    assert told(pair=spelt).pair == "BTC/USDT"


@pytest.mark.parametrize(
    "symbol",
    ["BTCUSDT", "btcusdt", "BINANCE:BTCUSDT", "BTCUSDT.P", "BYBIT:BTCUSDT.P", "OKX:BTC-USDT", "ＢＴＣＵＳＤＴ"],
)
def test_a_pair_may_be_spelt_as_charts_spell(symbol: str) -> None:
    assert told(pair=symbol).pair == "BTC/USDT"


@pytest.mark.parametrize("symbol", ["BTCUSD", "BTCUSDTP", "XBTCUSDT", "BTC:USDT", "BTC/USDT,ETH/USDT", "", ":", ".P"])
def test_a_symbol_that_names_none_of_the_bots_pairs_is_refused_with_those_it_trades(symbol: str) -> None:
    status, text = refused(json.dumps(GOOD | {"pair": symbol}).encode())

    assert status == 422
    assert text.endswith("It trades ETH/USDT, BTC/USDT.")
    assert f"“{symbol}”" in text or not symbol


def test_of_many_pairs_some_are_named() -> None:
    many = tuple(f"C{number}/USDT" for number in range(20))
    with pytest.raises(SignalError, match="It trades C0/USDT, C1/USDT, C2/USDT, C3/USDT, C4/USDT …"):
        read(json.dumps(GOOD).encode(), now=NOW, among=many)


def test_fields_that_nobody_knows_are_ignored() -> None:
    assert told(strategy="x", volume=[1, {"a": None}], owner=7).pair == "BTC/USDT"


@pytest.mark.parametrize(
    "time",
    [
        "2026-11-25T12:00:00Z",
        "2026-11-25T12:00:00",
        "2026-11-25 12:00:00+00:00",
        "2026-11-25T14:00:00+02:00",
        1795608000,
        "1795608000",
        1795608000000,
        "1795608000000",
        1795608000.0,
    ],
)
def test_a_time_is_iso_or_seconds_or_milliseconds(time: object) -> None:
    assert told(time=time).told_at == datetime(2026, 11, 25, 12, tzinfo=UTC)


@pytest.mark.parametrize("price", [42000.12345678901234, "42000.12345678901234"])
def test_a_price_keeps_its_digits(price: object) -> None:
    body = json.dumps(GOOD)[:-1].encode() + b', "price": 42000.12345678901234}'

    assert read(body, now=NOW, among=PAIRS).price == Decimal("42000.12345678901234")
    assert told(price="42000.12345678901234").price == Decimal("42000.12345678901234")


@pytest.mark.parametrize("name", ["price", "time", "id"])
@pytest.mark.parametrize("value", [None, ""])
def test_what_is_optional_may_be_empty(name: str, value: object) -> None:
    assert told(**{name: value}).wish == "long"


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400),
        (b"long BTC", 400),
        (b"\xff\xfe{}", 400),
        (b"[]", 400),
        (b'"long"', 400),
        (b"null", 400),
        (b"[" * 60_000, 400),
        (b'{"a":' * 20_000, 400),
        (b"9" * 5000, 400),
        (b"pair=BTC/USDT&direction=long", 400),
        (b"{}", 422),
    ],
)
def test_what_is_no_alert_is_refused(body: bytes, status: int) -> None:
    assert refused(body)[0] == status


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ({"direction": "buy"}, "direction must be long, short or close."),
        ({"direction": None}, "direction must be"),
        ({"direction": ["long"]}, "direction must be"),
        ({"pair": ""}, "pair must be a text"),
        ({"pair": None}, "pair must be a text"),
        ({"pair": 7}, "pair must be a text"),
        ({"pair": "{{ticker}}"}, "This bot does not trade “{{ticker}}”"),
        ({"pair": "BTC/USDT, ETH/USDT"}, "This bot does not trade"),
        ({"pair": "BTC/USDT\0"}, "There is an invisible character in pair"),
        ({"price": "NaN"}, "price must be a number above 0."),
        ({"price": "-1"}, "price must be"),
        ({"price": 0}, "price must be"),
        ({"price": "1e999999"}, "price must be"),
        ({"price": "{{close}}"}, "price must be"),
        ({"price": True}, "price must be"),
        ({"price": [1]}, "price must be"),
        ({"price": "1." + "0" * 40 + "e9"}, "price must be"),
        ({"time": "yesterday"}, "time must be like"),
        ({"time": "2026-13-45"}, "time must be like"),
        ({"time": "0001-01-01T00:00:00+14:00"}, "time must be like"),
        ({"time": "9999-12-31T23:59:59-14:00"}, "time must be like"),
        ({"time": True}, "time must be like"),
        ({"time": {}}, "time must be like"),
        ({"time": "9" * 30}, "time must be like"),
        ({"id": "x" * 62}, "id must be a text of at most 61 characters."),
        ({"id": "a\nb"}, "id must be"),
        ({"id": "\ud800"}, "id must be"),
        ({"id": True}, "id must be"),
        ({"id": {"a": 1}}, "id must be"),
        ({"id": 1.5}, "id must be"),
    ],
)
def test_a_field_that_cannot_be_used_is_named(fields: dict[str, Any], text: str) -> None:
    status, said = refused(json.dumps(GOOD | fields).encode())

    assert status == 422
    assert said.startswith(text)


def test_the_same_alert_without_an_id_is_the_same_for_ten_seconds_and_longer_with_a_time() -> None:
    early, late, other = (read(json.dumps(GOOD).encode(), now=NOW.replace(second=at), among=PAIRS) for at in (5, 9, 11))

    assert early.key == late.key
    assert other.key_before == early.key
    assert told(time="2026-11-25T12:00:00Z").key == told(time="2026-11-25T12:00:00Z").key
    assert told(time="2026-11-25T12:00:00Z").key != told(time="2026-11-25T12:00:01Z").key


def test_an_id_cannot_be_mistaken_for_a_body() -> None:
    assert told(id="body:" + "0" * 40).key.startswith("id:body:")
