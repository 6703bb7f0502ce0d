"""What is concluded where an exchange names no withdraw right, or has one word for a wrong key and a wrong time."""

import pytest

from connections.check.facts import Answer
from connections.check.progress import rights_of
from connections.check.verdict import Verdict, judge
from exchanges.errors import Cause
from exchanges.known.coinbase import check
from exchanges.known.gate import check as gate
from exchanges.rights import Right
from exchanges.spec import Ask
from tests.connections.check.making import codes, failed, make_facts, refused, the_only, with_rights

GATE, COINBASE = gate.SPEC, check.SPEC
PROVEN = {Ask.WITHDRAW: Answer(value=True, ms=30)}


def test_a_refused_withdrawal_is_the_proof() -> None:
    facts = make_facts(spec=GATE, answers=PROVEN)

    assert (judge(facts).verdict, codes(facts)) == (Verdict.ONLINE, [])
    assert [(line.state, line.evidence) for line in rights_of(facts)][-1] == ("absent", "Gate.io refused it.")


def test_without_the_probe_nothing_is_online() -> None:
    facts = make_facts(spec=GATE)

    assert judge(facts).verdict is Verdict.TEMPORARY
    assert rights_of(facts)[-1].state == "unknown"


@pytest.mark.parametrize("cause", [Cause.RIGHT_UNPROVEN, Cause.RIGHT_MISSING])
def test_an_unrefused_withdrawal_is_refused_with_the_way_out(cause: Cause) -> None:
    finding = the_only(make_facts(spec=GATE, answers={Ask.WITHDRAW: failed(cause)}))

    assert (finding.code, finding.text) == (
        "right.unproven",
        "Refused: Gate.io did not confirm that this key cannot withdraw.",
    )
    assert "“Spot Trade: Read And Write”, “Account: Read Only”" in finding.hint


def test_a_named_withdraw_right_needs_no_probe() -> None:
    facts = make_facts(
        spec=GATE, rights=with_rights(Right.WITHDRAW), answers={Ask.WITHDRAW: failed(Cause.RIGHT_UNPROVEN)}
    )

    assert codes(facts) == ["right.withdraw"]


def test_a_probe_that_could_not_be_asked_is_temporary() -> None:
    facts = make_facts(spec=GATE, answers={Ask.WITHDRAW: failed(Cause.UNAVAILABLE)})

    assert (judge(facts).verdict, codes(facts)) == (Verdict.TEMPORARY, ["reach.unavailable"])


@pytest.mark.parametrize(
    ("offset", "code"), [(None, "key.invalid"), (4_000, "key.invalid"), (-4_000, "key.invalid"), (6_000, "reach.clock")]
)
def test_a_wrong_time_is_blamed_before_the_key(offset: int | None, code: str) -> None:
    facts = refused(Cause.KEY_INVALID)

    assert codes(make_facts(spec=COINBASE, rights=facts.answers[Ask.RIGHTS], clock_offset_ms=offset)) == [code]


def test_only_a_refused_key_can_be_a_wrong_time() -> None:
    facts = make_facts(spec=COINBASE, rights=failed(Cause.ACCOUNT_RESTRICTED), clock_offset_ms=60_000)

    assert codes(facts) == ["account.restricted"]


def test_an_exchange_may_have_words_of_its_own() -> None:
    finding = the_only(make_facts(spec=COINBASE, rights=failed(Cause.KEY_INVALID)))

    assert "does not say why" in finding.text
    assert "192.0.2.10" in finding.hint
