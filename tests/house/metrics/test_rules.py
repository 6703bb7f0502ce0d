"""The alarms of the file, told in words about our own figures."""

import re

import pytest

from backfuture.metrics.alarms import Rule, Sample, firing, holding, rules
from backfuture.metrics.exposition import Family

AWAY = ({"exchange": "kucoin", "venue": "live"}, 300.0)


def told(*families: Family) -> list[tuple[str, bool]]:
    ready = Family("ready", "", [({"part": "database"}, 1.0)])
    return [(one.summary, one.rule.is_urgent) for one in firing((ready, *families))]


def test_what_holds_is_told_in_the_words_of_the_file() -> None:
    assert told(Family("exchange_away_seconds", "", [AWAY])) == [("KuCoin does not answer and is left alone", True)]


def test_each_series_is_told_by_itself_and_those_within_bounds_are_not() -> None:
    many = [({"queue": "orders"}, 5001.0), ({"queue": "checks"}, 5000.0), ({"queue": "books"}, 7000.0)]

    assert [one for one, _ in told(Family("broker_messages", "", many))] == [
        "Messages for orders pile up",
        "Messages for books pile up",
    ]


def test_what_wakes_somebody_comes_first() -> None:
    differ = Family("books_differ", "", [({}, 2.0)])

    assert told(differ, Family("exchange_away_seconds", "", [AWAY])) == [
        ("KuCoin does not answer and is left alone", True),
        ("Books and exchange differ on 2 connections", False),
    ]


def test_a_sum_is_told_of_what_it_is_summed_by() -> None:
    refused = [({"exchange": "okx", "purpose": kind, "state": "refused"}, 11.0) for kind in ("entry", "exit")]

    assert told(Family("orders_ended", "", refused)) == [("OKX refuses many orders", False)]
    assert told(Family("orders_ended", "", refused[:1])) == []


def test_that_nothing_is_told_at_all_is_an_alarm_too() -> None:
    assert [one.summary for one in firing([])] == ["/metrics tells nothing"]


@pytest.mark.parametrize("form", ["rate(x[5m]) > 1", "x > y", "x"])
def test_a_form_that_nobody_taught_it_is_no_silence(form: str) -> None:
    with pytest.raises(ValueError, match="does not know"):
        holding(form, [Sample("x", {}, 1.0)])


@pytest.mark.parametrize("rule", rules(), ids=lambda rule: rule.name)
def test_the_words_of_a_rule_have_no_blank_that_its_figures_leave_open(rule: Rule) -> None:
    known = {"part", "exchange", "alarm", "queue"}

    assert set(re.findall(r"\{\{ \$labels\.(\w+) \}\}", rule.summary + rule.description)) <= known
    assert re.sub(r"\{\{ \$(?:labels\.\w+|value) \}\}", "", rule.summary + rule.description).count("{") == 0
