"""Hashing is bounded in memory, and those that are sent away are told so calmly."""

import threading
import time
from typing import Any

import pytest
from django.contrib.auth.hashers import MD5PasswordHasher
from django.db import connection
from django.test import Client

from accounts.guard import hashing
from accounts.guard.hashing import HashingBusyError, Queue, QueuedArgon2Hasher
from accounts.models import Bucket
from tests.accounts.factories import PASSWORD, make_user, sign_in

EMAIL = "ada@example.test"


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


@pytest.mark.services
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("password", [PASSWORD, "wrong"])
def test_no_transaction_is_open_while_a_stranger_has_a_password_looked_at(client, monkeypatch, password):
    user = make_user(email=EMAIL, password=PASSWORD)
    open_then = []
    encode = MD5PasswordHasher.encode

    def seen(self: MD5PasswordHasher, *args: Any) -> str:
        open_then.append(connection.in_atomic_block)
        return encode(self, *args)

    monkeypatch.setattr(MD5PasswordHasher, "encode", seen)
    Client().post("/account/login/", {"login": EMAIL, "password": password})
    Client().post("/account/login/", {"login": "nobody@example.test", "password": password})
    sign_in(client, user, age=31 * 60)
    client.post("/account/reauthenticate/", {"password": password})

    assert len(open_then) >= 3
    assert not any(open_then)
