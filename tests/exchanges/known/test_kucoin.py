import json
from typing import TYPE_CHECKING, Any

import pytest

from connections.check.verdict import Verdict
from exchanges.known.kucoin import check as kucoin
from exchanges.proven import UnreadableError
from exchanges.rights import KeyRights, Right
from exchanges.spec import Market
from tests.exchanges.asking import WIRE, check

if TYPE_CHECKING:
    from tests.practice.rig import Rig


def load(name: str) -> Any:
    return json.loads((WIRE / "kucoin" / f"{name}.json").read_text(encoding="utf-8"))


def read(name: str, **changes: Any) -> KeyRights:
    body = load(f"rights_{name}")
    return kucoin.read_rights({**body, "data": {**body["data"], **changes}})


@pytest.mark.parametrize(
    ("name", "granted"),
    [
        ("trade", {Right.READ, Right.TRADE}),
        ("trade_old_name", {Right.READ, Right.TRADE}),
        ("unified", {Right.READ, Right.TRADE, Right.FUTURES}),
        ("read_only", {Right.READ}),
        ("withdraw", {Right.READ, Right.TRADE, Right.WITHDRAW}),
        ("withdraw_lower_case", {Right.READ, Right.TRADE, Right.WITHDRAW}),
        ("withdraw_site_name", {Right.READ, Right.TRADE, Right.WITHDRAW}),
        ("transfer", {Right.READ, Right.TRADE, Right.TRANSFER}),
        ("transfer_site_name", {Right.READ, Right.TRADE, Right.TRANSFER}),
    ],
)
def test_recorded_rights_are_read(name: str, granted: set[Right]) -> None:
    found = read(name)

    assert set(found.granted) == granted
    assert found.unknown == ()


def test_the_documented_sample_can_do_everything() -> None:
    found = read("documented_sample")

    assert set(found.granted) == set(Right)
    assert found.ip_list == ("203.**.154", "103.**.34")


def test_futures_are_read() -> None:
    assert read("futures").has(Right.FUTURES)


def test_a_unified_key_trades_both_markets_however_it_is_spelt() -> None:
    assert read("unified", permission="general,unified").has(Right.FUTURES)


def test_a_right_that_nobody_knows_is_kept_by_name() -> None:
    assert read("unknown").unknown != ()


@pytest.mark.parametrize(("name", "found"), [("no_ip_list", ()), ("empty_ip_list", ()), ("trade", ("203.0.113.7",))])
def test_the_ip_list_is_read(name: str, found: tuple[str, ...]) -> None:
    assert read(name).ip_list == found


def test_sub_accounts_of_one_master_are_told_apart() -> None:
    assert read("trade").account_uid == "165111215"
    assert read("sub_account").account_uid == "165111215/sub1"


@pytest.mark.parametrize(
    "changes",
    [
        {"permission": ""},
        {"permission": None},
        {"permission": ["General"]},
        {"ipWhitelist": ["203.0.113.7"]},
        {"ipWhitelist": 7},
        {"uid": None},
        {"uid": ""},
        {"uid": True},
        {"uid": 1.5},
        {"subName": ["sub1"]},
    ],
)
def test_rights_without_the_exchanges_own_fields_are_no_proof(changes: dict[str, Any]) -> None:
    with pytest.raises(UnreadableError):
        read("trade", **changes)


@pytest.mark.parametrize("name", ["missing", "empty"])
def test_an_answer_without_rights_is_no_proof(name: str) -> None:
    with pytest.raises(UnreadableError):
        kucoin.read_rights(load(f"rights_{name}"))


@pytest.mark.parametrize(
    ("name", "read"),
    [
        ("time", kucoin.read_time),
        ("accounts", kucoin.read_accounts),
        ("orders_active", kucoin.read_orders),
        ("account_overview", kucoin.read_futures_account),
        ("futures_orders_active", kucoin.read_orders),
    ],
)
def test_recorded_answers_are_read_and_others_are_not(name: str, read: Any) -> None:
    body = load(name)

    assert read(body) is not None
    others: list[Any] = [None, [], {}, "ok", 7, {"data": body["data"]}, {**body, "code": "0"}, {"code": "200000"}]
    for other in others:
        with pytest.raises(UnreadableError):
            read(other)


def test_balances_are_read_from_the_exchanges_own_rows() -> None:
    assert kucoin.read_accounts({"code": "200000", "data": []}) == []
    wrong: list[Any] = [[7], [{}], [{"currency": ""}], {"currency": "BTC"}]
    for rows in wrong:
        with pytest.raises(UnreadableError):
            kucoin.read_accounts({"code": "200000", "data": rows})


@pytest.mark.parametrize(
    ("path", "market", "code"),
    [
        ("/api/v1/accounts", Market.SPOT, "access.balances"),
        ("/api/v1/orders", Market.SPOT, "access.orders"),
        ("/api/v1/account-overview", Market.FUTURES, "access.balances"),
        ("/api/v1/orders", Market.FUTURES, "access.orders"),
    ],
)
def test_a_box_that_is_not_ticked_is_named_by_what_it_hides(rig: "Rig", path: str, market: Market, code: str) -> None:
    refusal = {"code": "400007", "msg": "Access denied, require more permission."}
    rig.fault("answer", slug="kucoin", path=path, status=403, body=refusal)

    outcome = check(rig.base, "kucoin", rig.tryout("kucoin", "futures"), market=market)

    assert (outcome.verdict, outcome.decisive) == (Verdict.ERROR, [code])


@pytest.mark.parametrize("items", [{}, [7], [{}], [{"currency": "BTC"}]])
def test_rows_of_another_kind_are_no_orders(items: Any) -> None:
    assert kucoin.read_orders({"code": "200000", "data": {"items": []}}) == []
    assert kucoin.read_orders({"code": "200000", "data": {"items": None}}) == []
    with pytest.raises(UnreadableError):
        kucoin.read_orders({"code": "200000", "data": {"items": items}})


def test_an_unknown_key_may_be_of_another_site(rig: "Rig") -> None:
    keys = {**rig.tryout("kucoin", "good"), "api_key": "6705f5c311545b000157d3eb"}

    outcome = check(rig.base, "kucoin", keys)

    assert outcome.decisive == ["key.invalid"]
    assert "www.kucoin.com/en-eu" in outcome.text


def test_a_refused_address_is_shown_as_kucoin_saw_it(rig: "Rig") -> None:
    for told, shown in (("203.0.113.7", "203.0.113.7"), ("2001:db8::7.", "2001:db8::7")):
        body = {"code": "400006", "msg": f"Invalid request ip, the current clientIp is:{told}"}
        rig.control("DELETE", "faults")
        rig.fault("answer", slug="kucoin", path="/api/v1/user/*", status=403, body=body)

        outcome = check(rig.base, "kucoin", rig.tryout("kucoin", "good"))

        assert outcome.facts.seen_ip == shown
        assert f"Add {shown} to" in outcome.text
