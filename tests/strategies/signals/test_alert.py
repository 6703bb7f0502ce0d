"""What an alert may say, and what is answered to one that says something else."""

import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from strategies.signals.alert import SignalError, read

NOW = datetime(2026, 11, 25, 12, 0, 5, tzinfo=UTC)
GOOD = {"pair": "BTC/USDT", "direction": "long"}


def told(**fields: Any) -> Any:
    return read(json.dumps(GOOD | fields).encode(), now=NOW)


def refused(body: bytes) -> tuple[int, str]:
    with pytest.raises(SignalError) as caught:
        read(body, now=NOW)
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

    assert read(body, now=NOW).price == Decimal("42000.12345678901234")
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
        ({"pair": ""}, "pair must be one pair"),
        ({"pair": None}, "pair must be one pair"),
        ({"pair": 7}, "pair must be one pair"),
        ({"pair": "{{ticker}}"}, "pair must be one pair"),
        ({"pair": "BTCUSDT"}, "pair must be one pair"),
        ({"pair": "BTC/USDT, ETH/USDT"}, "pair must be one pair"),
        ({"pair": "BTC/USDT\0"}, "pair must be one pair"),
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
    early, late, other = (read(json.dumps(GOOD).encode(), now=NOW.replace(second=at)) for at in (5, 9, 11))

    assert early.key == late.key
    assert other.key_before == early.key
    assert told(time="2026-11-25T12:00:00Z").key == told(time="2026-11-25T12:00:00Z").key
    assert told(time="2026-11-25T12:00:00Z").key != told(time="2026-11-25T12:00:01Z").key


def test_an_id_cannot_be_mistaken_for_a_body() -> None:
    assert told(id="body:" + "0" * 40).key.startswith("id:body:")
