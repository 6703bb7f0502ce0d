"""Who may still guess: counted before the password is looked at, and by what the client cannot choose.

A stranger's guesses are counted by account and by network. The owner's are not among them: a browser that the account
was signed in with before has a count of its own, and so has a session that is open already.
"""

from dataclasses import dataclass
from typing import Any

from allauth.account.internal.stagekit import unstash_login
from allauth.account.internal.userkit import filter_users_by_email
from django.http import HttpRequest

from accounts import audit
from accounts.by import By
from accounts.guard import devices, limits
from accounts.models import User
from web.middleware import client_address

Count = tuple[limits.Limit, object]


@dataclass(frozen=True)
class Tries:
    """What one try was counted under."""

    counts: tuple[Count, ...]

    def give_back(self) -> None:
        for limit, of in self.counts:
            limits.give_back(limit, of)


def reserve(request: HttpRequest, *counts: Count, target: object = None) -> Tries | None:
    """Count one try under each of these, in their order; None when one of them has had enough."""
    for place, (limit, of) in enumerate(counts):
        if not limits.take(limit, of):
            Tries(counts[:place]).give_back()
            if limits.is_first_refusal(limit, of):
                by = By.at(request, None)
                audit.record("account.tries_refused", by=by, target=target or f"limit:{limit.name}", outcome="refused")
            return None
    return Tries(counts)


def reserve_password(request: HttpRequest, email: str) -> Tries | None:
    """Count one try at a password of the account of this address, known or not."""
    # An account with two addresses is one account, and no spelling of them makes another.
    users: list[User] = filter_users_by_email(email, prefer_verified=True, for_login=True)
    for user in users:
        if request.user.pk == user.pk:
            return reserve(request, session_count(request), target=user)
        if device := devices.known_device(request, user):
            return reserve(request, (limits.DEVICE, device), target=user)
    named: list[Any] = [user.pk for user in users] or [email.strip().lower()]
    accounts = [(limits.ACCOUNT, one) for one in named]
    return reserve(request, network_count(request, limits.NETWORK), *accounts, target=users[0] if users else None)


def session_count(request: HttpRequest, limit: limits.Limit = limits.SESSION) -> Count:
    """Count by the session: its thief and its owner share it, others' sessions and strangers do not."""
    return limit, request.session.session_key


def network_count(request: HttpRequest, limit: limits.Limit) -> Count:
    return limit, limits.network_of(client_address(request))


def pending_count(request: HttpRequest, limit: limits.Limit) -> Count:
    """Count by the account whose password was given already and whose second factor is asked for.

    A browser that it was signed in with before has a count of its own: somebody else may know the password too.
    """
    login = unstash_login(request, peek=True)
    if login is None or login.user is None:
        return network_count(request, limit)
    return limit, devices.known_device(request, login.user) or login.user.pk


def may_mail(request: HttpRequest, address: str) -> bool:
    """Count a mail to this address. Strangers name addresses that are not theirs; one's own has its own count."""
    if isinstance(request.user, User) and request.user.email.lower() == address:
        return reserve(request, (limits.MAIL_OWN, request.user.pk)) is not None
    return reserve(request, network_count(request, limits.MAIL_NETWORK), (limits.MAIL_TO, address)) is not None
