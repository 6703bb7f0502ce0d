"""The sentences of the operators' page, without a database."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from backfuture.messages import KINDS, QUEUES
from backfuture.metrics.exposition import Family, only
from backfuture.operations.questions import Night, NightPart
from backfuture.operations.words import NightLine, Place, Weight, place_line, seconds, waiting_lines, worker_lines
from connections.models import ExchangePause

NOW = datetime(2026, 11, 29, 3, 0, tzinfo=UTC)
AT_EASE = Family("broker_messages", "", [({"queue": "orders"}, 0.0)])
BAD, WARN, GOOD = Weight.BAD, Weight.WARN, Weight.GOOD


def place(**fields: Any) -> Place:
    return Place(**{"name": "KuCoin, live", "statuses": {"online": 3, "error": 1}, "causes": {}} | fields)


@pytest.mark.parametrize(
    ("span", "told"),
    [
        (0.9, "0 s"),
        (59, "59 s"),
        (60, "1 min 0 s"),
        (3599, "59 min 59 s"),
        (7620, "2 h 7 min"),
        (43200, "12 h"),
        (86400, "1 day"),
    ],
)
def test_a_span_is_told_in_two_units_at_most(span: float, told: str) -> None:
    assert seconds(span) == told


def test_an_exchange_that_answers_is_well_and_its_share_of_online_is_told() -> None:
    line = place_line(place(), NOW)

    assert (line.weight, line.text) == (
        GOOD,
        "KuCoin, live answers: 3 of 4 connections Online (75 %); 0 of 0 checks failed in the last hour.",
    )


@pytest.mark.parametrize(
    ("fields", "weight", "says"),
    [
        (
            {"is_away": True},
            BAD,
            "has not answered for 5 min 0 s and is left alone, but for few exits",
        ),
        ({}, WARN, "has asked us to wait for 5 min 0 s; exits still leave"),
        ({"is_total": True}, BAD, "has asked us to wait for 5 min 0 s; exits are refused too"),
    ],
)
def test_an_exchange_in_trouble_says_since_when_and_what_becomes_of_exits(
    fields: dict[str, Any], weight: Weight, says: str
) -> None:
    line = place_line(place(pause=ExchangePause(since=NOW - timedelta(minutes=5), **fields)), NOW)

    assert line.weight is weight
    assert says in line.text


def test_failed_checks_call_for_a_look_and_the_commonest_causes_are_named() -> None:
    failing = place_line(place(failed=2, finished=9, causes={"a": 1, "b": 4, "c": 2, "d": 3}), NOW)

    assert failing.weight is WARN
    assert failing.step == "Not Online because of b × 4, d × 3, c × 2."


@pytest.mark.parametrize(("age", "weight"), [(0.4, GOOD), (5.1, WARN), (10.1, BAD)])
def test_what_waits_is_as_bad_as_it_is_late(age: float, weight: Weight) -> None:
    families = [AT_EASE, Family("signals_waiting", "", only(7)), Family("signal_oldest_seconds", "", only(age))]

    (line,) = waiting_lines(families)

    assert line.weight is weight
    assert line.text == f"The oldest signal has waited for {seconds(age)} (7 in all)."


def test_an_order_at_an_exchange_waits_for_its_price_and_calls_nobody() -> None:
    ages = [({"state": "open"}, 9000.0), ({"state": "unknown"}, 121.0), ({"state": "intended"}, 0.0)]

    lines = waiting_lines([AT_EASE, Family("order_oldest_seconds", "", ages)])

    assert [(one.weight, one.text) for one in lines] == [
        (BAD, "An order was lost from sight and is being looked up, for 2 min 1 s.")
    ]


def test_a_broker_that_does_not_answer_is_no_empty_queue() -> None:
    (line,) = waiting_lines([])

    assert line.weight is BAD


def test_long_queues_come_before_short_ones() -> None:
    queues = Family("broker_messages", "", [({"queue": "orders"}, 3.0), ({"queue": "checks"}, 501.0)])

    assert [(one.weight, one.text) for one in waiting_lines([queues])] == [
        (WARN, "501 messages for “checks” wait."),
        (GOOD, "3 messages for “orders” wait."),
    ]


def test_workers_are_told_by_what_they_serve() -> None:
    seen = [("a", KINDS["orders"], 1.0), ("b", KINDS["checks"], 2.0), ("c", KINDS["checks"], 900.0)]
    seen.append(("e", KINDS["prices"], 1.5))

    assert [one.text for one in worker_lines([*seen, ("d", KINDS["lookback"], 3.0)], tick=1.0)] == [
        "Orders: 1 worker.",
        "Prices: 1 worker.",
        "Checks: 1 worker; 1 worker of today no longer.",
        "Looks back: 1 worker.",
        "The clock ticks.",
    ]
    without = worker_lines(seen, tick=1.0)[0]
    assert (without.weight, without.text) == (WARN, "No worker serves “lookback”.")


def test_work_that_nobody_serves_comes_first() -> None:
    lines = worker_lines([("a", KINDS["orders"], 1.0), ("b", QUEUES, 21.0)], tick=65.0)

    assert [one.text for one in lines] == [
        "All work: 0 workers, the last was seen 21 s ago; 1 worker of today no longer.",
        "No worker serves “ticks”.",
        "No worker serves “prices”.",
        "No worker serves “upkeep”.",
        "No worker serves “checks”.",
        "No worker serves “books”.",
        "The clock has not ticked for 1 min 5 s.",
        "No worker serves “lookback”.",
        "Orders: 1 worker.",
    ]
    assert lines[0].weight is BAD


@pytest.mark.parametrize(
    ("weights", "headline"),
    [
        ((), "Nothing calls for anybody."),
        ((GOOD,), "Nothing calls for anybody."),
        ((WARN, GOOD), "Nothing is urgent. 1 line to look at."),
        ((BAD,), "1 line in red: begin with the first."),
        ((BAD, WARN, BAD), "2 lines in red: begin with the first."),
    ],
)
def test_the_headline_counts_what_calls_for_somebody(weights: tuple[Weight, ...], headline: str) -> None:
    part = NightPart(title="", lines=[NightLine(weight=one, text="") for one in weights], empty="")

    assert Night(at=NOW, parts=[part]).headline == headline
