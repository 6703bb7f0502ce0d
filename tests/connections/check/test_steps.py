import re
from dataclasses import replace
from datetime import date

import pytest

from connections.check.facts import Answer, Facts, Policy
from connections.check.findings import CATALOGUE, CODES, Finding, Level
from connections.check.steps import days_left, examine, say
from connections.check.verdict import Verdict, judge
from connections.check.wording import REPLACEMENT_WAITS, WORDING
from exchanges import registry
from exchanges.errors import Cause, Trouble
from exchanges.rights import Holder, KeyState, Right
from exchanges.spec import Ask, ExchangeSpec, Market
from tests.connections.check.making import (
    HTX,
    KUCOIN,
    MEXC,
    OURS,
    codes,
    failed,
    make_facts,
    make_rights,
    refused,
    the_only,
    with_rights,
)

SAID_BY_THE_EXCHANGE = [cause for cause in Cause if cause is not Cause.RIGHT_MISSING]


TEMPORARY = [cause for cause in Cause if cause.is_temporary]


@pytest.mark.parametrize("spec", registry.ALL, ids=lambda spec: spec.slug)
@pytest.mark.parametrize("cause", TEMPORARY)
def test_where_waiting_is_the_step_nobody_is_told_to_test_again(cause: Cause, spec: ExchangeSpec) -> None:
    finding = the_only(make_facts(spec=spec, answers={Ask.TIME: failed(cause)}))

    assert "test again" not in finding.hint
    assert "run the test" not in finding.hint
    assert "wait" in finding.hint


PERMANENT = [cause for cause in SAID_BY_THE_EXCHANGE if not cause.is_temporary]


def told(spec: ExchangeSpec, cause: Cause, code: str = "") -> Finding:
    return say(make_facts(spec=spec), Trouble(cause=cause, code=code))


@pytest.mark.parametrize("spec", registry.ALL, ids=lambda spec: spec.slug)
def test_what_only_the_trader_can_mend_is_never_to_be_waited_for(spec: ExchangeSpec) -> None:
    codes = [(cause, code) for code, cause in spec.errors.codes.items() if not cause.is_temporary]
    for cause, code in [*((cause, "") for cause in PERMANENT), *codes]:
        if cause is not Cause.RIGHT_MISSING:
            finding = told(spec, cause, code)

            assert finding.level is Level.BLOCKER
            assert not re.search(r"by themselves|nothing to do|try later", finding.hint, re.IGNORECASE)


@pytest.mark.parametrize("spec", registry.ALL, ids=lambda spec: spec.slug)
def test_a_fault_of_the_exchange_is_never_the_keys(spec: ExchangeSpec) -> None:
    for cause in TEMPORARY:
        finding = told(spec, cause)

        assert finding.level is Level.TEMPORARY
        assert not re.search(r"copy|create|replace key|paste", finding.hint, re.IGNORECASE)


@pytest.mark.parametrize("spec", [*registry.BY_SLUG.values()], ids=lambda spec: spec.slug)
def test_every_text_for_a_code_is_whole_and_says_what_to_do(spec: ExchangeSpec) -> None:
    for code in spec.code_words:
        finding = told(spec, spec.errors.codes.get(code, Cause.ACCOUNT_RESTRICTED), code)

        assert finding.text.endswith(".")
        assert finding.hint.endswith(".")
        assert not set("{}") & set(finding.text + finding.hint)


@pytest.mark.parametrize("cause", TEMPORARY)
def test_a_replacement_key_in_trouble_is_tested_again_by_its_trader(cause: Cause) -> None:
    policy = Policy(our_ips=OURS, is_replacement=True)

    assert the_only(make_facts(policy=policy, answers={Ask.TIME: failed(cause)})).hint == REPLACEMENT_WAITS


def test_a_good_key_has_nothing_against_it() -> None:
    assert examine(make_facts()) == ()


@pytest.mark.parametrize("cause", SAID_BY_THE_EXCHANGE)
def test_a_refused_question_for_the_rights_becomes_the_finding_of_its_cause(cause: Cause) -> None:
    finding = the_only(refused(cause))

    assert finding.code == cause.value
    assert not set("{}") & set(finding.text + finding.hint)


def test_every_cause_that_an_exchange_can_give_has_words_and_a_next_step() -> None:
    assert set(WORDING) == set(SAID_BY_THE_EXCHANGE)
    assert all(text.endswith(".") and hint.endswith(".") for text, hint in WORDING.values())


def test_a_key_that_may_not_read_its_own_rights_lacks_the_read_right() -> None:
    finding = the_only(refused(Cause.RIGHT_MISSING))

    assert finding.code == "right.read_missing"
    assert "“General”" in finding.hint
    assert "“Withdrawal” off" in finding.hint


@pytest.mark.parametrize("cause", [Cause.RIGHT_MISSING, Cause.RIGHT_UNPROVEN])
@pytest.mark.parametrize(("ask", "code"), [(Ask.BALANCES, "access.balances"), (Ask.ORDERS, "access.orders")])
def test_a_question_that_is_refused_for_want_of_a_right_is_named(ask: Ask, code: str, cause: Cause) -> None:
    finding = the_only(make_facts(answers={ask: failed(cause)}))

    assert finding.code == code
    assert "“General”, “Spot”" in finding.hint


def test_a_missing_right_is_named_once_even_when_other_questions_trip_over_it() -> None:
    rights = make_rights(named={Right.TRADE: ("Spot",)})

    answers = {Ask.BALANCES: failed(Cause.RIGHT_MISSING), Ask.ORDERS: failed(Cause.RIGHT_MISSING)}

    assert codes(make_facts(rights=rights, answers=answers)) == ["right.read_missing"]


def test_a_dead_key_that_other_questions_call_unknown_is_called_expired_only() -> None:
    rights = make_rights(state=KeyState.EXPIRED, days_left=0)

    facts = make_facts(rights=rights, answers={Ask.BALANCES: failed(Cause.KEY_INVALID)})

    assert codes(facts) == ["key.expired"]


def test_a_frozen_key_is_called_frozen() -> None:
    assert codes(make_facts(rights=make_rights(state=KeyState.FROZEN))) == ["key.frozen"]


def test_a_living_key_that_another_question_calls_unknown_is_invalid() -> None:
    assert codes(make_facts(answers={Ask.ORDERS: failed(Cause.KEY_INVALID)})) == ["key.invalid"]


def test_a_refused_address_is_shown_as_the_exchange_saw_it() -> None:
    finding = the_only(refused(Cause.IP_NOT_ALLOWED, ip="203.0.113.7"))

    assert "203.0.113.7" in finding.text
    assert finding.hint.startswith("Add 203.0.113.7 to the key’s IP list on KuCoin")


@pytest.mark.parametrize(
    ("ours", "words"),
    [
        (OURS, "Add 192.0.2.10 to"),
        (("192.0.2.10", "192.0.2.11"), "Add 192.0.2.10 and 192.0.2.11 to"),
        ((), "our server"),
    ],
)
def test_our_own_addresses_are_named_when_the_exchange_names_none(ours: tuple[str, ...], words: str) -> None:
    facts = make_facts(rights=failed(Cause.IP_NOT_ALLOWED), policy=Policy(our_ips=ours))

    assert words in examine(facts)[0].hint


@pytest.mark.parametrize(("offset", "words"), [(600_000, "+600.0 s"), (-1_500, "-1.5 s")])
def test_a_clock_that_differs_is_measured(offset: int, words: str) -> None:
    facts = make_facts(rights=failed(Cause.CLOCK), clock_offset_ms=offset)

    assert words in examine(facts)[0].text


def test_a_clock_that_was_not_told_is_not_measured() -> None:
    assert "theirs minus ours" not in the_only(refused(Cause.CLOCK)).text


def test_a_key_that_can_withdraw_is_refused_before_anything_else_is_said() -> None:
    rights = with_rights(Right.WITHDRAW, state=KeyState.EXPIRED)

    facts = make_facts(rights=rights, answers={Ask.ORDERS: failed(Cause.RATE_LIMITED)})

    assert codes(facts)[0] == "right.withdraw"
    assert "Untick “Withdrawal”" in examine(facts)[0].hint


def test_an_unknown_right_is_refused_and_quoted() -> None:
    finding = the_only(make_facts(rights=make_rights(unknown=("Teleport",))))

    assert finding.code == "right.unknown"
    assert "Teleport" in finding.text


@pytest.mark.parametrize(
    ("market", "missing", "code"),
    [
        (Market.SPOT, Right.READ, "right.read_missing"),
        (Market.SPOT, Right.TRADE, "right.trade_missing"),
        (Market.FUTURES, Right.READ, "right.read_missing"),
        (Market.FUTURES, Right.FUTURES, "right.futures_missing"),
    ],
)
def test_each_needed_right_that_is_missing_names_its_tick_box(market: Market, missing: Right, code: str) -> None:
    needed = KUCOIN.needs[market]
    rights = make_rights(named={right: (right.value,) for right in needed if right is not missing})

    finding = the_only(make_facts(market=market, rights=rights))

    assert finding.code == code
    assert f"Tick “{KUCOIN.box(missing)}”" in finding.hint


@pytest.mark.parametrize(
    ("refuse", "level", "verdict"), [(False, Level.WARNING, Verdict.ONLINE), (True, Level.BLOCKER, Verdict.ERROR)]
)
def test_transfers_are_a_warning_unless_the_policy_refuses_them(refuse: bool, level: Level, verdict: Verdict) -> None:
    facts = make_facts(rights=with_rights(Right.TRANSFER), policy=Policy(our_ips=OURS, refuse_transfer=refuse))

    assert (the_only(facts).code, the_only(facts).level) == ("right.transfer", level)
    assert judge(facts).verdict is verdict


@pytest.mark.parametrize(
    ("refuse", "level", "verdict"), [(False, Level.INFO, Verdict.ONLINE), (True, Level.BLOCKER, Verdict.ERROR)]
)
def test_transfers_that_come_with_trading_are_told_and_refused_by_policy(
    refuse: bool, level: Level, verdict: Verdict
) -> None:
    words = ("trade",)
    rights = make_rights(named={Right.READ: ("readOnly",), Right.TRADE: words, Right.TRANSFER: words})
    facts = make_facts(spec=HTX, rights=rights, policy=Policy(our_ips=OURS, refuse_transfer=refuse))

    finding = next(one for one in judge(facts).findings if one.code == "right.transfer")

    assert finding.level == level
    assert "Untick" not in finding.hint
    assert judge(facts).verdict is verdict


@pytest.mark.parametrize(
    ("require", "level", "verdict"), [(False, Level.WARNING, Verdict.ONLINE), (True, Level.BLOCKER, Verdict.ERROR)]
)
def test_an_open_key_is_a_warning_unless_the_policy_asks_for_a_list(
    require: bool, level: Level, verdict: Verdict
) -> None:
    policy = Policy(our_ips=OURS, require_ip_list=require)

    facts = make_facts(spec=MEXC, rights=make_rights(ip_list=()), policy=policy)

    assert (the_only(facts).code, the_only(facts).level) == ("ip.no_list", level)
    assert judge(facts).verdict is verdict


@pytest.mark.parametrize(("market", "spare"), [(Market.SPOT, Right.FUTURES), (Market.FUTURES, Right.TRADE)])
def test_a_right_of_the_other_market_is_more_than_needed(market: Market, spare: Right) -> None:
    facts = make_facts(market=market, rights=with_rights(Right.FUTURES))

    finding = the_only(facts)

    assert (finding.code, finding.level) == ("right.more_than_needed", Level.INFO)
    assert facts.rights is not None
    assert facts.rights.named[spare][0] in finding.text


def test_spare_rights_are_named_and_do_not_keep_a_key_from_passing() -> None:
    facts = make_facts(rights=with_rights(Right.EXTRA))

    assert codes(facts) == ["right.more_than_needed"]
    assert judge(facts).verdict is Verdict.ONLINE


def test_an_exchange_that_tells_no_ip_list_leaves_it_to_the_trader() -> None:
    assert codes(make_facts(rights=make_rights(ip_list=None))) == ["ip.unknown"]


def test_an_ip_list_without_addresses_is_told_as_such() -> None:
    finding = the_only(make_facts(rights=make_rights(ip_list=None, is_ip_bound=True)))

    assert (finding.code, finding.text) == (
        "ip.unknown",
        "This key has an IP list, but KuCoin does not tell its addresses.",
    )


def test_the_account_may_be_told_with_the_balances() -> None:
    holder = Answer(value=Holder(uid="354937868"))

    facts = make_facts(rights=make_rights(account_uid=None), answers={Ask.BALANCES: holder})

    assert facts.account_uid == "354937868"


def test_an_account_whose_own_switch_is_off_is_refused_with_whom_to_ask() -> None:
    holder = Answer(value=Holder(uid="354937868", may_trade=False))

    facts = make_facts(spec=MEXC, rights=make_rights(account_uid=None), answers={Ask.BALANCES: holder})

    finding = the_only(facts)
    assert (finding.code, finding.level, judge(facts).verdict) == ("account.restricted", Level.BLOCKER, Verdict.ERROR)
    assert "Only MEXC can lift this" in finding.hint


def test_addresses_that_are_not_ours_are_named() -> None:
    finding = the_only(make_facts(rights=make_rights(ip_list=(*OURS, "203.0.113.7"))))

    assert finding.code == "ip.foreign"
    assert "203.0.113.7" in finding.text
    assert OURS[0] not in finding.text


def test_no_address_is_foreign_while_we_do_not_know_our_own() -> None:
    assert codes(make_facts(policy=Policy(), rights=make_rights(ip_list=("203.0.113.7",)))) == []


@pytest.mark.parametrize(
    ("left", "words"), [(14, "in 14 days"), (1, "in 1 day."), (0, "in 0 days"), (15, None), (None, None)]
)
def test_a_key_that_expires_soon_says_when(left: int | None, words: str | None) -> None:
    found = examine(make_facts(rights=make_rights(days_left=left)))

    assert [one.code for one in found] == (["life.expires_soon"] if words else [])
    assert all(words in one.text for one in found if words)


def test_days_left_are_counted_from_a_date_that_never_lies_behind() -> None:
    def left(**fields: object) -> int | None:
        return days_left(make_facts(rights=make_rights(**fields)))

    assert left(expires_on=date(2026, 12, 3)) == 10
    assert left(expires_on=date(2026, 1, 1)) == 0
    assert left(expires_on=date(2026, 12, 3), days_left=99) == 10
    assert left(days_left=7) == 7
    assert left() is None
    assert days_left(refused(Cause.UNAVAILABLE)) is None


def test_an_open_key_dies_of_idleness_where_the_exchange_has_such_a_rule() -> None:
    assert codes(make_facts(rights=make_rights(ip_list=()))) == ["ip.no_list", "life.idle"]
    assert codes(make_facts(spec=MEXC, rights=make_rights(ip_list=()))) == ["ip.no_list"]


def test_a_key_of_another_account_is_refused() -> None:
    policy = Policy(our_ips=OURS, expected_account="1")

    assert codes(make_facts(policy=policy)) == ["account.other"]
    assert codes(make_facts(policy=Policy(our_ips=OURS, expected_account="165111215"))) == []


def test_an_account_that_is_connected_already_is_refused_and_whose_it_is_stays_with_its_owner() -> None:
    mine, somebodys = replace(make_facts(), other_connection="Savings"), replace(make_facts(), other_connection="")

    assert (codes(mine), codes(somebodys)) == (["account.twice"], ["account.taken"])
    assert "“Savings”" in the_only(mine).text
    assert judge(somebodys).verdict is Verdict.ERROR


def test_a_replacement_key_whose_account_is_not_told_is_no_proof_where_the_exchange_could_tell() -> None:
    policy = Policy(our_ips=OURS, expected_account="1", is_replacement=True)

    facts = make_facts(policy=policy, rights=make_rights(account_uid=None))

    assert (the_only(facts).code, the_only(facts).level) == ("account.unproven", Level.TEMPORARY)
    assert judge(facts).verdict is Verdict.TEMPORARY


def test_the_key_in_use_needs_no_account_to_pass_again() -> None:
    policy = Policy(our_ips=OURS, expected_account="1")

    assert codes(make_facts(policy=policy, rights=make_rights(account_uid=None))) == []


def test_the_account_is_not_judged_while_the_rights_are_unknown() -> None:
    policy = Policy(our_ips=OURS, expected_account="1", is_replacement=True)

    assert codes(make_facts(policy=policy, rights=failed(Cause.UNAVAILABLE))) == ["reach.unavailable"]


def test_an_account_that_only_its_own_question_tells_counts_too() -> None:
    policy = Policy(our_ips=OURS, expected_account="1")
    answers = {Ask.UID: make_facts().answers[Ask.TIME].__class__(value="2")}

    assert codes(make_facts(policy=policy, rights=make_rights(account_uid=None), answers=answers)) == ["account.other"]


def test_findings_come_worst_first_and_by_cause() -> None:
    rights = make_rights(
        named={Right.WITHDRAW: ("Transfer",), Right.TRANSFER: ("InnerTransfer",), Right.EXTRA: ("Earn",)},
        unknown=("Teleport",),
        ip_list=(),
        days_left=3,
    )
    answers = {Ask.TIME: failed(Cause.UNAVAILABLE), Ask.ORDERS: failed(Cause.IP_NOT_ALLOWED)}

    found = examine(make_facts(rights=rights, answers=answers))

    assert [one.code for one in found] == [
        "right.withdraw",
        "ip.not_allowed",
        "right.unknown",
        "right.read_missing",
        "right.trade_missing",
        "reach.unavailable",
        "life.expires_soon",
        "right.transfer",
        "ip.no_list",
        "life.idle",
        "right.more_than_needed",
    ]


def test_each_finding_comes_once() -> None:
    answers = {ask: failed(Cause.RATE_LIMITED) for ask in (Ask.TIME, Ask.BALANCES, Ask.ORDERS)}

    assert codes(make_facts(answers=answers)) == ["reach.rate_limited"]


def test_hostile_words_are_cleaned_cut_and_counted() -> None:
    words = ("\x1b[31m\u202eevil\x00\r\n", "<script>" * 40, *(f"right{n}" for n in range(10)))

    text = the_only(make_facts(rights=make_rights(unknown=words))).text

    assert all(c.isprintable() for c in text)
    assert len(text) < 400
    assert text.endswith(" …).")


def test_a_bonus_that_fails_is_no_trouble_once_the_rights_are_known() -> None:
    assert codes(make_facts(spec=MEXC, answers={Ask.UID: failed(Cause.UNAVAILABLE)})) == []


def test_a_bonus_that_fails_counts_where_the_rights_wait_for_it() -> None:
    facts = make_facts(rights=failed(Cause.UNAVAILABLE), answers={Ask.UID: failed(Cause.KEY_INVALID)})

    assert codes(facts)[0] == "key.invalid"


def test_every_code_of_the_catalogue_is_said_by_somebody() -> None:
    policy = Policy(our_ips=OURS, expected_account="1", is_replacement=True)
    bad = make_rights(
        named={Right.WITHDRAW: ("W",), Right.TRANSFER: ("T",), Right.EXTRA: ("E",)}, unknown=("?",), ip_list=()
    )
    cases = [
        *(refused(cause) for cause in Cause),
        make_facts(rights=bad, market=Market.FUTURES),
        make_facts(rights=make_rights(named={}, ip_list=None, days_left=1)),
        make_facts(rights=make_rights(ip_list=("203.0.113.7",))),
        make_facts(answers={ask: failed(Cause.RIGHT_MISSING) for ask in (Ask.BALANCES, Ask.ORDERS)}),
        make_facts(policy=policy),
        make_facts(policy=policy, rights=make_rights(account_uid=None)),
        replace(make_facts(), other_connection="Savings"),
        replace(make_facts(), other_connection=""),
    ]

    found = [one for facts in cases for one in examine(facts)]

    # What the worker says of itself is proven in test_checking.py.
    assert {one.code for one in found} == set(CODES) - {"reach.unfinished", "key.unsealable"}
    assert all(one.text.strip() and one.hint.strip() and CATALOGUE[one.code] for one in found)


def test_a_key_that_another_site_may_know_is_sent_there_by_name() -> None:
    at_home = the_only(refused_at(registry.get("okx"), Cause.KEY_INVALID))
    abroad = the_only(refused_at(registry.get("okx-eea"), Cause.KEY_INVALID))

    assert "my.okx.com or app.okx.com" in at_home.hint
    assert "create a key on www.okx.com" in at_home.hint
    assert "www.okx.com or app.okx.com" in abroad.hint
    assert "create a key on my.okx.com" in abroad.hint


def test_an_exchange_with_one_site_speaks_of_no_other() -> None:
    assert "site" not in the_only(refused_at(registry.get("mexc"), Cause.KEY_INVALID)).hint


def refused_at(spec: ExchangeSpec, cause: Cause) -> Facts:
    return make_facts(spec=spec, rights=failed(cause), answers={Ask.BALANCES: None, Ask.ORDERS: None})
