"""Hashing is bounded in memory, and those that are sent away are told so calmly."""

import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from allauth.account.forms import default_token_generator
from allauth.account.utils import user_pk_to_url_str
from django.contrib.auth.hashers import MD5PasswordHasher
from django.db import connection
from django.forms import Form
from django.test import Client
from django.urls import get_resolver

from accounts.guard import hashing
from accounts.guard.hashing import HashingBusyError, Queue, QueuedArgon2Hasher
from accounts.models import Bucket, User
from tests.accounts.factories import PASSWORD, make_user, sign_in

EMAIL, NEW = "ada@example.test", "five other words do too"
Way = Callable[[Client, User], None]


def hold(queue: Queue, started: threading.Semaphore, end: threading.Event) -> threading.Thread:
    def work() -> None:
        with queue.place():
            started.release()
            end.wait(10)

    thread = threading.Thread(target=work)
    thread.start()
    return thread


def test_more_than_wait_are_sent_away_at_once():
    queue, started, end = Queue(at_once=2, waiting=0, seconds=9), threading.Semaphore(0), threading.Event()
    threads = [hold(queue, started, end) for _ in range(2)]
    assert started.acquire(timeout=5)
    assert started.acquire(timeout=5)

    with pytest.raises(HashingBusyError), queue.place():
        pass

    end.set()
    for thread in threads:
        thread.join()
    with queue.place():
        pass


def test_nobody_waits_longer_than_the_queue_says():
    queue, started, end = Queue(at_once=1, waiting=1, seconds=0.01), threading.Semaphore(0), threading.Event()
    thread = hold(queue, started, end)
    assert started.acquire(timeout=5)

    with pytest.raises(HashingBusyError), queue.place():
        pass

    end.set()
    thread.join()


def test_the_hash_has_the_figures_that_we_promise():
    hasher = QueuedArgon2Hasher()

    encoded = hasher.encode("a", "saltsaltsalt")

    assert encoded.startswith("argon2$argon2id$v=19$m=48128,t=2,p=1$")
    assert hasher.verify("a", encoded)
    assert not hasher.verify("b", encoded)
    assert hasher.must_update("argon2$argon2id$v=19$m=102400,t=2,p=8$" + encoded.split("$", 4)[4])


@pytest.mark.django_db
def test_a_full_queue_is_a_calm_page_and_costs_no_try(monkeypatch, settings):
    make_user(email=EMAIL, password=PASSWORD)
    settings.PASSWORD_HASHERS = ["accounts.guard.hashing.QueuedArgon2Hasher", *settings.PASSWORD_HASHERS]
    monkeypatch.setattr(hashing, "QUEUE", Queue(at_once=1, waiting=0, seconds=0.01))

    with hashing.QUEUE.place():
        answers = [Client().post("/account/login/", {"login": "bob@example.test", "password": "x"}) for _ in range(30)]

    assert {answer.status_code for answer in answers} == {503}
    assert answers[-1].headers["Retry-After"] == "5"
    assert "Try again in a moment" in answers[-1].content.decode()
    assert not Bucket.objects.filter(empty_at__gt=time.time() * 1000 + 1000).exists()


def reset(client: Client, user: User) -> None:
    asked = f"{user_pk_to_url_str(user)}-{default_token_generator.make_token(user)}"
    page = client.get(f"/account/password/reset/key/{asked}/")
    client.post(page.headers["Location"], {"password1": NEW, "password2": NEW})


def sign_up(client: Client, user: User) -> None:
    for email in (EMAIL, "bob@example.test"):
        Client().post("/account/signup/", {"email": email, "password1": NEW})


def sign_in_with(password: str) -> Way:
    def way(client: Client, user: User) -> None:
        for email in (EMAIL, "nobody@example.test"):
            Client().post("/account/login/", {"login": email, "password": password})

    return way


def confirm_with(password: str) -> Way:
    def way(client: Client, user: User) -> None:
        sign_in(client, user, age=31 * 60).post("/account/reauthenticate/", {"password": password})

    return way


def change_with(password: str) -> Way:
    def way(client: Client, user: User) -> None:
        words = {"oldpassword": password, "password1": NEW, "password2": NEW}
        sign_in(client, user).post("/account/password/change/", words)

    return way


def set_first(client: Client, user: User) -> None:
    user.set_unusable_password()
    user.save()
    sign_in(client, user).post("/account/password/set/", {"password1": NEW, "password2": NEW})


# Every page that takes a password, what is done there, and how often a password is hashed meanwhile.
WAYS: list[tuple[str, Way, int]] = [
    ("account_login", sign_in_with(PASSWORD), 2),
    ("account_login", sign_in_with("wrong"), 2),
    ("account_reauthenticate", confirm_with(PASSWORD), 1),
    ("account_reauthenticate", confirm_with("wrong"), 1),
    ("account_signup", sign_up, 2),
    ("account_change_password", change_with(PASSWORD), 2),
    ("account_change_password", change_with("wrong"), 1),
    ("account_set_password", set_first, 1),
    ("account_reset_password_from_key", reset, 1),
]


@pytest.mark.services
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("name", "way", "hashes"), WAYS)
def test_no_transaction_is_open_while_a_password_is_hashed(client, monkeypatch, name, way, hashes):
    user = make_user(email=EMAIL, password=PASSWORD)
    open_then = []
    encode = MD5PasswordHasher.encode

    def seen(self: MD5PasswordHasher, *args: Any) -> str:
        open_then.append(connection.in_atomic_block)
        return encode(self, *args)

    monkeypatch.setattr(MD5PasswordHasher, "encode", seen)
    way(client, user)

    assert open_then == [False] * hashes


def views_of(patterns: list[Any]) -> Iterator[tuple[str, Any]]:
    for pattern in patterns:
        if hasattr(pattern, "url_patterns"):
            yield from views_of(pattern.url_patterns)
        else:
            yield pattern.name, getattr(pattern.callback, "view_class", None)


def test_all_pages_that_take_a_password_are_among_these():
    views = views_of(get_resolver("accounts.urls").url_patterns)
    fields = {name: set(getattr(view, "form_class", Form).base_fields) for name, view in views}
    found = {name for name, taken in fields.items() if taken & {"password", "password1"}}

    # The form of this one makes its field by itself.
    assert found | {"account_signup"} == {name for name, *_ in WAYS}
