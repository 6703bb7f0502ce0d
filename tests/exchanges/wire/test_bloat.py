"""What ccxt would go through piece by piece for half a minute is told from a long honest answer."""

import json

import pytest

from exchanges.wire.session import LONGEST_TEXT, is_bloated

LONG = "a" * (LONGEST_TEXT + 1)


@pytest.mark.parametrize("rows", [[1795995858827, 93210.5, 93211.25, 93200, 93205.5, 0.125], ["93210.5", "93211"]])
def test_many_candles_are_honest_whether_their_numbers_are_in_quotes_or_not(rows: list[object]) -> None:
    text = json.dumps({"code": 0, "data": [rows] * 5_000})

    assert len(text) > LONGEST_TEXT
    assert not is_bloated(text)


@pytest.mark.parametrize(
    "value",
    [LONG, '"' + LONG, '\\"' + LONG, "\\" + LONG, LONG + '"', '"' * 3 + LONG, "[" + LONG + "]", {"a": LONG}, [1, LONG]],
)
def test_one_text_longer_than_any_honest_one_is_bloat_whatever_is_escaped_in_it(value: object) -> None:
    assert is_bloated(json.dumps({"code": 0, "data": value}))
    assert is_bloated(json.dumps({'"': '\\"', "data": value}))


def test_hardly_anything_between_commas_is_bloat() -> None:
    assert is_bloated("[" + "1," * LONGEST_TEXT + "1]")
    assert is_bloated(json.dumps("a,b," * LONGEST_TEXT))


def test_nothing_in_quotes_is_no_fault() -> None:
    assert not is_bloated("[" + ",".join(["123456.75"] * 10_000) + "]")
