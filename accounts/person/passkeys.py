"""allauth's forms that take what a passkey answered: whatever else is posted there is a wrong answer, and no fault."""

from typing import Any

from allauth.account.adapter import get_adapter
from allauth.core import context
from allauth.mfa.webauthn import forms
from allauth.mfa.webauthn.internal.auth import STATE_SESSION_KEY
from allauth.mfa.webauthn.views import LoginWebAuthnView
from django.conf import settings
from django.core import signing
from django.core.exceptions import ValidationError
from django.forms import HiddenInput, JSONField
from django.http import HttpRequest, HttpResponse

from accounts import audit
from accounts.by import By
from accounts.guard import limits
from accounts.models import User
from web.middleware import client_address

SALT = "accounts.person.passkeys"
# As long as a browser waits for a person who looks for the key.
ANSWERED_WITHIN = 5 * 60


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

    def clean_credential(self) -> Any:
        """Take a right answer once: the cookie that asked may come again, and a session would be gone."""
        question = context.request.session.get(STATE_SESSION_KEY)
        found = super().clean_credential()
        if question is None or not limits.take(limits.QUESTION, question["challenge"]):
            self._tell()
            raise get_adapter().validation_error("incorrect_code")
        return found


class SignInByPasskey(LoginWebAuthnView):  # type: ignore[misc]
    """Keeps the question in a signed cookie, and that it was answered rightly in the table of limits.

    allauth keeps it in a session, and everybody may ask: each asking would make a row.
    """

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        response: HttpResponse = super().get(request, *args, **kwargs)
        if question := request.session.pop(STATE_SESSION_KEY, None):
            response.set_cookie(
                settings.QUESTION_COOKIE_NAME,
                signing.dumps(question, salt=SALT),
                max_age=ANSWERED_WITHIN,
                secure=settings.HTTPS,
                httponly=True,
                samesite="Strict",
            )
        return response

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            cookie = request.COOKIES.get(settings.QUESTION_COOKIE_NAME, "")
            request.session[STATE_SESSION_KEY] = signing.loads(cookie, salt=SALT, max_age=ANSWERED_WITHIN)
        except signing.BadSignature:
            request.session.pop(STATE_SESSION_KEY, None)
        response: HttpResponse = super().post(request, *args, **kwargs)
        request.session.pop(STATE_SESSION_KEY, None)
        response.delete_cookie(settings.QUESTION_COOKIE_NAME, samesite="Strict")
        return response


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
