"""allauth's forms that take what a passkey answered: whatever else is posted there is a wrong answer, and no fault."""

from typing import Any

from allauth.account.adapter import get_adapter
from allauth.mfa.webauthn import forms
from django.core.exceptions import ValidationError
from django.forms import HiddenInput, JSONField


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
    def clean_credential(self) -> Any:
        try:
            return super().clean_credential()  # type: ignore[misc]  # a mixin
        except (ValueError, TypeError, KeyError):
            raise get_adapter().validation_error("incorrect_code") from None


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
