import pytest

from connections.check.facts import Answer
from connections.check.verdict import MUST_BE_PROVEN, Verdict, judge
from exchanges.errors import Cause
from exchanges.rights import Right
from exchanges.spec import Ask
from tests.connections.check.making import failed, make_facts, refused, with_rights


def test_a_key_that_proved_everything_is_online() -> None:
    assert judge(make_facts()).verdict is Verdict.ONLINE


@pytest.mark.parametrize("ask", MUST_BE_PROVEN)
def test_an_answer_that_never_came_is_no_proof(ask: Ask) -> None:
    facts = make_facts(answers={ask: None})

    assert judge(facts).verdict is Verdict.TEMPORARY


@pytest.mark.parametrize("ask", MUST_BE_PROVEN)
@pytest.mark.parametrize("cause", [cause for cause in Cause if cause.is_temporary])
def test_a_temporary_trouble_with_any_question_proves_nothing(ask: Ask, cause: Cause) -> None:
    assert judge(make_facts(answers={ask: failed(cause)})).verdict is Verdict.TEMPORARY


@pytest.mark.parametrize("cause", [cause for cause in Cause if not cause.is_temporary])
def test_a_lasting_trouble_is_an_error(cause: Cause) -> None:
    assert judge(refused(cause)).verdict is Verdict.ERROR


def test_a_blocker_outweighs_a_temporary_trouble() -> None:
    facts = make_facts(rights=with_rights(Right.WITHDRAW), answers={Ask.TIME: failed(Cause.UNAVAILABLE)})

    assert judge(facts).verdict is Verdict.ERROR


def test_an_answer_about_rights_that_holds_none_proves_nothing() -> None:
    assert judge(make_facts(rights=Answer(value="General,Spot"))).verdict is Verdict.TEMPORARY


def test_a_judgement_carries_its_findings() -> None:
    assert [one.code for one in judge(refused(Cause.KEY_INVALID)).findings] == ["key.invalid"]
