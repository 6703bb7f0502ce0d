"""Bitget's answers, classic and unified, as recorded, read as what they are."""

import json
from typing import Any

import pytest

from connections.check.facts import Policy
from exchanges.bitget import SPEC, read_rights, read_unified_rights
from exchanges.rights import KeyRights, Right, UnreadableError
from exchanges.spec import Ask, Market, Question
from tests.exchanges.asking import WIRE, check

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
    ],
)
def test_permissions_of_a_unified_key_become_rights(name: str, granted: set[Right]) -> None:
    assert (set(unified(name).granted), unified(name).unknown) == (granted, ())


def test_a_word_that_nobody_knows_is_unknown() -> None:
    assert (rights("unknown").unknown, unified("unknown").unknown) == (("botw",), ("uta_lend",))


def test_ip_list_and_account_are_told() -> None:
    assert (rights("trade").ip_list, rights("trade").account_uid) == (("203.0.113.7",), "1000001")
    assert (unified("trade").ip_list, unified("trade").account_uid) == (("203.0.113.7",), "1000002")
    assert rights("no_ip_list").ip_list == ()


@pytest.mark.parametrize("name", ["missing", "no_ip_field", "text", "not_words"])
def test_rights_without_their_fields_are_unreadable(name: str) -> None:
    with pytest.raises(UnreadableError):
        rights(name)


@pytest.mark.parametrize("name", ["missing", "no_type", "new_type"])
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
