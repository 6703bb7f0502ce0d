"""A whole way through each practice exchange: every question is read, and nothing of an answer's values is told."""

import itertools
import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from functools import cache
from typing import TYPE_CHECKING, Any

import pytest

from connections.check.facts import Policy
from connections.check.observe import Subject
from exchanges import registry
from exchanges.errors import RawAnswer
from exchanges.spec import Market
from exchanges.values import Credentials
from exchanges.wire import ccxt_object
from exchanges.wire.session import LOOP
from tests.exchanges.asking import FIELDS, OURS, location_at
from tests.practice.rig import rights_of
from trial import reference, report
from trial.walk import SeenAnswer, StopError, Walk

if TYPE_CHECKING:
    from tests.practice.rig import Rig

PAIR = "BTC/USDT"
WALKS = [*(spec.slug for spec in registry.ALL), "bitget unified"]
DAY = date(2026, 1, 2)
# No name, no amount and no id of an account looks like one of these by chance.
MONEY = {"USDT": "8157.4711", "BTC": "0.47118157"}


@pytest.fixture(scope="module", autouse=True)
def closed_loop() -> Iterator[None]:
    ccxt_object.preload()
    yield
    LOOP.close()


@pytest.fixture
def rig(practice: "Rig") -> Iterator["Rig"]:
    for what in ("faults", "price"):
        practice.control("DELETE", what)
    practice.control("POST", "price", pair=PAIR, price="50000", liquidity="1000")
    yield practice
    for what in ("faults", "price"):
        practice.control("DELETE", what)


def subject_at(rig: "Rig", slug: str) -> Subject:
    location = location_at(rig.base, slug)
    return Subject(spec=registry.get(slug), market=Market.SPOT, location=location, policy=Policy(our_ips=OURS))


def made(keys: dict[str, Any]) -> Credentials:
    return Credentials(**{name: keys[name] for name in FIELDS if keys.get(name)})


def fresh(rig: "Rig", walk: str, **account: Any) -> Credentials:
    slug, _, kind = walk.partition(" ")
    identity = rig.new_account(slug, kind, balances={"spot": MONEY}, **account)["id"]
    rights = rights_of(slug, kind, ["read", "trade"])
    return made(rig.new_key(slug, account=identity, note="Canary Note", ips=list(OURS), **rights))


@cache
def expected_at(base: str, slug: str) -> reference.Reference:
    """Return what the practice exchange itself answers; asked once for each exchange."""
    spec = registry.get(slug)
    subject = Subject(spec=spec, market=Market.SPOT, location=location_at(base, slug), policy=Policy(our_ips=OURS))
    keys = reference.keys_of(base, slug)
    walked = LOOP.submit(reference.walks(spec, subject, base, keys, PAIR)).result()
    return reference.reference(spec, walked, prefix=f"/{slug}")


def whole_way(rig: "Rig", walk: str, **account: Any) -> tuple[Walk, Credentials]:
    credentials = fresh(rig, walk, **account)
    going = Walk(subject_at(rig, walk.split()[0]), credentials, PAIR)
    for part in (going.read, going.order):
        LOOP.submit(part()).result()
    return going, credentials


@pytest.mark.parametrize("walk", WALKS)
def test_every_step_is_good_and_nothing_differs_in_kind(rig: "Rig", walk: str) -> None:
    slug = walk.split()[0]
    expected = expected_at(rig.base, slug)

    going, credentials = whole_way(rig, walk)
    made_of = report.report_of(going, expected, made=DAY, prefix=f"/{slug}")

    assert [step.name for step in going.steps if not step.is_good] == []
    assert {"check", "balances", "order that never was", "cancel", "find it cancelled by our id"} <= {
        step.name for step in going.steps
    }
    assert not going.may_rest
    # What an account has not (an end of its key, an order of another kind) may be missing; nothing may be new.
    assert [row for row in made_of["differences"] if row["theirs"] != "nothing"] == []
    assert not report.leaks_in(json.dumps(made_of), going, expected, credentials)


def planted(walk: Walk) -> tuple[Walk, list[str]]:
    """Return the walk with a value of its own in each place of each answer, and these values."""
    numbers, canaries = itertools.count(47110001), list[str]()

    def canary(value: object) -> object:
        if isinstance(value, dict):
            return {(name if name != "BTC" else "CanaryCoin"): canary(inner) for name, inner in value.items()}
        if isinstance(value, list):
            return [canary(inner) for inner in value]
        if isinstance(value, bool) or value is None or value == "":
            return value
        number = next(numbers)
        forms = (f"canary-{number}", f"{number}.{number}", f"Canary {number}", f"10.47.{number % 250}.11", str(number))
        grown = number if isinstance(value, int) else forms[number % len(forms)]
        canaries.append(str(grown))
        return grown

    def spoil(seen: SeenAnswer) -> SeenAnswer:
        text = json.dumps(canary(json.loads(seen.answer.text)))
        answer = RawAnswer(status=seen.answer.status, text=text, headers={"X-Canary": "canary-header"})
        return replace(seen, answer=answer, path=f"{seen.path}/canary4711/canaryname")

    steps = [replace(step, seen=tuple(spoil(seen) for seen in step.seen)) for step in walk.steps]
    spoilt = replace(walk, steps=steps)
    return spoilt, canaries


@pytest.mark.parametrize("walk", WALKS)
def test_no_value_of_any_answer_is_in_the_report(rig: "Rig", walk: str) -> None:
    slug = walk.split()[0]
    expected = expected_at(rig.base, slug)
    going, credentials = whole_way(rig, walk, sub_name="CanaryName")

    spoilt, canaries = planted(going)
    text = json.dumps(report.report_of(spoilt, expected, made=DAY, prefix=f"/{slug}"))

    assert len(canaries) > 100
    assert [value for value in canaries if value in text] == []
    assert "canary" not in text.lower()
    assert not any(part in text for part in (credentials.api_key, credentials.secret) if part)


def test_a_report_that_holds_a_value_is_not_written(rig: "Rig", tmp_path: Any) -> None:
    expected = expected_at(rig.base, "kucoin")
    going, credentials = whole_way(rig, "kucoin")
    made_of = report.report_of(going, expected, made=DAY, prefix="/kucoin")
    file = tmp_path / "report.json"

    for leak in (credentials.secret, MONEY["USDT"]):
        with pytest.raises(report.LeakError):
            report.written(file, {**made_of, "note": leak}, going, expected, credentials)

    assert not file.exists()


def test_a_difference_is_told_by_its_place(rig: "Rig") -> None:
    expected = expected_at(rig.base, "bitget")
    credentials = fresh(rig, "bitget unified")
    body = {"code": "00000", "msg": "success", "requestTime": 1788336175000}
    assets = {"accountEquity": 1, "assets": None, "newField": "x"}
    rig.fault("answer", slug="bitget", path="/api/v3/account/assets", body={**body, "data": assets})
    going = Walk(subject_at(rig, "bitget"), credentials, PAIR)

    LOOP.submit(going.read()).result()
    found = {(one.path, one.ours, one.theirs) for one in report.found_in(going, expected, "/bitget")}

    assert ("data.assets", "list", "null") in found
    assert ("data.newField", "nothing", "text, like a") in found
    assert any(path == "data.accountEquity" and theirs == "number" for path, _, theirs in found)


@pytest.mark.parametrize("case", ["withdraw", "unknown_right", "garbage", "wrong_secret", "expired"])
def test_a_key_that_may_do_harm_or_is_not_proven_is_asked_nothing_more(rig: "Rig", case: str) -> None:
    going = Walk(subject_at(rig, "kucoin"), made(rig.tryout("kucoin", case)), PAIR)

    with pytest.raises(StopError):
        LOOP.submit(going.read()).result()

    assert [step.name for step in going.steps] == ["check"]


def test_a_key_that_only_reads_is_led_through_what_reads(rig: "Rig") -> None:
    going = Walk(subject_at(rig, "kucoin"), made(rig.tryout("kucoin", "read_only")), PAIR)

    LOOP.submit(going.read()).result()

    assert [step.name for step in going.steps if not step.is_good] == ["check"]


def test_an_order_too_far_from_the_market_is_placed_nearer(rig: "Rig") -> None:
    going = Walk(subject_at(rig, "kucoin"), fresh(rig, "kucoin"), PAIR)
    LOOP.submit(going.read()).result()
    band = {"code": "300000", "msg": "The price exceeds the limit"}
    code = next(said.code for said, reason in registry.get("kucoin").trading.refusals.items() if reason == "price_band")
    text = next(said.text for said, reason in registry.get("kucoin").trading.refusals.items() if reason == "price_band")
    rig.fault("answer", slug="kucoin", method="POST", count=1, body={**band, "code": code or "1", "msg": text or "far"})

    LOOP.submit(going.order()).result()

    placed = [step.name for step in going.steps if step.name.startswith("place")]
    assert placed == ["place 20% below the market", "place 10% below the market"]
    assert not going.may_rest


def test_an_order_whose_answer_is_lost_is_found_and_cancelled(rig: "Rig") -> None:
    going = Walk(subject_at(rig, "kucoin"), fresh(rig, "kucoin"), PAIR)
    LOOP.submit(going.read()).result()
    rig.fault("late_accept", slug="kucoin", method="POST", count=1)

    LOOP.submit(going.order()).result()

    [placed] = [step for step in going.steps if step.name.startswith("place")]
    assert placed.said.endswith("then found")
    assert not going.may_rest
