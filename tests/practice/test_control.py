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
