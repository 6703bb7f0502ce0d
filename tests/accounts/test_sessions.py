"""Sessions: what the database keeps signs nobody in, where one is signed in, and how a session ends."""

import json
import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.apps import apps
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.models import Session
from django.core import serializers
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import AuditEvent, User, WebSession
from accounts.person import sessions
from accounts.person.sessions import SessionStore
from tests.accounts.factories import PASSWORD, make_user, sign_in

pytestmark = pytest.mark.django_db
EMAIL, NEW = "ada@example.test", "five other words do too"
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"


def give(client: Client, password: str = PASSWORD, **how: Any) -> None:
    client.post("/account/login/", {"login": EMAIL, "password": password}, **how)


def is_in(client: Client) -> bool:
    return client.get("/account/").status_code == 200


@pytest.fixture
def ada() -> User:
    return make_user(email=EMAIL, password=PASSWORD)


def strings_of(value: Any) -> set[str]:
    if isinstance(value, dict | list):
        inside = value.values() if isinstance(value, dict) else value
        return set().union(*(strings_of(one) for one in inside), set())
    return {str(value)}


def test_a_dump_of_the_database_signs_nobody_in(ada: User) -> None:
    for _ in range(3):
        give(Client())
    sign_in(Client(), make_user(is_staff=True))
    dumped: set[str] = set()
    for model in apps.get_models():
        dumped |= strings_of(json.loads(serializers.serialize("json", model._default_manager.all())))
    parts = {part for text in dumped for part in re.findall(r"[\w-]{16,}", text)}

    tried = dumped | parts | {text[:32] for text in parts}
    let_in = [text for text in tried if SESSION_KEY in SessionStore(text)]
    thief = Client()
    thief.cookies["session"] = WebSession.objects.all()[0].session_key

    assert WebSession.objects.count() == 4
    assert len(dumped | parts) > 40
    assert let_in == []
    assert not is_in(thief)


def test_what_a_session_holds_cannot_be_read_from_the_database(client: Client) -> None:
    client.post("/account/signup/", {"email": EMAIL, "password1": PASSWORD})

    stored = WebSession.objects.get().session_data
    assert EMAIL not in stored
    assert sessions.SessionStore("a" * 32).decode(stored) == {}


def test_signing_in_and_a_new_password_give_a_new_cookie(client: Client, ada: User) -> None:
    client.post("/account/signup/", {"email": "new@example.test", "password1": PASSWORD})
    before = client.cookies["session"].value
    client.post("/account/logout/")
    give(client)
    signed_in = client.cookies["session"].value
    client.post("/account/password/change/", {"oldpassword": PASSWORD, "password1": NEW, "password2": NEW})

    cookies = {before, signed_in, client.cookies["session"].value}
    assert len(cookies) == 3
    assert WebSession.objects.filter(user=ada).count() == 1


def test_old_cookies_sign_nobody_in(client: Client, ada: User) -> None:
    give(client)
    old = [client.cookies["session"].value]
    client.post("/account/password/change/", {"oldpassword": PASSWORD, "password1": NEW, "password2": NEW})
    old.append(client.cookies["session"].value)
    client.post("/account/logout/")

    for cookie in old:
        client.cookies["session"] = cookie
        assert not is_in(client)


def test_a_session_that_is_ended_meanwhile_leads_to_the_sign_in(client: Client, ada: User) -> None:
    sign_in(client, ada, age=31 * 60)

    def end_it_first(run: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        if sql.startswith('UPDATE "accounts_websession"') and "session_data" in sql:
            WebSession.objects.all().delete()
        return run(sql, params, many, context)

    with connection.execute_wrapper(end_it_first):
        # What is typed is kept in the session, until the password is given.
        answer = client.post("/account/email/", {"email": "second@example.test", "action_add": ""})

    assert (answer.status_code, answer.headers.get("Location")) == (302, "/account/login/")


def test_a_session_lasts_twelve_hours_from_its_sign_in_however_busy(client: Client, ada: User) -> None:
    start = timezone.now()
    with time_machine.travel(start, tick=False) as clock:
        give(client)
        for hour in (5, 11):
            clock.move_to(start + timedelta(hours=hour))
            assert is_in(client)
            sign_in_again = client.session  # somebody saves it
            sign_in_again["x"] = hour
            sign_in_again.save()
        clock.move_to(start + timedelta(hours=12, seconds=1))

        assert not is_in(client)


def test_an_operators_session_ends_after_half_an_hour_without_anything(client: Client) -> None:
    start = timezone.now()
    with time_machine.travel(start, tick=False) as clock:
        make_user(email=EMAIL, password=PASSWORD, is_staff=True, has_factor=False)
        give(client)
        clock.move_to(start + timedelta(minutes=29))
        assert is_in(client)
        clock.move_to(start + timedelta(minutes=58))
        assert is_in(client)
        clock.move_to(start + timedelta(minutes=89))

        assert not is_in(client)


def test_a_page_that_asks_by_itself_keeps_no_operator_signed_in(client: Client) -> None:
    start = timezone.now()
    with time_machine.travel(start, tick=False) as clock:
        make_user(email=EMAIL, password=PASSWORD, is_staff=True, has_factor=False)
        give(client)
        for minutes in (10, 20, 29):
            clock.move_to(start + timedelta(minutes=minutes))
            client.get("/", headers={"HX-Request": "true"})
        clock.move_to(start + timedelta(minutes=31))

        assert not is_in(client)


def test_a_new_rank_needs_a_sign_in_of_its_own(client: Client, ada: User) -> None:
    give(client)
    boss = sign_in(Client(), make_user(is_staff=True, is_superuser=True))

    boss.post(f"/operators/accounts/user/{ada.pk}/change/", {"is_staff": "on", "is_active": "on", "display_name": ""})

    ada.refresh_from_db()
    assert ada.is_staff
    assert not is_in(client)


def test_the_page_says_where_one_is_signed_in(client: Client, ada: User) -> None:
    give(client, headers={"User-Agent": FIREFOX}, REMOTE_ADDR="192.0.2.7")
    sign_in(Client(), make_user())

    html = client.get(reverse("account_sessions")).content.decode()

    assert html.count("<tr>") == 2
    assert "Firefox on Linux" in html
    assert "192.0.2.7" in html
    assert "This one" in html


def test_one_session_is_ended_without_asking_for_the_password(client: Client, ada: User) -> None:
    other = Client()
    give(other)
    sign_in(client, ada, age=40 * 60)
    row = WebSession.objects.get(session_key=sessions.hash_of(other.cookies["session"].value))

    client.post(reverse("account_end_session", args=[row.public_id]))

    assert not is_in(other)
    assert is_in(client)
    assert AuditEvent.objects.filter(action="account.session_ended").exists()


def test_all_others_are_ended_at_once(client: Client, ada: User) -> None:
    others = [Client(), Client()]
    for one in (client, *others):
        give(one)
    stranger = sign_in(Client(), make_user())

    client.post(reverse("account_end_sessions"))

    assert [is_in(one) for one in (client, *others, stranger)] == [True, False, False, True]


def test_nobody_ends_somebody_elses(client: Client, ada: User) -> None:
    give(client)
    stranger = sign_in(Client(), make_user())

    answer = stranger.post(reverse("account_end_session", args=[WebSession.objects.get(user=ada).public_id]))

    assert answer.status_code == 404
    assert is_in(client)


@pytest.mark.parametrize(
    ("agent", "device"),
    [
        (FIREFOX, "Firefox on Linux"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Safari/604.1", "Safari on iPhone"),
        ("Mozilla/5.0 (Windows NT 10.0) Chrome/140.0 Safari/537.36 Edg/140.0", "Edge on Windows"),
        ("curl/8", "A browser"),
        ("", "A browser"),
    ],
)
def test_a_device_is_named_in_few_words(agent: str, device: str) -> None:
    assert sessions.device_of(agent) == device


def test_the_old_table_stays_empty(client: Client, ada: User) -> None:
    give(client)

    assert not Session.objects.exists()


def test_what_has_ended_is_cleared_away(client: Client, ada: User) -> None:
    with time_machine.travel(timezone.now() - timedelta(days=1)):
        give(client)
    give(Client())

    sessions.SessionStore.clear_expired()

    assert WebSession.objects.count() == 1
