import pytest

from connections.check.findings import CATALOGUE
from connections.proof import REFUSALS
from strategies.words.halts import REASONS, UNPROVEN, reason_for

# A policy can raise these to blockers; the other warnings never decide a verdict.
RAISED = {"ip.no_list", "right.transfer"}
# This one tells why a bot whose key was replaced does not go on.
REPLACED = {"account.unproven"}


@pytest.mark.parametrize("code", sorted(CATALOGUE))
def test_every_finding_that_can_halt_a_bot_has_its_words(code: str) -> None:
    can_halt = CATALOGUE[code][0] in {"blocker", "temporary"} or code in RAISED | REPLACED

    assert (code in REASONS) is can_halt


def test_reasons_name_a_next_step_and_end_their_sentences() -> None:
    for reason in REASONS.values():
        assert reason.text.endswith(".")
        assert reason.step.endswith(".")


def test_an_unknown_code_is_told_as_no_longer_proven() -> None:
    assert reason_for("key.invented_tomorrow") == UNPROVEN


def test_deleting_lapsing_and_missing_coins_have_words_of_their_own() -> None:
    assert {"connection.deleted", "pass.lapsed", "holdings.missing"} <= REASONS.keys()
    assert "connection.deleted" in REFUSALS
