"""Second factors: what may use them, where their secrets lie, and that a code is good for once.

allauth checks codes and passkeys. The web process must open the secrets to do so, other than keys of exchanges. Who has
both the database and FINGERPRINT_KEY reads them; a copy of the database alone tells nothing.
"""

import time
from base64 import urlsafe_b64encode
from collections.abc import Callable
from functools import cache
from typing import Any

from allauth.mfa import app_settings
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.base import forms
from allauth.mfa.models import Authenticator
from cryptography.fernet import Fernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.module_loading import import_string

from accounts import audit, freeze, wording
from accounts.by import By
from accounts.models import User
from accounts.person import sessions

REAL = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)
BACK = "after_factor"


def has_factor(user: User) -> bool:
    return bool(Authenticator.objects.filter(user=user, type__in=REAL).exists())


@cache
def _box(key: str) -> Fernet:
    derived = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"seal second factors").derive(key.encode())
    return Fernet(urlsafe_b64encode(derived))


class FactorAdapter(DefaultMFAAdapter):  # type: ignore[misc]  # allauth ships no types
    def encrypt(self, text: str) -> str:
        return _box(settings.FINGERPRINT_KEY).encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        return _box(settings.FINGERPRINT_KEY).decrypt(encrypted_text.encode()).decode()

    def generate_authenticator_name(self, user: User, type: Authenticator.Type) -> str:
        return f"Passkey {Authenticator.objects.filter(user=user, type=type).count() + 1}"

    def can_delete_authenticator(self, authenticator: Authenticator) -> bool:
        return not why_kept(authenticator)


def why_kept(authenticator: Authenticator) -> str:
    """Return why a factor cannot be removed now; "" when it can. What needs one says so, by the settings."""
    others = Authenticator.objects.filter(user=authenticator.user, type__in=REAL).exclude(pk=authenticator.pk)
    if others.exists():
        return ""
    told = (import_string(path)(authenticator.user) for path in settings.LAST_FACTOR_NEEDED_BY)
    return next((one for one in told if one), "")


def spend(authenticator: Authenticator) -> None:
    """Take the time step of a code that was right; raises ValidationError when it was taken before.

    allauth remembers used codes in the cache, which may forget them.
    """
    step = int(time.time()) // app_settings.TOTP_PERIOD
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
            spend(self.authenticator)
        return code


class SecondStepForm(_OnceForm, forms.AuthenticateForm):  # type: ignore[misc]
    pass


class ConfirmByCodeForm(_OnceForm, forms.ReauthenticateForm):  # type: ignore[misc]
    pass


def on_added(sender: object, *, request: HttpRequest, user: User, authenticator: Authenticator, **rest: Any) -> None:
    """The first factor narrows what a thief can do; a further one may be the thief's."""
    if authenticator.type == Authenticator.Type.TOTP:
        # The code that set it up is used up.
        spend(authenticator)
    if authenticator.type in REAL:
        _changed("account.factor_added", request, user)
        if Authenticator.objects.filter(user=user, type__in=REAL).exclude(pk=authenticator.pk).exists():
            freeze.freeze(user, freeze.Because.FACTOR_CHANGED, by=By.at(request, user))


def on_removed(sender: object, *, request: HttpRequest, user: User, authenticator: Authenticator, **rest: Any) -> None:
    if authenticator.type in REAL:
        _changed("account.factor_removed", request, user)
        freeze.freeze(user, freeze.Because.FACTOR_CHANGED, by=By.at(request, user))


def on_reset(sender: object, *, request: HttpRequest, user: User, **rest: Any) -> None:
    _changed("account.recovery_codes", request, user)


def on_failed(sender: object, *, request: HttpRequest, user: User, **rest: Any) -> None:
    audit.record("account.factor_failed", by=By.at(request, None), target=user, outcome="refused")


def _changed(action: str, request: HttpRequest, user: User) -> None:
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
