"""Guessing passwords is stopped, from wherever and however fast it comes; the owner gets in all the same."""

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any
from unittest import mock

import pytest
from allauth.account.models import EmailAddress
from django.contrib.auth.hashers import MD5PasswordHasher
from django.core.cache import cache
from django.db import connection
from django.test import Client

from accounts.guard import limits
from accounts.models import AuditEvent, Bucket
from tests.accounts.factories import PASSWORD, make_user, sign_in

LOGIN, RESET, CHANGE, CONFIRM = (
    "/account/login/",
    "/account/password/reset/",
    "/account/password/change/",
    "/account/reauthenticate/",
)
EMAIL = "ada@example.test"
NEW = "five other words do too"


@pytest.fixture
def hashed(monkeypatch):
    """Count what reaches the hasher, for known accounts and for unknown ones."""
    calls = mock.Mock()
    encode = MD5PasswordHasher.encode

    def counted(self: MD5PasswordHasher, *args: Any) -> str:
        calls()
        return encode(self, *args)

    monkeypatch.setattr(MD5PasswordHasher, "encode", counted)
    return calls


def guess(number: int, *, email: str = EMAIL, host: str = "testserver") -> int:
    peer: dict[str, Any] = {"REMOTE_ADDR": f"203.0.113.{number}", "HTTP_X_FORWARDED_FOR": f"198.51.100.{number}"}
    typed = {"login": email, "password": f"wrong {number}"}
    return Client().post(LOGIN, typed, HTTP_HOST=host, **peer).status_code


def guess_in_a_thread(number: int) -> None:
    try:
        guess(number)
    finally:
        connection.close()


def give(client: Client, password: str = PASSWORD, email: str = EMAIL, **peer: Any) -> bool:
    client.post(LOGIN, {"login": email, "password": password}, **peer)
    return "_auth_user_id" in client.session


def refusals():
    return AuditEvent.objects.filter(action="account.tries_refused")


@pytest.mark.services
@pytest.mark.django_db
def test_a_thousand_guesses_from_a_hundred_addresses_get_few_tries_at_one_account(hashed):
    make_user(email=EMAIL, password=PASSWORD)
    hashed.reset_mock()
    for number in range(1000):
        Client().post(LOGIN, {"login": EMAIL, "password": "wrong"}, REMOTE_ADDR=f"203.0.113.{number % 100}")

    assert 1 <= hashed.call_count <= 10
    assert refusals().count() == 1


@pytest.mark.django_db
def test_a_thousand_guesses_from_one_address_get_few_tries_at_a_hundred_accounts(hashed):
    for number in range(50):
        make_user(email=f"trader{number}@known.test", password=PASSWORD)
    hashed.reset_mock()
    for number in range(1000):
        Client().post(LOGIN, {"login": f"trader{number % 100}@known.test", "password": "wrong"})

    assert 1 <= hashed.call_count <= 20
    assert refusals().count() == 1


@pytest.mark.django_db
@pytest.mark.parametrize("start", [0, 0.3, 0.7])
def test_no_hour_has_more_than_ten_tries_wherever_it_begins(start):
    tries = []
    with mock.patch.object(limits, "_now") as now:
        for minute in range(0, 4 * 60, 1):
            now.return_value = 1_800_000_000_000 + round((minute + start) * 60_000)
            if limits.take(limits.ACCOUNT, "ada"):
                tries.append(now.return_value)

    assert len(tries) > 10
    assert max(sum(begin <= one < begin + limits.HOUR for one in tries) for begin in tries) <= 10


@pytest.mark.services
@pytest.mark.django_db(transaction=True)
def test_guesses_that_come_at_once_are_counted_too(hashed):
    make_user(email=EMAIL, password=PASSWORD)
    hashed.reset_mock()

    with ThreadPoolExecutor(16) as pool:
        list(pool.map(guess_in_a_thread, range(60)))

    assert hashed.call_count <= 10


@pytest.mark.django_db
def test_another_port_in_the_host_buys_no_more_tries(hashed):
    make_user(email=EMAIL, password=PASSWORD)
    hashed.reset_mock()
    for number in range(76):
        guess(number % 4, host=f"127.0.0.1:{1024 + number}")

    assert hashed.call_count <= 10


@pytest.mark.django_db
def test_filling_the_cache_makes_nobody_forget_what_was_guessed(hashed):
    make_user(email=EMAIL, password=PASSWORD)
    hashed.reset_mock()
    for number in range(40):
        guess(number)
    for number in range(700):
        cache.set(f"zz-{number}", 1)

    for number in range(40):
        guess(number)

    assert hashed.call_count <= 10


@pytest.mark.django_db
def test_a_second_address_of_an_account_buys_no_more_tries(hashed):
    user = make_user(email=EMAIL, password=PASSWORD)
    EmailAddress.objects.create(user=user, email="countess@example.test", verified=True)
    hashed.reset_mock()
    for number in range(40):
        guess(number, email=(EMAIL, "countess@example.test")[number % 2])

    assert hashed.call_count <= 10


@pytest.mark.django_db
def test_addresses_of_one_ipv6_network_share_their_tries(hashed):
    for number in range(60):
        peer = f"2001:db8::{number:x}"
        Client().post(LOGIN, {"login": f"x{number}@example.test", "password": "wrong"}, REMOTE_ADDR=peer)

    assert hashed.call_count <= 20


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("203.0.113.9", "203.0.113.9"),
        ("::ffff:203.0.113.9", "203.0.113.9"),
        ("2001:db8:1:2:3::4", "2001:db8:1:2::/64"),
        ("", "unknown"),
    ],
)
def test_a_network_is_what_one_customer_has(address, network):
    assert limits.network_of(address) == network


@pytest.mark.django_db
def test_the_owner_comes_in_from_a_known_browser_while_strangers_guess(client):
    make_user(email=EMAIL, password=PASSWORD)
    assert give(client)
    client.post("/account/logout/")
    for number in range(40):
        guess(number)

    assert not give(Client(), REMOTE_ADDR="198.51.100.7")
    assert give(client)


@pytest.mark.django_db
def test_a_known_browser_has_ten_tries_an_hour_of_its_own(client, hashed):
    make_user(email=EMAIL, password=PASSWORD)
    give(client)
    client.post("/account/logout/")
    hashed.reset_mock()
    for _ in range(40):
        give(client, "wrong")

    assert 1 <= hashed.call_count <= 10


@pytest.mark.django_db
def test_a_changed_password_ends_what_was_known_before_it(client):
    user = make_user(email=EMAIL, password=PASSWORD)
    give(client)
    client.post("/account/logout/")
    user.set_password(NEW)
    user.save()
    for number in range(40):
        guess(number)

    assert not give(client, NEW, REMOTE_ADDR="198.51.100.7")


@pytest.mark.django_db
def test_the_mailed_link_lets_the_owner_in_while_strangers_guess(client, mailoutbox):
    make_user(email=EMAIL, password=PASSWORD)
    for number in range(40):
        guess(number)
    client.post(RESET, {"email": EMAIL})
    form = client.get(re.findall(r"https?://[^/\s]+(/\S+)", mailoutbox[0].body)[0]).url

    client.post(form, {"password1": NEW, "password2": NEW})

    assert give(client, NEW)


@pytest.mark.django_db
def test_strangers_guesses_do_not_keep_the_owner_from_confirming_the_password(client):
    user = make_user(email=EMAIL, password=PASSWORD)
    sign_in(client, user, age=3600)
    for number in range(40):
        guess(number)

    assert client.post(CONFIRM, {"password": PASSWORD}).status_code == 302


@pytest.mark.django_db
@pytest.mark.parametrize("page", [CHANGE, CONFIRM])
def test_a_stolen_session_has_few_guesses_and_leaves_a_trail(client, hashed, page):
    user = make_user(email=EMAIL, password=PASSWORD)
    sign_in(client, user)
    hashed.reset_mock()
    for number in range(40):
        typed = {"oldpassword": f"wrong {number}", "password": f"wrong {number}", "password1": NEW, "password2": NEW}
        client.post(page, typed)

    failed = AuditEvent.objects.filter(action="account.sign_in_failed", target=f"user:{user.public_id}")
    assert 1 <= hashed.call_count <= 10
    assert failed.count() == hashed.call_count
    assert refusals().get().target == f"user:{user.public_id}"


@pytest.mark.django_db
def test_right_passwords_are_no_guesses(client):
    make_user(email=EMAIL, password=PASSWORD)

    assert all(give(Client()) for _ in range(30))


@pytest.mark.django_db
def test_one_victim_gets_three_mails_an_hour_at_most(mailoutbox):
    make_user(email=EMAIL, password=PASSWORD)
    for number in range(30):
        Client().post(RESET, {"email": EMAIL}, REMOTE_ADDR=f"203.0.113.{number}")

    assert len(mailoutbox) == 3


@pytest.mark.django_db
def test_somebody_without_an_account_gets_one_mail_a_day(mailoutbox):
    for number in range(30):
        Client().post(RESET, {"email": "bob@example.test"}, REMOTE_ADDR=f"203.0.113.{number}")

    assert len(mailoutbox) == 1


@pytest.mark.django_db
def test_one_network_makes_us_mail_few_strangers(mailoutbox):
    answers = [Client().post(RESET, {"email": f"stranger{number}@example.test"}).status_code for number in range(40)]

    assert len(mailoutbox) <= 20
    assert answers[-1] == 429


@pytest.mark.django_db
def test_one_network_makes_few_accounts():
    answers = [
        Client().post("/account/signup/", {"email": f"stranger{number}@example.test", "password1": PASSWORD})
        for number in range(30)
    ]

    assert answers[0].status_code == 302
    assert answers[-1].status_code == 429


@pytest.mark.django_db
def test_buckets_are_swept_when_they_are_empty_again():
    for number in range(20):
        limits.take(limits.ACCOUNT, number)

    limits.forget_empty(datetime.now(UTC))
    assert Bucket.objects.count() == 20
    limits.forget_empty(datetime(2100, 1, 1, tzinfo=UTC))
    assert Bucket.objects.count() == 0


@pytest.mark.django_db
def test_no_bucket_says_in_clear_what_was_typed():
    guess(1, email="secret@example.test")

    assert "secret" not in str(list(Bucket.objects.values()))


@pytest.mark.django_db
def test_signing_up_again_and_again_tells_nobody_who_has_an_account(mailoutbox):
    make_user(email=EMAIL, password=PASSWORD)

    def answers(email: str) -> list[int]:
        typed = {"email": email, "password1": PASSWORD}
        return [
            Client().post("/account/signup/", typed, REMOTE_ADDR=f"203.0.113.{number}").status_code
            for number in range(6)
        ]

    assert answers(EMAIL) == answers("bob@example.test") == [302, 302, 302, 429, 429, 429]
    assert [mail.to[0] for mail in mailoutbox] == [EMAIL, *["bob@example.test"] * 3]
