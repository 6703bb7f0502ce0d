"""A create is refused, unknown or not sent, and never sent twice."""

import asyncio
import time
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from exchanges.desk.desk import Desk
from exchanges.errors import Cause
from exchanges.location import Location
from exchanges.values import (
    Credentials,
    NewOrder,
    OrderNotSentError,
    OrderRefusedError,
    OrderSide,
    OrderUnknownError,
    RefusalReason,
)
from exchanges.wire.ccxt_object import Lender, markets_of
from tests.exchanges.trading import PAIR, Trader, make_trader, new_order, run

if TYPE_CHECKING:
    from tests.practice.rig import Rig

REFUSED = [
    # A whole number of every exchange's steps.
    (RefusalReason.BELOW_MINIMUM, {"quantity": "0.00001", "price": "5000"}),
    (RefusalReason.FUNDS, {"quantity": "1"}),
    (RefusalReason.PRECISION, {"quantity": "0.012345678"}),
    (RefusalReason.PRECISION, {"price": "40000.123"}),
]
# It takes an order with too many decimals and leaves them off.
CUTS = {"bingx"}
UNKNOWN = [
    "500",
    "502",
    "503",
    "504",
    "html_200",
    "null_200",
    "empty_200",
    "list_200",
    "other_exchange_200",
    "truncated_json",
    "cut_body",
    "reset",
    "refuse",
    "late_accept",
    "401_html",
    "403_html",
    "451_html",
    "redirect",
    "gzip_bomb",
]
PAGE_429: dict[str, Any] = {"kind": "answer", "status": 429, "body": "<html><h1>429 Too Many Requests</h1></html>"}


@pytest.fixture
def ready(trader: Trader) -> Trader:
    """Return the trader when all is known that is asked for but once."""
    run(trader.desk.balances(trader.credentials))
    return trader


def unknown(trader: Trader, order: NewOrder) -> OrderUnknownError:
    with pytest.raises(OrderUnknownError) as raised:
        trader.place(order)
    return raised.value


@pytest.mark.parametrize(("reason", "changes"), REFUSED)
def test_a_refusal_is_told_with_its_reason(trader: Trader, reason: RefusalReason, changes: dict[str, str]) -> None:
    order = new_order(**changes)
    if reason is RefusalReason.PRECISION and trader.slug in CUTS:
        trader.place(order)
        (row,) = trader.journal(order)
        taken = (Decimal(row["amount"]), Decimal(row["price"]))
        assert taken in {(Decimal("0.01234"), Decimal(40_000)), (Decimal("0.01"), Decimal("40000.12"))}
        return

    with pytest.raises(OrderRefusedError) as raised:
        trader.place(order)

    assert raised.value.reason is reason
    assert raised.value.trouble.code
    assert trader.journal(order) == []


@pytest.mark.parametrize(("side", "price"), [(OrderSide.BUY, "260000"), (OrderSide.SELL, "9000")])
def test_a_price_out_of_the_band_is_told_as_such(trader: Trader, side: OrderSide, price: str) -> None:
    order = new_order(side=side, price=price)

    with pytest.raises(OrderRefusedError) as raised:
        trader.place(order)

    assert raised.value.reason is RefusalReason.PRICE_BAND
    assert trader.journal(order) == []


@pytest.mark.parametrize("key", [{"grants": ["read"]}, {"ips": ["203.0.113.7"]}])
def test_a_key_that_may_not_trade_is_refused(traders: Any, trader: Trader, key: dict[str, Any]) -> None:
    other = traders(trader.slug, trader.kind, **key)
    order = new_order()

    with pytest.raises((OrderRefusedError, OrderUnknownError)) as raised:
        other.place(order)

    assert other.journal(order) == []
    if "ips" in key and trader.slug in SPEECHLESS:
        assert raised.type is OrderUnknownError
    else:
        assert isinstance(raised.value, OrderRefusedError)
        assert raised.value.reason is RefusalReason.RIGHT


# It refuses an address in plain text, which could be anybody's.
SPEECHLESS = {"coinbase"}


@pytest.mark.parametrize("kind", UNKNOWN)
def test_an_answer_that_says_nothing_leaves_the_order_unknown(rig: "Rig", ready: Trader, kind: str) -> None:
    before = len(ready.creates())
    rig.fault(kind, slug=ready.slug, method="POST")

    unknown(ready, new_order())

    assert len(ready.creates()) - before == 1


def test_an_order_that_was_accepted_is_unknown_while_its_answer_is_lost(rig: "Rig", ready: Trader) -> None:
    order = new_order()
    rig.fault("cut_body", slug=ready.slug, method="POST")

    unknown(ready, order)

    assert len(ready.journal(order)) == 1


def test_a_page_that_says_too_many_requests_refuses_nothing(rig: "Rig", ready: Trader) -> None:
    rig.control("POST", "faults", slug=ready.slug, method="POST", **PAGE_429)

    assert unknown(ready, new_order()).trouble.cause is Cause.RATE_LIMITED


def test_the_exchanges_own_word_for_too_many_requests_is_a_refusal(rig: "Rig", ready: Trader) -> None:
    order = new_order()
    rig.fault("429", slug=ready.slug, method="POST")

    with pytest.raises(OrderRefusedError) as raised:
        ready.place(order)

    assert raised.value.reason is RefusalReason.RATE_LIMITED
    assert raised.value.trouble.retry_after == 2
    assert ready.journal(order) == []


def test_a_code_in_no_table_leaves_the_order_unknown(rig: "Rig", ready: Trader) -> None:
    code = {"code": "987654", "msg": "Something new", "retCode": 987654, "label": "NEW", "err-code": "new-thing"}
    rig.fault("answer", slug=ready.slug, method="POST", status=400, body={**code, "error": "NEW_THING"})

    unknown(ready, new_order())


def test_a_success_without_an_id_leaves_the_order_unknown(rig: "Rig", ready: Trader) -> None:
    for body in (
        {"code": 0, "msg": "", "data": {}},
        {"code": "200000", "data": None},
        {"status": "ok", "data": None},
        {"success": True, "success_response": {}},
        {"retCode": 0, "retMsg": "OK", "result": {}},
        {"code": "00000", "data": {"orderId": ""}},
        {"code": "0", "data": [{"ordId": "", "sCode": "0"}]},
        {"orderId": None, "id": None},
    ):
        rig.control("DELETE", "faults")
        rig.fault("answer", slug=ready.slug, method="POST", body=body)

        unknown(ready, new_order())


def test_a_used_client_id_is_no_refusal(trader: Trader) -> None:
    """An earlier order has it: one that says “refused” would be forgotten."""
    order = new_order()
    first = trader.place(order)

    if trader.slug in TAKES_IT_TWICE | GIVES_THE_FIRST:
        second = trader.place(order)
        assert (second.exchange_id == first.exchange_id) is (trader.slug in GIVES_THE_FIRST)
    else:
        unknown(trader, order)

    assert len(trader.journal(order)) == (2 if trader.slug in TAKES_IT_TWICE else 1)


# It answers with the order that has the id, and places nothing.
GIVES_THE_FIRST = {"coinbase"}
# Nothing is known of a refusal there: a used id is simply used again.
TAKES_IT_TWICE = {"mexc", "gate"}


def test_the_deadline_leaves_the_order_unknown(rig: "Rig", ready: Trader, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("exchanges.desk.desk.SIGNED_SECONDS", 0.3)
    rig.fault("hang", slug=ready.slug, method="POST")
    started = time.monotonic()

    error = unknown(ready, new_order())

    assert error.trouble.cause is Cause.UNAVAILABLE
    assert time.monotonic() - started < 1
    assert len(ready.creates()) >= 1


def test_nothing_leaves_after_its_moment(ready: Trader) -> None:
    before = len(ready.requests())

    with pytest.raises(OrderNotSentError):
        ready.place(new_order(), seconds=-0.001)

    assert len(ready.requests()) == before


def test_an_order_that_waited_too_long_for_the_markets_is_not_sent(rig: "Rig", trader: Trader) -> None:
    rig.control("POST", "latency", slug=trader.slug, ms=150)
    order = new_order()

    with pytest.raises(OrderNotSentError):
        trader.place(order, seconds=0.1)

    assert trader.journal(order) == []


def test_an_order_without_markets_is_not_sent(rig: "Rig", trader: Trader) -> None:
    rig.fault("503", slug=trader.slug, method="GET")

    with pytest.raises(OrderNotSentError):
        trader.place(new_order())


def test_a_pair_that_is_not_listed_is_not_sent(ready: Trader) -> None:
    with pytest.raises(OrderNotSentError):
        ready.place(new_order(pair="NO/PE"))


def test_a_key_that_fits_in_no_header_is_not_sent(ready: Trader) -> None:
    broken = Credentials(api_key="key\r\nX-Evil: 1", secret=ready.credentials.secret, passphrase="pass word")

    kinds = (OrderRefusedError, OrderUnknownError) if ready.slug in NOT_IN_A_HEADER else OrderNotSentError
    with pytest.raises(kinds):
        run(ready.desk.place(broken, new_order(), not_after=time.monotonic() + 5))


# The key stands in the query or inside a token, where it can be sent, to be refused.
NOT_IN_A_HEADER = {"htx", "coinbase"}


def test_a_host_that_nobody_listens_at_gets_no_order(ready: Trader) -> None:
    nowhere = Location(base="http://127.0.0.1:9", futures="http://127.0.0.1:9")
    desk = Desk(Lender(ready.desk._lender.spec, nowhere))
    desk._lender.learn(markets_of(ready.desk._lender._original))

    with pytest.raises(OrderNotSentError):
        run(desk.place(ready.credentials, new_order(), not_after=time.monotonic() + 5))


def test_no_layer_repeats_a_create(rig: "Rig", ready: Trader) -> None:
    """Only the first answer is broken: a second try would succeed."""
    before = len(ready.creates())
    rig.fault("503", slug=ready.slug, method="POST", count=1)
    order = new_order()

    unknown(ready, order)

    assert len(ready.creates()) - before == 1
    assert ready.journal(order) == []


def test_a_call_that_is_cancelled_leaves_at_once(rig: "Rig", ready: Trader) -> None:
    rig.fault("hang", slug=ready.slug, method="POST")

    async def cancelled() -> bool:
        task = asyncio.ensure_future(ready.desk.place(ready.credentials, new_order(), not_after=time.monotonic() + 5))
        await asyncio.sleep(0.1)
        task.cancel()
        await asyncio.wait([task], timeout=1)
        return task.cancelled()

    assert run(cancelled())


def test_many_traders_use_one_desk_at_once(rig: "Rig", trader: Trader) -> None:
    pairs = [(make_trader(rig, trader.slug, trader.kind), new_order()) for _ in range(5)]

    async def all_of_them() -> list[Any]:
        moment = time.monotonic() + 5
        calls = (trader.desk.place(other.credentials, order, not_after=moment) for other, order in pairs)
        return await asyncio.gather(*calls)

    reports = run(all_of_them())

    assert len({report.exchange_id for report in reports}) == 5
    for other, order in pairs:
        assert len(other.journal(order)) == 1
    assert run(trader.desk.quotes([PAIR]))[PAIR].price == 50_000
