"""What is kept of an answer that we do not know: enough to learn from, nothing that belongs to anybody."""

import json
from typing import Any

import pytest

from exchanges.shape import LONGEST_ROW, safe_code, safe_path, shape_of, shape_of_row

ACCOUNT: dict[str, Any] = {
    "code": 987654,
    "msg": "Account 18273645 of j.doe@example.org is locked",
    "data": {
        "uid": "18273645",
        "balances": [{"asset": "BTC", "free": "0.12345678"}, {"asset": "USDT", "free": "10"}],
        "wallets": {"BTC": {"free": 1.5}, "USDT": {"free": 2.5}},
        "0x52908400098527886E0F7030069857D2E4169EE7": True,
        "note": None,
    },
}


def test_it_tells_keys_types_and_lengths() -> None:
    assert shape_of(json.dumps(ACCOUNT)) == {
        "code": "int:6",
        "msg": "text:47",
        "data": {
            "uid": "text:8",
            "balances": ["list:2", {"asset": "text:3", "free": "text:10"}],
            "wallets": {"*": {"free": "number"}, "…": "2 keys"},
            "*": "bool",
            "note": "null",
        },
    }


def test_no_value_name_amount_or_id_is_in_it() -> None:
    kept = json.dumps(shape_of(json.dumps(ACCOUNT)))

    for secret in ("987654", "18273645", "doe", "BTC", "0.1234", "0x52"):
        assert secret not in kept


@pytest.mark.parametrize(
    ("text", "shape"),
    [
        ("", "empty"),
        ("<!DOCTYPE html><html>x</html>", "html:29"),
        ("error code: 1009", "text:16"),
        ("null", "null"),
        ("[]", ["list:0"]),
        ("[" * 100_000, "text:100000"),
    ],
)
def test_what_is_no_object_has_a_shape_too(text: str, shape: object) -> None:
    assert shape_of(text) == shape


def test_it_is_bounded_however_large_the_answer() -> None:
    wide = {
        f"field_{chr(97 + a)}{chr(97 + b)}": {"inner": {"x" * 30: [{"y" * 30: 1}]}}
        for a in range(26)
        for b in range(26)
    }

    assert len(json.dumps(shape_of(json.dumps(wide)))) <= 4_000


@pytest.mark.parametrize(
    ("code", "kept"),
    [
        ("-1121", "-1121"),
        ("api-signature-not-valid", "api-signature-not-valid"),
        ("PERMISSION_DENIED", "PERMISSION_DENIED"),
        ("Account 5 is locked", "text:19"),
        ("<script>", "text:8"),
        ("123456789012", "text:12"),
        ("", ""),
    ],
)
def test_a_code_is_kept_and_a_sentence_in_its_place_is_not(code: str, kept: str) -> None:
    assert safe_code(code) == kept


@pytest.mark.parametrize(
    ("path", "kept"),
    [
        ("/api/v5/account/config", "/api/v5/account/config"),
        ("/api/v1/hf/orders/6705f5c311545b000157d3eb", "/api/v1/hf/orders/*"),
        ("/v1/order/orders/345487249132375/place", "/v1/order/orders/*/place"),
    ],
)
def test_a_path_is_kept_without_the_ids_in_it(path: str, kept: str) -> None:
    assert safe_path(path) == kept


def test_the_shape_of_a_row_is_a_short_line_without_a_value() -> None:
    row = {"ccy": "BTC", "eq": "123.45", "no": None, "is": True, "in": {"a": 1.5}, "of": [1, 2], "USDT": "7"}

    assert shape_of_row(row) == (
        '{"ccy": "text:3", "eq": "text:6", "no": "null", "is": "bool", "in": {"a": "number"}, '
        '"of": ["list:2", "int:1"], "*": "text:1"}'
    )
    assert shape_of_row("secret") == '"text:6"'
    assert len(shape_of_row({"k" * n: [{"x": 1}] for n in range(1, 40)})) <= LONGEST_ROW
