"""BingX's answers, as recorded, read as what they are."""

import json
from typing import TYPE_CHECKING, Any

import pytest

from exchanges.errors import Cause, RawAnswer, classify
from exchanges.known.bingx.check import (
    SPEC,
    read_balances,
    read_futures_balances,
    read_orders,
    read_rights,
    read_time,
    read_uid,
)
from exchanges.proven import UnreadableError
from exchanges.rights import KeyRights, Right
from tests.exchanges.asking import WIRE, check, recorded

if TYPE_CHECKING:
    from tests.practice.rig import Rig

GOOD = {Right.READ, Right.TRADE}


def body(name: str) -> Any:
    return json.loads((WIRE / "bingx" / f"{name}.json").read_text())


def rights(name: str) -> KeyRights:
    return read_rights(body(f"rights_{name}"))


@pytest.mark.parametrize("row", recorded("bingx"), ids=lambda row: row["name"])
def test_a_refusal_has_its_cause(row: dict[str, Any]) -> None:
    text = row["body"] if isinstance(row["body"], str) else json.dumps(row["body"])

    trouble = classify(RawAnswer(status=row["status"], text=text, headers=row.get("headers", {})), SPEC.errors)

    assert trouble is None or row["cause"] in (None, trouble.cause)
    assert trouble is not None or row["cause"] == Cause.UNREADABLE


def test_the_refused_address_is_told() -> None:
    row = next(row for row in recorded("bingx") if row["name"] == "ip_not_listed")

    trouble = classify(RawAnswer(status=200, text=json.dumps(row["body"]), headers={}), SPEC.errors)

    assert trouble is not None
    assert trouble.ip == "203.0.113.9"


@pytest.mark.parametrize(
    ("name", "granted"),
    [
        ("documented_sample", GOOD),
        ("texts", GOOD),
        ("enveloped", GOOD),
        ("read_only", {Right.READ}),
        ("nothing", set()),
        ("futures", GOOD | {Right.FUTURES}),
        ("universal_transfer", GOOD | {Right.TRANSFER}),
        ("sub_transfer", GOOD | {Right.TRANSFER}),
        ("withdraw", GOOD | {Right.WITHDRAW}),
        ("enveloped_withdraw", GOOD | {Right.WITHDRAW}),
        ("names", GOOD | {Right.WITHDRAW}),
        ("switches", GOOD),
        ("switches_read_only", {Right.READ}),
        ("switches_futures", GOOD | {Right.FUTURES}),
        ("switches_transfer", GOOD | {Right.TRANSFER}),
        ("switches_withdraw", GOOD | {Right.WITHDRAW}),
        ("switches_options", GOOD | {Right.EXTRA}),
        ("both_shapes", GOOD | {Right.WITHDRAW}),
    ],
)
def test_numbers_names_and_switches_become_rights(name: str, granted: set[Right]) -> None:
    assert (set(rights(name).granted), rights(name).unknown) == (granted, ())


@pytest.mark.parametrize(
    ("name", "unknown"),
    [
        ("unknown", "6"),
        ("unknown_name", "Lottery"),
        ("switches_unknown", "enableCopyTrading"),
        ("switch_of_another_name", "canPayOut"),
    ],
)
def test_what_nobody_knows_is_unknown(name: str, unknown: str) -> None:
    assert rights(name).unknown == (unknown,)


@pytest.mark.parametrize(
    ("name", "ips", "is_bound"),
    [
        ("trade", ("203.0.113.10",), False),
        ("no_ip_list", (), False),
        ("ip_list_untold", None, False),
        ("switches", None, True),
        ("switches_no_ip_list", (), False),
    ],
)
def test_the_ip_list_is_told_as_addresses_or_as_a_switch(name: str, ips: Any, is_bound: bool) -> None:
    assert (rights(name).ip_list, rights(name).is_ip_bound) == (ips, is_bound)


@pytest.mark.parametrize("row", recorded("bingx", "rights_unreadable.json"), ids=lambda row: row["name"])
def test_an_answer_in_no_known_shape_proves_nothing(row: dict[str, Any]) -> None:
    with pytest.raises(UnreadableError):
        read_rights(row["body"])


def test_the_other_answers_are_read() -> None:
    assert read_time(body("time")) == 1_700_000_000_000
    assert read_uid(body("uid")) == "16789234"
    assert read_orders(body("open_orders")) == []
    assert [row["asset"] for row in read_balances(body("balance"))] == ["USDT"]
    assert [row["asset"] for row in read_futures_balances(body("futures_balance"))] == ["USDT"]


def test_no_futures_wallet_at_all_proves_nothing() -> None:
    with pytest.raises(UnreadableError):
        read_futures_balances({**body("futures_balance"), "data": []})


def test_a_key_of_a_sub_account_is_sent_to_the_main_account(rig: "Rig") -> None:
    keys = rig.tryout("bingx", "good")
    row = next(row for row in recorded("bingx") if row["name"] == "not_main_account")
    rig.fault("answer", slug="bingx", path="/openApi/v1/account/apiPermissions", body=row["body"])

    outcome = check(rig.base, "bingx", keys)

    assert outcome.decisive == ["right.unproven"]
    assert "main account" in outcome.text


def test_both_boxes_that_transfer_are_named(rig: "Rig") -> None:
    text = check(rig.base, "bingx", rig.tryout("bingx", "transfer")).text

    assert "Untick “Universal Transfer” and “Subaccount management / internal transfer”" in text


@pytest.mark.parametrize(("case", "codes"), [("switches", ["ip.unknown"]), ("enveloped", [])])
def test_each_shape_passes_a_whole_check(rig: "Rig", case: str, codes: list[str]) -> None:
    assert check(rig.base, "bingx", rig.tryout("bingx", case)).codes == codes


def test_an_open_key_dies_of_idleness(rig: "Rig") -> None:
    outcome = check(rig.base, "bingx", rig.tryout("bingx", "no_ip_list"))

    assert {"ip.no_list", "life.idle"} <= set(outcome.codes)
    assert "14 days" in outcome.text
