"""OKX's answers, as recorded, read as what they are."""

import json
import re
from typing import Any

import pytest

from exchanges.known.okx.check import SPEC, read_rights
from exchanges.proven import UnreadableError
from exchanges.rights import KeyRights, Right
from exchanges.spec import Ask, Market
from tests.exchanges.asking import WIRE, check

# Trading and moving money between own wallets are one box.
SPOT = {Right.READ, Right.TRADE, Right.TRANSFER}
FUTURES = {*SPOT, Right.FUTURES}
GARBAGE: tuple[Any, ...] = (None, [], {}, {"code": "0", "data": {}}, {"code": "0", "data": []}, "<html>", 1)


def body(name: str) -> Any:
    return json.loads((WIRE / "okx" / f"{name}.json").read_text())


def rights(name: str) -> KeyRights:
    return read_rights(body(f"rights_{name}"))


@pytest.mark.parametrize(
    ("name", "granted"),
    [
        ("trade", FUTURES),
        ("spaces", FUTURES),
        ("spot_mode", SPOT),
        ("new_mode", SPOT),
        ("read_only", {Right.READ}),
        ("withdraw", FUTURES | {Right.WITHDRAW}),
        ("unknown", FUTURES),
    ],
)
def test_permissions_and_account_mode_become_rights(name: str, granted: set[Right]) -> None:
    assert set(rights(name).granted) == granted


def test_a_permission_that_nobody_knows_is_unknown() -> None:
    assert (rights("unknown").unknown, rights("trade").unknown) == (("lend",), ())


@pytest.mark.parametrize(
    ("name", "ips"),
    [("trade", ("203.0.113.7",)), ("no_ip_list", ()), ("ranges", ("1.2.3.4", "5.6.7.0/24", "2001:db8::7"))],
)
def test_the_ip_list_is_told_as_it_is(name: str, ips: tuple[str, ...]) -> None:
    assert rights(name).ip_list == ips


def test_a_sub_account_is_an_account_of_its_own() -> None:
    assert rights("sub_account").account_uid != rights("trade").account_uid == "44705892343619584"


@pytest.mark.parametrize("name", ["missing", "empty", "no_ip_field", "no_mode"])
def test_rights_without_their_fields_are_unreadable(name: str) -> None:
    with pytest.raises(UnreadableError):
        rights(name)


@pytest.mark.parametrize("market", SPEC.markets)
@pytest.mark.parametrize(
    ("ask", "name"), [(Ask.TIME, "time"), (Ask.BALANCES, "balance"), (Ask.ORDERS, "orders_pending")]
)
def test_recorded_answers_are_read_and_others_are_not(market: Market, ask: Ask, name: str) -> None:
    question = next(q for questions in SPEC.rounds[market] for q in questions if q.ask is ask)

    assert question.read(body(name))
    for other in (*GARBAGE, body("rights_trade")):
        with pytest.raises((UnreadableError, LookupError)):
            question.read(other)


def test_an_idle_account_has_an_empty_list_of_orders() -> None:
    question = next(q for questions in SPEC.rounds[Market.SPOT] for q in questions if q.ask is Ask.ORDERS)

    assert question.read(body("orders_pending_empty")) == []


def test_one_box_for_spot_and_futures_is_no_spare_right(rig: Any) -> None:
    keys = rig.tryout("okx", "good")

    assert check(rig.base, "okx", keys).codes == ["right.transfer"]
    assert check(rig.base, "okx", keys, market=Market.FUTURES).codes == ["right.transfer"]


def test_a_key_in_spot_mode_is_told_which_mode_trades_futures(rig: Any) -> None:
    outcome = check(rig.base, "okx", rig.tryout("okx", "no_futures"), market=Market.FUTURES)

    assert outcome.decisive == ["right.futures_missing"]
    assert "Tick “Futures mode” as the account’s mode and “Trade” on this key" in outcome.text


def test_a_passphrase_may_be_older_than_todays_rules() -> None:
    passphrase = next(one for one in SPEC.credentials if one.name == "passphrase")

    assert re.fullmatch(passphrase.pattern, "short7!")
    assert not re.fullmatch(passphrase.pattern, "with\nbreak")


def test_a_key_of_another_site_is_told_where_to_make_one(rig: Any) -> None:
    keys = {**rig.tryout("okx", "good"), "api_key": "00000000-0000-4000-8000-000000000000"}

    outcome = check(rig.base, "okx", keys)

    assert outcome.decisive == ["key.invalid"]
    assert "my.okx.com" in outcome.text


def test_an_open_key_is_told_what_keeps_it_alive(rig: Any) -> None:
    outcome = check(rig.base, "okx", rig.tryout("okx", "no_ip_list"))

    assert outcome.codes == ["ip.no_list", "life.idle", "right.transfer"]
    assert "14 days" in outcome.text
