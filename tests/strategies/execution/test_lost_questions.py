"""A look-up or a comparison of books that ends its worker is begun three times, then rests, and operators are told."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.utils import timezone

from backfuture.metrics import figures
from connections import desks
from connections.models import Connection
from exchanges.values import Balances
from strategies import claims
from strategies.execution import books, lookup, reconcile
from strategies.models import Bot, Funds, Order
from strategies.runner import parking
from tests.accounts.factories import make_user
from tests.connections.factories import make_connection
from tests.strategies import rows
from tests.strategies.factories import make_bot
from workers.models import Alarm

pytestmark = [pytest.mark.django_db, pytest.mark.services]


class KilledError(BaseException):
    """The end of a process, which nothing in it survives to write down."""


@pytest.fixture
def bot() -> Bot:
    return make_bot(connection=make_connection(owner=make_user()), state="enabled")


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Let each question to an exchange end its worker; returns what was asked."""
    questions: list[str] = []

    def die(_connection: Connection, _ask: object, *, purpose: str, **_rest: object) -> None:
        questions.append(purpose)
        raise KilledError

    monkeypatch.setattr(desks, "ask_with_key", die)
    return questions


def doubtful(bot: Bot) -> Order:
    now = timezone.now()
    return rows.make_order(group=rows.make_group(bot=bot), state="unknown", sent_at=now, look_at=now)


def lose(work: Callable[[int], None], row: int, times: int) -> datetime:
    """Let so many workers end by it in a row, each when the claim of the one before is over; returns when that is."""
    now = timezone.now()
    for _ in range(times):
        now += timedelta(minutes=1)
        with time_machine.travel(now, tick=False), pytest.raises(KilledError):
            work(row)
    return now + timedelta(minutes=1)


def look(order: Order, at: datetime) -> None:
    with time_machine.travel(at, tick=False):
        lookup.look_up(order.pk)


def parked_figures() -> dict[str, float]:
    (family,) = figures.parked(timezone.now())
    return {labels["questions"]: value for labels, value in family.samples}


def test_an_order_whose_look_ups_end_three_workers_is_not_asked_about_for_a_while(bot: Bot, asked: list[str]) -> None:
    order = doubtful(bot)
    now = lose(lookup.look_up, order.pk, 3)

    look(order, now)
    look(order, now + claims.FIRST_REST - timedelta(seconds=1))

    assert asked == ["look-up"] * 3
    assert Alarm.objects.get(name="order.parked").count == 1
    assert parked_figures() == {"orders": 1, "books": 0}
    order.refresh_from_db()
    # Nothing was learnt of it, so that it is as unknown as before.
    assert (order.state, order.absences) == ("unknown", 0)
    with pytest.raises(KilledError):
        look(order, now + claims.FIRST_REST)
    assert parked_figures() == {"orders": 0, "books": 0}


def test_an_order_that_ended_otherwise_rests_no_more(bot: Bot, asked: list[str]) -> None:
    order = doubtful(bot)
    look(order, now := lose(lookup.look_up, order.pk, 3))
    assert parked_figures() == {"orders": 1, "books": 0}

    assert books.drop(order.pk, ("unknown",), reason="order.stale", now=now)

    order.refresh_from_db()
    assert (order.state, order.look_at, order.is_parked) == ("dropped", None, False)
    assert parked_figures() == {"orders": 0, "books": 0}


def test_each_further_look_up_that_is_lost_lets_it_rest_twice_as_long_ten_minutes_at_most(
    bot: Bot, asked: list[str]
) -> None:
    order = doubtful(bot)
    now = lose(lookup.look_up, order.pk, 3)
    rests = []
    for _ in range(7):
        look(order, now)
        order.refresh_from_db()
        assert order.look_at is not None
        rests.append((order.look_at - now).total_seconds())
        with pytest.raises(KilledError):
            look(order, order.look_at)
        now = order.look_at + timedelta(minutes=1)

    assert rests == [30, 60, 120, 240, 480, 600, 600]
    # One try after each rest.
    assert len(asked) == 3 + 7


def test_one_answer_makes_a_parked_order_one_like_others(bot: Bot, asked: list[str]) -> None:
    order = doubtful(bot)
    now = lose(lookup.look_up, order.pk, 3)
    look(order, now)
    now += claims.FIRST_REST
    with pytest.raises(KilledError):
        look(order, now)
    # It was answered after all.
    Order.objects.update(look_at=now)

    with time_machine.travel(now, tick=False):
        lose(lookup.look_up, order.pk, 2)

    order.refresh_from_db()
    assert order.lost_looks == 1
    assert not order.is_parked


def test_a_look_up_that_ends_forgets_those_that_were_lost(bot: Bot, asked: list[str]) -> None:
    order = doubtful(bot)
    now = lose(lookup.look_up, order.pk, 2)
    # It was answered: whatever that was, the next look is at another moment than the claim's end.
    Order.objects.update(look_at=now)

    with time_machine.travel(now, tick=False):
        lose(lookup.look_up, order.pk, 3)

    assert len(asked) == 5
    assert not Alarm.objects.exists()


def test_lost_together_they_are_not_tried_together_again(bot: Bot, asked: list[str]) -> None:
    orders = [doubtful(make_bot(connection=bot.connection, name=f"Bot {n}")) for n in range(8)]
    with time_machine.travel(timezone.now() + timedelta(seconds=1), tick=False):
        for order in orders:
            with pytest.raises(KilledError):
                lookup.look_up(order.pk)

    assert len(set(Order.objects.values_list("look_at", flat=True))) == 8


def test_books_whose_comparison_ends_three_workers_rest_each_time_for_longer(bot: Bot, asked: list[str]) -> None:
    Funds.objects.look_after(bot.connection_id, now=timezone.now())
    now = lose(reconcile.reconcile, bot.connection_id, 3)

    with time_machine.travel(now, tick=False):
        reconcile.reconcile(bot.connection_id)
        parking.park_books(now)
        parking.park_books(now)
        reconcile.reconcile(bot.connection_id)

    assert asked == ["compare"] * 3
    assert Alarm.objects.get(name="books.parked").count == 1
    assert parked_figures() == {"orders": 0, "books": 1}
    rests = []
    for _ in range(6):
        look_at = Funds.objects.get().look_at
        assert look_at is not None
        rests.append((look_at - now).total_seconds())
        with time_machine.travel(look_at, tick=False), pytest.raises(KilledError):
            reconcile.reconcile(bot.connection_id)
        now = look_at + timedelta(minutes=1)
        parking.park_books(now)
    assert rests == [30, 60, 120, 240, 480, 600]
    assert asked == ["compare"] * 9


def test_books_that_were_compared_after_a_rest_have_lost_nothing(
    bot: Bot, asked: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    Funds.objects.look_after(bot.connection_id, now=timezone.now())
    now = lose(reconcile.reconcile, bot.connection_id, 3)
    parking.park_books(now)
    with monkeypatch.context() as patched, time_machine.travel(now + claims.FIRST_REST, tick=False):
        patched.setattr(desks, "ask_with_key", lambda *_args, **_kwargs: Balances(coins={}))
        reconcile.reconcile(bot.connection_id)
    assert Funds.objects.get().trouble == ""
    Funds.objects.update(look_at=now)

    with time_machine.travel(now + claims.FIRST_REST, tick=False):
        lose(reconcile.reconcile, bot.connection_id, 2)

    assert Funds.objects.get().lost_claims == 1


def test_an_order_that_ends_workers_costs_its_connection_no_comparison(bot: Bot, asked: list[str]) -> None:
    order, funds = doubtful(bot), Funds.objects
    Order.objects.update(sent_at=timezone.now() - timedelta(minutes=1))
    funds.look_after(bot.connection_id, now=timezone.now())
    now = lose(reconcile.reconcile, bot.connection_id, 1)
    Order.objects.update(look_at=now)

    with time_machine.travel(now, tick=False), pytest.raises(KilledError):
        reconcile.reconcile(bot.connection_id)

    # The second time it left the order to those that look up one alone.
    assert asked == ["look-up", "compare"]
    order.refresh_from_db()
    assert order.lost_looks == 0


@pytest.mark.parametrize("of_one_bot", [False, True])
def test_an_operator_lets_parked_questions_be_asked_at_once(
    bot: Bot, asked: list[str], capsys: pytest.CaptureFixture[str], of_one_bot: bool
) -> None:
    order, other = doubtful(bot), doubtful(make_bot(name="Other", connection=make_connection(owner=make_user())))
    for one in (order, other):
        look(one, lose(lookup.look_up, one.pk, 3))
    Funds.objects.look_after(bot.connection_id, now=timezone.now())
    parking.park_books(lose(reconcile.reconcile, bot.connection_id, 3))

    call_command("unpark", *([str(bot.public_id)] if of_one_bot else []))

    many = 2 if of_one_bot else 3
    assert capsys.readouterr().out == f"0 bots go on, {many} questions are asked again.\n"
    assert set(lookup.due(9)) == ({order.pk} if of_one_bot else {order.pk, other.pk})
    assert reconcile.due(9) == [bot.connection_id]


def test_of_one_bot_alone_the_operator_names_its_id(bot: Bot, capsys: pytest.CaptureFixture[str]) -> None:
    parked: dict[str, Any] = {
        "state": "halted",
        "halt_reason": "step.killed",
        "halted_by": "fault",
        "halted_at": timezone.now(),
    }
    bot, other = (make_bot(connection=bot.connection, name=name, **parked) for name in ("Mine", "Other"))

    call_command("unpark", str(bot.public_id))

    assert capsys.readouterr().out == "1 bots go on, 0 questions are asked again.\n"
    other.refresh_from_db()
    assert other.halted_by == "fault"


def test_an_id_that_is_no_bots_is_refused() -> None:
    with pytest.raises(CommandError, match="No bot"):
        call_command("unpark", "00000000-0000-4000-8000-000000000000")
