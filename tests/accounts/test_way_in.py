"""What began before the way in was changed does not come in after it, and puts nothing back as it was."""

import time
from collections.abc import Callable
from typing import Any

import pytest
from allauth.account.auth_backends import AuthenticationBackend
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.contrib.auth.hashers import MD5PasswordHasher
from django.test import Client
from django.utils import timezone

from accounts import freeze
from accounts.admin import UserAdmin
from accounts.models import AuditEvent, User
from tests.accounts.factories import PASSWORD, add_totp, make_user, sign_in

pytestmark = pytest.mark.django_db
EMAIL, NEW, OTHER = "ada@example.test", "five other words do too", "six more of them do just as well"
LOGIN, STEP, CHANGE = "/account/login/", "/account/2fa/authenticate/", "/account/password/change/"
Act = Callable[[User], object]


def is_in(client: Client) -> bool:
    return client.get("/account/").status_code == 200


def code_of(secret: str) -> str:
    return str(format_hotp_value(hotp_value(secret, int(time.time()) // 30)))


def change_password(user: User) -> None:
    fresh = User.objects.get(pk=user.pk)
    fresh.set_password(NEW)
    fresh.save(update_fields=["password"])


def switch_off(user: User) -> None:
    User.objects.filter(pk=user.pk).update(is_active=False)


def while_it_is_looked_at(monkeypatch: pytest.MonkeyPatch, act: Callable[[], object]) -> None:
    """Let something happen between the moment a right password was found right and what follows from it."""
    look = AuthenticationBackend.authenticate

    def looked(self: AuthenticationBackend, request: Any, **credentials: Any) -> Any:
        found = look(self, request, **credentials)
        act()
        return found

    monkeypatch.setattr(AuthenticationBackend, "authenticate", looked)


@pytest.fixture
def ada() -> User:
    return make_user(email=EMAIL, password=PASSWORD)


@pytest.mark.parametrize("act", [change_password, add_totp, switch_off])
def test_who_gave_the_password_before_the_way_in_changed_is_not_let_in_after_it(
    client: Client, ada: User, monkeypatch: pytest.MonkeyPatch, act: Act
) -> None:
    while_it_is_looked_at(monkeypatch, lambda: act(ada))

    client.post(LOGIN, {"login": EMAIL, "password": PASSWORD})

    assert "_auth_user_id" not in client.session
    assert not is_in(client)


def test_a_second_step_leads_nobody_in_whose_password_was_changed_meanwhile(client: Client, ada: User) -> None:
    secret = add_totp(ada)
    client.post(LOGIN, {"login": EMAIL, "password": PASSWORD})
    change_password(ada)

    response = client.post(STEP, {"code": code_of(secret)})

    assert response.headers["Location"] == LOGIN
    assert "was changed" in client.get(LOGIN).content.decode()
    assert not is_in(client)
    assert AuditEvent.objects.filter(action="account.sign_in_failed", target=f"user:{ada.public_id}").exists()


def test_a_factor_that_was_removed_meanwhile_counts_for_nothing(
    client: Client, ada: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    secret = add_totp(ada)
    client.post(LOGIN, {"login": EMAIL, "password": PASSWORD})
    record = Authenticator.record_usage

    def removed(self: Authenticator) -> None:
        record(self)
        Authenticator.objects.filter(pk=self.pk).delete()

    monkeypatch.setattr(Authenticator, "record_usage", removed)
    client.post(STEP, {"code": code_of(secret)})

    assert not is_in(client)


def test_what_is_not_changed_meanwhile_leads_in(client: Client, ada: User) -> None:
    secret = add_totp(ada)
    client.post(LOGIN, {"login": EMAIL, "password": PASSWORD})
    client.post(STEP, {"code": code_of(secret)})

    assert is_in(client)


def test_a_new_password_is_not_saved_where_another_one_was_saved_meanwhile(
    client: Client, ada: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    sign_in(client, ada)
    while_it_is_looked_at(monkeypatch, lambda: change_password(ada))

    client.post(CHANGE, {"oldpassword": PASSWORD, "password1": OTHER, "password2": OTHER})

    ada.refresh_from_db()
    assert ada.check_password(NEW)


def test_a_new_password_leaves_all_else_as_it_was_made_meanwhile(
    client: Client, ada: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    operator = make_user(email="olga@example.test", password=PASSWORD, is_staff=True)
    sign_in(client, operator)

    def lose_rank() -> None:
        freeze.freeze(User.objects.get(pk=operator.pk), freeze.Because.LOCKDOWN)
        User.objects.filter(pk=operator.pk).update(is_staff=False)

    while_it_is_looked_at(monkeypatch, lose_rank)
    client.post(CHANGE, {"oldpassword": PASSWORD, "password1": OTHER, "password2": OTHER})

    operator.refresh_from_db()
    assert operator.check_password(OTHER)
    assert not operator.is_staff
    assert operator.frozen_until
    assert operator.frozen_until > timezone.now()


def test_an_operators_page_saves_what_was_typed_and_not_the_password_of_before(
    client: Client, ada: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    sign_in(client, make_user(email="olga@example.test", is_staff=True, is_superuser=True))
    save = UserAdmin.save_model

    def late(self: UserAdmin, request: Any, obj: User, form: Any, change: bool) -> None:
        change_password(obj)
        save(self, request, obj, form, change)

    monkeypatch.setattr(UserAdmin, "save_model", late)
    client.post(f"/operators/accounts/user/{ada.pk}/change/", {"display_name": "Ada", "is_active": "on"})

    ada.refresh_from_db()
    assert ada.display_name == "Ada"
    assert ada.check_password(NEW)


def test_a_hash_that_is_made_anew_does_not_take_the_place_of_another_password(
    ada: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    stale = User.objects.get(pk=ada.pk)
    change_password(ada)
    monkeypatch.setattr(MD5PasswordHasher, "must_update", lambda self, encoded: True)

    assert stale.check_password(PASSWORD)

    ada.refresh_from_db()
    assert ada.check_password(NEW)


def test_a_hash_is_made_anew_when_its_owner_gives_the_password(ada: User, monkeypatch: pytest.MonkeyPatch) -> None:
    before = ada.password
    monkeypatch.setattr(MD5PasswordHasher, "must_update", lambda self, encoded: True)

    assert ada.check_password(PASSWORD)

    stored = User.objects.get(pk=ada.pk)
    assert stored.password not in {before, ""}
    assert stored.password == ada.password
