import json
from dataclasses import asdict
from datetime import date

import pytest

from connections.check.progress import evidence_of, steps_of
from connections.check.steps import examine
from connections.check.wording import WORDING
from connections.records import Evidence, FindingLine, StepLine, row_of
from exchanges.errors import Cause
from tests.connections.check.making import OURS, make_facts, make_rights, refused

NOTHING = Evidence(rights=[], unknown=[], ip_list=None, our_ips=[], seen_ip="", expires_on=None, account_uid="")


def test_what_a_check_stores_is_read_back() -> None:
    facts = make_facts(rights=make_rights(days_left=9))

    evidence = Evidence.read(evidence_of(facts).as_json())
    steps = StepLine.read_all([asdict(one) for one in steps_of(facts, is_done=True)])

    assert [row.state for row in evidence.rights] == ["granted", "granted", "absent", "absent", "absent"]
    assert (evidence.ip_list, evidence.our_ips, evidence.expires_on) == (list(OURS), list(OURS), date(2026, 12, 2))
    assert (steps[0].key, steps[0].state) == ("reach", "passed")


def test_a_refused_address_is_read_back() -> None:
    stored = evidence_of(refused(Cause.IP_NOT_ALLOWED, ip="203.0.113.7")).as_json()

    assert Evidence.read(stored).seen_ip == "203.0.113.7"


@pytest.mark.parametrize("stored", [None, [], "x", 7, {}, {"rights": "x", "unknown": {}, "our_ips": 7, "seen_ip": []}])
def test_what_is_not_there_reads_as_nothing_and_never_as_proof(stored: object) -> None:
    assert Evidence.read(stored) == NOTHING
    assert StepLine.read_all(stored) == []
    assert FindingLine.read_all(stored) == []


def test_odd_rows_are_left_out_and_odd_fields_are_empty() -> None:
    assert FindingLine.read_all([7, {"code": 1, "level": "info"}]) == [
        FindingLine(code="", level="info", text="", hint="")
    ]
    assert Evidence.read({"ip_list": ["a", 7]}).ip_list == ["a"]


def in_brackets(text: str) -> str:
    return f"⟦{text}⟧"


@pytest.mark.parametrize("cause", WORDING)
def test_a_finding_is_stored_in_english_and_said_in_the_language_of_its_reader(cause: Cause) -> None:
    for one in examine(refused(cause, ip="203.0.113.7", code="{name}")):
        (line,) = FindingLine.read_all([json.loads(json.dumps(row_of(one)))])
        told = line.told(in_brackets)

        assert (line.text, line.hint) == (one.text, one.hint)
        assert (line.told(str).text, line.told(str).hint) == (one.text, one.hint)
        assert [(text[0], text[-1]) for text in (told.text, told.hint)] == [("⟦", "⟧")] * 2


def test_the_evidence_of_a_right_is_said_in_the_language_of_its_reader() -> None:
    stored = evidence_of(make_facts(rights=make_rights())).as_json()

    lines = [line.told(in_brackets) for line in Evidence.read(json.loads(json.dumps(stored))).rights]

    assert {(line.label[0], line.evidence[0], line.state[0]) for line in lines} == {("⟦", "⟦", "g"), ("⟦", "⟦", "a")}


def test_what_was_stored_before_sentences_were_is_said_as_it_is() -> None:
    (line,) = FindingLine.read_all([{"code": "key.invalid", "level": "blocker", "text": "KuCoin refused.", "hint": ""}])

    assert (line.told(str).text, line.told(str).hint) == ("KuCoin refused.", "")
