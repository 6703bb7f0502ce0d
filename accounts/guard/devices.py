"""Browsers that an account was signed in with before: others' guesses do not keep its owner out of them."""

import secrets
from typing import Any

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.utils.crypto import constant_time_compare, salted_hmac

from accounts.models import User

SALT = "accounts.guard.devices"
# Longer than a holiday; every sign-in makes it new.
LIFETIME = 180 * 24 * 60 * 60


def known_device(request: HttpRequest, user: User) -> str:
    """Return the id of this browser when this account was signed in with it; "" when it was not, or not since then.

    A changed password ends what was known before it.
    """
    try:
        told: Any = signing.loads(request.COOKIES.get(settings.DEVICE_COOKIE_NAME, ""), salt=SALT, max_age=LIFETIME)
    except signing.BadSignature:
        return ""
    if told["user"] != str(user.public_id) or not constant_time_compare(told["proof"], _proof(user)):
        return ""
    return str(told["device"])


def remember(request: HttpRequest, user: User) -> None:
    """Let the answer to this request make its browser one that the account is known from."""
    request.device_of = user  # type: ignore[attr-defined]  # read by the middleware


def give_cookie(response: HttpResponse, request: HttpRequest, user: User) -> None:
    device = known_device(request, user) or secrets.token_urlsafe(16)
    told = {"user": str(user.public_id), "device": device, "proof": _proof(user)}
    response.set_cookie(
        settings.DEVICE_COOKIE_NAME,
        signing.dumps(told, salt=SALT),
        max_age=LIFETIME,
        secure=settings.HTTPS,
        httponly=True,
        samesite="Lax",
    )


def _proof(user: User) -> str:
    return salted_hmac(SALT, user.password).hexdigest()[:32]
