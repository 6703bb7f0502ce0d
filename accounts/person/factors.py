"""Second factors: what may use them, where their secrets lie, and that a code is good for once.

allauth checks codes and passkeys. The web process must open the secrets to do so, other than keys of exchanges. Who has
both the database and FINGERPRINT_KEY reads them; a copy of the database alone tells nothing.
"""

import time
from base64 import urlsafe_b64encode
from collections.abc import Callable
from functools import cache
from typing import Any

from allauth.core import context
from allauth.mfa import app_settings
from allauth.mfa.adapter import DefaultMFAAdapter, get_adapter
from allauth.mfa.base import forms
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.forms import ActivateTOTPForm
from allauth.mfa.totp.internal.auth import compare_user_code, format_hotp_value, hotp_value
from cryptography.fernet import Fernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.dispatch import Signal
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.module_loading import import_string

from accounts import audit, wording
from accounts.by import By
from accounts.mails import notices
from accounts.models import User
from accounts.person import sessions

REAL = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)
BACK = "after_factor"
# Sent while what they tell can still be undone, with the request, the user and the authenticator.
added, codes_made = Signal(), Signal()


def has_factor(user: User) -> bool:
    return bool(Authenticator.objects.filter(user=user, type__in=REAL).exists())


@cache
def _box(key: str) -> Fernet:
    derived = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"seal second factors").derive(key.encode())
    return Fernet(urlsafe_b64encode(derived))


class FactorAdapter(DefaultMFAAdapter):  # type: ignore[misc]  # allauth ships no types
    error_messages = DefaultMFAAdapter.error_messages | wording.FACTOR_ERRORS

    def encrypt(self, text: str) -> str:
        return _box(settings.FINGERPRINT_KEY).encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        return _box(settings.FINGERPRINT_KEY).decrypt(encrypted_text.encode()).decode()

    def generate_authenticator_name(self, user: User, type: Authenticator.Type) -> str:
        return f"Passkey {Authenticator.objects.filter(user=user, type=type).count() + 1}"

    def can_delete_authenticator(self, authenticator: Authenticator) -> bool:
        return not why_kept(authenticator)


def why_kept(authenticator: Authenticator) -> str:
    """Return why a factor cannot be removed now; "" when it can. What needs one says so, by the settings.

    Where it is about to be removed, in a transaction, the user's row is taken: of two windows that remove one each, and
    of one that enables a bot meanwhile, the second sees what the first did.
    """
    if connection.in_atomic_block:
        User.objects.hold(authenticator.user)
    others = Authenticator.objects.filter(user=authenticator.user, type__in=REAL).exclude(pk=authenticator.pk)
    if others.exists():
        return ""
    told = (import_string(path)(authenticator.user) for path in settings.LAST_FACTOR_NEEDED_BY)
    return next((one for one in told if one), "")


def step_of(secret: str, code: str) -> int:
    """Return the time step that a code is of: this one or the one before, which a person may just have read.

    Raises ValidationError for others: allauth, told of one step back, would take one ahead as well.
    """
    now = _step()
    for step in (now, now - 1):
        if compare_user_code(actual=code, expected=format_hotp_value(hotp_value(secret, step))):
            return step
    raise get_adapter().validation_error("incorrect_code")


def _step() -> int:
    period: int = app_settings.TOTP_PERIOD
    return int(time.time()) // period


def spend(authenticator: Authenticator, step: int) -> None:
    """Take the time step of a code that was right; raises ValidationError when it, or a later one, was taken before.

    allauth remembers used codes in the cache, which may forget them.
    """
    with transaction.atomic():
        fresh = Authenticator.objects.select_for_update().get(pk=authenticator.pk)
        if fresh.data.get("last_step", 0) >= step:
            raise ValidationError(wording.CODE_USED)
        fresh.data["last_step"] = step
        fresh.save(update_fields=["data"])


class _OnceForm:
    """For allauth's forms that take a code."""

    authenticator: Authenticator

    def clean_code(self) -> str:
        code: str = super().clean_code()  # type: ignore[misc]  # a mixin
        if self.authenticator.type == Authenticator.Type.TOTP:
            secret = get_adapter().decrypt(self.authenticator.data["secret"])
            spend(self.authenticator, step_of(secret, code))
        return code


class SecondStepForm(_OnceForm, forms.AuthenticateForm):  # type: ignore[misc]
    pass


class ConfirmByCodeForm(_OnceForm, forms.ReauthenticateForm):  # type: ignore[misc]
    pass


class SetUpForm(ActivateTOTPForm):  # type: ignore[misc]
    secret: str

    def clean_code(self) -> str:
        code: str = super().clean_code()
        step_of(self.secret, code)
        return code


def on_saved(sender: object, *, instance: Authenticator, created: bool, **rest: Any) -> None:
    """Tell of a new factor at once: allauth tells only after the commit, when a fault undoes nothing any more."""
    request = context.request
    if not created or request is None:
        return
    told = {"request": request, "user": instance.user, "authenticator": instance}
    if instance.type in REAL:
        added.send(Authenticator, **told)
    elif request.resolver_match.view_name == "mfa_generate_recovery_codes":
        # Elsewhere they come by themselves, with the first factor.
        codes_made.send(Authenticator, **told)


def on_added(sender: object, *, request: HttpRequest, user: User, authenticator: Authenticator, **rest: Any) -> None:
    if authenticator.type == Authenticator.Type.TOTP:
        # The code that set it up is used up.
        spend(authenticator, _step())
    _changed("account.factor_added", request, user)
    notices.tell("factor_added", user, request=request, since=authenticator.created_at)


def on_removed(sender: object, *, request: HttpRequest, user: User, authenticator: Authenticator, **rest: Any) -> None:
    if authenticator.type in REAL:
        _changed("account.factor_removed", request, user)
        notices.tell("factor_removed", user, request=request)


def on_codes_made(
    sender: object, *, request: HttpRequest, user: User, authenticator: Authenticator, **rest: Any
) -> None:
    _changed("account.recovery_codes", request, user)
    notices.tell("recovery_codes", user, request=request, since=authenticator.created_at)


def on_failed(sender: object, *, request: HttpRequest, user: User, **rest: Any) -> None:
    audit.record("account.factor_failed", by=By.at(request, None), target=user, outcome="refused")


def _changed(action: str, request: HttpRequest, user: User) -> None:
    # No sign-in that is about to make a session comes between (accounts/person/way_in.py).
    User.objects.hold(user)
    audit.record(action, by=By.at(request, user), target=user)
    sessions.end_others(user, but=request.session.session_key)


class OperatorFactorMiddleware:
    """Show no operators' page to an operator without a second factor, and lead there to add one."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        user, inside = request.user, request.path.startswith(reverse("admin:index"))
        if inside and isinstance(user, User) and user.is_staff and not has_factor(user):
            messages.warning(request, wording.FACTOR_FOR_OPERATORS)
            request.session[BACK] = reverse("admin:index")
            return redirect("mfa_index")
        return self.get_response(request)
