from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from connections.models import RunState
from tests.connections.factories import make_connection, make_run
from tests.strategies.factories import make_bot

pytestmark = pytest.mark.django_db


def stats(page: Any) -> tuple[int, ...]:
    overview = page.context["overview"]
    return overview.online, len(overview.concerns), overview.testing, overview.enabled, overview.halted


def test_a_newcomer_is_led_through_three_steps(signed_in: Client) -> None:
    page = signed_in.get(reverse("overview"))

    assert page.context["overview"].next_step == "connect"
    assert "Three steps to your first bot" in page.text
    assert reverse("connection_add") in page.text


@pytest.mark.parametrize(
    ("status", "state", "step"),
    [("error", None, "prove"), ("online", None, "create"), ("online", "off", "enable"), ("online", "enabled", "")],
)
def test_the_next_step_follows_from_what_is_there(
    signed_in: Client, trader: User, status: str, state: str | None, step: str
) -> None:
    home = make_connection(owner=trader, status=status)
    if state:
        make_bot(connection=home, state=state)

    assert signed_in.get(reverse("overview")).context["overview"].next_step == step


def test_a_first_test_under_way_is_waited_for_and_the_page_looks_again(signed_in: Client, trader: User) -> None:
    make_run(connection=make_connection(owner=trader, status="untested"), state=RunState.RUNNING)

    page = signed_in.get(reverse("overview"))

    assert "Your key is being tested" in page.text
    assert "every 250ms" in page.text


def test_it_counts_what_is_well_and_what_is_not(signed_in: Client, trader: User) -> None:
    home = make_connection(owner=trader)
    make_connection(owner=trader, status="error")
    make_connection(owner=trader, status="untested")
    make_run(connection=make_connection(owner=trader), state=RunState.QUEUED)
    make_connection(owner=trader, status="untested", deleted=True)
    for state in ("enabled", "enabled", "halted", "off"):
        make_bot(connection=home, state=state)

    assert stats(signed_in.get(reverse("overview"))) == (2, 2, 1, 2, 1)


def test_each_connection_that_needs_action_names_its_cause_and_next_step(signed_in: Client, trader: User) -> None:
    home = make_connection(owner=trader, status="error", trouble="right.withdraw", name="KuCoin Main")
    found = {"code": "right.withdraw", "level": "blocker", "text": "This key can withdraw.", "hint": "Untick it."}
    make_run(connection=home, verdict="error", findings_json=[found])

    page = signed_in.get(reverse("overview")).text

    assert "KuCoin Main: This key can withdraw." in page
    assert "Untick it." in page
    assert reverse("connection_detail", args=[home.public_id]) in page


def test_a_halted_bot_says_why_on_the_overview(signed_in: Client, trader: User) -> None:
    make_bot(owner=trader, name="Night owl", state="halted", halt_reason="right.withdraw")

    page = signed_in.get(reverse("overview")).text

    assert "Night owl</a>, halted: the key can withdraw." in page


def test_it_counts_the_tests_of_the_last_day(signed_in: Client, trader: User) -> None:
    home = make_connection(owner=trader)
    for verdict in ("online", "online", "error"):
        make_run(connection=home, verdict=verdict)
    make_run(connection=home, queued_at=timezone.now() - timedelta(hours=25))
    make_run(connection=home, state=RunState.SUPERSEDED)

    overview = signed_in.get(reverse("overview")).context["overview"]

    assert (overview.checks, overview.passes) == (3, 2)


def test_other_peoples_rows_count_for_nothing(signed_in: Client) -> None:
    make_run(connection=make_bot(state="enabled").connection)

    assert signed_in.get(reverse("overview")).context["overview"].next_step == "connect"


def test_two_hundred_connections_and_bots_take_few_queries(
    signed_in: Client, trader: User, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for _ in range(200):
        make_run(connection=make_bot(owner=trader, state="halted").connection)

    with django_assert_max_num_queries(8):
        page = signed_in.get(reverse("overview"))

    assert "All 200 bots" in page.text
