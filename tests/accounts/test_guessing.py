"""Guessing passwords is stopped, from wherever and however fast it comes."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any
from unittest import mock

import pytest
from django.contrib.auth.hashers import MD5PasswordHasher
from django.db import connection
from django.test import Client

from tests.accounts.factories import make_user

EMAIL = "ada@example.test"


@pytest.fixture
def hashed(monkeypatch):
    calls = mock.Mock(side_effect=MD5PasswordHasher.verify, return_value=False)
    monkeypatch.setattr(MD5PasswordHasher, "verify", lambda self, *args: calls(self, *args))
    return calls


def guess(number: int) -> int:
    try:
        peer: dict[str, Any] = {"REMOTE_ADDR": f"203.0.113.{number}", "HTTP_X_FORWARDED_FOR": f"198.51.100.{number}"}
        return Client().post("/account/login/", {"login": EMAIL, "password": f"wrong {number}"}, **peer).status_code
    finally:
        connection.close()


@pytest.mark.django_db
def test_a_hundred_addresses_get_ten_guesses_at_one_account(hashed):
    make_user(email=EMAIL, password="four words do it well")
    for number in range(100):
        Client().post("/account/login/", {"login": EMAIL, "password": "wrong"}, REMOTE_ADDR=f"203.0.113.{number}")

    assert hashed.call_count == 10


@pytest.mark.django_db(transaction=True)
def test_guesses_that_come_at_once_are_counted_too(hashed):
    make_user(email=EMAIL, password="four words do it well")

    with ThreadPoolExecutor(16) as pool:
        list(pool.map(guess, range(60)))

    assert hashed.call_count <= 10
