"""Gate.io's answers, as recorded, read as what they are."""

import json
from typing import Any

import pytest

from exchanges.errors import Cause, RawAnswer, classify
from exchanges.known.gate.check import SPEC, pick_own, read_no_withdraw, read_rights
from exchanges.proven import UnreadableError
from exchanges.rights import KeyRights, KeyState, Right, UnprovenError
from exchanges.spec import Ask, Asking, Market
from tests.exchanges.asking import WIRE, check, recorded

OWN = Asking(api_key="c5dcfbf1f3a7000000000000000000ab", answers={})


def body(name: str) -> Any:
    return json.loads((WIRE / "gate" / f"{name}.json").read_text())


def rights(name: str) -> KeyRights:
    return read_rights(pick_own(body(name), OWN))


@pytest.mark.parametrize("row", recorded("gate"), ids=lambda row: row["name"])
def test_a_refusal_has_its_cause(row: dict[str, Any]) -> None:
    text = row["body"] if isinstance(row["body"], str) else json.dumps(row["body"])

    trouble = classify(RawAnswer(status=row["status"], text=text, headers=row.get("headers", {})), SPEC.errors)

    assert trouble is not None
    assert row["cause"] in (None, trouble.cause)


def test_the_refused_address_is_told() -> None:
    row = next(row for row in recorded("gate") if row["name"] == "ip_not_listed_newer_form")

    trouble = classify(RawAnswer(status=403, text=json.dumps(row["body"]), headers={}), SPEC.errors)

    assert (trouble and trouble.cause, trouble and trouble.ip) == (Cause.IP_NOT_ALLOWED, "11.11.11.11")


@pytest.mark.parametrize(
    ("name", "granted"),
    [
        ("rights_trade", {Right.READ, Right.TRADE}),
        ("rights_among_others", {Right.READ, Right.TRADE}),
        ("rights_one_object", {Right.READ, Right.TRADE}),
        ("rights_documented_list", {Right.READ, Right.TRADE}),
        ("rights_read_only", {Right.READ}),
        ("rights_futures", {Right.READ, Right.TRADE, Right.FUTURES}),
        ("rights_withdraw", {Right.READ, Right.TRADE, Right.WITHDRAW}),
        ("rights_withdrawal_read_only", {Right.READ, Right.TRADE, Right.WITHDRAW}),
        ("rights_wallet", {Right.READ, Right.TRADE, Right.WITHDRAW, Right.EXTRA}),
        ("rights_wallet_read_only", {Right.READ, Right.TRADE, Right.EXTRA}),
        ("rights_otc", {Right.READ, Right.TRADE, Right.WITHDRAW, Right.EXTRA}),
        ("rights_margin", {Right.READ, Right.TRADE, Right.EXTRA}),
        ("rights_only_account", {Right.EXTRA}),
    ],
)
def test_permissions_become_rights(name: str, granted: set[Right]) -> None:
    found = rights(name)

    assert (set(found.granted), found.unknown) == (granted, ())


@pytest.mark.parametrize("name", ["wallet", "otc", "custody", "crossx", "sub_accounts"])
def test_what_reaches_the_outside_is_withdrawal(name: str) -> None:
    row = body("rights_trade")[0]
    found = read_rights({**row, "perms": [*row["perms"], {"name": name, "read_only": False}]})

    assert found.named[Right.WITHDRAW] == (f"{name} write",)


def test_a_lone_object_that_names_another_key_proves_nothing() -> None:
    row = body("rights_trade")[0]

    assert pick_own(row, OWN) == row
    with pytest.raises(UnprovenError):
        pick_own({**row, "key": "0000fbf1f3a7*****"}, OWN)


def test_a_key_that_only_tells_its_rights_is_told_one_box(rig: Any) -> None:
    keys = rig.new_key("gate", rights=["account:read"])

    outcome = check(rig.base, "gate", keys)

    assert {"right.read_missing", "right.trade_missing"} <= set(outcome.decisive)
    assert "Spot Trade: Read And Write" in outcome.text
    assert "Tick “Spot Trade: Read Only" not in outcome.text


def test_a_refused_address_is_told_how_long_a_change_takes(rig: Any) -> None:
    outcome = check(rig.base, "gate", rig.tryout("gate", "wrong_ip"))

    assert outcome.decisive == ["ip.not_allowed"]
    assert "Add 127.0.0.1 under “IP permissions” of this key at Gate.io, wait 5 minutes" in outcome.text


def test_an_account_without_futures_is_told_to_open_them(rig: Any) -> None:
    refusal = {"label": "USER_NOT_FOUND", "message": "please transfer funds first to make futures account"}
    rig.fault("answer", slug="gate", path="/api/v4/futures/*", status=400, body=refusal)

    outcome = check(rig.base, "gate", rig.tryout("gate", "futures"), market=Market.FUTURES)

    assert outcome.decisive == ["account.restricted"]
    assert "no futures account is open" in outcome.text


def test_a_permission_that_nobody_knows_is_unknown() -> None:
    assert rights("rights_unknown").unknown == ("lottery read", "lottery write")


def test_ip_list_and_account_are_told() -> None:
    found = rights("rights_trade")

    assert (found.ip_list, found.account_uid, found.state) == (("203.0.113.10",), "10001", KeyState.ACTIVE)
    assert rights("rights_no_ip_list").ip_list == ()


@pytest.mark.parametrize("name", ["rights_locked", "rights_frozen"])
def test_a_locked_key_is_frozen(name: str) -> None:
    assert rights(name).state is KeyState.FROZEN


@pytest.mark.parametrize("name", ["rights_of_others", "rights_twice"])
def test_a_list_without_exactly_one_row_of_ours_proves_nothing(name: str) -> None:
    with pytest.raises(UnprovenError):
        rights(name)


@pytest.mark.parametrize(
    "name",
    [
        "rights_empty",
        "rights_missing",
        "rights_no_state",
        "rights_words_for_booleans",
        "accounts",
    ],
)
def test_an_answer_without_its_fields_is_unreadable(name: str) -> None:
    with pytest.raises(UnreadableError):
        rights(name)


@pytest.mark.parametrize("told", [{}, {"ip_whitelist": None}, {"ip_whitelist": []}])
def test_a_key_without_a_list_of_addresses_is_open_to_all(told: dict[str, object]) -> None:
    (row,) = body("rights_no_ip_field")

    assert read_rights({**row, **told}).ip_list == ()
    others: list[Any] = ["203.0.113.7", {}, 7, [""], [None]]
    for wrong in others:
        with pytest.raises(UnreadableError):
            read_rights({**row, "ip_whitelist": wrong})


@pytest.mark.parametrize("ask", [Ask.TIME, Ask.BALANCES, Ask.ORDERS])
def test_recorded_answers_are_read(ask: Ask) -> None:
    recorded_as = {Ask.TIME: "time", Ask.BALANCES: "accounts", Ask.ORDERS: "open_orders"}
    questions = {q.ask: q for questions in SPEC.rounds[Market.SPOT] for q in questions}

    assert questions[ask].read(body(recorded_as[ask]))
    with pytest.raises(UnreadableError):
        questions[ask].read(body("rights_one_object"))


@pytest.mark.parametrize("words", ["Request API key does not have wallet permission", "Forbidden"])
def test_only_the_refusal_of_withdrawals_proves_that_there_are_none(words: str) -> None:
    with pytest.raises(UnprovenError):
        read_no_withdraw({"label": "FORBIDDEN", "message": words})

    refusal = {"label": "FORBIDDEN", "message": "Request API key does not have withdraw permission"}
    assert read_no_withdraw(refusal)
    with pytest.raises(UnprovenError):
        read_no_withdraw({**refusal, "label": "READ_ONLY"})


@pytest.mark.parametrize("case", ["no_account", "hidden_withdraw"])
def test_what_cannot_be_proven_is_refused_with_the_way_out(rig: Any, case: str) -> None:
    outcome = check(rig.base, "gate", rig.tryout("gate", case))

    assert outcome.decisive == ["right.unproven"]
    assert "Account: Read Only" in outcome.text


def test_the_probe_changes_nothing_and_is_asked_once(rig: Any) -> None:
    outcome = check(rig.base, "gate", rig.tryout("gate", "good"))

    rows = [row for row in rig.control("GET", "requests?slug=gate")["requests"] if row["method"] != "GET"]
    assert [(row["method"], row["path"], row["status"]) for row in rows] == [
        ("DELETE", "/api/v4/withdrawals/0", 403),
    ]
    assert (outcome.verdict.value, outcome.facts.requests) == ("online", 5)
