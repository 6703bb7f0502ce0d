"""The first steps tick themselves off from what happened, and stand there as long as they are of use."""

from dataclasses import fields, replace

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries, Settings

from accounts import audit
from accounts.by import By
from accounts.models import User
from messaging import outbox
from strategies.models import Signal
from strategies.pages.first_visit.steps import Happened, first_visit_of, steps_of
from tests.accounts.factories import make_user
from tests.connections.factories import make_connection, make_run
from tests.strategies.factories import make_bot, make_group

NOTHING = Happened(**{one.name: False for one in fields(Happened)})
WITHDRAWS = {"code": "right.withdraw", "level": "blocker", "text": "It can.", "hint": "Untick it."}


def done(user: User) -> list[str]:
    connections = list(user.connections.filter(deleted_at=None))
    found = first_visit_of(user, connections, [bot for one in connections for bot in one.bots.all()])
    assert found is not None
    return [step.code for step in found.steps if step.is_done]


@pytest.mark.parametrize(
    ("fact", "code"),
    [
        ("was_refused", "refused"),
        ("is_online", "good"),
        ("has_bot", "bot"),
        ("was_signalled", "signal"),
        ("was_told", "story"),
    ],
)
def test_each_step_is_ticked_by_its_own_fact(fact: str, code: str) -> None:
    found = steps_of(replace(NOTHING, **{fact: True}))

    assert [step.code for step in found if step.is_done] == [code]


def test_the_last_one_needs_the_exit_and_its_message() -> None:
    closed = replace(NOTHING, was_closed=True)

    assert not steps_of(closed)[-1].is_done
    assert steps_of(replace(closed, has_message=True))[-1].is_done


def test_the_first_that_is_not_done_comes_next() -> None:
    assert [step.code for step in steps_of(NOTHING) if step.is_next] == ["refused"]
    later = steps_of(replace(NOTHING, is_online=True, was_refused=True))
    assert [step.code for step in later if step.is_next] == ["bot"]


@pytest.mark.django_db
def test_what_happened_is_found() -> None:
    user = make_user()
    assert done(user) == []
    refused = make_connection(owner=user, status="error")
    make_run(connection=refused, findings_json=[WITHDRAWS])
    assert done(user) == ["refused"]
    bot = make_bot(owner=user, state="enabled")
    assert done(user) == ["refused", "good", "bot"]
    Signal.objects.create(bot=bot, key="id:1", pair="BTC/USDT", wish="long")
    audit.record("practice.story", target=bot, by=By(user=user))
    assert done(user) == ["refused", "good", "bot", "signal", "story"]
    make_group(bot=bot, mode="closed")
    assert "exit" not in done(user)
    outbox.write("group.closed", user_id=user.pk, title="Closed", now=timezone.now())
    assert len(done(user)) == 6


@pytest.mark.django_db
def test_what_happened_to_others_ticks_nothing() -> None:
    bot = make_bot(owner=make_user(), state="enabled")
    Signal.objects.create(bot=bot, key="id:1", pair="BTC/USDT", wish="long")
    make_group(bot=bot, mode="closed")

    assert done(make_user()) == []


@pytest.mark.django_db
def test_live_money_ticks_nothing() -> None:
    user = make_user(first_steps="shown")
    live = make_bot(connection=make_connection(owner=user, venue="live"), state="enabled")
    Signal.objects.create(bot=live, key="id:1", pair="BTC/USDT", wish="long")

    assert done(user) == []


@pytest.mark.django_db
def test_all_is_asked_for_in_one_query(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    user = make_user()

    with django_assert_num_queries(1):
        first_visit_of(user, [], [])


@pytest.mark.django_db
def test_they_are_put_away_and_come_back_from_the_account_page(signed_in: Client, trader: User) -> None:
    overview, account, show = reverse("overview"), reverse("account_page"), reverse("first_steps")
    assert "First steps, with invented money" in signed_in.get(overview).text

    signed_in.post(show, {"show": "away"})

    assert "First steps" not in signed_in.get(overview).text
    assert "Show the first steps again" in signed_in.get(account).text
    signed_in.post(show, {"show": "shown"})
    assert "First steps, with invented money" in signed_in.get(overview).text
    assert "Show the first steps again" not in signed_in.get(account).text


@pytest.mark.django_db
@pytest.mark.parametrize("asked", ["", "nonsense", "SHOWN"])
def test_a_word_that_is_none_changes_nothing(signed_in: Client, trader: User, asked: str) -> None:
    signed_in.post(reverse("first_steps"), {"show": asked})

    trader.refresh_from_db()
    assert trader.first_steps == ""


@pytest.mark.django_db
def test_an_account_with_live_money_is_left_alone_until_it_asks(signed_in: Client, trader: User) -> None:
    make_connection(owner=trader, venue="live")

    assert "First steps" not in signed_in.get(reverse("overview")).text
    signed_in.post(reverse("first_steps"), {"show": "shown"})
    assert "First steps" in signed_in.get(reverse("overview")).text


@pytest.mark.django_db
def test_without_a_practice_exchange_there_are_none(signed_in: Client, trader: User, settings: Settings) -> None:
    settings.PRACTICE_URL = ""

    assert "Three steps to your first bot" in signed_in.get(reverse("overview")).text
