"""People for tests, and sessions that look like a real sign-in."""

import itertools
import time

from allauth.account.authentication import AUTHENTICATION_METHODS_SESSION_KEY
from allauth.account.models import EmailAddress
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.test import Client

from accounts.models import User

PASSWORD = "four words do it well"
_numbers = itertools.count(1)


def make_user(
    *,
    email: str = "",
    password: str | None = None,
    is_proven: bool = True,
    has_factor: bool | None = None,
    **fields: object,
) -> User:
    """Make a user; without a password none is hashed, which is most of the time a test with users takes.

    Operators have a second factor unless told otherwise, traders have none.
    """
    user = User.objects.create_user(email or f"trader{next(_numbers)}@example.test", password, **fields)
    EmailAddress.objects.create(user=user, email=user.email, primary=True, verified=is_proven)
    if user.is_staff if has_factor is None else has_factor:
        add_totp(user)
    return user


def add_totp(user: User) -> str:
    """Give somebody an authenticator app; return its secret."""
    secret = generate_totp_secret()
    TOTP.activate(user, secret)
    return str(secret)


def sign_in(client: Client, user: User, *, age: float = 0) -> Client:
    """Sign in as allauth does, `age` seconds ago: force_login alone is no fresh sign-in (accounts.sudo)."""
    client.force_login(user)
    session = client.session
    methods = ["password", "mfa"] if user.is_staff else ["password"]
    session[AUTHENTICATION_METHODS_SESSION_KEY] = [{"method": one, "at": time.time() - age} for one in methods]
    session["account_authentication_methods_user"] = str(user.pk)
    session.save()
    return client
