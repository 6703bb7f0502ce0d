import json
from dataclasses import asdict
from datetime import date

import pytest

from connections.check.facts import Facts, Policy
from connections.check.progress import LABELS, evidence_of, rights_of, steps_of
from exchanges.errors import Cause
from exchanges.rights import Right
from exchanges.spec import Ask, Market
from tests.connections.check.making import KUCOIN, OURS, TODAY, failed, make_facts, make_rights, refused, with_rights

NOTHING = Facts(spec=KUCOIN, market=Market.SPOT, policy=Policy(), today=TODAY)


def states(facts: Facts, *, is_done: bool) -> str:
    """Return the five steps as letters: p passed, w warned, f failed, r running, - waiting, s skipped."""
    return "".join("-" if one.state == "waiting" else one.state[0] for one in steps_of(facts, is_done=is_done))


def answered(*asks: Ask) -> Facts:
    return make_facts(answers={ask: None for ask in Ask if ask not in asks})


def test_the_steps_tick_one_after_the_other() -> None:
    assert states(NOTHING, is_done=False) == "r----"
    assert states(answered(Ask.TIME), is_done=False) == "pr---"
    assert states(make_facts(answers={Ask.BALANCES: None, Ask.ORDERS: None}), is_done=False) == "pppr-"
    assert states(make_facts(answers={Ask.ORDERS: None}), is_done=False) == "ppppr"
    assert states(make_facts(), is_done=False) == "ppppp"


def test_an_answer_that_comes_early_does_not_start_the_steps_before_it() -> None:
    assert states(make_facts(answers={Ask.TIME: None}), is_done=False) == "rpppp"
    assert states(make_facts(answers={Ask.BALANCES: None}), is_done=False) == "ppprp"


def test_what_was_never_answered_is_skipped_in_the_end() -> None:
    assert states(NOTHING, is_done=True) == "sssss"
    assert states(refused(Cause.KEY_INVALID), is_done=True) == "pfsss"
    assert states(make_facts(), is_done=True) == "ppppp"


@pytest.mark.parametrize(
    ("cause", "shown"),
    [
        (Cause.UNAVAILABLE, "fssss"),
        (Cause.IP_NOT_ALLOWED, "pfsss"),
        (Cause.RIGHT_MISSING, "psfss"),
        (Cause.RIGHT_UNPROVEN, "psfss"),
    ],
)
def test_a_trouble_fails_the_step_it_belongs_to(cause: Cause, shown: str) -> None:
    assert states(refused(cause), is_done=True) == shown


def test_each_later_question_has_a_step_of_its_own() -> None:
    assert states(make_facts(answers={Ask.BALANCES: failed(Cause.RIGHT_MISSING)}), is_done=True) == "pppfp"
    assert states(make_facts(answers={Ask.ORDERS: failed(Cause.RIGHT_MISSING)}), is_done=True) == "ppppf"


def test_a_warning_shows_on_a_step_that_passed() -> None:
    assert states(make_facts(rights=make_rights(ip_list=())), is_done=True) == "ppwpp"


def test_a_step_tells_how_long_its_answer_took() -> None:
    steps = steps_of(answered(Ask.TIME), is_done=True)

    assert [(one.label, one.ms) for one in steps] == list(
        zip(LABELS.values(), (10, None, None, None, None), strict=True)
    )


def test_a_step_is_stored_as_plain_values() -> None:
    first = asdict(steps_of(make_facts(), is_done=True)[0])

    assert first == {"key": "reach", "label": "Reach the exchange", "state": "passed", "ms": 10}


@pytest.mark.parametrize(
    ("market", "needed"),
    [
        (Market.SPOT, ["required", "required", "optional", "optional", "forbidden"]),
        (Market.FUTURES, ["required", "optional", "required", "optional", "forbidden"]),
    ],
)
def test_the_rights_table_says_what_is_needed(market: Market, needed: list[str]) -> None:
    assert [line.needed for line in rights_of(make_facts(market=market))] == needed


def test_the_rights_table_quotes_its_evidence() -> None:
    lines = {line.right: line for line in rights_of(make_facts(rights=with_rights(Right.TRANSFER)))}

    assert (lines["read"].state, lines["read"].evidence) == ("granted", "KuCoin lists General.")
    assert (lines["withdraw"].state, lines["withdraw"].evidence) == ("absent", "KuCoin does not list it.")


def test_rights_that_were_not_told_are_unknown_not_absent() -> None:
    lines = rights_of(refused(Cause.UNAVAILABLE))

    assert {(line.state, line.evidence) for line in lines} == {("unknown", "KuCoin has not told.")}


def test_the_evidence_holds_what_was_proven() -> None:
    evidence = evidence_of(make_facts(rights=make_rights(days_left=9, unknown=("Teleport",))))

    assert evidence.unknown == ["Teleport"]
    assert evidence.ip_list == evidence.our_ips == list(OURS)
    assert evidence.expires_on == date(2026, 12, 2)
    assert (evidence.account_uid, evidence.seen_ip) == ("165111215", "")


def test_the_evidence_of_a_refused_address_is_the_address() -> None:
    evidence = evidence_of(refused(Cause.IP_NOT_ALLOWED, ip="203.0.113.7"))

    assert evidence.seen_ip == "203.0.113.7"
    assert (evidence.ip_list, evidence.expires_on, evidence.account_uid) == (None, None, "")


def test_an_open_key_and_an_untold_list_are_different_evidence() -> None:
    assert evidence_of(make_facts(rights=make_rights(ip_list=()))).ip_list == []
    assert evidence_of(make_facts(rights=make_rights(ip_list=None))).ip_list is None


def test_evidence_can_always_be_stored_whatever_an_exchange_says() -> None:
    hostile = "\x00\ud800\u202e\x1b" + "x" * 5000
    rights = make_rights(unknown=(hostile,) * 500, ip_list=(hostile,) * 500, account_uid=hostile, days_left=10**30)

    stored = json.dumps(evidence_of(make_facts(rights=rights)).as_json(), ensure_ascii=False)

    assert len(stored.encode()) < 20_000
    assert stored.isprintable()


def test_an_account_id_fits_its_column() -> None:
    uid = make_facts(rights=make_rights(account_uid="7\x00" * 500)).account_uid

    assert uid is not None
    assert len(uid) <= 100
    assert uid.isprintable()
