"""A check ends in time, whatever the exchange does."""

from typing import TYPE_CHECKING

from connections.check.verdict import Verdict
from exchanges import registry
from exchanges.errors import Cause
from exchanges.spec import Ask, Market
from tests.exchanges.asking import check

if TYPE_CHECKING:
    from tests.practice.rig import Rig


def test_what_the_deadline_cuts_off_counts_as_unavailable(rig: "Rig") -> None:
    keys = rig.new_key("kucoin")
    rig.fault("hang", slug="kucoin")

    outcome = check(rig.base, "kucoin", keys, seconds=0.5)

    asked = {question.ask for questions in registry.get("kucoin").rounds[Market.SPOT] for question in questions}
    cut_off = {ask for ask, answer in outcome.facts.answers.items() if answer.trouble}
    assert cut_off == asked - {Ask.UID}
    assert {answer.trouble.cause for answer in outcome.facts.answers.values() if answer.trouble} == {Cause.UNAVAILABLE}
    assert (outcome.verdict, outcome.facts.elapsed_ms >= 500) == (Verdict.TEMPORARY, True)


def test_a_bonus_question_that_is_cut_off_is_not_missed(rig: "Rig") -> None:
    spec = registry.get("mexc")
    assert Ask.UID in {question.ask for questions in spec.rounds[Market.SPOT] for question in questions}
    rig.fault("hang", slug="mexc")

    outcome = check(rig.base, "mexc", rig.new_key("mexc"), seconds=0.5)

    assert Ask.UID not in outcome.facts.answers
