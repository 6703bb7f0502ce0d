"""What a refusal proves of an order, and what is a list of the exchange's own: pure judgements, without a network."""

from typing import Any

import pytest

from exchanges import judging, registry
from exchanges.errors import RawAnswer, Trouble, classify
from exchanges.holdings import Purse, free_and_locked
from exchanges.proven import UnreadableError
from exchanges.values import RefusalReason
from exchanges.ways import Look, Said, TradingWays, by_reason

WAYS = TradingWays(
    lists=("data", "data.items"),
    purse=Purse(rows=("data",), coin="coin", read=free_and_locked("free")),
    refusals={},
    missing=(),
    closed=(),
    recent=(),
    fills=Look(method="fetch_my_trades"),
)


def answer(body: str, status: int = 400) -> RawAnswer:
    return RawAnswer(status=status, text=body, headers={})


def judged(slug: str, body: str, status: int = 400) -> RefusalReason | None:
    spec, told = registry.get(slug), answer(body, status)
    trouble = classify(told, spec.errors)
    assert isinstance(trouble, Trouble)
    found = judging.refusal(told, trouble, spec.trading, spec.errors)
    return found.reason if found else None


@pytest.mark.parametrize(
    ("slug", "body"),
    [
        ("binance", '{"code":-1006,"msg":"An unexpected response was received. Execution status unknown."}'),
        ("binance", '{"code":-1007,"msg":"Timeout waiting for response from backend server."}'),
        ("binance", '{"code":-1000,"msg":"An unknown error occurred while processing the request."}'),
        ("binance", '{"code":-2010,"msg":"Duplicate order sent."}'),
        ("binance", '{"code":-2010,"msg":"Something new."}'),
        ("okx", '{"code":"50004","msg":"API endpoint request timeout."}'),
        ("okx", '{"code":"1","data":[{"sCode":"51016","sMsg":"Client order ID already exists"}]}'),
        ("kucoin", '{"code":"400100","msg":"validation.createOrder.clientOidDuplicated"}'),
        ("kucoin", '{"code":"500000","msg":"Internal Server Error"}'),
        ("bybit", '{"retCode":10016,"retMsg":"Request timeout"}'),
        ("bybit", '{"retCode":170141,"retMsg":"Duplicate clientOrderId"}'),
        ("bybit", '{"retCode":170146,"retMsg":"Order creation timeout"}'),
        ("bitget", '{"code":"40786","msg":"Duplicate clientOid"}'),
        ("gate", '{"label":"REPEATED_CREATION","message":"x"}'),
        ("gate", '{"label":"SERVER_ERROR","message":"x"}'),
        ("htx", '{"status":"error","err-code":"invalid-client-order-id","err-msg":"invalid.client.order.id (NT)"}'),
        ("htx", '{"status":"error","err-code":"timeout","err-msg":"Request Timeout"}'),
        ("bingx", '{"code":100400,"msg":"duplicated clientOrderID bf1"}'),
        ("bingx", '{"code":101481,"msg":"duplicated"}'),
        ("bingx", '{"code":100500,"msg":"The current system is busy"}'),
        ("coinbase", '{"success":false,"error_response":{"error":"UNKNOWN_FAILURE_REASON"}}'),
        ("mexc", '{"code":30026,"msg":"Invalid order ID"}'),
        ("mexc", '{"code":500,"msg":"Internal error"}'),
    ],
)
def test_a_status_that_is_unknown_there_is_unknown_here(slug: str, body: str) -> None:
    assert judged(slug, body) is None


def test_no_refusal_is_believed_of_a_server_that_is_broken() -> None:
    body = '{"code":"200004","msg":"Balance insufficient!"}'

    assert judged("kucoin", body, 200) is RefusalReason.FUNDS
    assert judged("kucoin", body, 502) is None


def test_bingx_names_a_price_that_is_too_far_from_the_market() -> None:
    """BingX-API/api-ai-skills, error-codes.md: "Order price deviates too much from market price"."""
    assert judged("bingx", '{"code":100440,"msg":"x"}', 200) is RefusalReason.PRICE_BAND


def test_no_code_is_known_for_two_reasons_or_for_a_used_id() -> None:
    for spec in registry.ALL:
        codes = [known for known in spec.trading.refusals if not known.text]
        assert len({known.code for known in codes}) == len(codes)
        assert not [known for known in spec.trading.refusals if "duplicat" in known.text or not known.code]


def test_a_saying_fits_by_code_and_text() -> None:
    assert Said(code="1", text="small").fits("1", "too small")
    assert not Said(code="1", text="small").fits("1", "too large")
    assert not Said(code="1").fits("2", "")
    assert Said(code="", text="gone").fits("2", "it is gone")
    assert set(by_reason({RefusalReason.FUNDS: "1 2"})) == {Said(code="1"), Said(code="2")}


@pytest.mark.parametrize("body", [None, [], {}, {"data": {}}, {"data": {"items": None}}, "ok", {"items": []}])
def test_a_list_is_a_list_only_where_the_exchange_puts_it(body: Any) -> None:
    with pytest.raises(UnreadableError):
        judging.require_list(body, WAYS)


def test_a_list_is_found_where_the_exchange_puts_it() -> None:
    assert judging.require_list({"data": {"items": [1]}}, WAYS) == [1]
    assert judging.require_list({"data": []}, WAYS) == []


@pytest.mark.parametrize(
    ("slug", "body", "is_none"),
    [
        ("kucoin", {"code": "200000", "data": None}, True),
        ("okx", {"code": "0", "msg": "", "data": None}, True),
        ("bitget", {"code": "00000", "requestTime": 1, "data": None}, True),
        ("htx", {"status": "ok", "data": None}, True),
        ("kucoin", {"code": "200000"}, False),
        ("kucoin", {"data": None}, False),
        ("kucoin", {"code": "200000", "data": {"id": "7"}}, False),
        ("binance", None, False),
        ("gate", None, False),
        ("coinbase", {"order": None}, False),
    ],
)
def test_null_is_no_order_where_the_answer_is_proven(slug: str, body: Any, is_none: bool) -> None:
    assert judging.is_nothing(body, registry.get(slug).trading) is is_none


@pytest.mark.parametrize(
    ("slug", "body", "rows"),
    [
        ("bingx", {"code": 0, "data": {"fills": None}}, []),
        ("bingx", {"code": 0, "data": {"orders": None}}, []),
        ("kucoin", {"code": "200000", "data": {"items": None}}, []),
        ("bybit", {"retCode": 0, "result": {"list": None}}, []),
        ("coinbase", {"orders": None, "has_next": False}, []),
        ("okx", {"code": "0", "data": None}, []),
    ],
)
def test_null_is_an_empty_list_where_the_answer_is_proven(slug: str, body: Any, rows: list[Any]) -> None:
    assert judging.require_list(body, registry.get(slug).trading) == rows


@pytest.mark.parametrize(
    ("slug", "body"),
    [
        ("bingx", {"code": 0, "data": {"other": None}}),
        ("bingx", {"code": 100, "data": {"fills": None}}),
        ("binance", None),
        ("coinbase", {"orders": None}),
        ("kucoin", {"data": None}),
    ],
)
def test_null_elsewhere_is_no_list(slug: str, body: Any) -> None:
    with pytest.raises(UnreadableError):
        judging.require_list(body, registry.get(slug).trading)
