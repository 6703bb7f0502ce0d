"""A password is saved to the account as it was when the password was typed, or not at all."""

from collections.abc import Callable
from typing import Any

import pytest
from allauth.account.forms import default_token_generator
from allauth.account.utils import user_pk_to_url_str
from django.contrib.auth.hashers import MD5PasswordHasher
from django.test import Client

from accounts.models import AuditEvent, OutgoingMail, User
from tests.accounts.factories import PASSWORD, make_user, sign_in

pytestmark = pytest.mark.django_db
NEW = "five other words do too"


def change(client: Client, user: User) -> Any:
    words = {"oldpassword": PASSWORD, "password1": NEW, "password2": NEW}
    return sign_in(client, user).post("/account/password/change/", words)


def set_first(client: Client, user: User) -> Any:
    user.set_unusable_password()
    user.save()
    return sign_in(client, user).post("/account/password/set/", {"password1": NEW, "password2": NEW})


def reset(client: Client, user: User) -> Any:
    asked = f"{user_pk_to_url_str(user)}-{default_token_generator.make_token(user)}"
    page = client.get(f"/account/password/reset/key/{asked}/")
    return client.post(page.headers["Location"], {"password1": NEW, "password2": NEW})


@pytest.mark.parametrize("way", [change, set_first, reset])
def test_a_password_that_was_saved_meanwhile_stays(
    client: Client, monkeypatch: pytest.MonkeyPatch, mails_wait: None, way: Callable[[Client, User], Any]
) -> None:
    user = make_user(password=PASSWORD)
    encode = MD5PasswordHasher.encode

    def slow(self: MD5PasswordHasher, password: str, salt: str) -> Any:
        if password == NEW:
            User.objects.filter(pk=user.pk).update(password="the owner's of a moment ago")
        return encode(self, password, salt)

    monkeypatch.setattr(MD5PasswordHasher, "encode", slow)

    answer = way(client, user)

    assert "changed in another window meanwhile" in answer.content.decode()
    assert User.objects.get(pk=user.pk).password == "the owner's of a moment ago"
    assert not AuditEvent.objects.filter(action__startswith="account.password").exists()
    assert not OutgoingMail.objects.exists()


@pytest.mark.parametrize("way", [change, set_first, reset])
def test_otherwise_it_is_saved_and_told(client: Client, way: Callable[[Client, User], Any]) -> None:
    user = make_user(password=PASSWORD)

    assert way(client, user).status_code == 302

    assert User.objects.get(pk=user.pk).check_password(NEW)
    assert AuditEvent.objects.filter(action__startswith="account.password").exists()
