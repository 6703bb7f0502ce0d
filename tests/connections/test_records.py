from datetime import date

import pytest

from connections import records
from connections.check.progress import evidence_of, steps_of
from exchanges.errors import Cause
from tests.connections.check.making import OURS, make_facts, make_rights, refused

NOTHING = records.Evidence(rights=[], unknown=[], ip_list=None, our_ips=[], seen_ip="", expires_on=None, account_uid="")


def test_what_a_check_stores_is_read_back() -> None:
    facts = make_facts(rights=make_rights(days_left=9))

    evidence = records.read_evidence(evidence_of(facts))
    steps = records.read_steps([one.as_json() for one in steps_of(facts, is_done=True)])

    assert [row.state for row in evidence.rights] == ["granted", "granted", "absent", "absent", "absent"]
    assert (evidence.ip_list, evidence.our_ips, evidence.expires_on) == (list(OURS), list(OURS), date(2026, 12, 2))
    assert (steps[0].key, steps[0].state) == ("reach", "passed")


def test_a_refused_address_is_read_back() -> None:
    stored = evidence_of(refused(Cause.IP_NOT_ALLOWED, ip="203.0.113.7"))

    assert records.read_evidence(stored).seen_ip == "203.0.113.7"


@pytest.mark.parametrize("stored", [None, [], "x", 7, {}, {"rights": "x", "unknown": {}, "our_ips": 7, "seen_ip": []}])
def test_what_is_not_there_reads_as_nothing_and_never_as_proof(stored: object) -> None:
    assert records.read_evidence(stored) == NOTHING
    assert records.read_steps(stored) == []
    assert records.read_findings(stored) == []


def test_odd_rows_are_left_out_and_odd_fields_are_empty() -> None:
    assert records.read_findings([7, {"code": 1, "level": "info"}]) == [
        records.FindingLine(code="", level="info", text="", hint="")
    ]
    assert records.read_evidence({"ip_list": ["a", 7]}).ip_list == ["a"]
