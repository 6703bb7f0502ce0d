"""What a rehearsal of checks calls wrong must be able to be found: each wrong end of a check is told."""

import pytest

from chaos.checks import CheckedReport, Watch, lines, wrong_end
from connections.models import CheckRun, RunState
from tests.accounts.factories import make_user
from tests.connections.factories import make_connection, make_run

REFUSED = frozenset({"ip.not_allowed"})
NONE = frozenset[str]()


def ended(verdict: str, code: str = "", *, level: str = "blocker", state: str = RunState.DONE) -> CheckRun:
    findings = [{"code": code, "level": level, "text": "", "hint": ""}] if code else []
    return CheckRun(state=state, verdict=verdict, findings_json=findings)


def test_a_right_end_is_not_wrong() -> None:
    assert wrong_end(ended("online"), NONE) == ""
    assert wrong_end(ended("error", "ip.not_allowed"), REFUSED) == ""


def test_a_bad_key_that_was_found_good_is_told() -> None:
    assert "found good" in wrong_end(ended("online"), REFUSED)


def test_a_good_key_that_was_refused_is_told() -> None:
    assert "refused for key.invalid" in wrong_end(ended("error", "key.invalid"), NONE)


def test_a_key_that_was_refused_for_another_cause_is_told() -> None:
    assert "refused for key.invalid" in wrong_end(ended("error", "key.invalid"), REFUSED)


def test_an_undecided_check_is_wrong_only_while_nothing_fails() -> None:
    run = ended("temporary", "reach.unavailable", level="temporary")

    assert wrong_end(run, REFUSED) == ""
    assert "undecided (reach.unavailable)" in wrong_end(run, REFUSED, is_calm=True)


def test_a_check_that_was_dropped_is_told() -> None:
    assert "ended as superseded" in wrong_end(ended("", state=RunState.SUPERSEDED), NONE)


def test_a_rehearsal_without_a_wrong_end_is_clean() -> None:
    report = CheckedReport(seed=1)

    assert report.is_clean
    assert list(lines(report))[-1] == "0 stuck, 0 wrong"


@pytest.mark.django_db
def test_a_wrong_end_fails_the_rehearsal() -> None:
    connection = make_connection(owner=make_user(), name="kucoin wrong_ip")
    run = make_run(connection=connection, state=RunState.DONE, verdict="online")
    report = CheckedReport(seed=1)
    watch = Watch({connection.pk: REFUSED}, report, pending={run.pk: connection})

    watch.collect()

    assert not report.is_clean
    assert watch.pending == {}
    assert list(lines(report))[-1] == "kucoin wrong_ip: a key that must be refused was found good"
