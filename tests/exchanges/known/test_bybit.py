"""Bybit's answers, as recorded, read as what they are."""

import json
import re
from datetime import date
from typing import TYPE_CHECKING, Any

import pytest

from exchanges.errors import Cause, RawAnswer, classify
from exchanges.known.bybit.check import SPEC, read_balances, read_orders, read_rights, read_time
from exchanges.proven import UnreadableError
from exchanges.rights import KeyRights, Right
from exchanges.spec import Market
from tests.exchanges.asking import WIRE, check, recorded

if TYPE_CHECKING:
    from tests.practice.rig import Rig

PEM = "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIExamplE\n-----END PRIVATE KEY-----"
GOOD = {Right.READ, Right.TRADE}


def body(name: str) -> Any:
    return json.loads((WIRE / "bybit" / f"{name}.json").read_text())


def rights(name: str) -> KeyRights:
    return read_rights(body(f"rights_{name}"))


@pytest.mark.parametrize("row", recorded("bybit"), ids=lambda row: row["name"])
def test_a_refusal_has_its_cause(row: dict[str, Any]) -> None:
    text = row["body"] if isinstance(row["body"], str) else json.dumps(row["body"])

    trouble = classify(RawAnswer(status=row["status"], text=text, headers=row.get("headers", {})), SPEC.errors)

    assert trouble is None or row["cause"] in (None, trouble.cause)
    assert trouble is not None or row["cause"] == Cause.UNREADABLE


@pytest.mark.parametrize(
    ("name", "granted"),
    [
        ("documented_sample", GOOD),
        ("trade", GOOD),
        ("classic", GOOD),
        ("read_only", {Right.READ, Right.EXTRA}),
        ("read_only_without_boxes", {Right.READ}),
        ("without_boxes", {Right.READ}),
        ("futures", GOOD | {Right.FUTURES}),
        ("futures_unified", GOOD | {Right.FUTURES}),
        ("futures_orders_only", GOOD | {Right.FUTURES}),
        ("futures_positions_only", GOOD | {Right.EXTRA}),
        ("futures_read_only", {Right.READ, Right.EXTRA}),
        ("withdraw", GOOD | {Right.TRANSFER, Right.WITHDRAW}),
        ("withdraw_read_only", {Right.READ, Right.EXTRA, Right.WITHDRAW}),
        ("account_transfer", GOOD | {Right.TRANSFER}),
        ("sub_transfer", GOOD | {Right.TRANSFER}),
        ("earn", GOOD | {Right.TRANSFER}),
        ("fiat_convert", GOOD | {Right.TRANSFER}),
        ("fiat_p2p", GOOD | {Right.WITHDRAW}),
        ("bit_pay", GOOD | {Right.WITHDRAW}),
        ("bybit_pay", GOOD | {Right.WITHDRAW}),
        ("global_pay", GOOD | {Right.WITHDRAW}),
        ("bit_card", GOOD | {Right.WITHDRAW}),
        ("block_trade", GOOD | {Right.WITHDRAW}),
        ("more", GOOD | {Right.EXTRA}),
    ],
)
def test_groups_become_rights(name: str, granted: set[Right]) -> None:
    assert (set(rights(name).granted), rights(name).unknown) == (granted, ())


def test_words_and_groups_that_nobody_knows_are_unknown() -> None:
    assert set(rights("unknown").unknown) == {"Spot.SpotGift", "Wallet.SweepToFriend", "Lottery.LotteryTicket"}


@pytest.mark.parametrize(("name", "ips"), [("trade", ("203.0.113.7",)), ("no_ip_list", ()), ("documented_sample", ())])
def test_a_star_and_an_empty_list_are_no_ip_list(name: str, ips: tuple[str, ...]) -> None:
    assert rights(name).ip_list == ips


@pytest.mark.parametrize(
    ("name", "end", "days"),
    [
        ("trade", None, None),
        ("empty_end", None, None),
        ("documented_sample", date(2026, 5, 15), 83),
        ("days_only", None, 5),
    ],
)
def test_the_end_is_told_where_there_is_one(name: str, end: date | None, days: int | None) -> None:
    assert (rights(name).expires_on, rights(name).days_left) == (end, days)


def test_account_and_its_kind_are_told() -> None:
    assert (rights("trade").account_uid, rights("trade").account_kind) == ("24617703", "UNIFIED")
    assert rights("classic").account_kind == ""


@pytest.mark.parametrize("row", recorded("bybit", "rights_unreadable.json"), ids=lambda row: row["name"])
def test_an_answer_without_its_own_fields_proves_nothing(row: dict[str, Any]) -> None:
    with pytest.raises((UnreadableError, ValueError)):
        read_rights(row["body"])


def test_the_other_answers_are_read() -> None:
    assert read_time(body("time")) == 1_700_000_000_000
    assert read_balances(body("wallet_balance"))
    assert read_orders(body("open_orders")) == []


def test_another_answer_of_bybits_is_no_time() -> None:
    with pytest.raises(UnreadableError):
        read_time(body("open_orders"))


@pytest.mark.parametrize("one", SPEC.credentials, ids=lambda one: one.name)
def test_only_hmac_keys_are_taken(one: Any) -> None:
    assert re.fullmatch(one.pattern, "aB3" * 6)
    assert not any(re.fullmatch(one.pattern, text) for text in (PEM, PEM.replace("\n", ""), "with space" * 4))
    assert "HMAC" in one.hint
    assert "Self-generated" in one.hint


@pytest.mark.parametrize(
    ("case", "decisive"), [("read_only_boxes", ["right.trade_missing"]), ("pays", ["right.withdraw"]), ("classic", [])]
)
def test_the_keys_of_its_own_kind(rig: "Rig", case: str, decisive: list[str]) -> None:
    assert check(rig.base, "bybit", rig.tryout("bybit", case)).decisive == decisive


def test_a_classic_account_is_asked_for_the_wallet_of_each_market(rig: "Rig") -> None:
    keys = rig.tryout("bybit", "classic")
    rig.control("PATCH", f"keys/bybit/{keys['api_key']}", grants=["read", "trade", "futures"])

    futures = check(rig.base, "bybit", keys, market=Market.FUTURES)
    rig.control("PATCH", f"keys/bybit/{keys['api_key']}", grants=["read", "trade"])

    assert futures.decisive == []


def test_an_unknown_key_may_be_of_another_site(rig: "Rig") -> None:
    nobody = {"api_key": "x" * 18, "secret": "y" * 36}

    outcome = check(rig.base, "bybit", nobody)

    assert (outcome.decisive, "bybit.eu" in outcome.text) == (["key.invalid"], True)


def test_every_box_that_transfers_is_named(rig: "Rig") -> None:
    text = check(rig.base, "bybit", rig.tryout("bybit", "transfer")).text

    assert "(Wallet.AccountTransfer, Wallet.SubMemberTransfer)" in text
    assert "Untick “Account Transfer”, “Subaccount Transfer” and “Earn”" in text


def test_a_check_takes_four_requests(rig: "Rig") -> None:
    assert check(rig.base, "bybit", rig.tryout("bybit", "good")).facts.requests == 4
