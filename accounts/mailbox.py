"""An account belongs to the mailbox that was proven for it; until then it has no password, no session and no rights.

Somebody who signs up chooses a password in one browser, and proves the mailbox by a code that only this browser can
use: a link would let the owner of the mailbox confirm, unawares, a password that a stranger chose. What was chosen
waits in the session, so that two people who sign up with one address cannot get into each other's way; the first who
proves the mailbox has the account.
"""

from collections.abc import MutableMapping
from datetime import datetime, timedelta
from typing import Any

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.db import transaction
from django.utils import timezone
from django.utils.module_loading import import_string

from accounts import audit
from accounts.by import By
from accounts.models import User
from accounts.person import leaving, sessions

CHOICE = "account_chosen_password"
# A code lasts a quarter of an hour, a link to reset the password an hour.
HELD_FOR = timedelta(days=1)
SWEPT_AT_ONCE = 500
Session = MutableMapping[str, Any]


def hold_account(email: str) -> User | None:
    """Return an account that nobody proved yet, made when there is none; None where somebody did."""
    if EmailAddress.objects.filter(email=email, verified=True).exists():
        # It may be a further address of an account with another name.
        return None
    with transaction.atomic():
        user, is_new = User.objects.get_or_create(email=email, defaults={"password": User.unusable_password()})
        if not is_new and not user.is_proven:
            # It is asked for anew: kept from being swept meanwhile.
            User.objects.filter(pk=user.pk).update(date_joined=timezone.now())
        if is_new:
            EmailAddress.objects.create(user=user, email=email, primary=True)
    return None if user.is_proven else user


def is_taken(email: str, user: User) -> bool:
    """Say whether this address is another account's, which proved it or has a password of its own."""
    others = User.objects.exclude(pk=user.pk)
    if others.filter(emailaddress__email=email.lower(), emailaddress__verified=True).exists():
        return True
    held = others.filter(email__iexact=email).first()
    return held is not None and (held.is_proven or held.has_usable_password())


def make_room(email: str, user: User, *, by: By) -> bool:
    """Close what strangers hold under an address that was just proven for this user; False where it is taken."""
    if is_taken(email, user):
        return False
    for held in User.objects.exclude(pk=user.pk).filter(email__iexact=email):
        leaving.close(held, by=by)
    return True


def forget_held(now: datetime) -> None:
    """Delete the accounts that somebody asked for and nobody proved; whatever was used once stays."""
    old = User.objects.filter(date_joined__lt=now - HELD_FOR, last_login=None, is_active=True, is_staff=False)
    unproven = old.filter(emailaddress__verified=False, password__startswith=UNUSABLE_PASSWORD_PREFIX, connections=None)
    for user in unproven.order_by("pk")[:SWEPT_AT_ONCE]:
        with transaction.atomic():
            fresh = User.objects.hold(user)
            if not fresh.is_proven and fresh.date_joined < now - HELD_FOR:
                fresh.delete()


def remember_choice(session: Session, user: User, hashed: str) -> None:
    session[CHOICE] = {"user": user.pk, "password": hashed}


def take_choice(session: Session, user: User) -> str:
    """Return the hash of the password that was chosen in this session for this account, or ""."""
    choice = session.pop(CHOICE, None)
    return str(choice["password"]) if choice and choice["user"] == user.pk else ""


def claim(user: User, *, by: By, hashed: str = "") -> None:
    """Give the account to the person who has just proven its mailbox, and end all that was made in it before.

    Runs in the transaction of the proof. `hashed` is what that person chose at sign-up.
    """
    User.objects.select_for_update(no_key=True).get(pk=user.pk)
    EmailAddress.objects.filter(user=user).exclude(email=user.email).delete()
    EmailAddress.objects.update_or_create(user=user, email=user.email, defaults={"verified": True, "primary": True})
    if hashed:
        user.password = hashed
        user.save(update_fields=["password"])
    Authenticator.objects.filter(user=user).delete()
    sessions.end_others(user, but=None)
    for path in settings.WHEN_CLAIMED:
        import_string(path)(user, by=by)
    audit.record("account.claimed", by=by, target=user)
