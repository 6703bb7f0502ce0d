"""On whose behalf something is done: a person at a page, a command line, or the product by itself."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

from allauth.account.authentication import get_authentication_records
from django.conf import settings
from django.http import HttpRequest

from accounts.models import User
from web.middleware import client_address


@dataclass(frozen=True, kw_only=True)
class By:
    """`user` is None where no person acts: a worker, a command. `address` is "" without a request.

    `is_fresh`: the person proved lately who they are, in whatever way; what widens asks for it (accounts/sudo.py).
    `is_fresh_by_factor`: and did so by a second factor, for which no password stands. `is_fresh_by_mail`: by a mailed
    code, which is fresh for some acts alone.
    """

    user: User | None = None
    address: str = ""
    is_fresh: bool = False
    is_fresh_by_factor: bool = False
    is_fresh_by_mail: bool = False

    @classmethod
    def of(cls, request: HttpRequest) -> By:
        """Return the person that is signed in, or nobody."""
        user = request.user if isinstance(request.user, User) else None
        return cls(
            user=user,
            address=client_address(request),
            is_fresh=signed_in_lately(request),
            is_fresh_by_factor=signed_in_lately(request, method=BY_FACTOR),
            is_fresh_by_mail=signed_in_lately(request, method=BY_MAIL),
        )

    @classmethod
    def at(cls, request: HttpRequest | None, user: User | None) -> By:
        """Return this user, or nobody, at the address of the request."""
        return cls(user=user, address=client_address(request) if request else "")


PRODUCT = By()
# What allauth calls a code of an app, a recovery code and a passkey.
BY_FACTOR = "mfa"
# What we call a mailed code (accounts/fresh/by_mail.py).
BY_MAIL = "mail"


def signed_in_lately(request: HttpRequest, *, method: str = "") -> bool:
    """Say whether this session's user signed in, or confirmed it, within ACCOUNT_REAUTHENTICATION_TIMEOUT.

    Any way counts that allauth writes down, a password, a passkey, a code of an app, unless one is named; a mailed code
    counts only where it is named.
    """
    if not request.user.is_authenticated:
        return False
    records: list[dict[str, Any]] = get_authentication_records(request, request.user)
    records = [one for one in records if (one.get("method") == method if method else one.get("method") != BY_MAIL)]
    newest = max((float(record.get("at", 0)) for record in records), default=0.0)
    age = time.time() - newest
    return 0 <= age <= settings.ACCOUNT_REAUTHENTICATION_TIMEOUT
