import json
from typing import TYPE_CHECKING, Any

import pytest

from connections.check.verdict import Verdict
from exchanges.known.mexc import check as mexc
from exchanges.proven import UnreadableError
from exchanges.rights import KeyRights, KeyState, Right
from exchanges.spec import Market
from tests.exchanges.asking import WIRE, check, recorded

if TYPE_CHECKING:
    from tests.practice.rig import Rig

OTHERS: tuple[Any, ...] = (
    *(None, [], {}, "ok", 7, {"code": 0, "data": None}),
    *({"success": True}, {"success": True, "code": 0, "data": {}}),
)
FUTURES_ROWS = recorded("mexc", "errors_futures.json")


def read(name: str, **changes: Any) -> KeyRights:
    body = json.loads((WIRE / "mexc" / f"rights_{name}.json").read_text(encoding="utf-8"))
    return mexc.read_rights({**body, **changes})


@pytest.mark.parametrize(
    ("name", "granted"),
    [
        ("trade", {Right.READ, Right.TRADE}),
        ("live_sample", {Right.READ, Right.TRADE, Right.EXTRA}),
        ("documented_form", {Right.READ, Right.TRADE}),
        ("short_names", {Right.READ, Right.TRADE}),
        ("read_only", {Right.READ}),
        ("withdraw", {Right.READ, Right.TRADE, Right.WITHDRAW, Right.EXTRA}),
        ("withdraw_short", {Right.READ, Right.TRADE, Right.WITHDRAW}),
        ("withdraw_history_only", {Right.READ, Right.TRADE, Right.EXTRA}),
    ],
)
def test_recorded_rights_are_read(name: str, granted: set[Right]) -> None:
    found = read(name)

    assert set(found.granted) == granted
    assert found.unknown == ()


def test_futures_and_transfer_are_told_apart() -> None:
    assert read("futures").has(Right.FUTURES)
    assert read("transfer").has(Right.TRANSFER)
    assert not read("transfer").has(Right.WITHDRAW)


def test_a_right_that_nobody_knows_is_kept_by_name() -> None:
    assert read("unknown").unknown != ()
    assert read("trade", permissions="SPOT_ACCOUNT_READ,P2P_X").unknown == ("P2P_X",)


def test_what_reads_futures_is_of_use_where_futures_are_traded(rig: "Rig") -> None:
    assert read("futures").named[Right.FUTURES][0] == "CONTRACT_DEAL_WRITE"
    assert not read("futures").has(Right.EXTRA)
    # Read alone trades nothing.
    assert not read("live_sample").has(Right.FUTURES)

    outcome = check(rig.base, "mexc", rig.tryout("mexc", "futures"), market=Market.FUTURES)

    assert outcome.codes == ["right.more_than_needed"]
    assert "SPOT_DEAL_WRITE" in outcome.text
    assert "CONTRACT" not in outcome.text


@pytest.mark.parametrize("half", ["SPOT_ACCOUNT_READ", "SPOT_DEAL_READ", "SPOT_DEAL_R"])
def test_reading_needs_both_boxes(half: str) -> None:
    found = read("trade", permissions=f"{half},SPOT_DEAL_WRITE")

    assert not found.has(Right.READ)
    assert found.named[Right.EXTRA] == (half,)


@pytest.mark.parametrize(
    ("name", "days", "state"),
    [
        ("trade", None, KeyState.ACTIVE),
        ("live_sample", 82, KeyState.ACTIVE),
        ("documented_form", None, KeyState.ACTIVE),
        ("expired", 0, KeyState.EXPIRED),
        ("deleted", None, KeyState.EXPIRED),
        ("frozen", None, KeyState.FROZEN),
    ],
)
def test_life_and_state_are_read(name: str, days: int | None, state: KeyState) -> None:
    found = read(name)

    assert found.state is state
    assert days is None or found.days_left == days


def test_an_expired_key_has_no_days_left_however_long_ago() -> None:
    found = read("trade", remainingValidity=-3)

    assert (found.days_left, found.state) == (0, KeyState.EXPIRED)


@pytest.mark.parametrize(
    ("sent", "found"), [("", ()), (None, ()), ("203.0.113.7, 203.0.113.8", ("203.0.113.7", "203.0.113.8"))]
)
def test_the_ip_list_is_read(sent: str | None, found: tuple[str, ...]) -> None:
    assert read("trade", ipWhiteList=sent).ip_list == found


@pytest.mark.parametrize(
    "changes",
    [
        {"permissions": ""},
        {"permissions": None},
        {"permissions": ["SPOT_DEAL_READ"]},
        {"permissions": True},
        {"remainingValidity": None},
        {"remainingValidity": "82"},
        {"remainingValidity": True},
        {"remainingValidity": 8.5},
        {"ipWhiteList": ["203.0.113.7"]},
        {"status": ""},
        {"status": "PAUSED"},
        {"status": None},
    ],
)
def test_rights_without_the_exchanges_own_fields_are_no_proof(changes: dict[str, Any]) -> None:
    with pytest.raises(UnreadableError):
        read("trade", **changes)


@pytest.mark.parametrize("name", ["missing", "empty"])
def test_an_answer_without_rights_is_no_proof(name: str) -> None:
    with pytest.raises(UnreadableError):
        read(name)


@pytest.mark.parametrize(
    ("name", "read"),
    [
        ("time", mexc.read_time),
        ("account", mexc.read_balances),
        ("open_orders", mexc.read_orders),
        ("uid", mexc.read_uid),
        ("contract_assets", mexc.read_futures_list),
        ("contract_open_orders", mexc.read_futures_list),
    ],
)
def test_recorded_answers_are_read_and_others_are_not(name: str, read: Any) -> None:
    body = json.loads((WIRE / "mexc" / f"{name}.json").read_text(encoding="utf-8"))

    assert read(body) is not None
    # A list of nothing is what an idle account has.
    for other in (one for one in OTHERS if one != [] or read is not mexc.read_orders):
        with pytest.raises(UnreadableError):
            read(other)


@pytest.mark.parametrize("row", FUTURES_ROWS, ids=[row["name"] for row in FUTURES_ROWS])
def test_every_recorded_refusal_of_the_futures_host(rig: "Rig", row: dict[str, Any]) -> None:
    rig.fault("answer", slug="mexc", path="/api/v1/private/*", status=row["status"], body=row["body"])

    outcome = check(rig.base, "mexc", rig.tryout("mexc", "futures"), market=Market.FUTURES)

    wanted = ["access.balances", "access.orders"] if row["cause"] == "right.missing" else [row["cause"]]
    assert outcome.verdict is not Verdict.ONLINE
    assert row["cause"] is None or outcome.decisive == wanted


@pytest.mark.parametrize(
    ("path", "code"), [("/api/v3/account", "access.balances"), ("/api/v3/openOrders", "access.orders")]
)
def test_a_box_that_is_not_ticked_is_named_by_what_it_hides(rig: "Rig", path: str, code: str) -> None:
    refusal = {"code": 700007, "msg": "No permission to access the endpoint."}
    rig.fault("answer", slug="mexc", path=path, status=400, body=refusal)

    outcome = check(rig.base, "mexc", rig.tryout("mexc", "good"))

    assert (outcome.verdict, outcome.decisive) == (Verdict.ERROR, [code])


def test_the_flags_of_the_account_say_nothing_about_the_key(rig: "Rig") -> None:
    account = {"canTrade": True, "canWithdraw": True, "accountType": "SPOT", "balances": [], "permissions": ["SPOT"]}
    rig.fault("answer", slug="mexc", path="/api/v3/account", body=account)

    assert check(rig.base, "mexc", rig.tryout("mexc", "good")).verdict is Verdict.ONLINE


def test_an_account_without_futures_is_told_to_open_them(rig: "Rig") -> None:
    refusal = {"success": False, "code": 1000, "message": "Account does not exist"}
    rig.fault("answer", slug="mexc", path="/api/v1/private/*", body=refusal)

    outcome = check(rig.base, "mexc", rig.tryout("mexc", "futures"), market=Market.FUTURES)

    assert outcome.decisive == ["account.restricted"]
    assert "for futures, open them there" in outcome.text


@pytest.mark.parametrize("rows", [[7], [{"error": "x"}], [{"symbol": "BTCUSDT"}]])
def test_rows_of_another_kind_are_no_orders(rows: list[Any]) -> None:
    with pytest.raises(UnreadableError):
        mexc.read_orders(rows)


def test_nothing_that_changes_a_key_is_ever_asked(rig: "Rig") -> None:
    check(rig.base, "mexc", rig.tryout("mexc", "futures"), market=Market.FUTURES)

    asked = rig.control("GET", "requests")["requests"]
    assert {row["method"] for row in asked} == {"GET"}
