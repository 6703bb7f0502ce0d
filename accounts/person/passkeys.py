"""allauth's forms that take what a passkey answered: whatever else is posted there is a wrong answer, and no fault."""

from typing import Any

from allauth.account.adapter import get_adapter
from allauth.core import context
from allauth.mfa.webauthn import forms
from django.core.exceptions import ValidationError
from django.forms import HiddenInput, JSONField

from accounts import audit
from accounts.by import By
from accounts.guard import limits
from accounts.models import User
from web.middleware import client_address


class AnswerField(JSONField):
    def to_python(self, value: Any) -> Any:
        try:
            return super().to_python(value)
        except RecursionError:
            raise ValidationError(self.error_messages["invalid"], code="invalid") from None

    def bound_data(self, data: Any, initial: Any) -> Any:
        """Show nothing of an answer again: each is good for one question."""
        return None


class _AnsweredForm:
    user: User | None

    def clean_credential(self) -> Any:
        try:
            return super().clean_credential()  # type: ignore[misc]  # a mixin
        except (ValueError, TypeError, KeyError):
            self._tell()
            raise get_adapter().validation_error("incorrect_code") from None
        except ValidationError:
            self._tell()
            raise

    def _tell(self) -> None:
        """Write it to the trail of the account, where one is known, and as often as the trail can bear."""
        network = limits.network_of(client_address(context.request))
        if limits.take(limits.PASSKEY_TOLD, self.user.pk if self.user else network):
            target = self.user or f"limit:{limits.PASSKEY_TOLD.name}"
            audit.record("account.factor_failed", by=By.at(context.request, None), target=target, outcome="refused")


class SignInByPasskeyForm(_AnsweredForm, forms.LoginWebAuthnForm):  # type: ignore[misc]  # allauth ships no types
    credential = AnswerField(widget=HiddenInput)


class SecondStepByPasskeyForm(_AnsweredForm, forms.AuthenticateWebAuthnForm):  # type: ignore[misc]
    credential = AnswerField(widget=HiddenInput)


class ConfirmByPasskeyForm(_AnsweredForm, forms.ReauthenticateWebAuthnForm):  # type: ignore[misc]
    credential = AnswerField(widget=HiddenInput)


class AddPasskeyForm(forms.AddWebAuthnForm):  # type: ignore[misc]
    credential = AnswerField(widget=HiddenInput)

    def clean(self) -> dict[str, Any]:
        try:
            typed: dict[str, Any] = super().clean()
        except (ValueError, TypeError, KeyError):
            raise get_adapter().validation_error("incorrect_code") from None
        return typed
