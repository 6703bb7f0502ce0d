from dataclasses import asdict
from datetime import date

import pytest

from connections.check.progress import evidence_of, steps_of
from connections.records import Evidence, FindingLine, StepLine
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
