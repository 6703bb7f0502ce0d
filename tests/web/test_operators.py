"""What operators may ask the database for: what a list shows, and nothing a row's absence could tell."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from django.contrib import admin
from django.contrib.admin.options import ModelAdmin
from django.test import Client, RequestFactory

from accounts.models import AuditEvent, User
from tests.accounts.factories import PASSWORD, make_user, sign_in
from web.operators import LookOnly, asked_by_filters

pytestmark = pytest.mark.django_db
USERS = "/operators/accounts/user/"
HOWS = ("", "exact", "iexact", "regex", "iregex", "startswith", "contains", "in", "gt", "gte", "lt", "isnull", "range")


@pytest.fixture
def operator(client: Client) -> Client:
    return sign_in(client, make_user(is_staff=True))


def columns(model: Any, depth: int = 2) -> list[str]:
    found = []
    for field in model._meta.get_fields():
        found.append(field.name)
        if depth and field.is_relation and field.related_model:
            found += [f"{field.name}__{name}" for name in columns(field.related_model, depth - 1)]
    return found


@pytest.mark.parametrize("pages", list(admin.site._registry.values()), ids=lambda pages: pages.opts.label)
def test_a_list_answers_the_questions_of_its_own_filters_only(pages: ModelAdmin[Any]) -> None:
    request = RequestFactory().get("/")
    request.user = make_user(is_staff=True)
    shown = [one[0] if isinstance(one, tuple) else one for one in pages.get_list_filter(request)]
    shown += [pages.date_hierarchy] if pages.date_hierarchy else []

    asked = [f"{column}__{how}".rstrip("_") for column in columns(pages.model) for how in HOWS]
    answered = {one for one in asked if pages.lookup_allowed(one, "x", request)}

    assert isinstance(pages, LookOnly)
    assert answered <= asked_by_filters(pages, request)
    assert {one for one in answered if not any(one == name or one.startswith(f"{name}__") for name in shown)} == set()
    assert {one for one in answered if one.endswith(("regex", "with", "contains", "range", "iexact"))} == set()


@pytest.mark.parametrize(
    "question",
    ["password__regex=^argon2", "password__startswith=a", "email=ada@example.test", "last_login__gte=2020-01-01"],
)
def test_a_question_about_a_hidden_column_is_refused_and_tells_nothing(operator: Client, question: str) -> None:
    make_user(email="ada@example.test", password=PASSWORD)

    there, not_there = operator.get(f"{USERS}?{question}"), operator.get(f"{USERS}?{question}zzz")

    assert (there.status_code, not_there.status_code) == (400, 400)
    assert b"ada@" not in there.content


@pytest.mark.parametrize(
    "path", ["strategies/bot/?signal_hash__startswith=a", "connections/connection/?owner__email=a"]
)
def test_hashes_and_owners_of_other_tables_are_no_oracle_either(operator: Client, path: str) -> None:
    assert operator.get(f"/operators/{path}").status_code == 400


def test_the_filters_of_a_list_work(operator: Client) -> None:
    for question in (
        "is_active__exact=1",
        "date_joined__gte=2020-01-01+00:00:00Z&date_joined__lt=2030-01-01+00:00:00Z",
    ):
        assert operator.get(f"{USERS}?{question}").status_code == 200
    assert operator.get("/operators/connections/connection/?deleted_at__isempty=1").status_code == 200
    assert operator.get("/operators/accounts/auditevent/?at__year=2026&outcome__exact=ok").status_code == 200


def test_looking_at_a_person_is_in_the_trail(operator: Client) -> None:
    ada = make_user()

    assert operator.get(f"{USERS}{ada.pk}/change/").status_code == 200

    event = AuditEvent.objects.get(action="operator.viewed")
    assert event.target == f"user:{ada.public_id}"
    assert event.actor is not None


def test_searching_for_people_is_in_the_trail_without_the_words(operator: Client) -> None:
    operator.get(USERS, {"q": "ada-needle"})

    event = AuditEvent.objects.get(action="operator.searched")
    assert event.target == "user"
    assert "ada-needle" not in repr(vars(event))


def test_a_list_without_a_search_is_no_search(operator: Client) -> None:
    operator.get(USERS)

    assert not AuditEvent.objects.filter(action="operator.searched").exists()


def test_moments_in_lists_have_seconds_and_a_zone(operator: Client) -> None:
    User.objects.update(date_joined=datetime(2026, 11, 29, 3, 7, 9, tzinfo=UTC))

    assert "2026-11-29 03:07:09 UTC" in operator.get(USERS).text
