from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries, Settings

from accounts.models import User
from connections.models import Connection, RunState
from strategies.models import Bot, Funds
from strategies.pages.overview import ShownWorth
from tests.connections.factories import make_connection, make_run
from tests.strategies.factories import make_bot, make_group, make_instrument, make_line

pytestmark = pytest.mark.django_db


def stats(page: Any) -> tuple[int, ...]:
    overview = page.context["overview"]
    return overview.online, len(overview.concerns), overview.testing, overview.enabled, overview.halted


def test_without_practice_a_newcomer_is_led_through_three_steps(signed_in: Client, settings: Settings) -> None:
    settings.PRACTICE_URL = ""

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


def test_bots_that_stand_where_none_can_be_enabled_are_led_elsewhere(signed_in: Client, trader: User) -> None:
    make_connection(owner=trader)
    broken = make_connection(owner=trader, status="error")
    make_bot(connection=broken)

    page = signed_in.get(reverse("overview"))

    assert page.context["overview"].next_step == "move"
    assert "Next: let a bot stand on a connection that is Online" in page.text


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


def test_what_waits_for_the_trader_comes_before_what_only_waits_and_the_rest_is_counted(
    signed_in: Client, trader: User
) -> None:
    for number in range(8):
        trouble = "reach.unavailable" if number < 7 else ""
        make_connection(owner=trader, status="error", trouble=trouble, name=f"No {number}")
    for _ in range(8):
        make_bot(connection=make_connection(owner=trader), state="halted")

    page = signed_in.get(reverse("overview"))

    names = [one.connection.name for one in page.context["overview"].shown_concerns]
    assert names == ["No 7", "No 0", "No 1", "No 2", "No 3", "No 4"]
    assert "2 more, among all 16 connections" in page.text
    assert "2 more halted, among all 8 bots" in page.text


def test_each_connection_that_needs_action_names_its_cause_and_next_step(signed_in: Client, trader: User) -> None:
    home = make_connection(owner=trader, status="error", trouble="right.withdraw", name="KuCoin Main")
    found = {"code": "right.withdraw", "level": "blocker", "text": "This key can withdraw.", "hint": "Untick it."}
    make_run(connection=home, verdict="error", findings_json=[found])

    page = signed_in.get(reverse("overview")).text

    assert "KuCoin Main</bdi>: This key can withdraw." in page
    assert "Untick it." in page
    assert reverse("connection_detail", args=[home.public_id]) in page


def test_a_bot_that_waits_for_trouble_to_end_needs_nobody(signed_in: Client, trader: User) -> None:
    home = make_connection(owner=trader, status="error", trouble="reach.unavailable")
    bot = make_bot(connection=home, name="Night owl", state="halted", halt_reason="reach.unavailable")
    Bot.objects.filter(pk=bot.pk).update(halted_by="trouble")

    answer = signed_in.get(reverse("overview"))

    page = answer.text
    assert answer.context["overview"].actions == 0
    assert "Night owl</bdi></a>, halted for now: the exchange did not answer several times in a row." in page
    assert "goes on by itself" in page


def test_a_bot_that_went_on_says_so(signed_in: Client, trader: User) -> None:
    bot = make_bot(owner=trader, state="enabled", went_on_at=timezone.now())

    assert "went on by itself" in signed_in.get(reverse("overview")).text
    assert "went on by itself" in signed_in.get(reverse("bot_detail", args=[bot.public_id])).text


def test_a_halted_bot_says_why_on_the_overview(signed_in: Client, trader: User) -> None:
    make_bot(owner=trader, name="Night owl", state="halted", halt_reason="right.withdraw")

    page = signed_in.get(reverse("overview")).text

    assert "Night owl</bdi></a>, halted: the key can withdraw." in page


def test_other_peoples_rows_count_for_nothing(signed_in: Client) -> None:
    make_run(connection=make_bot(state="enabled").connection)

    assert signed_in.get(reverse("overview")).context["overview"].next_step == "connect"


def make_funds(connection: Connection, *, usdt: str, **fields: Any) -> Funds:
    balances = {"USDT": {"free": "1", "total": usdt}}
    return Funds.objects.create(connection=connection, balances_json=balances, read_at=timezone.now(), **fields)


def worth(client: Client) -> list[ShownWorth]:
    found: list[ShownWorth] = client.get(reverse("overview")).context["overview"].worth
    return found


def test_equity_is_money_and_what_bots_hold_at_the_bid(signed_in: Client, trader: User) -> None:
    bot = make_bot(owner=trader, state="enabled")
    make_bot(connection=bot.connection)
    make_funds(bot.connection, usdt="1000.5")
    make_instrument(connection=bot.connection, price="99", bid=Decimal(95))
    make_group(bot=bot)

    (found,) = worth(signed_in)

    assert (found.worth.quote, found.worth.venue) == ("USDT", "practice")
    assert (found.money, found.coins, found.equity) == ("1,000.50", "95.00", "1,095.50")


def test_open_risk_is_what_is_at_work_the_result_and_the_result_after_a_fall(signed_in: Client, trader: User) -> None:
    bot = make_bot(owner=trader)
    make_instrument(connection=bot.connection, price="95")
    make_group(bot=bot)

    (found,) = worth(signed_in)

    assert (found.worth.groups, found.cost, found.result) == (1, "100.00", "−5.20")
    # 1 coin at 71.25 less 0.1 %, against 100.1 paid
    assert found.fallen == "−28.92"


def test_practice_money_is_not_added_to_real_money(signed_in: Client, trader: User) -> None:
    for venue, usdt in (("live", "10"), ("practice", "99")):
        home = make_connection(owner=trader, venue=venue)
        make_bot(connection=home)
        make_funds(home, usdt=usdt)

    assert [(one.worth.venue, one.equity) for one in worth(signed_in)] == [("live", "10.00"), ("practice", "99.00")]


def test_a_balance_that_was_not_read_is_not_taken_for_nothing(signed_in: Client, trader: User) -> None:
    read, unread = make_connection(owner=trader), make_connection(owner=trader)
    make_bot(connection=unread)
    (before,) = worth(signed_in)
    make_bot(connection=read)
    make_funds(read, usdt="10")

    (after,) = worth(signed_in)

    assert (before.equity, before.worth.read_at, before.worth.unread) == ("–", None, 1)
    assert (after.equity, after.worth.unread) == ("10.00", 1)
    assert after.worth.read_at


def test_decisions_of_a_day_are_counted_by_action_with_their_reasons(signed_in: Client, trader: User) -> None:
    bot = make_bot(owner=trader)
    for reason in ("average.worse", "cool_down", "average.worse"):
        make_line(bot=bot, reason=reason)
    make_line(bot=bot, action="entry", reason="entry.signal")
    make_line(bot=bot, at=timezone.now() - timedelta(hours=25))
    make_line(bot=make_bot())

    tallies = signed_in.get(reverse("overview")).context["overview"].tallies

    assert [(one.look.label, one.count) for one in tallies] == [("Blocked", 3), ("Entry", 1)]
    assert tallies[0].reasons[0] == ("The add-on would not improve the average enough.", 2)


def test_the_last_ten_decisions_name_their_bot(signed_in: Client, trader: User) -> None:
    bot = make_bot(owner=trader, name="Night owl")
    for _ in range(11):
        make_line(bot=bot)
    make_line(bot=make_bot(), pair="NOT/MINE")

    page = signed_in.get(reverse("overview"))

    assert len(page.context["overview"].lines) == 10
    assert "NOT/MINE" not in page.text
    assert page.text.count("Night owl") >= 10


def test_two_hundred_connections_and_bots_take_few_queries(
    signed_in: Client, trader: User, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for _ in range(200):
        bot = make_bot(owner=trader, state="halted")
        make_run(connection=bot.connection)
        make_group(bot=bot)
        make_line(bot=bot)
        Funds.objects.create(connection=bot.connection)
    make_instrument(connection=bot.connection)

    with django_assert_max_num_queries(12):
        page = signed_in.get(reverse("overview"))

    assert "194 more halted, among all 200 bots" in page.text
