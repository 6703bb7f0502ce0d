"""A mailed code confirms who somebody is, where a password would, and nowhere else."""

import re
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
import time_machine
from django.contrib.messages import get_messages
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings

from accounts.models import AuditEvent, User
from strategies.models import Funds
from tests.accounts.factories import add_totp, make_user, sign_in
from tests.connections.factories import make_connection
from tests.strategies.factories import make_funds

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("unlimited")]
PAGE, ADD = "/account/confirm/mail/", "/connections/add/kucoin/"
OLD = 40 * 60


@pytest.fixture
def unlimited(settings: Settings) -> None:
    """Leave our own limits alone: allauth's would come first."""
    settings.ACCOUNT_RATE_LIMITS = False


@pytest.fixture
def trader() -> User:
    return make_user(email="ann@example.test", password="nine otters juggle lanterns")


@pytest.fixture
def old(client: Client, trader: User) -> Client:
    """Return a browser whose sign-in is older than half an hour."""
    return sign_in(client, trader, age=OLD)


def ask(client: Client, back: str = ADD) -> None:
    client.post(PAGE, {"send": "1", "next": back})


def code_in(mails: list[Any]) -> str:
    return str(re.findall(r"^\S{4}-\S{4}$", mails[-1].body, re.MULTILINE)[0])


def confirm(client: Client, code: str, back: str = ADD) -> Any:
    return client.post(PAGE, {"code": code, "next": back})


def told(answer: Any) -> str:
    return " ".join(str(one) for one in get_messages(answer.wsgi_request))


def test_a_code_opens_the_form_for_a_key_and_is_told_in_the_trail(old: Client, mailoutbox: list[Any]) -> None:
    assert old.get(ADD).status_code == 302
    assert "Mail me a code" in old.get(f"/account/reauthenticate/?{urlencode({'next': ADD})}").text
    ask(old)

    answer = confirm(old, code_in(mailoutbox).lower().replace("-", " "))

    assert (answer.status_code, answer["Location"]) == (302, ADD)
    assert old.get(ADD).status_code == 200
    assert mailoutbox[-1].to == ["ann@example.test"]
    assert "Add a key" in mailoutbox[-1].body
    assert AuditEvent.objects.filter(action="account.confirmed_by_mail").count() == 1


def test_what_was_posted_waits_for_the_code(client: Client, mailoutbox: list[Any]) -> None:
    owner = make_user(email="ben@example.test", password="nine otters juggle lanterns")
    home = make_connection(owner=owner, venue="live", name="Live")
    make_funds(connection=home)
    sign_in(client, owner, age=OLD)

    asked = client.post(reverse("connection_loss_cap", args=[home.public_id]), {"percent": "90"})
    (back,) = parse_qs(urlsplit(asked["Location"]).query)["next"]
    ask(client, back)
    answer = confirm(client, code_in(mailoutbox), back)

    assert answer["Location"] == back
    assert "/account/go-on/" in back
    client.post(reverse("connection_loss_cap", args=[home.public_id]), {"percent": "90"})
    assert Funds.objects.get().loss_cap == 90


@pytest.mark.parametrize("name", ["account_change_password", "mfa_activate_totp", "account_email", "account_close"])
def test_it_changes_no_way_in(old: Client, mailoutbox: list[Any], name: str) -> None:
    ask(old)
    confirm(old, code_in(mailoutbox))
    assert old.get(ADD).status_code == 200

    answer = old.post(reverse(name), {"action_add": "1", "email": "thief@example.test"})

    assert answer["Location"].startswith("/account/reauthenticate/")


@pytest.mark.parametrize("name", ["account_change_password", "mfa_activate_totp", "overview", "account_page"])
def test_where_it_does_not_do_it_is_not_offered(old: Client, mailoutbox: list[Any], name: str) -> None:
    back = reverse(name)

    assert "Mail me a code" not in old.get(f"/account/reauthenticate/?{urlencode({'next': back})}").text
    assert old.post(PAGE, {"send": "1", "next": back})["Location"].startswith("/account/reauthenticate/")
    assert mailoutbox == []


def test_it_does_not_stand_for_a_second_factor(old: Client, trader: User, mailoutbox: list[Any]) -> None:
    add_totp(trader)

    assert "Mail me a code" not in old.get(f"/account/reauthenticate/?{urlencode({'next': ADD})}").text
    assert old.post(PAGE, {"send": "1", "next": ADD}).status_code == 302
    assert mailoutbox == []


def test_a_factor_that_was_added_meanwhile_ends_a_code_that_was_mailed(
    old: Client, trader: User, mailoutbox: list[Any]
) -> None:
    ask(old)
    add_totp(trader)

    confirm(old, code_in(mailoutbox))

    assert old.get(ADD).status_code == 302


def test_an_unproven_address_gets_none(client: Client, mailoutbox: list[Any]) -> None:
    sign_in(client, make_user(email="new@example.test", is_proven=False), age=OLD)

    client.post(PAGE, {"send": "1", "next": ADD})

    assert mailoutbox == []


def test_wrong_codes_end_it_after_five(old: Client, mailoutbox: list[Any]) -> None:
    ask(old)
    for _ in range(5):
        assert confirm(old, "AAAA-AAAA").status_code == 200

    answer = confirm(old, code_in(mailoutbox))

    assert "Have another one mailed" in told(answer)
    assert old.get(ADD).status_code == 302
    assert AuditEvent.objects.filter(action="account.code_failed").count() == 5


def test_codes_without_end_are_not_tried_by_asking_for_new_ones(old: Client, mailoutbox: list[Any]) -> None:
    for _ in range(4):
        ask(old)
        for _ in range(5):
            confirm(old, "AAAA-AAAA")

    assert AuditEvent.objects.filter(action="account.code_failed").count() == 10


def test_five_codes_are_mailed_at_once_and_no_more(old: Client, mailoutbox: list[Any]) -> None:
    for _ in range(8):
        ask(old)

    assert len(mailoutbox) == 5


def test_it_lasts_ten_minutes(old: Client, mailoutbox: list[Any]) -> None:
    ask(old)

    with time_machine.travel(timezone.now() + timedelta(seconds=601), tick=False):
        answer = confirm(old, code_in(mailoutbox))

    assert "Have another one mailed" in told(answer)
    assert old.get(ADD).status_code == 302


def test_a_newer_code_ends_the_older_one_and_each_works_once(old: Client, mailoutbox: list[Any]) -> None:
    ask(old)
    first = code_in(mailoutbox)
    ask(old)

    assert confirm(old, first).status_code == 200
    assert confirm(old, code_in(mailoutbox)).status_code == 302
    assert "Have another one mailed" in told(confirm(old, code_in(mailoutbox)))


def test_another_sessions_code_does_nothing_here(old: Client, trader: User, mailoutbox: list[Any]) -> None:
    other = sign_in(Client(), trader, age=OLD)
    ask(other)
    ask(old)
    ours, theirs = code_in(mailoutbox), code_in(mailoutbox[:1])
    assert ours != theirs

    confirm(old, theirs)

    assert old.get(ADD).status_code == 302


def test_without_a_code_nothing_is_confirmed(old: Client) -> None:
    for typed in ("", "AAAA-AAAA", "None"):
        confirm(old, typed)

    assert old.get(ADD).status_code == 302


def test_what_a_code_confirmed_grows_old_as_well(old: Client, mailoutbox: list[Any]) -> None:
    ask(old)
    confirm(old, code_in(mailoutbox))

    with time_machine.travel(timezone.now() + timedelta(minutes=31), tick=False):
        assert old.get(ADD).status_code == 302
