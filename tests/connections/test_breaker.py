"""An exchange that does not answer is asked by one probe in half a minute; exits are tried all the same."""

from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
import time_machine
from django.db import DatabaseError
from django.utils import timezone

from connections import breaker, desks, pauses
from connections.models import ExchangePause
from exchanges.errors import Cause, ExchangeError, Trouble
from exchanges.values import OrderRefusedError, RefusalReason
from tests.accounts.factories import make_user
from tests.connections.factories import make_connection
from tests.connections.practising import add_tryout, check_again, codes, online, work

if TYPE_CHECKING:
    from pytest_django import DjangoAssertNumQueries

    from tests.practice.rig import Rig

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("heard", "published", "forgetful")]
HERE = ("kucoin", "practice")


@pytest.fixture
def forgetful(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let each answer be told, however soon after the one before."""
    monkeypatch.setattr(breaker, "TOLD_EVERY_SECONDS", 0)


def fail(times: int = pauses.FAULTS_BELIEVED) -> None:
    for _ in range(times):
        breaker.note(*HERE, has_answered=False)


def current() -> ExchangePause | None:
    return ExchangePause.objects.current(*HERE, timezone.now())


def away() -> ExchangePause:
    fail()
    pause = current()
    assert pause is not None
    return pause


def test_the_fifth_fault_in_a_row_is_believed_and_none_before() -> None:
    fail(pauses.FAULTS_BELIEVED - 1)
    assert current() is None

    fail(1)

    pause = current()
    assert pause is not None
    assert (pause.is_away, pause.trouble(timezone.now()).cause) == (True, Cause.UNAVAILABLE)


def test_an_answer_in_between_begins_the_count_anew() -> None:
    fail(pauses.FAULTS_BELIEVED - 1)
    breaker.note(*HERE, has_answered=True)

    fail(pauses.FAULTS_BELIEVED - 1)

    assert current() is None


def test_faults_that_lie_far_apart_are_no_row() -> None:
    fail(pauses.FAULTS_BELIEVED - 1)

    with time_machine.travel(timezone.now() + pauses.FAULTS_FORGOTTEN + timedelta(seconds=1)):
        fail(1)
        assert current() is None


def test_it_is_away_until_it_answers_and_one_may_ask_in_half_a_minute() -> None:
    now = timezone.now()
    pause = away()
    assert not pause.let_probe(now)

    later = now + pauses.PROBE_EVERY + timedelta(seconds=1)
    with time_machine.travel(later):
        seen = [current(), current()]
        assert [one.let_probe(later) for one in seen if one] == [True, False]
        fail(1)
        assert current()
    breaker.note(*HERE, has_answered=True)

    assert current() is None


def test_another_exchange_and_the_live_one_are_asked_as_always() -> None:
    away()

    assert ExchangePause.objects.current("okx", "practice", timezone.now()) is None
    assert ExchangePause.objects.current("kucoin", "live", timezone.now()) is None


def test_what_the_exchange_asked_for_outlasts_an_answer() -> None:
    away()
    ExchangePause.objects.extend(*HERE, timezone.now() + timedelta(minutes=5))

    breaker.note(*HERE, has_answered=True)

    pause = current()
    assert pause is not None
    assert (pause.is_away, pause.trouble(timezone.now()).cause) == (False, Cause.RATE_LIMITED)


def test_few_exits_at_a_time_try_it_meanwhile() -> None:
    now, pause = timezone.now(), away()

    tried = [pause.let_exit(now) for _ in range(pauses.EXITS_AT_ONCE_WHILE_AWAY + 1)]

    assert tried == [True] * pauses.EXITS_AT_ONCE_WHILE_AWAY + [False]
    assert pause.let_exit(now + pauses.EXIT_EVERY_WHILE_AWAY)


def test_a_question_is_refused_at_once_and_the_probe_closes_it(rig: "Rig") -> None:
    away()
    before = rig.control("GET", "requests")["count"]
    with pytest.raises(ExchangeError) as refused:
        desks.ask(*HERE, lambda desk: desk.quotes(["BTC/USDT"]))
    assert refused.value.trouble.cause is Cause.UNAVAILABLE
    assert rig.control("GET", "requests")["count"] == before

    ExchangePause.objects.update(until=timezone.now())

    assert desks.ask(*HERE, lambda desk: desk.quotes(["BTC/USDT"]))
    assert current() is None


def test_checks_say_that_it_does_not_answer_and_ask_nothing(rig: "Rig") -> None:
    connection = add_tryout(rig)
    away()

    run = work(connection)

    assert (codes(run), run.requests) == (["reach.unavailable"], 0)


def test_a_check_is_a_probe_too(rig: "Rig") -> None:
    connection = online(rig)
    away()
    ExchangePause.objects.update(until=timezone.now())

    check_again(connection)

    assert (connection.status, connection.trouble, current()) == ("online", "", None)


@pytest.mark.parametrize("ask", [lambda rig: work(add_tryout(rig)), lambda rig: _quotes()])
def test_what_gets_no_answer_counts(rig: "Rig", ask: Callable[["Rig"], object]) -> None:
    rig.fault("503", slug="kucoin")

    ask(rig)

    assert ExchangePause.objects.get().faults == 1


def _quotes() -> None:
    with pytest.raises(ExchangeError):
        desks.ask(*HERE, lambda desk: desk.quotes(["BTC/USDT"]))


def test_a_database_that_fails_changes_no_outcome(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object) -> bool:
        raise DatabaseError

    monkeypatch.setattr(type(ExchangePause.objects.all()), "note_fault", fails)

    fail()

    assert current() is None


def test_what_was_never_asked_is_no_answer() -> None:
    connection = make_connection(owner=make_user())
    away()

    with pytest.raises(desks.KeyClosedError):
        desks.ask_with_key(connection, lambda desk, key: desk.balances(key), purpose="cancel")

    assert current()


def test_a_refusal_of_an_order_is_an_answer() -> None:
    away()

    async def refuse() -> None:
        raise OrderRefusedError(RefusalReason.FUNDS, Trouble(cause=Cause.UNKNOWN_CODE))

    with pytest.raises(OrderRefusedError):
        desks.ask(*HERE, lambda desk: refuse(), gives_way=False)

    assert current() is None


def test_an_answer_that_was_just_told_costs_no_statement(
    monkeypatch: pytest.MonkeyPatch, django_assert_num_queries: "DjangoAssertNumQueries"
) -> None:
    monkeypatch.setattr(breaker, "TOLD_EVERY_SECONDS", float("inf"))
    breaker.note(*HERE, has_answered=True)

    with django_assert_num_queries(0):
        breaker.note(*HERE, has_answered=True)
