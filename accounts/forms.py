"""allauth's forms where a proven mailbox decides."""

from typing import Any

from allauth.account import forms
from allauth.account.adapter import get_adapter
from allauth.core import context
from django import forms as django_forms
from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.http import HttpRequest, HttpResponse

from accounts import mailbox, wording
from accounts.by import By
from accounts.models import User


class SignInForm(forms.LoginForm):  # type: ignore[misc]  # allauth ships no types
    def login(self, request: HttpRequest, redirect_url: str | None = None) -> HttpResponse:
        """Sign in and tell so, both or neither; the password was looked at before, outside of any transaction."""
        with transaction.atomic():
            response: HttpResponse = super().login(request, redirect_url)
            if response.status_code >= 500:
                transaction.set_rollback(True)
        return response


class SignUpForm(forms.SignupForm):  # type: ignore[misc]
    """Answers alike whether the address has an account or not, in as much time: both times a password is hashed."""

    def validate_unique_email(self, value: str) -> str:
        # What allauth asks here is answered in try_save.
        return value

    def try_save(self, request: HttpRequest) -> Any:
        hashed = make_password(self.cleaned_data["password1"])
        user = mailbox.hold_account(self.cleaned_data["email"])
        self.account_already_exists = user is None
        if user is None:
            return super().try_save(request)
        mailbox.remember_choice(request.session, user, hashed)
        return user, None


class ResetForm(forms.ResetPasswordForm):  # type: ignore[misc]
    users: list[User]

    def clean_email(self) -> str:
        """Mail a link only to the mailbox that an account belongs to, or would belong to once it is proven."""
        email: str = super().clean_email()
        self.users = [user for user in self.users if user.may_reset_by(email)]
        return email


class NewPasswordForm(forms.ResetPasswordKeyForm):  # type: ignore[misc]
    user: User

    def save(self) -> None:
        """Save the password; the link came to the account's mailbox, which is thereby proven if it was not yet."""
        with transaction.atomic():
            super().save()
            if not self.user.is_proven:
                mailbox.claim(self.user, by=By.at(context.request, self.user))


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


class ChangePasswordForm(forms.ChangePasswordForm):  # type: ignore[misc]
    def clean_oldpassword(self) -> str:
        """Ask the adapter, which counts and tells the trail: a stolen session must not guess the password here."""
        password: str = self.cleaned_data["oldpassword"]
        adapter = get_adapter()
        if not adapter.reauthenticate(self.user, password):
            raise adapter.validation_error("enter_current_password")
        return password
