"""Operators look at what bots did: lists that find, pages that show no secret, and nothing that can be changed."""

import logging
from typing import Any

import pytest
from django.apps import apps
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from accounts.by import PRODUCT
from strategies.models import Bot, StopSwitch
from strategies.signals import inbox
from tests.accounts.factories import make_user, sign_in
from tests.strategies import rows
from tests.strategies.factories import make_bot
from tests.web.world import changed, snapshot
from web import operators

pytestmark = pytest.mark.django_db
NAMES = ("group", "order", "fill", "signal", "journalline", "instrument", "funds", "stopswitch")


@pytest.fixture
def operator(client: Client) -> Client:
    return sign_in(client, make_user(is_staff=True, email="operator@example.test"))


def make_all(bot: Bot, number: int = 0) -> dict[str, Any]:
    group = rows.make_group(bot=bot)
    order = rows.make_order(group=group)
    return {
        "group": group,
        "order": order,
        "fill": rows.make_fill(order=order),
        "signal": rows.make_signal(bot=bot),
        "journalline": rows.make_line(bot=bot, group=group),
        "instrument": rows.make_price(pair=f"C{number}/USDT"),
        "funds": rows.make_funds(bot=bot),
        "stopswitch": StopSwitch.objects.create(owner=bot.connection.owner, level="entries"),
    }


def listed(operator: Client, name: str, **query: str) -> Any:
    return operator.get(reverse(f"admin:strategies_{name}_changelist"), query)


@pytest.mark.parametrize("name", NAMES)
def test_each_list_finds_and_each_page_shows(operator: Client, name: str) -> None:
    row = make_all(make_bot(name="Wanted"))[name]
    words = "C0" if name == "instrument" else make_owner_email(row)

    found, missed = listed(operator, name, q=words), listed(operator, name, q="nowhere-at-all")
    shown = operator.get(reverse(f"admin:strategies_{name}_change", args=[row.pk]))

    assert "1 result" in found.text or "1 total" in found.text
    assert "0 results" in missed.text
    assert shown.status_code == 200
    assert '<input type="text"' not in shown.text
    assert "Save" not in shown.text


def make_owner_email(row: Any) -> str:
    return str(Bot.objects.get().connection.owner.email)


@pytest.mark.parametrize("name", NAMES)
def test_a_list_of_many_takes_few_queries(
    operator: Client, name: str, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(20):
        make_all(make_bot(), number)

    with django_assert_max_num_queries(12):
        assert listed(operator, name).status_code == 200


@pytest.mark.parametrize("is_superuser", [False, True])
def test_nothing_is_changed_added_or_deleted(client: Client, is_superuser: bool) -> None:
    sign_in(client, make_user(is_staff=True, is_superuser=is_superuser))
    made = make_all(make_bot())
    before = snapshot()
    logging.disable()

    for name, row in made.items():
        fields = {field.name: "1" for field in apps.get_model("strategies", name)._meta.fields}
        for act, of in (("add", []), ("change", [row.pk]), ("delete", [row.pk])):
            answer = client.post(reverse(f"admin:strategies_{name}_{act}", args=of), {**fields, "post": "yes"})
            assert answer.status_code == 403
        client.post(
            reverse(f"admin:strategies_{name}_changelist"), {"action": "delete_selected", "_selected_action": row.pk}
        )

    logging.disable(logging.NOTSET)
    assert changed(before) == []


def test_no_page_shows_what_an_address_is_kept_as(operator: Client) -> None:
    token = inbox.make_address(make_bot(), by=PRODUCT)
    bot = Bot.objects.get()
    made = {"bot": bot, **make_all(bot)}

    pages = [listed(operator, name).text for name in made]
    pages += [
        operator.get(reverse(f"admin:strategies_{name}_change", args=[row.pk])).text for name, row in made.items()
    ]

    assert bot.signal_hash
    assert all(secret not in page for page in pages for secret in (token, bot.signal_hash))
    assert any(bot.signal_hint in page for page in pages)


def test_the_front_page_leads_to_the_kill_switch(operator: Client) -> None:
    assert reverse("admin:kill_switch") in operator.get(reverse("admin:index")).text
    assert reverse("admin:kill_switch") in listed(operator, "stopswitch").text


def test_of_a_table_without_end_the_newest_rows_are_counted_and_turned_to(
    operator: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(60):
        rows.make_line(bot=make_bot(name="Bot"))
    whole = listed(operator, "journalline", p="2")
    monkeypatch.setattr(operators, "MOST_ROWS", 55)

    first, second, third = (listed(operator, "journalline", p=str(number)) for number in (1, 2, 3))

    assert "60 journal lines" in whole.text
    assert len(whole.context["cl"].result_list) == 10
    assert "the first 55 journal lines; search and filters find the others" in " ".join(first.text.split())
    assert [len(page.context["cl"].result_list) for page in (first, second)] == [50, 5]
    assert third.status_code == 302


def test_a_filter_offers_the_values_of_the_newest_rows_and_takes_any(
    operator: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    bot = make_bot()
    for action in ("close", "entry", "block", "block"):
        rows.make_line(bot=bot, action=action)
    monkeypatch.setattr(operators, "MOST_ROWS", 3)

    page = listed(operator, "journalline").context["cl"]
    found = listed(operator, "journalline", action="close").context["cl"]

    assert [choice["display"] for choice in page.filter_specs[0].choices(page)] == ["All", "block", "entry"]
    assert [row.action for row in found.result_list] == ["close"]
