"""What an exchange's refusal means: every recorded one by itself, and those that nobody has recorded."""

import itertools
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from exchanges import registry
from exchanges.errors import Cause, ErrorTable, ExchangeError, RawAnswer, Trouble, classify
from exchanges.known.kucoin import check
from exchanges.known.mexc import check as mexc
from tests.exchanges.asking import recorded

KEY_CAUSES = {cause for cause in Cause if cause.value.startswith("key.")}
ROWS = [(spec.slug, row) for spec in registry.ALL for row in recorded(spec.slug)]
NOON = datetime(2026, 11, 28, 12, tzinfo=UTC).timestamp()
TABLE = ErrorTable(codes={"7": Cause.KEY_INVALID}, texts=(("api-key broken", Cause.KEY_MALFORMED),))


def answer(body: object, status: int = 400, **headers: str) -> RawAnswer:
    text = body if isinstance(body, str) else json.dumps(body)
    return RawAnswer(status=status, text=text, headers=headers)


def at_noon(status: int, headers: dict[str, str], body: object = "") -> RawAnswer:
    text = body if isinstance(body, str) else json.dumps(body)
    return RawAnswer(status=status, text=text, headers=headers, at=NOON)


def cause_of(body: object, status: int = 400, *, table: ErrorTable = TABLE, ccxt_class: str = "") -> Cause | None:
    trouble = classify(answer(body, status), table, ccxt_class=ccxt_class)
    return trouble.cause if trouble else None


@pytest.mark.parametrize(("slug", "row"), ROWS, ids=[f"{slug}-{row['name']}" for slug, row in ROWS])
def test_every_recorded_refusal_is_understood(slug: str, row: dict[str, Any]) -> None:
    raw = answer(row["body"], row["status"], **row.get("headers", {}))

    found = classify(raw, registry.get(slug).errors)

    if found is None:
        # It says no by what it lacks: the reader of the question refuses it (test_every_exchange.py).
        assert row["cause"] in (None, Cause.UNREADABLE.value)
        assert row["status"] == 200
    elif row["cause"] is not None:
        assert found.cause.value == row["cause"]


@pytest.mark.parametrize("spec", registry.ALL, ids=lambda spec: spec.slug)
def test_no_code_of_a_table_is_also_a_success(spec: Any) -> None:
    assert not spec.errors.ok & set(spec.errors.codes)


def test_an_own_text_speaks_before_the_code() -> None:
    assert cause_of({"code": 7, "msg": "API-key broken"}) is Cause.KEY_MALFORMED


def test_an_own_code_speaks_before_the_status() -> None:
    assert cause_of({"code": 7, "msg": "?"}, 503) is Cause.KEY_INVALID
    assert cause_of({"code": "7", "msg": "?"}, 429) is Cause.KEY_INVALID


@pytest.mark.parametrize(
    ("status", "cause"),
    [
        (404, Cause.UNREADABLE),
        (408, Cause.UNAVAILABLE),
        (418, Cause.RATE_LIMITED),
        (429, Cause.RATE_LIMITED),
        (451, Cause.REGION),
        *[(status, Cause.UNAVAILABLE) for status in (500, 501, 502, 503, 504, 520, 530, 599)],
    ],
)
@pytest.mark.parametrize(
    "body", ["", "<html>ip whitelist invalid signature</html>", {"code": 99, "msg": "ip whitelist"}]
)
def test_a_code_in_no_table_falls_back_to_the_status(status: int, cause: Cause, body: object) -> None:
    assert cause_of(body, status, ccxt_class="AuthenticationError") is cause


@pytest.mark.parametrize(
    ("text", "cause"),
    [
        ("Too many requests", Cause.RATE_LIMITED),
        ("Service from a restricted location", Cause.REGION),
        ("Not available in your country", Cause.REGION),
        ("System Maintenance", Cause.UNAVAILABLE),
        ("IP not in whitelist", Cause.IP_NOT_ALLOWED),
        ("You have no permission", Cause.RIGHT_MISSING),
        ("outside of the recvWindow", Cause.CLOCK),
        ("Invalid signature", Cause.SECRET_WRONG),
    ],
)
def test_then_to_the_text(text: str, cause: Cause) -> None:
    assert cause_of({"code": 99, "msg": text}, ccxt_class="AuthenticationError") is cause


@pytest.mark.parametrize(
    ("ccxt_class", "cause"),
    [
        ("AuthenticationError", Cause.UNKNOWN_CODE),
        ("PermissionDenied", Cause.UNKNOWN_CODE),
        ("AccountSuspended", Cause.ACCOUNT_RESTRICTED),
        ("InvalidNonce", Cause.CLOCK),
        ("RateLimitExceeded", Cause.RATE_LIMITED),
        ("OnMaintenance", Cause.UNAVAILABLE),
        ("RequestTimeout", Cause.UNAVAILABLE),
        ("NetworkError", Cause.UNAVAILABLE),
        ("BadRequest", Cause.UNKNOWN_CODE),
        ("", Cause.UNKNOWN_CODE),
    ],
)
def test_then_to_the_class_that_ccxt_made_of_it(ccxt_class: str, cause: Cause) -> None:
    assert cause_of({"code": 99, "msg": "?"}, ccxt_class=ccxt_class) is cause


def test_the_class_of_ccxt_counts_only_beside_a_code_of_the_exchanges_own() -> None:
    assert cause_of({"detail": "?"}, 401, ccxt_class="AuthenticationError") is Cause.UNREADABLE


PAGES = (
    "",
    "<html>401 Authorization Required</html>",
    "Sign in to the airport WiFi",
    "invalid api key",
    "null",
    "[]",
    "{",
    '"x"',
)


@pytest.mark.parametrize("spec", registry.ALL, ids=lambda spec: spec.slug)
@pytest.mark.parametrize("status", [400, 401, 403, 407, 412, 421])
def test_a_page_of_a_proxy_or_firewall_says_nothing_about_a_key(spec: Any, status: int) -> None:
    for page, name in itertools.product(PAGES, ("AuthenticationError", "PermissionDenied", "")):
        found = cause_of(page, status, table=spec.errors, ccxt_class=name)

        assert found not in KEY_CAUSES | {None, Cause.IP_NOT_ALLOWED, Cause.RIGHT_MISSING}


@pytest.mark.parametrize("status", [300, 301, 302, 303, 304, 307, 308])
def test_a_redirect_is_no_answer(status: int) -> None:
    assert cause_of("", status) is Cause.UNREADABLE


@pytest.mark.parametrize("status", [200, 201, 204, 299])
@pytest.mark.parametrize(
    "body", ["", "<html></html>", "null", {}, [], {"code": 0}, {"code": "200"}, {"code": True}, {"code": None}]
)
def test_what_does_not_say_no_is_left_to_the_reader(status: int, body: object) -> None:
    assert cause_of(body, status) is None


@pytest.mark.parametrize("body", [{"success": False}, {"code": 1}, {"code": "x"}, {"code": -1, "data": {"ok": True}}])
def test_a_no_with_status_200_is_heard(body: object) -> None:
    assert cause_of(body, 200) in {Cause.UNREADABLE, Cause.UNKNOWN_CODE}


@pytest.mark.parametrize(
    ("text", "ip"),
    [
        ("IP [203.0.113.7] not in the ip white list", "203.0.113.7"),
        ("the current clientIp is:203.0.113.7", "203.0.113.7"),
        ("the current clientIp is:2001:db8::7", "2001:db8::7"),
        ("Invalid request ip", ""),
        ("1.2.3", ""),
        ("v1.2.3.4.5", ""),
        ("x" * 5000 + " 203.0.113.7", ""),
    ],
)
def test_a_refused_address_is_read_from_the_answer(text: str, ip: str) -> None:
    table = ErrorTable(codes={"6": Cause.IP_NOT_ALLOWED})

    found = classify(answer({"code": 6, "msg": text}), table)

    assert found == Trouble(cause=Cause.IP_NOT_ALLOWED, code="6", ip=ip)


def test_an_address_is_not_read_from_other_refusals() -> None:
    found = classify(answer({"code": 7, "msg": "from 203.0.113.7"}), TABLE)

    assert found is not None
    assert found.ip == ""


@pytest.mark.parametrize(
    ("sent", "seconds"),
    [
        ("2", 2),
        ("0", 0),
        ("86400", 86_400),
        ("999999999", 259_200),
        ("Sat, 28 Nov 2026 12:01:00 GMT", 60),
        ("Sat, 28 Nov 2026 11:00:00 GMT", 0),
        ("9" * 5000, None),
        ("-1", None),
        ("1.5", None),
        ("٣", None),
        ("Wed, 21 Oct", None),
    ],
)
def test_the_time_to_wait_is_read_from_the_answer_and_bounded(sent: str, seconds: int | None) -> None:
    found = classify(at_noon(429, {"RETRY-after": sent}), TABLE)

    assert found is not None
    assert found.retry_after == seconds


@pytest.mark.parametrize("code", ["x" * 5000, "\x00", "\ud800", "a\nb", "é", "<b>"])
def test_a_hostile_code_is_cut_or_dropped(code: str) -> None:
    found = classify(answer({"code": code}), TABLE)

    assert found is not None
    assert len(found.code) <= 40
    assert found.code.isascii()
    assert found.code.isprintable()


@pytest.mark.parametrize(
    "text", ["[" * 200_000, '{"code":' * 50_000, "1" * 5000, "NaN", "\ud800", '{"code": 1e999999}', "0" * 10_000]
)
@pytest.mark.parametrize("status", [200, 400, 500])
def test_what_is_no_sensible_json_raises_nothing(text: str, status: int) -> None:
    found = classify(RawAnswer(status=status, text=text, headers={}), TABLE, ccxt_class="AuthenticationError")

    assert found is None or found.cause not in KEY_CAUSES


@pytest.mark.parametrize("spec", [mexc.SPEC, check.SPEC], ids=lambda spec: spec.slug)
def test_only_the_temporary_causes_promise_that_waiting_helps(spec: Any) -> None:
    assert {cause for cause in Cause if cause.is_temporary} == {
        Cause.UNAVAILABLE,
        Cause.BLOCKED,
        Cause.UNKNOWN_CODE,
        Cause.RATE_LIMITED,
        Cause.UNREADABLE,
        Cause.CLOCK,
    }


def test_our_error_says_no_more_than_its_cause() -> None:
    error = ExchangeError(Trouble(cause=Cause.KEY_INVALID, code="10072"))

    assert (str(error), error.trouble.code) == ("key.invalid", "10072")


def test_a_refusal_in_plain_text_is_told_by_the_whole_body() -> None:
    table = ErrorTable(codes={}, plain={"unauthorized": Cause.KEY_INVALID})

    assert cause_of("Unauthorized", 401, table=table) is Cause.KEY_INVALID
    assert cause_of("<html>Unauthorized</html>", 401, table=table) is Cause.UNAVAILABLE


def test_a_refusal_inside_a_list_is_told_by_its_first_row() -> None:
    table = ErrorTable(codes={"7": Cause.KEY_INVALID}, list_key="errors")

    assert cause_of({"errors": [{"code": 7}]}, table=table) is Cause.KEY_INVALID


def test_a_page_of_a_status_may_have_a_meaning_of_its_own() -> None:
    table = ErrorTable(codes={}, pages={403: (("geo", Cause.REGION), ("", Cause.RATE_LIMITED))})

    assert cause_of("<b>Geo-blocked</b>", 403, table=table) is Cause.REGION
    assert cause_of("<b>?</b>", 403, table=table) is Cause.RATE_LIMITED


@pytest.mark.parametrize(
    ("slug", "status", "body", "headers", "seconds"),
    [
        (
            "binance",
            418,
            {"code": -1003, "msg": "Way too much request weight used; IP banned until {two_hours}."},
            {},
            7200,
        ),
        (
            "binance",
            429,
            {"code": -1003, "msg": "Way too many requests; IP banned until {two_hours}. Please"},
            {},
            7200,
        ),
        ("binance", 418, {"code": -1003, "msg": "IP banned until {two_hours}."}, {"Retry-After": "7300"}, 7300),
        ("binance", 418, {"code": -1003, "msg": "IP banned until 1700000000000."}, {}, None),
        (
            "bybit",
            200,
            {"retCode": 10006, "retMsg": "Too many visits."},
            {"X-Bapi-Limit-Reset-Timestamp": "{two_hours}"},
            7200,
        ),
        ("bybit", 403, "403, access too frequent", {}, 600),
        ("kucoin", 429, {"code": "429000", "msg": "Too Many Requests"}, {"gw-ratelimit-reset": "29500"}, 30),
        ("gate", 429, {"label": "TOO_MANY_REQUESTS"}, {"X-Gate-RateLimit-Reset-Timestamp": "{in_seconds}"}, 7200),
        ("htx", 200, {"err-code": "rate-too-many-requests"}, {"X-HB-RateLimit-Requests-Expire": "{two_hours}"}, 7200),
        ("okx", 429, {"code": "50011", "msg": "Too Many Requests"}, {"Retry-After": "2"}, 2),
    ],
)
def test_a_ban_says_until_when(slug: str, status: int, body: Any, headers: dict[str, str], seconds: int | None) -> None:
    words = {"two_hours": f"{NOON + 7200:.0f}000", "in_seconds": f"{NOON + 7200:.0f}"}
    told = json.loads(_filled(json.dumps(body), words))
    sent = {name: _filled(value, words) for name, value in headers.items()}

    found = classify(at_noon(status, sent, told), registry.get(slug).errors)

    assert found is not None
    assert (found.cause, found.retry_after) == (Cause.RATE_LIMITED, seconds)
    assert found.until == (datetime.fromtimestamp(NOON, tz=UTC) + timedelta(seconds=seconds) if seconds else None)


def _filled(text: str, words: dict[str, str]) -> str:
    for name, value in words.items():
        text = text.replace("{" + name + "}", value)
    return text


def test_a_header_that_comes_with_every_answer_makes_no_pause_of_a_fault() -> None:
    table = registry.get("bybit").errors
    headers = {"X-Bapi-Limit-Reset-Timestamp": f"{NOON + 60:.0f}000"}

    found = classify(at_noon(200, headers, {"retCode": 10016, "retMsg": "Server error."}), table)

    assert found is not None
    assert (found.cause, found.retry_after) == (Cause.UNAVAILABLE, None)


@pytest.mark.parametrize("spec", registry.ALL, ids=lambda spec: spec.slug)
def test_words_for_a_code_are_for_one_that_is_in_the_table_or_told_by_its_text(spec: Any) -> None:
    assert set(spec.code_words) - set(spec.errors.codes) <= {"-1135"}


@pytest.mark.parametrize("spec", registry.ALL, ids=lambda spec: spec.slug)
def test_a_code_in_no_table_is_kept_without_a_word_of_the_answer(spec: Any) -> None:
    body = dict.fromkeys(spec.errors.code_keys, "98765432") | {"msg": "secret-words", "data": {"uid": "u-1"}}

    found = classify(answer(body), spec.errors)

    assert found is not None
    assert found.strange is not None
    assert found.strange.code == "98765432"
    assert "secret-words" not in str(found.strange)
    assert "u-1" not in str(found.strange)


@pytest.mark.parametrize(("slug", "row"), ROWS, ids=[f"{slug}-{row['name']}" for slug, row in ROWS])
def test_a_code_of_a_table_is_nothing_strange(slug: str, row: dict[str, Any]) -> None:
    table = registry.get(slug).errors

    found = classify(answer(row["body"], row["status"], **row.get("headers", {})), table)

    assert found is None or found.code not in table.codes or found.strange is None
