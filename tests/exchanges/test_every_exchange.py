"""One contract for every exchange: what each try-out key, fault and lie must lead to. It grows with the registry.

pytest tests/exchanges/test_every_exchange.py    prints the matrix exchange × case
"""

from collections.abc import Callable
from random import Random
from typing import TYPE_CHECKING, Any

import pytest

from connections.check.facts import Policy
from connections.check.verdict import Verdict
from exchanges import registry
from exchanges.spec import Ask, Market
from practice.dialect import Dialect
from practice.dialects import BY_SLUG
from practice.http.faults import KINDS
from practice.tryout import cases_of
from tests.exchanges.asking import OURS, Outcome, check, recorded

if TYPE_CHECKING:
    from tests.practice.rig import Rig

Record = Callable[[str, object], None]
SLUGS = [spec.slug for spec in registry.ALL if spec.slug in BY_SLUG]
# What each try-out key must lead to; more than one code where exchanges say it differently.
REFUSED = {
    "withdraw": {"right.withdraw"},
    "unknown_right": {"right.unknown"},
    "read_only": {"right.trade_missing"},
    "no_futures": {"right.futures_missing"},
    "wrong_ip": {"ip.not_allowed"},
    "expired": {"key.expired", "key.invalid"},
    "wrong_secret": {"key.secret_wrong", "key.passphrase_wrong", "key.invalid"},
    "wrong_passphrase": {"key.passphrase_wrong", "key.secret_wrong"},
    "restricted": {"account.restricted"},
}
# Binance ends the trading right and leaves the key; HTX's keys trade both markets, only the account may lack one;
# Coinbase says of an address that is not listed what it says of a wrong key.
SAID_OTHERWISE = {
    ("binance", "expired"): {"right.trade_missing"},
    ("htx", "no_futures"): {"account.restricted"},
    ("coinbase", "wrong_ip"): {"key.invalid"},
}
FUTURES_CASES = {"futures", "no_futures"}
# Grants that some exchanges have no word for.
NEEDS_WORD = {"withdraw": "withdraw", "transfer": "transfer", "unknown_right": "unknown"}
# These answers are honest: the right body under a wrong label, late, or of a copy that lags behind; a clock that is
# tried by itself below.
HONEST = {"wrong_content_type", "clock", "delay", "answer", "edit", "hide_orders", "blind_orders"}
FAULTS = [kind for kind in KINDS if kind not in HONEST]
SLOW = {"hang": 0.4, "slow_drip": 0.4}
GARBAGE: dict[str, Any] = {
    "html": "<!DOCTYPE html><html><body>Welcome</body></html>",
    "null": None,
    "object": {},
    "list": [],
    "true": True,
    "text": "ok",
    "zero": {"code": "0", "data": {}},
    "kucoin_empty": {"code": "200000", "data": {}},
    "null_data": {"code": 0, "data": None, "msg": "success"},
    "success": {"success": True, "code": 0, "data": []},
    "rows": {"code": "00000", "data": [{}], "result": {"list": []}, "retCode": 0},
    "deep": "[" * 5000 + "]" * 5000,
    "huge_number": '{"code": 0, "serverTime": ' + "9" * 4000 + "}",
    "infinite": '{"code": 1e999, "permissions": NaN}',
    "nul": "{\x00}",
    "surrogate": '{"code":"\\ud800","permissions":"\\ud800","status":"\\udfff"}',
}


def has_case(slug: str, case: str) -> bool:
    dialect: Dialect = BY_SLUG[slug]
    has_market = case not in FUTURES_CASES or Market.FUTURES in registry.get(slug).markets
    has_word = case not in NEEDS_WORD or bool(dialect.rights.get(NEEDS_WORD[case]))
    return has_market and has_word and case in {one.name for one in cases_of(dialect)}


def pairs(*cases: str) -> list[Any]:
    both = ((slug, case) for slug in SLUGS for case in cases if has_case(slug, case))
    return [pytest.param(slug, case, id=f"{slug}-{case}") for slug, case in both]


class Shop:
    """The practice exchange as one exchange's customers know it."""

    def __init__(self, rig: "Rig", slug: str) -> None:
        self.rig, self.slug = rig, slug

    def check(self, case: str, **options: Any) -> Outcome:
        market = Market.FUTURES if case in FUTURES_CASES else Market.SPOT
        keys = options.pop("keys", None) or self.rig.tryout(self.slug, case)
        return check(self.rig.base, self.slug, keys, **{"market": market, **options})

    def asked(self, outcome: Outcome) -> list[tuple[str, str]]:
        """Return host and path of each signed request that was made."""
        rows = self.rig.control("GET", f"requests?slug={self.slug}")["requests"]
        return list(dict.fromkeys((row["host"], row["path"]) for row in rows if row["key"]))


@pytest.fixture
def shop(rig: "Rig", slug: str, request: pytest.FixtureRequest, record_property: Record) -> Shop:
    case = request.node.callspec.params.get("case") or request.node.originalname.removeprefix("test_")
    record_property("matrix", [slug, case])
    return Shop(rig, slug)


@pytest.mark.parametrize(("slug", "case"), pairs("good", "futures"))
def test_a_good_key_is_online_in_few_requests(shop: Shop, slug: str, case: str) -> None:
    outcome = shop.check(case)

    assert (outcome.verdict, outcome.decisive) == (Verdict.ONLINE, [])
    assert outcome.facts.requests <= 5
    assert len(registry.get(slug).rounds[Market.SPOT]) <= 3
    assert not registry.get(slug).tells_uid or outcome.facts.account_uid


@pytest.mark.parametrize(("slug", "case"), pairs(*REFUSED))
def test_a_bad_key_is_refused_for_what_it_is(shop: Shop, slug: str, case: str) -> None:
    outcome = shop.check(case)

    assert outcome.verdict is Verdict.ERROR
    assert outcome.decisive[0] in SAID_OTHERWISE.get((slug, case), REFUSED[case])


@pytest.mark.parametrize(("slug", "case"), pairs("wrong_ip"))
def test_a_refused_address_is_named(shop: Shop, slug: str, case: str) -> None:
    assert "127.0.0.1" in shop.check(case).text


@pytest.mark.parametrize(("slug", "case"), pairs("no_ip_list"))
def test_an_open_key_is_warned_of_and_refused_by_policy(shop: Shop, slug: str, case: str) -> None:
    free = shop.check(case)
    strict = shop.check(case, policy=Policy(our_ips=OURS, require_ip_list=True))

    assert free.verdict is Verdict.ONLINE
    if registry.get(slug).tells_ip_list:
        assert "ip.no_list" in free.codes
        assert (strict.verdict, strict.decisive) == (Verdict.ERROR, ["ip.no_list"])
    else:
        assert "ip.unknown" in free.codes


@pytest.mark.parametrize(("slug", "case"), pairs("transfer"))
def test_transfers_are_warned_of_and_refused_by_policy(shop: Shop, slug: str, case: str) -> None:
    free = shop.check(case)
    strict = shop.check(case, policy=Policy(our_ips=OURS, refuse_transfer=True))

    # Where one word grants both, it is withdrawal that counts.
    assert {"right.transfer", "right.withdraw"} & set(free.codes)
    assert (free.verdict is Verdict.ONLINE) == ("right.withdraw" not in free.codes)
    assert strict.verdict is Verdict.ERROR


@pytest.mark.parametrize(("slug", "case"), pairs("expiring_soon"))
def test_a_key_that_ends_soon_passes_with_a_warning(shop: Shop, slug: str, case: str) -> None:
    outcome = shop.check(case)

    assert outcome.verdict is Verdict.ONLINE
    assert "life.expires_soon" in outcome.codes


@pytest.mark.parametrize(("slug", "case"), pairs("other_account"))
def test_a_key_of_another_account_is_told_where_the_exchange_tells(shop: Shop, slug: str, case: str) -> None:
    mine = shop.check("good").facts.account_uid

    outcome = shop.check(case, policy=Policy(our_ips=OURS, expected_account=mine, is_replacement=True))

    assert (outcome.decisive == ["account.other"]) == registry.get(slug).tells_uid


@pytest.mark.parametrize("slug", SLUGS)
def test_unknown_key(shop: Shop, slug: str) -> None:
    keys = BY_SLUG[slug].credentials(Random("nobody"))._asdict()

    outcome = shop.check("good", keys=keys)

    assert (outcome.verdict, outcome.decisive) == (Verdict.ERROR, ["key.invalid"])


@pytest.mark.parametrize("ms", [600_000, -600_000])
@pytest.mark.parametrize("slug", SLUGS)
def test_wrong_clock(shop: Shop, slug: str, ms: int) -> None:
    shop.rig.fault("clock", slug=slug, ms=ms)

    outcome = shop.check("good")

    assert (outcome.verdict, outcome.decisive) == (Verdict.TEMPORARY, ["reach.clock"])
    assert f"{ms / 1000:+.0f}"[:3] in outcome.text


@pytest.mark.parametrize("case", FAULTS)
@pytest.mark.parametrize("slug", SLUGS)
def test_fault(shop: Shop, slug: str, case: str) -> None:
    shop.rig.fault(case, slug=slug)

    outcome = shop.check("good", seconds=SLOW.get(case, 15.0))

    if case == "451_html":
        assert outcome.decisive == ["reach.region"]
    else:
        assert outcome.verdict is Verdict.TEMPORARY
        assert all(code.startswith("reach.") for code in outcome.decisive)


@pytest.mark.parametrize("slug", SLUGS)
def test_flaky(shop: Shop, slug: str) -> None:
    shop.rig.fault("503", slug=slug, every=2)

    assert shop.check("good").verdict is Verdict.TEMPORARY


@pytest.mark.parametrize("slug", SLUGS)
def test_garbage_with_200(shop: Shop, slug: str) -> None:
    others = {f"{one.slug}'s": one.sample for one in BY_SLUG.values() if one.slug != slug}
    for name, body in {**GARBAGE, **others}.items():
        shop.rig.control("DELETE", "faults")
        shop.rig.fault("answer", slug=slug, body=body)

        outcome = shop.check("good")

        assert (name, outcome.verdict) == (name, Verdict.TEMPORARY)


@pytest.mark.parametrize("slug", SLUGS)
def test_every_single_answer_counts(shop: Shop, slug: str) -> None:
    """One spoilt answer among good ones is enough; only the bonus question for the account may fail."""
    paths = shop.asked(shop.check("good"))
    bonus = Ask.UID in {q.ask for questions in registry.get(slug).rounds[Market.SPOT] for q in questions}
    spared = set()

    for host, path in paths:
        for body in ("<html></html>", None, {"code": "x", "data": {"y": [1]}}, {}):
            shop.rig.control("DELETE", "faults")
            shop.rig.fault("answer", slug=slug, host=host, path=path, body=body)
            if shop.check("good").verdict is Verdict.ONLINE:
                spared.add(path)

    assert len(paths) >= 2
    assert len(spared) <= bonus


def expected_of(row: dict[str, Any]) -> str | None:
    """Return the finding that a recorded refusal leads to when every signed question gets it; None: any but Online."""
    cause = row.get("finding", row["cause"])
    return "right.read_missing" if cause == "right.missing" else cause


@pytest.mark.parametrize("slug", SLUGS)
def test_recorded_refusals(shop: Shop, slug: str) -> None:
    keys = shop.rig.tryout(slug, "good")
    for row in recorded(slug):
        shop.rig.control("DELETE", "faults")
        answer = {name: row[name] for name in ("status", "body", "headers") if name in row}
        shop.rig.fault("answer", slug=slug, api_key=keys["api_key"], **answer)

        outcome = shop.check("good", keys=keys)

        assert (row["name"], outcome.verdict) != (row["name"], Verdict.ONLINE)
        if code := expected_of(row):
            assert (row["name"], outcome.decisive) == (row["name"], [code])
