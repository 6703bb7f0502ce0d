"""Answers that never came: the order is looked up, found once, and never sent twice."""

from collections import Counter
from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError
from django.utils import timezone

from connections.models import UnknownAnswer
from strategies.execution import books, lookup, reconcile
from strategies.models import Funds, Group, Order
from tests.strategies.stories.trader import Trader

pytestmark = pytest.mark.services
# How an order can be taken without an answer that says so.
TAKEN: list[tuple[str, dict[str, Any]]] = [
    ("late_accept", {}),
    ("truncated_json", {}),
    ("cut_body", {}),
    ("wrong_content_type", {}),
]
# How it can fail before the exchange saw it, without certainty that it did.
LOST = ["502", "html_200", "null_200", "empty_200", "refuse", "504"]


def sent(trading: Trader) -> Counter[str]:
    """Return how often each client id was accepted, as the exchange's journal has it."""
    rows = trading.rig.control("GET", f"journal?account={trading.account}")["orders"]
    return Counter(row["client_id"] for row in rows)


@pytest.mark.parametrize(("kind", "more"), TAKEN, ids=[kind for kind, _ in TAKEN])
def test_an_order_that_was_taken_without_an_answer_is_found_once(
    trading: Trader, kind: str, more: dict[str, Any]
) -> None:
    trading.lose(kind, **more)
    trading.signal("long")

    order = trading.ask()

    assert (order.state, order.sends) == ("filled", 1)
    assert sent(trading) == {order.client_id: 1}
    assert trading.wrong() == []


@pytest.mark.parametrize("kind", LOST)
def test_an_order_that_never_arrived_is_sent_again_under_its_own_id(trading: Trader, kind: str) -> None:
    trading.lose(kind)
    trading.signal("long")
    assert trading.order.state == "unknown"
    assert sent(trading) == {}
    trading.never_arrived()

    trading.watch()

    assert (trading.order.state, trading.order.sends) == ("filled", 2)
    assert sent(trading) == {trading.order.client_id: 1}
    assert trading.wrong() == []


def test_an_order_that_is_taken_a_little_later_is_found(trading: Trader) -> None:
    trading.lose("accept_later", ms=1500)
    trading.signal("long")
    before = trading.ask()
    assert (before.state, before.absences) == ("unknown", 0)

    while trading.rig.control("GET", "pending")["count"]:
        pass

    assert trading.ask().state == "filled"
    assert sent(trading) == {trading.order.client_id: 1}


def test_an_order_that_the_exchange_does_not_show_yet_is_not_sent_again(trading: Trader) -> None:
    trading.hide()
    trading.lose("late_accept")
    trading.signal("long")

    for _ in range(5):
        assert trading.ask().state == "unknown"
        trading.watch()
    trading.show()

    assert trading.ask().state == "filled"
    assert sent(trading) == {trading.order.client_id: 1}


def test_an_order_that_was_accepted_and_is_not_shown_yet_is_not_given_up(trading: Trader) -> None:
    trading.hide()
    trading.signal("long")
    assert (trading.order.state, bool(trading.order.exchange_id)) == ("open", True)

    for _ in range(2 * lookup.FORGOTTEN_AFTER):
        assert trading.ask().state == "open"
    trading.show()

    assert trading.ask().state == "filled"
    assert trading.wrong() == []


def test_an_order_that_the_exchange_has_forgotten_is_settled_by_its_trades(trading: Trader) -> None:
    trading.hide()
    trading.signal("long")
    trading.age(30)

    for _ in range(lookup.FORGOTTEN_AFTER - 1):
        assert trading.ask().state == "open"

    assert trading.ask().state == "canceled"
    assert trading.group.close_reason == "entry.not_filled"
    trading.show()
    assert trading.ask().state == "filled", "it remembers after all"
    assert trading.group.mode == "normal"
    assert trading.wrong() == []


def test_early_absences_say_nothing_and_late_ones_must_be_two(trading: Trader) -> None:
    trading.lose()
    trading.signal("long")
    for _ in range(4):
        assert (trading.ask().state, trading.order.absences) == ("unknown", 0)
    trading.age(21)

    assert (trading.ask().state, trading.order.absences) == ("unknown", 1)
    assert trading.ask().state == "absent"


def test_a_question_that_cannot_be_answered_counts_for_nothing(trading: Trader) -> None:
    trading.lose()
    trading.signal("long")
    trading.age(30)
    trading.rig.fault("503", method="GET", slug="kucoin")

    for _ in range(3):
        order = trading.ask()

    assert (order.state, order.absences) == ("unknown", 0)
    assert order.look_at is not None
    assert order.look_at > timezone.now()


def test_an_order_in_doubt_keeps_its_group_from_everything_else(trading: Trader) -> None:
    trading.set(cool_down_minutes=0)
    trading.signal("long")
    trading.hide()
    trading.lose("late_accept")
    trading.at("58500")

    trading.at("61500")

    assert trading.orders() == [("entry", "filled"), ("add_on", "unknown")]
    assert trading.group.reason == "order.unknown"


def test_what_was_given_up_is_asked_about_for_an_hour(trading: Trader) -> None:
    trading.lose()
    trading.signal("long")
    order = trading.forget()
    assert order.look_at is not None
    assert order.look_at > timezone.now()

    assert trading.ask(order).look_at is not None
    trading.age(3600)

    assert trading.ask(order).look_at is None


def test_what_never_left_is_not_asked_about(trading: Trader) -> None:
    order = trading.intend()
    trading.set(state="off")

    trading.work()

    order.refresh_from_db()
    assert (order.refusal, order.look_at) == ("order.no_authority", None)


def test_an_order_that_was_given_up_and_rests_after_all_is_taken_back(trading: Trader) -> None:
    trading.set(order_kind="limit")
    trading.intend()
    trading.price("61000")
    trading.hide()
    trading.lose("late_accept")
    trading.work()
    order = trading.forget()

    trading.ask(order)
    assert trading.ask(order).state == "canceled"

    assert trading.group.mode == "closed"
    assert [row["status"] for row in trading.truth()["orders"]] == ["canceled"]
    assert trading.wrong() == []


def test_an_order_in_doubt_is_looked_up_before_books_are_compared(trading: Trader) -> None:
    trading.lose("late_accept")
    trading.signal("long")
    trading.age(15)

    trading.look()

    assert trading.order.state == "filled"


def test_open_questions_keep_the_comparison_only_so_long(trading: Trader, monkeypatch: pytest.MonkeyPatch) -> None:
    trading.lose("late_accept")
    trading.signal("long")
    trading.age(15)
    monkeypatch.setattr(reconcile, "ASKING_SECONDS", 0.0)
    Funds.objects.update(reconciled_at=None)

    trading.look()

    assert trading.order.state == "unknown"
    assert Funds.objects.get().is_reconciled(timezone.now())


def test_two_workers_never_ask_about_the_same_order_at_once(trading: Trader) -> None:
    trading.lose("late_accept")
    trading.signal("long")
    now = timezone.now()
    Order.objects.update(look_at=now)
    trading.rig.control("DELETE", "requests")

    assert Order.objects.filter(look_at=now).update(look_at=now + lookup.CLAIM)
    lookup.look_up(trading.order.pk)
    reconcile.ask_about_doubtful(trading.bot.connection_id)

    assert trading.rig.control("GET", "requests")["count"] == 0


def test_the_group_of_an_entry_that_never_arrived_is_closed_and_its_pair_rests(trading: Trader) -> None:
    trading.lose()
    trading.signal("long")
    trading.forget()

    signal = trading.signal("long")

    assert signal is not None
    assert signal.outcome == "order.resting"
    assert Group.objects.count() == 1
    trading.age(61)
    assert trading.signal("long").outcome == "order.intended"  # type: ignore[union-attr]


def test_pauses_between_questions_grow_with_the_age_of_the_order(trading: Trader) -> None:
    trading.lose()
    trading.signal("long")
    now, order = timezone.now(), trading.order

    paces = [books.pace_of(order, now + timedelta(seconds=age)).seconds for age in (0, 10, 90)]

    assert paces == [1, 3, 15]


def test_a_refusal_that_nobody_knows_is_kept_for_whoever_fills_the_tables(trading: Trader) -> None:
    trading.lose("answer", status=400, body={"code": "765432", "msg": "Something new about 9988"})
    trading.signal("long")

    assert trading.order.state == "unknown"
    row = UnknownAnswer.objects.get()
    assert (row.exchange, row.venue, row.status, row.code) == ("kucoin", "practice", 400, "765432")
    assert row.asked == "POST /kucoin/api/v1/hf/orders"
    assert row.shape == {"code": "text:6", "msg": "text:24"}


def test_a_refusal_of_a_table_is_kept_nowhere(trading: Trader) -> None:
    trading.lose("answer", status=200, body={"code": "200004", "msg": "Balance insufficient!"})
    trading.signal("long")

    assert trading.order.state == "refused"
    assert not UnknownAnswer.objects.exists()


def test_an_order_goes_its_way_though_counting_fails(trading: Trader, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*given: object, **named: object) -> None:
        raise DatabaseError

    monkeypatch.setattr(type(UnknownAnswer.objects), "note", fail)
    trading.lose("answer", status=400, body={"code": "765432", "msg": "Something new"})
    trading.signal("long")

    assert trading.order.state == "unknown"
