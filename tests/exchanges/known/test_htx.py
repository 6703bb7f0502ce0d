"""HTX's answers, as recorded, read as what they are."""

import json
from typing import Any

import pytest

from connections.check.facts import Policy
from exchanges.errors import RawAnswer, classify
from exchanges.known.htx.check import SPEC, pick_own, read_rights, read_uid
from exchanges.proven import UnreadableError
from exchanges.rights import KeyRights, KeyState, Right, UnprovenError
from exchanges.spec import Ask, Asking, Market
from tests.exchanges.asking import OURS, WIRE, check, recorded

ALL = {Right.READ, Right.TRADE, Right.FUTURES, Right.TRANSFER}
OWN = Asking(api_key="e2b1c3d4-99aabbcc-84ddeeff-7f0a1", answers={Ask.UID: "63628520"})
GARBAGE: tuple[Any, ...] = (None, [], {}, {"code": 200, "data": {}}, {"status": "ok", "data": {}}, "<html>", 1)
FORBIDDEN = {"code": 1002, "message": "forbidden"}


def body(name: str) -> Any:
    return json.loads((WIRE / "htx" / f"{name}.json").read_text())


def rights(name: str) -> KeyRights:
    return read_rights(pick_own(body(f"rights_{name}"), OWN))


@pytest.mark.parametrize(
    ("name", "granted"),
    [
        ("trade", ALL),
        ("documented_sample", ALL),
        ("read_only", {Right.READ}),
        ("withdraw", ALL | {Right.WITHDRAW}),
        ("withdraw_lower_case", {Right.READ, Right.WITHDRAW}),
        ("unknown", ALL),
        ("all_keys", ALL),
    ],
)
def test_permissions_become_rights(name: str, granted: set[Right]) -> None:
    assert set(rights(name).granted) == granted


def test_a_permission_that_nobody_knows_is_unknown() -> None:
    assert (rights("unknown").unknown, rights("trade").unknown) == (("lend",), ())


@pytest.mark.parametrize(
    ("name", "ips", "days", "state"),
    [
        ("trade", ("203.0.113.7",), None, KeyState.ACTIVE),
        ("network", ("202.106.96.0/24",), None, KeyState.ACTIVE),
        ("no_ip_list", (), 90, KeyState.ACTIVE),
        ("expires_soon", ("203.0.113.7",), 5, KeyState.ACTIVE),
        ("expired", ("203.0.113.7",), 0, KeyState.EXPIRED),
    ],
)
def test_ip_list_and_lifetime_are_told(name: str, ips: tuple[str, ...], days: int | None, state: KeyState) -> None:
    found = rights(name)

    assert (found.ip_list, found.days_left, found.state) == (ips, days, state)


@pytest.mark.parametrize("name", ["other_key", "no_key"])
def test_rights_of_other_keys_prove_nothing(name: str) -> None:
    with pytest.raises(UnprovenError):
        rights(name)


@pytest.mark.parametrize("name", ["missing", "empty", "no_days", "new_state"])
def test_rights_without_their_fields_are_unreadable(name: str) -> None:
    with pytest.raises(UnreadableError):
        rights(name)


def test_a_refusal_that_ccxt_lets_pass_is_no_answer() -> None:
    for read in (read_uid, lambda answer: pick_own(answer, OWN)):
        with pytest.raises(UnreadableError):
            read(FORBIDDEN)


@pytest.mark.parametrize("uid", [True, 0, -1, "63628520", None, {}])
def test_only_a_number_is_an_account(uid: Any) -> None:
    with pytest.raises(UnreadableError):
        read_uid({"code": 200, "data": uid})


@pytest.mark.parametrize(
    ("market", "ask", "name"),
    [
        (Market.SPOT, Ask.TIME, "time"),
        (Market.SPOT, Ask.UID, "uid"),
        (Market.SPOT, Ask.BALANCES, "valuation"),
        (Market.SPOT, Ask.ORDERS, "open_orders"),
        (Market.FUTURES, Ask.BALANCES, "futures_balance"),
        (Market.FUTURES, Ask.ORDERS, "futures_orders"),
    ],
)
def test_recorded_answers_are_read_and_others_are_not(market: Market, ask: Ask, name: str) -> None:
    asked = next(q for questions in SPEC.rounds[market] for q in questions if q.ask is ask)

    assert asked.read(body(name)) is not None
    for other in (*GARBAGE, FORBIDDEN, body("rights_trade")):
        if ask is Ask.ORDERS and other == body("rights_trade"):
            continue
        with pytest.raises(UnreadableError):
            asked.read(other)


@pytest.mark.parametrize("name", ["ip_not_listed", "v5_ip_not_listed", "contract_ip"])
def test_the_refused_address_is_told(name: str) -> None:
    row = next(row for row in recorded("htx") if row["name"] == name)
    text = json.dumps(row["body"], ensure_ascii=False)

    trouble = classify(RawAnswer(status=row["status"], text=text, headers={}), SPEC.errors)

    assert trouble is not None
    assert trouble.ip == "203.0.113.7"


@pytest.mark.parametrize("market", SPEC.markets)
def test_the_account_is_asked_before_the_rights_in_five_requests(rig: Any, market: Market) -> None:
    outcome = check(rig.base, "htx", rig.tryout("htx", "good"), market=market)

    paths = [row["path"] for row in rig.control("GET", "requests?slug=htx")["requests"]][::-1]
    first = paths if paths[0] in {"/v2/user/uid", "/v1/common/timestamp"} else paths[::-1]
    assert (outcome.verdict.value, outcome.codes, len(paths)) == ("online", ["right.transfer"], 5)
    assert set(first[:2]) == {"/v2/user/uid", "/v1/common/timestamp"}


def test_a_box_that_also_transfers_is_told_and_refused_by_policy(rig: Any) -> None:
    free = check(rig.base, "htx", rig.tryout("htx", "good"))
    strict = check(rig.base, "htx", rig.tryout("htx", "good"), policy=Policy(our_ips=OURS, refuse_transfer=True))
    reader = check(rig.base, "htx", rig.tryout("htx", "read_only"))

    assert "HTX has no box for that alone: “Trade” brings it. Nothing to do" in free.text
    assert (strict.verdict.value, strict.decisive) == ("error", ["right.transfer"])
    assert "Connect another exchange" in strict.text
    assert "right.transfer" not in reader.codes


def test_a_key_whose_rights_are_not_told_may_be_a_sub_users(rig: Any) -> None:
    rig.fault("answer", slug="htx", path="/v2/user/api-key", body=FORBIDDEN)

    outcome = check(rig.base, "htx", rig.tryout("htx", "good"))

    assert (outcome.verdict.value, outcome.decisive) == ("error", ["right.unproven"])
    assert "Create a key in your main account" in outcome.text


def test_a_key_that_has_expired_says_so(rig: Any) -> None:
    assert check(rig.base, "htx", rig.tryout("htx", "expired")).decisive == ["key.expired"]


def test_a_wrong_secret_may_be_a_key_of_another_type(rig: Any) -> None:
    outcome = check(rig.base, "htx", rig.tryout("htx", "wrong_secret"))

    assert outcome.decisive == ["key.secret_wrong"]
    assert "Ed25519" in outcome.text


def test_an_account_without_contracts_is_told_to_open_them(rig: Any) -> None:
    outcome = check(rig.base, "htx", rig.tryout("htx", "no_futures"), market=Market.FUTURES)

    assert outcome.decisive == ["account.restricted"]
    assert "open contracts trading" in outcome.text
