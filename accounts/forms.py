"""allauth's forms where a proven mailbox decides."""

from typing import Any

from allauth.account import forms
from allauth.account.adapter import get_adapter
from allauth.account.models import Login
from allauth.core import context
from django import forms as django_forms
from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.http import HttpRequest, HttpResponse

from accounts import mailbox, wording
from accounts.by import By
from accounts.models import User
from accounts.person import way_in


class SignInForm(forms.LoginForm):  # type: ignore[misc]  # allauth ships no types
    _login: Login

    def login(self, request: HttpRequest, redirect_url: str | None = None) -> HttpResponse:
        """Sign in and tell so, both or neither; the password was looked at before, outside of any transaction."""
        self._login.state[way_in.LOOKED_AT] = self._login.user.get_session_auth_hash()
        with transaction.atomic():
            response: HttpResponse = super().login(request, redirect_url)
            if response.status_code >= 500:
                transaction.set_rollback(True)
        return response


class SignUpForm(forms.SignupForm):  # type: ignore[misc]
    """Answers alike whether the address has an account or not, in as much time: both times a password is hashed."""

    hashed = ""

    def validate_unique_email(self, value: str) -> str:
        # What allauth asks here is answered in try_save.
        return value

    def clean(self) -> dict[str, Any]:
        typed: dict[str, Any] = super().clean()
        if not self.errors:
            self.hashed = make_password(typed["password1"])
        return typed

    def try_save(self, request: HttpRequest) -> Any:
        user = mailbox.hold_account(self.cleaned_data["email"])
        self.account_already_exists = user is None
        if user is None:
            return super().try_save(request)
        mailbox.remember_choice(request.session, user, self.hashed)
        return user, None


class ResetForm(forms.ResetPasswordForm):  # type: ignore[misc]
    users: list[User]

    def clean_email(self) -> str:
        """Mail a link only to the mailbox that an account belongs to, or would belong to once it is proven."""
        email: str = super().clean_email()
        self.users = [user for user in self.users if user.may_reset_by(email)]
        return email


class _HashedForm:
    """For allauth's forms that set a password: hashes it when all is right, and saves the hash to a row as it was then.

    Hashing is slow, and on SQLite nobody else writes while a transaction is open: accounts/passwords.py opens one only
    for `save`.
    """

    user: User
    hashed = ""

    def clean(self) -> dict[str, Any]:
        typed: dict[str, Any] = super().clean()  # type: ignore[misc]  # a mixin
        if not self.errors:  # type: ignore[attr-defined]
            self.hashed = make_password(typed["password1"])
        return typed

    def still_holds(self, user: User) -> bool:
        """Say whether what was looked at before holds for the row as it is now, which is taken."""
        return user.password == self.user.password

    def save(self) -> None:
        """Save the password; raises ValidationError when another one was saved since this one was typed."""
        if not self.still_holds(User.objects.hold(self.user)):
            raise django_forms.ValidationError(wording.PASSWORD_CHANGED_MEANWHILE)
        self.user.password = self.hashed
        self.user.save(update_fields=["password"])


class NewPasswordForm(_HashedForm, forms.ResetPasswordKeyForm):  # type: ignore[misc]
    temp_key: str

    def still_holds(self, user: User) -> bool:
        """Say whether the link works still: of two windows that use it at once, one does."""
        return bool(forms.default_token_generator.check_token(user, self.temp_key))

    def save(self) -> None:
        """Save the password; the link came to the account's mailbox, which is thereby proven if it was not yet."""
        super().save()
        if not self.user.is_proven:
            mailbox.claim(self.user, by=By.at(context.request, self.user))


class SetPasswordForm(_HashedForm, forms.SetPasswordForm):  # type: ignore[misc]
    pass


class AddAddressForm(forms.AddEmailForm):  # type: ignore[misc]
    user: User

    def clean_email(self) -> str:
        if not self.user.is_proven:
            raise django_forms.ValidationError(wording.CONFIRM_FIRST)
        email: str = super().clean_email()
        return email


class AddressCodeForm(forms.ConfirmEmailVerificationCodeForm):  # type: ignore[misc]
    expected_code: str
    email: str
    user: User | None

    def clean_code(self) -> str:
        """Accept the right code although a stranger signed up with that address: nobody proved it there."""
        code: str = forms.BaseConfirmCodeForm.clean_code(self)
        if self.user and mailbox.is_taken(self.email, self.user):
            raise get_adapter().validation_error("email_taken")
        return code


class ChangePasswordForm(_HashedForm, forms.ChangePasswordForm):  # type: ignore[misc]
    def clean_oldpassword(self) -> str:
        """Ask the adapter, which counts and tells the trail: a stolen session must not guess the password here."""
        password: str = self.cleaned_data["oldpassword"]
        adapter = get_adapter()
        found = adapter.authenticate(context.request, email=self.user.email, password=password)
        if found != self.user:
            raise adapter.validation_error("enter_current_password")
        # The row whose password was looked at, which may have been hashed anew.
        self.user = found
        return password
