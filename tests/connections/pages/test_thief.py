"""What a thief could do with a key is told at its worst: what an exchange has not told counts as possible."""

from dataclasses import replace
from datetime import date

import pytest

from connections.pages.thief import what_a_thief_could_do
from connections.records import Evidence, FindingLine, RightLine

OURS = ["203.0.113.7"]


def evidence(ip_list: list[str] | None = OURS, **states: str) -> Evidence:
    rights = {"read": "granted", "trade": "granted", "futures": "absent", "transfer": "absent", "withdraw": "absent"}
    lines = [
        RightLine(right=right, label=right, state=state, needed="optional", evidence="")
        for right, state in (rights | states).items()
    ]
    return Evidence(
        rights=lines, unknown=[], ip_list=ip_list, our_ips=OURS, seen_ip="", expires_on=None, account_uid=""
    )


def levels(told: Evidence) -> list[str]:
    return [line.level for line in what_a_thief_could_do(told, OURS).lines]


def test_a_key_that_trades_from_our_servers_only_leaves_nothing_to_do() -> None:
    thief = what_a_thief_could_do(evidence(), OURS)

    assert levels(evidence()) == ["ok", "warn", "ok", "ok", "warn"]
    assert thief.lines[0].answer == "No. The exchange refuses it to this key."
    assert thief.step == ""


@pytest.mark.parametrize(
    ("ip_list", "level", "step"),
    [
        ([], "bad", "Put our addresses on its IP list"),
        (None, "warn", "See at the exchange"),
        ([*OURS, "198.51.100.1"], "warn", "Take the addresses that are not ours off"),
    ],
)
def test_the_step_is_the_one_that_takes_most_from_him(ip_list: list[str] | None, level: str, step: str) -> None:
    thief = what_a_thief_could_do(evidence(ip_list), OURS)

    assert thief.lines[3].level == level
    assert thief.step.startswith(step)


@pytest.mark.parametrize(
    ("code", "level", "step"),
    [
        ("right.transfer", "warning", "Untick at the exchange what lets it move money inside"),
        ("right.transfer", "info", ""),
        ("right.more_than_needed", "info", "Untick at the exchange what the test names"),
    ],
)
def test_a_right_that_can_be_unticked_is_left_to_take_away(code: str, level: str, step: str) -> None:
    found = [FindingLine(code=code, level=level, text="", hint="")]

    thief = what_a_thief_could_do(evidence(transfer="granted"), OURS, found)

    assert thief.step.startswith(step)
    assert bool(thief.step) == bool(step)


@pytest.mark.parametrize("state", ["granted", "unknown"])
def test_whoever_could_withdraw_comes_before_every_address(state: str) -> None:
    thief = what_a_thief_could_do(evidence([], withdraw=state), OURS)

    assert thief.lines[0].level == "bad"
    assert thief.step.startswith("Replace it by a key that cannot withdraw")


def test_a_right_of_which_nothing_is_told_counts_as_his() -> None:
    nothing = replace(evidence(), rights=[])

    assert levels(nothing) == ["bad", "warn", "warn", "ok", "warn"]
    assert "futures" in what_a_thief_could_do(nothing, OURS).lines[1].answer


def test_an_end_is_said_with_its_day() -> None:
    told = replace(evidence(), expires_on=date(2026, 12, 24))

    assert what_a_thief_could_do(told, OURS).lines[4].answer == "Until 24 Dec 2026, or until you delete it."
