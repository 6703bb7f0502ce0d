"""What /_control/ shows and who may use it."""

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from practice.control import routes
from practice.dialects import ALL
from practice.http.running import Practice
from practice.tryout import CASES
from tests.practice.rig import Rig, ask_kucoin
from tests.practice.stores import open_store

WIRE = Path(__file__).parents[1] / "exchanges" / "bodies"
ROWS = [
    pytest.param(slug, row, id=f"{slug}-{row['name']}")
    for slug in ("mexc", "kucoin")
    for row in json.loads((WIRE / slug / "errors.json").read_text())
]


@pytest.mark.parametrize(("slug", "row"), ROWS)
def test_every_recorded_answer_can_be_replayed(rig: Rig, slug: str, row: dict[str, Any]) -> None:
    rig.fault("answer", slug=slug, status=row["status"], body=row["body"], headers=row.get("headers", {}))

    reply = rig.send("GET", f"/{slug}/api/v1/anything")

    assert reply.status == row["status"]
    assert (reply.body.decode() if isinstance(row["body"], str) else reply.json) == row["body"]


def test_requests_are_counted_and_told_without_secrets(rig: Rig) -> None:
    keys = rig.tryout("kucoin", "good")

    ask_kucoin(rig, keys, "GET", "/api/v1/accounts?type=trade")
    seen = rig.control("GET", "requests?slug=kucoin&path=/api/v1/accounts")

    assert (seen["count"], seen["requests"][0]["key"]) == (1, keys["api_key"][-4:])
    assert keys["api_key"] not in json.dumps(seen)
    assert rig.control("DELETE", "requests")["count"] == 0


@pytest.mark.parametrize(
    ("remote", "headers", "token", "allowed"),
    [
        ("127.0.0.1", {}, "", True),
        ("::1", {}, "", True),
        ("127.0.0.1", {"Origin": "https://evil.example"}, "", False),
        ("203.0.113.7", {}, "", False),
        ("203.0.113.7", {"X-Control-Token": ""}, "", False),
        ("203.0.113.7", {"X-Control-Token": "t"}, "t", True),
        ("203.0.113.7", {"X-Control-Token": "u"}, "t", False),
    ],
)
def test_only_this_machine_or_the_token_may_control(
    remote: str, headers: dict[str, str], token: str, allowed: bool
) -> None:
    practice = cast(Practice, SimpleNamespace(control_token=token))

    assert routes.may_control(practice, cast(Any, SimpleNamespace(remote=remote, headers=headers))) is allowed


def test_a_page_in_a_browser_cannot_control(rig: Rig) -> None:
    assert rig.send("GET", "/_control/keys", {"Origin": "https://evil.example"}).status == 403


def test_the_page_lists_every_tryout_key_in_copyable_form(rig: Rig) -> None:
    page, keys = rig.send("GET", "/"), rig.send("GET", "/keys.json").json

    assert "default-src 'none'" in page.headers["Content-Security-Policy"]
    for cases in keys.values():
        for case in cases.values():
            assert f"<code>{case['secret']}</code>" in page.body.decode()


@pytest.mark.parametrize("dialect", ALL, ids=lambda d: d.slug)
def test_each_exchange_has_a_key_for_each_case(rig: Rig, dialect: Any) -> None:
    expected = {case.name for case in CASES if set(case.grants) <= set(dialect.rights)}
    if not dialect.has_passphrase:
        expected -= {"wrong_passphrase"}
    if not dialect.tells_expiry:
        expected -= {"expiring_soon"}

    assert expected | set(dialect.more_cases) == set(rig.send("GET", "/keys.json").json[dialect.slug])


def test_keys_have_the_exchanges_own_format(rig: Rig) -> None:
    keys = rig.send("GET", "/keys.json").json

    for case in keys["mexc"].values():
        assert (case["api_key"][:3], len(case["api_key"]), len(case["secret"])) == ("mx0", 18, 32)
    for case in keys["kucoin"].values():
        assert (len(case["api_key"]), len(case["secret"]), 7 <= len(case["passphrase"]) <= 32) == (24, 36, True)


def test_the_same_seed_makes_the_same_keys_after_a_restart(tmp_path: Path) -> None:
    from practice.world.market import Market
    from practice.world.world import World

    def start() -> Practice:
        practice = Practice(World(open_store(str(tmp_path / "state.sqlite3")), Market(7), lambda: 1_800_000_000_000))
        practice.start()
        return practice

    first = start()
    first.world.set_balance("mexc-main", "spot", "USDT", first.world.balance("mexc-main", "spot", "BTC").free)
    first.world.store.close()
    second = start()

    assert second.world.keys == first.world.keys
    assert str(second.world.balance("mexc-main", "spot", "USDT").free) == "0.5"


def test_healthz_answers_ok(rig: Rig) -> None:
    assert rig.send("GET", "/healthz").body == b"ok"


ADA, BEN = "ada0" * 4, "be9" * 6


def test_an_owner_gets_every_try_out_key_once_more_and_the_same_each_time(rig: Rig) -> None:
    mine = rig.control("POST", "own", slug="kucoin", owner=ADA)["keys"]
    printed = rig.send("GET", "/keys.json").json["kucoin"]

    assert {name: key["text"] for name, key in mine.items()} == {name: key["text"] for name, key in printed.items()}
    assert not {key["api_key"] for key in mine.values()} & {key["api_key"] for key in printed.values()}
    assert rig.control("POST", "own", slug="kucoin", owner=ADA)["keys"] == mine
    assert rig.control("POST", "own", slug="kucoin", owner=BEN)["keys"] != mine


@pytest.mark.parametrize("dialect", ALL, ids=lambda one: one.slug)
def test_what_one_owner_buys_moves_nobody_elses_purse(rig: Rig, dialect: Any) -> None:
    mine, theirs = (rig.control("POST", "own", slug=dialect.slug, owner=owner)["keys"]["good"] for owner in (ADA, BEN))
    rows = {row["api_key"]: row for row in rig.control("GET", f"keys?slug={dialect.slug}")["keys"]}

    purses = [rows[key["api_key"]]["account"] for key in (mine, theirs, rig.tryout(dialect.slug, "good"))]

    assert len({*purses}) == 3
    accounts = {row["id"]: row for row in rig.control("GET", "accounts")["accounts"]}
    assert len({accounts[purse]["uid"] for purse in purses}) == 3
    money = [{(b["wallet"], b["asset"]): b["free"] for b in accounts[purse]["balances"]} for purse in purses[:2]]
    assert money[0] == money[1] != {}


def test_the_keys_of_an_owner_have_the_faults_of_the_printed_ones(rig: Rig) -> None:
    mine = rig.control("POST", "own", slug="kucoin", owner=ADA)["keys"]

    refused = [ask_kucoin(rig, mine["flaky"], "GET", "/api/v1/accounts?type=trade").status for _ in range(2)]
    told = ask_kucoin(rig, mine["withdraw"], "GET", "/api/v1/user/api-key").json

    assert sorted(refused) == [200, 503]
    assert "Transfer" in told["data"]["permission"]


@pytest.mark.parametrize("owner", ["", "ada", "../../etc/passwd0000", "A" * 16])
def test_an_owner_is_named_so_that_nobody_guesses_it(rig: Rig, owner: str) -> None:
    reply = rig.send("POST", "/_control/own", body=json.dumps({"slug": "kucoin", "owner": owner}).encode())

    assert reply.status == 400
