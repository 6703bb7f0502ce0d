"""The sentences of the operators' page, without a database."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from backfuture.messages import KINDS, QUEUES
from backfuture.metrics.exposition import Family, only
from backfuture.operations.questions import Night, NightPart
from backfuture.operations.words import (
    STANDS_STILL,
    WORK,
    NightLine,
    Place,
    Weight,
    place_line,
    reach,
    seconds,
    silence,
    waiting_lines,
    worker_lines,
)
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


def test_an_exchange_that_answers_is_well_and_tells_how_many_depend_on_it() -> None:
    line = place_line(place(traders=2, groups=1), NOW)

    assert (line.weight, line.text) == (
        GOOD,
        "KuCoin, live answers: 2 traders, 1 open group.",
    )
    assert (line.step, line.detail) == ("", "3 of 4 connections Online.")


@pytest.mark.parametrize(
    ("fields", "weight", "says", "step"),
    [
        (
            {"is_away": True},
            BAD,
            "KuCoin, live does not answer and has been left alone for 5 min 0 s: 7 traders, 0 open groups.",
            "Nothing is bought there, and exits are tried a few at a time. It is asked every half minute and is back "
            "with its first answer. Read its status page; if that says all is well, look at our network.",
        ),
        (
            {},
            WARN,
            "has been asking us to slow down for 5 min 0 s: 7 traders",
            "Exits still leave. It is asked again in 30 s, by itself.",
        ),
        (
            {"is_total": True},
            BAD,
            "has refused even exits since it asked us to slow down, 5 min 0 s ago: 7 traders",
            "Nothing can be sold there by us. It is asked again in 30 s; until then traders sell on its site.",
        ),
    ],
)
def test_an_exchange_in_trouble_says_since_when_how_many_it_hits_and_the_next_step(
    fields: dict[str, Any], weight: Weight, says: str, step: str
) -> None:
    pause = ExchangePause(since=NOW - timedelta(minutes=5), until=NOW + timedelta(seconds=30), **fields)

    line = place_line(place(traders=7, pause=pause, unanswered=2, finished=5), NOW)

    assert line.weight is weight
    assert line.detail == "3 of 4 connections Online; 2 of 5 checks in the last hour got no answer."
    assert says in line.text
    assert (line.step, line.at) == (step, pause.since)


def test_a_key_that_is_rightly_refused_is_told_and_calls_nobody() -> None:
    line = place_line(place(refused=1, finished=1, causes={"right.withdraw": 1}), NOW)

    assert line.weight is GOOD
    assert line.text == "KuCoin, live answers: 0 traders, 0 open groups."
    assert line.detail == (
        "3 of 4 connections Online; 1 check in the last hour ended with a key that is refused. "
        "Not Online: 1 connection: the key can withdraw."
    )


@pytest.mark.parametrize(
    ("refused", "finished", "weight"), [(2, 2, GOOD), (3, 6, GOOD), (3, 5, WARN)], ids=["few", "half", "most"]
)
def test_that_most_keys_are_refused_at_once_is_no_matter_of_their_traders(
    refused: int, finished: int, weight: Weight
) -> None:
    line = place_line(place(refused=refused, finished=finished), NOW)

    assert line.weight is weight
    assert ("ended with a key that is refused" in line.text) is (weight is WARN)


def test_checks_without_an_answer_call_for_a_look_and_the_commonest_causes_are_named() -> None:
    causes = {"key.expired": 1, "reach.unavailable": 4, "x.of_tomorrow": 2, "right.withdraw": 3}

    failing = place_line(place(unanswered=2, finished=9, causes=causes), NOW)

    assert failing.weight is WARN
    assert failing.text.endswith("; 2 of 9 checks in the last hour got no answer.")
    assert failing.detail == (
        "3 of 4 connections Online. Not Online: 4 connections: the exchange did not answer several times in a row. "
        "3 connections: the key can withdraw. 2 connections: x.of_tomorrow."
    )


def test_that_all_exchanges_are_silent_at_once_points_at_our_network() -> None:
    away = ExchangePause(since=NOW, until=NOW, is_away=True)
    silent, well = place(pause=away), place()

    (line,) = silence([silent, silent])

    assert (line.weight, line.text) == (BAD, "None of 2 exchanges answers: it is likely our own network.")
    assert silence([silent, well]) == silence([silent]) == silence([]) == []
    assert silence([silent, place(pause=ExchangePause(since=NOW, until=NOW))]) == []


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


def test_a_broker_that_does_not_answer_comes_before_what_follows_of_it() -> None:
    served = [("a", QUEUES, 1.0)]

    first, second, *_ = worker_lines(served, tick=25.0, has_broker=False)

    assert (first.weight, first.text) == (
        BAD,
        "The broker does not answer, so that no work reaches a worker. All traders are hit.",
    )
    assert (second.text, second.step) == ("The clock has not ticked for 25 s.", "")
    assert waiting_lines([]) == []


def test_long_queues_come_before_short_ones() -> None:
    queues = Family("broker_messages", "", [({"queue": "orders"}, 3.0), ({"queue": "checks"}, 501.0)])

    assert [(one.weight, one.text) for one in waiting_lines([queues])] == [
        (WARN, "501 messages for tests of keys wait in the broker."),
        (GOOD, "3 messages for signals and orders wait in the broker."),
    ]


def test_workers_are_told_by_what_they_serve() -> None:
    seen = [("a", KINDS["orders"], 1.0), ("b", KINDS["checks"], 2.0), ("c", KINDS["checks"], 900.0)]
    seen.append(("e", KINDS["prices"], 1.5))

    assert [one.text for one in worker_lines([*seen, ("d", KINDS["lookback"], 3.0)], tick=1.0)] == [
        "Orders: 1 worker.",
        "Prices: 1 worker.",
        "Checks: 1 worker; 1 worker of today no longer.",
        "Look backs: 1 worker.",
        "The clock ticks.",
    ]
    without = worker_lines(seen, tick=1.0)[0]
    assert (without.weight, without.text) == (WARN, "No worker is there for look backs.")


def test_work_that_nobody_does_comes_first_with_what_stands_still() -> None:
    seen = [("a", KINDS["checks"], 1.0), ("b", KINDS["orders"], 28.0), ("c", KINDS["orders"], 900.0)]

    lines = worker_lines(seen, tick=65.0)

    assert [(one.weight, one.text) for one in lines] == [
        (BAD, "No worker is there for signals and orders, for 28 s."),
        (BAD, "No worker is there for calls of the clock; prices."),
        (BAD, "The clock has not ticked for 1 min 5 s."),
        (WARN, "No worker is there for look backs."),
        (GOOD, "Checks: 1 worker."),
    ]
    assert lines[0].step == (
        "Alerts wait, and no order leaves: no entry and no exit. "
        "Start one (python -m backfuture.worker orders), and look at its log."
    )


def test_a_worker_that_others_stand_in_for_is_missed_and_not_urgent() -> None:
    lines = worker_lines([("a", QUEUES, 1.0), ("b", KINDS["orders"], 21.0)], tick=1.0)

    assert [(one.weight, one.text) for one in lines] == [
        (WARN, "Orders: 0 workers, the last was seen 21 s ago; 1 worker of today no longer."),
        (GOOD, "All work: 1 worker."),
        (GOOD, "The clock ticks."),
    ]


def test_every_queue_has_words() -> None:
    assert set(WORK) == set(STANDS_STILL) == set(QUEUES)


@pytest.mark.parametrize(
    ("many", "shown", "told"),
    [(0, 20, ""), (1, 20, ""), (2, 20, "2 bots of 1 trader."), (21, 20, "21 bots of 1 trader; the newest 20 of them.")],
)
def test_how_many_are_hit_is_told_beside_the_lines(many: int, shown: int, told: str) -> None:
    assert reach(many, "bot", 1, shown) == told


@pytest.mark.parametrize(
    ("weights", "headline"),
    [
        ((), "Nothing calls for anybody."),
        ((GOOD,), "Nothing calls for anybody."),
        ((WARN, GOOD), "Nothing is urgent. 1 line to look at."),
        ((BAD,), "Line 0."),
        ((WARN, BAD, BAD, BAD), "Line 1. 2 lines more in red below."),
    ],
)
def test_the_headline_tells_what_is_worst_and_counts_the_others(weights: tuple[Weight, ...], headline: str) -> None:
    lines = [NightLine(weight=one, text=f"Line {n}.", step=f"Step {n}.") for n, one in enumerate(weights)]

    night = Night(at=NOW, parts=[NightPart(title="", lines=lines, empty="")])

    assert night.headline == headline
    assert night.step == (headline.split(".")[0].replace("Line", "Step") + "." if BAD in weights else "")
