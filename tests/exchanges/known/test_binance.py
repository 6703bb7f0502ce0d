"""Binance's answers, as recorded, read as what they are."""

import json
import re
from datetime import date
from typing import TYPE_CHECKING, Any

import pytest

from exchanges.errors import Cause, RawAnswer, classify
from exchanges.known.binance.check import (
    SPEC,
    read_balances,
    read_futures_balances,
    read_orders,
    read_rights,
    read_time,
)
from exchanges.proven import UnreadableError, as_list
from exchanges.rights import KeyRights, Right
from exchanges.spec import Market
from tests.exchanges.asking import WIRE, check, recorded

if TYPE_CHECKING:
    from tests.practice.rig import Rig

PEM = "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIExamplE\n-----END PRIVATE KEY-----"


def body(name: str) -> Any:
    return json.loads((WIRE / "binance" / f"{name}.json").read_text())


def rights(name: str) -> KeyRights:
    return read_rights(body(f"rights_{name}"))


@pytest.mark.parametrize("row", recorded("binance"), ids=lambda row: row["name"])
def test_a_refusal_has_its_cause(row: dict[str, Any]) -> None:
    text = row["body"] if isinstance(row["body"], str) else json.dumps(row["body"])

    trouble = classify(RawAnswer(status=row["status"], text=text, headers=row.get("headers", {})), SPEC.errors)

    assert trouble is None or row["cause"] in (None, trouble.cause)
    assert trouble is not None or row["cause"] == Cause.UNREADABLE


@pytest.mark.parametrize(
    ("name", "granted"),
    [
        ("documented_sample", {Right.READ, Right.TRADE}),
        ("trade", {Right.READ, Right.TRADE}),
        ("read_only", {Right.READ}),
        ("nothing", set()),
        ("futures", {Right.READ, Right.TRADE, Right.FUTURES}),
        ("withdraw", {Right.READ, Right.TRADE, Right.WITHDRAW}),
        ("internal_transfer", {Right.READ, Right.TRADE, Right.TRANSFER}),
        ("universal_transfer", {Right.READ, Right.TRADE, Right.TRANSFER}),
        ("margin", {Right.READ, Right.TRADE, Right.TRANSFER, Right.EXTRA}),
    ],
)
def test_switches_become_rights(name: str, granted: set[Right]) -> None:
    assert (set(rights(name).granted), rights(name).unknown) == (granted, ())


def test_a_switch_that_nobody_knows_is_unknown_once_it_is_on() -> None:
    assert rights("unknown").unknown == ("enableTokenizedStocks", "permitsGiftCards")


def test_it_tells_whether_there_is_an_ip_list_but_not_the_addresses() -> None:
    bound, free = rights("trade"), rights("no_ip_list")

    assert (bound.ip_list, bound.is_ip_bound, free.ip_list, free.is_ip_bound) == (None, True, (), False)


def test_the_end_of_the_trade_right_is_told_where_there_is_one() -> None:
    assert (rights("documented_sample").expires_on, rights("trade").expires_on) == (date(2024, 1, 28), None)


@pytest.mark.parametrize("row", recorded("binance", "rights_unreadable.json"), ids=lambda row: row["name"])
def test_an_answer_without_its_own_switches_proves_nothing(row: dict[str, Any]) -> None:
    with pytest.raises(UnreadableError):
        read_rights(row["body"])


def test_the_account_is_told_with_the_balances() -> None:
    assert read_balances(body("account")).uid == "354937868"
    assert read_balances({"accountType": "SPOT", "balances": []}).uid is None


def test_a_transfer_right_is_named_beside_its_boxes(rig: "Rig") -> None:
    keys = rig.new_key("binance", rights=["enableReading", "enableSpotAndMarginTrading", "enableMargin"])

    text = check(rig.base, "binance", keys).text

    assert "inside Binance (enableMargin)" in text
    assert "“Enable Margin Loan, Repay & Transfer”" in text


def test_the_other_answers_are_read() -> None:
    assert read_time(body("time")) == 1_700_000_000_000
    assert len(as_list(read_orders(body("open_orders")))) == 1
    assert read_futures_balances(body("futures_account"))


@pytest.mark.parametrize("one", SPEC.credentials, ids=lambda one: one.name)
def test_only_hmac_keys_are_taken(one: Any) -> None:
    assert re.fullmatch(one.pattern, "aB3" * 21 + "x")
    assert not any(re.fullmatch(one.pattern, text) for text in (PEM, PEM.replace("\n", ""), "x" * 63, "x" * 65))
    assert one.name == "api_key" or not re.fullmatch(one.pattern, "MC4CAQAwBQYDK2VwBCIEI" + "x" * 43)
    assert "HMAC" in one.hint
    assert "Self-generated" in one.hint


def test_one_code_means_the_address_first_and_the_right_later(rig: "Rig") -> None:
    refused = next(row for row in recorded("binance") if row["name"] == "ip_not_listed")
    rig.fault("answer", slug="binance", path="/api/v3/account", status=401, body=refused["body"])

    later = check(rig.base, "binance", rig.tryout("binance", "good"))
    first = check(rig.base, "binance", rig.tryout("binance", "wrong_ip"))

    assert (later.decisive, first.decisive) == (["access.balances"], ["ip.not_allowed"])
    assert "Enable Reading" in first.text


def test_a_bound_key_is_told_so_without_addresses(rig: "Rig") -> None:
    outcome = check(rig.base, "binance", rig.tryout("binance", "good"))

    assert outcome.codes == ["ip.unknown"]
    assert "has an IP list" in outcome.text
    assert (outcome.facts.requests, outcome.facts.account_uid is not None) == (4, True)


def test_it_is_the_trade_right_that_ends(rig: "Rig") -> None:
    text = check(rig.base, "binance", rig.tryout("binance", "expiring_soon")).text

    # A midnight may have passed since the practice exchange made the key.
    assert re.search("right of this key to trade ends in [45] days", text)


def test_a_futures_key_tells_its_account_too(rig: "Rig") -> None:
    outcome = check(rig.base, "binance", rig.tryout("binance", "futures"), market=Market.FUTURES)

    assert (outcome.facts.requests, outcome.facts.account_uid is not None) == (5, True)
