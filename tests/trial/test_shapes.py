"""Of an answer, only what kind of thing stands where."""

import json
from typing import Any

import pytest

from trial.shapes import Vocabulary, fields_of, parts_of, request_of, shape_of, words_of

FIELDS = frozenset({"data", "status", "code", "fee", "feeDetail", "balance"})
KNOWN = Vocabulary(words=frozenset({"live"}), fields=FIELDS, codes=frozenset({"code"}))


def kind(value: Any, *, path: str = "data") -> str:
    [found] = shape_of(json.dumps({path: value}), KNOWN)[path]
    return found


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, "null"),
        (True, "boolean"),
        (12, "number"),
        (123456789012, "number, 12 digits"),
        (1700000000000, "number, time in ms"),
        (0.5, "number with a fraction"),
        ("", "empty text"),
        ("live", "word live"),
        ("BUY", "word BUY"),
        ("read_and_write", "text, like aaaa_aaa_aaaaa"),
        ("MyBot", "text, like AaAaa"),
        ("my bot", "text, 6 characters"),
        ("10000", "number as text"),
        ("1111499608327360514", "number as text, 19 digits"),
        ("1700000000000", "number as text, time in ms"),
        ("-0.0005", "number as text, 4 places"),
        ("5e-07", "number with an exponent as text"),
        ("2026-01-02T03:04:05Z", "text, ISO time"),
        ("01234567-89ab-cdef-0123-456789abcdef", "text, UUID"),
        ("203.0.113.7", "text, 11 characters"),
        ([], "empty list"),
        ({}, "object"),
    ],
)
def test_a_value_is_told_by_its_kind(value: object, expected: str) -> None:
    assert kind(value) == expected


def test_an_amount_is_not_told_by_its_length() -> None:
    assert kind("1.50") == kind("999999.50") == "number as text, 2 places"
    assert kind("5") == kind("123456789")


def test_only_of_a_fee_it_is_told_who_pays() -> None:
    shape = shape_of('{"data": {"feeDetail": [{"fee": "-0.1"}], "balance": "-0.1"}}', KNOWN)

    assert shape["data.feeDetail[].fee"] == {"number below zero as text, 1 places"}
    assert shape["data.balance"] == {"number as text, 1 places"}


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("25204", "code 25204"),
        (-2010, "code -2010"),
        ("api-signature-not-valid", "code api-signature-not-valid"),
        ("4711-canary", "text, 11 characters"),
        ("123456789", "number as text"),
    ],
)
def test_a_code_is_told_where_codes_stand(value: object, expected: str) -> None:
    assert kind(value, path="code") == expected


def test_names_of_coins_are_no_fields() -> None:
    shape = shape_of('{"data": {"BTC": "1", "myCoin": "2"}, "newField": 1, "odd7field": 2}', KNOWN)

    assert set(shape) == {"", "data", "data.{name}", "newField", "{name}"}


def test_rows_are_told_together() -> None:
    shape = shape_of('{"data": [{"status": "live"}, {"status": null}]}', KNOWN)

    assert shape["data[].status"] == {"word live", "null"}


@pytest.mark.parametrize("text", ["<html>secret</html>", "", "[" * 5000])
def test_what_is_no_json_is_told_by_its_length(text: str) -> None:
    assert shape_of(text, KNOWN) == {"": {f"no JSON, {len(text)} characters"}}


def test_an_endless_answer_is_cut() -> None:
    deep = json.dumps(json.loads("[" * 50 + "]" * 50))
    wide = json.dumps({"data": {f"field{'x' * n}": n for n in range(2000)}})

    assert len(shape_of(deep, KNOWN)) < 20
    assert len(shape_of(wide, KNOWN)) <= 600


def test_words_and_fields_leave_names_out() -> None:
    text = '{"coin": "BTC", "status": "live", "note": "Practice good", "BTC": {"uid": "a1"}}'

    assert set(words_of(text, {"BTC"})) == {"live"}
    assert set(fields_of(text, {"BTC"})) == {"coin", "status", "note", "uid"}


def test_a_request_is_named_without_its_ids() -> None:
    parts = set(parts_of("/api/v1/hf/orders/client-order/bf0123"))

    assert request_of("GET", "/api/v1/hf/orders/67a1", parts) == "GET /api/v1/hf/orders/*"
    assert request_of("GET", "/api/v1/hf/orders/mine", parts) == "GET /api/v1/hf/orders/*"
