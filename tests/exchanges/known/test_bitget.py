"""Bitget's answers, classic and unified, as recorded, read as what they are."""

import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from connections.check.facts import Policy
from exchanges.known.bitget.check import SPEC, read_rights, read_unified_rights
from exchanges.known.bitget.orders import read_kind
from exchanges.proven import UnreadableError
from exchanges.rights import KeyRights, Right
from exchanges.spec import Ask, Market, Question
from exchanges.values import OrderRefusedError, OrderUnknownError, ReportedState
from tests.exchanges.asking import WIRE, check
from tests.exchanges.trading import Trader, new_order, run

SPOT = {Right.READ, Right.TRADE}
ALL = SPOT | {Right.FUTURES}
GARBAGE: tuple[Any, ...] = (None, [], {}, {"code": "00000", "data": []}, {"code": "0", "data": {}}, "<html>", 1)


def body(name: str) -> Any:
    return json.loads((WIRE / "bitget" / f"{name}.json").read_text())


def rights(name: str) -> KeyRights:
    return read_rights(body(f"rights_{name}"))


def unified(name: str) -> KeyRights:
    return read_unified_rights(body(f"unified_{name}"))


def question(market: Market, ask: Ask, kind: str = "") -> Question:
    found = next(q for questions in SPEC.rounds[market] for q in questions if q.ask is ask)
    return found.instead[kind] if kind else found


@pytest.mark.parametrize(
    ("name", "granted"),
    [
        ("trade", SPOT),
        ("documented_sample", SPOT | {Right.EXTRA}),
        ("older_words", SPOT),
        ("read_only", {Right.READ}),
        ("write_only", SPOT),
        ("futures", ALL),
        ("futures_read", SPOT | {Right.EXTRA}),
        ("holdings_only", {Right.READ, Right.EXTRA}),
        ("transfer", SPOT | {Right.TRANSFER}),
        ("sub_accounts", SPOT | {Right.TRANSFER}),
        ("p2p", SPOT | {Right.WITHDRAW}),
        ("p2p_write", SPOT | {Right.WITHDRAW}),
        ("withdraw", SPOT | {Right.WITHDRAW}),
        ("withdraw_upper_case", SPOT | {Right.WITHDRAW}),
        ("extra", SPOT | {Right.EXTRA}),
        ("empty", set()),
    ],
)
def test_authorities_become_rights(name: str, granted: set[Right]) -> None:
    assert (set(rights(name).granted), rights(name).unknown) == (granted, ())


@pytest.mark.parametrize(
    ("name", "granted"),
    [
        ("trade", ALL | {Right.TRANSFER, Right.EXTRA}),
        ("read_only", {Right.READ, Right.EXTRA}),
        ("trade_only", ALL - {Right.READ} | {Right.EXTRA}),
        ("withdraw", ALL | {Right.TRANSFER, Right.WITHDRAW, Right.EXTRA}),
        ("withdraw_read_only", {Right.READ, Right.WITHDRAW}),
        ("copy", ALL | {Right.TRANSFER, Right.EXTRA}),
        ("recorded", ALL | {Right.TRANSFER, Right.EXTRA}),
        ("recorded_read_only", {Right.READ, Right.EXTRA}),
    ],
)
def test_permissions_of_a_unified_key_become_rights(name: str, granted: set[Right]) -> None:
    assert (set(unified(name).granted), unified(name).unknown) == (granted, ())


def test_a_word_that_nobody_knows_is_unknown() -> None:
    assert (rights("unknown").unknown, unified("unknown").unknown) == (("botw",), ("uta_lend",))


def test_ip_list_and_account_are_told() -> None:
    assert (rights("trade").ip_list, rights("trade").account_uid) == (("203.0.113.7",), "1000001")
    assert (unified("trade").ip_list, unified("trade").account_uid) == (("203.0.113.7",), "1000002")
    assert (unified("recorded").ip_list, unified("recorded").account_uid) == (("203.0.113.7",), "1000002")
    assert rights("no_ip_list").ip_list == ()


def test_a_key_without_addresses_may_tell_null_and_its_time_as_a_text() -> None:
    told = body("rights_trade")
    told = {**told, "requestTime": "1698871811447", "data": {**told["data"], "ips": None}}

    assert read_rights(told).ip_list == ()
    for wrong in ("", "soon", None, True, 1.5):
        with pytest.raises(UnreadableError):
            read_rights({**told, "requestTime": wrong})


@pytest.mark.parametrize("name", ["missing", "no_ip_field", "text", "not_words"])
def test_rights_without_their_fields_are_unreadable(name: str) -> None:
    with pytest.raises(UnreadableError):
        rights(name)


@pytest.mark.parametrize("name", ["missing", "no_type", "new_type", "two_owners"])
def test_unified_rights_without_their_fields_are_unreadable(name: str) -> None:
    with pytest.raises(UnreadableError):
        unified(name)


def test_neither_kind_is_read_as_the_other() -> None:
    with pytest.raises(UnreadableError):
        read_rights(body("unified_trade"))
    with pytest.raises(UnreadableError):
        read_unified_rights(body("rights_trade"))


@pytest.mark.parametrize(
    ("market", "ask", "kind", "name"),
    [
        (Market.SPOT, Ask.TIME, "", "time"),
        (Market.SPOT, Ask.BALANCES, "", "assets"),
        (Market.SPOT, Ask.ORDERS, "", "unfilled_orders"),
        (Market.FUTURES, Ask.BALANCES, "", "futures_accounts"),
        (Market.FUTURES, Ask.ORDERS, "", "futures_orders"),
        (Market.SPOT, Ask.BALANCES, "40085", "unified_assets"),
        (Market.SPOT, Ask.ORDERS, "40085", "unified_orders"),
        (Market.FUTURES, Ask.ORDERS, "40085", "unified_orders"),
    ],
)
def test_recorded_answers_are_read_and_others_are_not(market: Market, ask: Ask, kind: str, name: str) -> None:
    asked = question(market, ask, kind)

    assert asked.read(body(name)) is not None
    for other in (*GARBAGE, body("rights_trade")):
        with pytest.raises(UnreadableError):
            asked.read(other)


def test_an_account_without_coins_or_orders_has_empty_lists() -> None:
    assert question(Market.SPOT, Ask.BALANCES).read(body("empty_list")) == []
    assert question(Market.SPOT, Ask.ORDERS).read(body("empty_list")) == []


@pytest.mark.parametrize("market", SPEC.markets)
def test_a_unified_account_is_asked_in_its_own_form_in_five_requests(rig: Any, market: Market) -> None:
    outcome = check(rig.base, "bitget", rig.tryout("bitget", "unified"), market=market)

    paths = [row["path"] for row in rig.control("GET", "requests?slug=bitget")["requests"]]
    assert (outcome.verdict.value, outcome.codes) == ("online", ["right.transfer"])
    assert sorted(paths) == [
        "/api/v2/public/time",
        "/api/v2/spot/account/info",
        "/api/v3/account/assets",
        "/api/v3/account/info",
        "/api/v3/trade/unfilled-orders",
    ]


def test_a_unified_key_is_not_told_to_untick_what_it_needs(rig: Any) -> None:
    keys = rig.tryout("bitget", "unified")

    free = check(rig.base, "bitget", keys)
    strict = check(rig.base, "bitget", keys, policy=Policy(refuse_transfer=True))

    assert "Bitget has no box for that alone: “uta_mgt” brings it. Nothing to do" in free.text
    assert strict.decisive == ["right.transfer"]
    assert "Untick" not in strict.text


@pytest.mark.parametrize(
    ("market", "code"), [(Market.SPOT, "right.trade_missing"), (Market.FUTURES, "right.futures_missing")]
)
def test_a_unified_key_that_only_reads_cannot_trade(rig: Any, market: Market, code: str) -> None:
    outcome = check(rig.base, "bitget", rig.tryout("bitget", "unified_read_only"), market=market)

    assert outcome.decisive == [code]
    assert "Tick “Read & write”" in outcome.text
    assert "“UTA trade”" in outcome.text


def test_what_pays_others_is_named_beside_withdrawal(rig: Any) -> None:
    outcome = check(rig.base, "bitget", rig.new_key("bitget", rights=["stor", "stow", "p2pw"]))

    assert outcome.decisive == ["right.withdraw"]
    assert "(p2pw). Untick “Withdraw” and “P2P” on this key" in outcome.text


def test_a_key_without_spot_is_told_which_box_reads(rig: Any) -> None:
    keys = rig.new_key("bitget", rights=["coor", "coow", "cpor", "cpow"])

    outcome = check(rig.base, "bitget", keys)

    assert outcome.decisive == ["right.read_missing"]
    assert "Spot trade" in outcome.text


LIVE = ReportedState.OPEN
# The documents' own sample: an order of another pair, whose ids are alike.
SAMPLE: dict[str, Any] = {"pair": "ETH/USDT", "since": datetime(2024, 10, 30, tzinfo=UTC)}
SAMPLE_ID = "111111111111111111"


@pytest.fixture
def unified_trader(traders: Any) -> Trader:
    trader: Trader = traders("bitget", "unified")
    run(trader.desk.balances(trader.credentials))
    return trader


def serve(trader: Trader, name: str, *, path: str = "*", status: int = 200, **changes: Any) -> None:
    """Let the next matching question be answered by a recorded body, with changes to its data."""
    answer = body(name)
    answer["data"] |= changes
    trader.rig.fault("answer", slug="bitget", path=path, status=status, body=answer)


@pytest.mark.parametrize("by", [SAMPLE_ID, ""])
@pytest.mark.parametrize(
    ("status", "filled", "state"),
    [
        ("live", "0", LIVE),
        ("new", "0", LIVE),
        ("partially_filled", "0.01", LIVE),
        ("filled", "0.0372", ReportedState.FILLED),
        ("cancelled", "0", ReportedState.CANCELED),
        ("cancelled", "0.01", ReportedState.CANCELED),
    ],
)
def test_an_order_of_a_unified_account_is_read_by_both_ids(
    unified_trader: Trader, by: str, status: str, filled: str, state: ReportedState
) -> None:
    serve(unified_trader, "unified_order", orderStatus=status, cumExecQty=filled)

    find = unified_trader.desk.find(unified_trader.credentials, client_id=SAMPLE_ID, exchange_id=by, **SAMPLE)
    report = run(find)

    assert report is not None
    assert (report.exchange_id, report.state, report.filled) == (SAMPLE_ID, state, Decimal(filled))


def test_a_fee_of_a_unified_account_was_paid_though_it_stands_above_zero(unified_trader: Trader) -> None:
    serve(unified_trader, "unified_fills")

    [fill] = run(unified_trader.desk.fills(unified_trader.credentials, exchange_id=SAMPLE_ID, **SAMPLE))

    assert (fill.fee, fill.fee_asset, fill.quantity) == (Decimal("0.00000744"), "ETH", Decimal("0.0372"))


def test_a_fee_of_a_unified_account_in_a_third_coin_keeps_its_coin(unified_trader: Trader) -> None:
    rows = body("unified_fills")["data"]["list"]
    paid = [{"feeCoin": "BGB", "fee": "0.0123"}]
    serve(unified_trader, "unified_fills", list=[{**row, "feeDetail": paid} for row in rows])

    [fill] = run(unified_trader.desk.fills(unified_trader.credentials, exchange_id=SAMPLE_ID, **SAMPLE))

    assert (fill.fee, fill.fee_asset) == (Decimal("0.0123"), "BGB")


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("25202", "funds"),
        ("25203", "funds"),
        ("25207", "below_minimum"),
        ("25611", "below_minimum"),
        ("25244", "precision"),
        ("25610", "precision"),
        ("25205", "price_band"),
        ("25206", "price_band"),
        ("25100", "pair_closed"),
        ("25101", "pair_closed"),
        ("25102", "pair_closed"),
        ("25103", "pair_closed"),
        ("25200", "other"),
        ("25208", "other"),
        ("25211", "other"),
        ("25004", "rate_limited"),
        ("400172", "other"),
        ("25006", "right"),
        ("25620", "right"),
    ],
)
def test_a_refusal_of_a_unified_account_is_told_by_its_reason(unified_trader: Trader, code: str, reason: str) -> None:
    refusal = {"code": code, "msg": "Bitget says why", "requestTime": 1700000000000, "data": None}
    unified_trader.rig.fault("answer", slug="bitget", method="POST", status=400, body=refusal)

    with pytest.raises(OrderRefusedError) as raised:
        unified_trader.place(new_order())

    assert (raised.value.reason.value, raised.value.trouble.code) == (reason, code)


@pytest.mark.parametrize("code", ["25000", "25001", "25003", "25204", "25212", "40010", "40725", "45001", "29999"])
def test_what_a_unified_account_does_not_refuse_for_certain_is_unknown(unified_trader: Trader, code: str) -> None:
    answer = {"code": code, "msg": "Bitget says why", "requestTime": 1700000000000, "data": None}
    unified_trader.rig.fault("answer", slug="bitget", method="POST", status=400, body=answer)

    with pytest.raises(OrderUnknownError):
        unified_trader.place(new_order())


def test_a_used_id_of_a_unified_account_leads_to_the_order_that_has_it(unified_trader: Trader) -> None:
    order = new_order()
    first = unified_trader.place(order)

    with pytest.raises(OrderUnknownError):
        unified_trader.place(order)

    assert unified_trader.found(order).exchange_id == first.exchange_id


@pytest.mark.parametrize("mode", ["unified", "hybrid", "a word of tomorrow"])
def test_an_account_that_answers_version_3_is_unified_whatever_its_mode(mode: str) -> None:
    answer = body("unified_settings")
    answer["data"]["accountMode"] = mode

    assert read_kind(answer) == {"options": {"uta": True}}


def test_an_account_that_refuses_version_3_is_classic() -> None:
    assert read_kind({"code": "40084", "msg": "", "data": None}) == {"options": {"uta": False}}


@pytest.mark.parametrize("mode", ["upgrading", "switching", "", None])
def test_an_account_between_two_kinds_is_neither(mode: str | None) -> None:
    answer = body("unified_settings")
    answer["data"]["accountMode"] = mode

    with pytest.raises(UnreadableError):
        read_kind(answer)


def test_an_account_that_became_unified_is_asked_anew_after_one_refusal(rig: Any, traders: Any) -> None:
    trader: Trader = traders("bitget")
    trader.cancel(new_order())
    key = trader.credentials.api_key
    rig.control("PATCH", f"accounts/{trader.account}", traits={"kind": "unified"})
    rig.control("PATCH", f"keys/bitget/{key}", rights=["uta_mgt", "uta_trade"])

    with pytest.raises(OrderRefusedError):
        trader.place(new_order())

    assert trader.place(new_order()).exchange_id
