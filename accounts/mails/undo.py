"""Take an account back by the link of a notice: a thief changed the way in, the owner of the mailbox undoes it.

Of several links the oldest prevails. A thief who has made an address of their own the first one gets notices too; their
links are younger than the one that the owner got, and end with it. The same is true of second factors: those of before
stay, so that a mailbox alone opens nothing that they protect.
"""

import hashlib
import secrets
from datetime import datetime, timedelta
from enum import StrEnum, auto

from allauth.account.forms import default_token_generator
from allauth.account.models import EmailAddress
from allauth.account.utils import user_pk_to_url_str
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.module_loading import import_string

from accounts import audit, freeze, mailbox, wording
from accounts.by import By
from accounts.mails import outbox
from accounts.models import UndoLink, User
from accounts.person import sessions

LASTS = timedelta(hours=72)


class Outcome(StrEnum):
    DONE = auto()
    GONE = auto()
    TAKEN = auto()


def make_link(user: User, email: str, *, since: datetime | None = None) -> str:
    """Return the address of a page that makes this address the account's only one again, as it was before `since`."""
    token, now = secrets.token_urlsafe(32), timezone.now()
    UndoLink.objects.create(user=user, email=email, digest=_digest(token), made_at=since or now, expires_at=now + LASTS)
    return to_us(reverse("account_undo", args=[token]))


def find(token: str) -> UndoLink | None:
    """Return what a link may still undo."""
    usable = UndoLink.objects.filter(Q(expires_at=None) | Q(expires_at__gt=timezone.now()), used_at=None)
    return usable.filter(digest=_digest(token)).select_related("user").first()


def undo(token: str, *, by: By) -> Outcome:
    """Give the account back to the address of before, end its sessions, freeze it, and mail a link for a new password.

    When another account proved that address meanwhile, it keeps it: nobody gets in here until the address is free and
    the link is used again. However long that takes: nothing else opens the account, and the link alone, without the
    mailbox, opens nothing.
    """
    with transaction.atomic():
        link = find(token)
        if link is None:
            return Outcome.GONE
        user = User.objects.hold(link.user)
        if find(token) is None:
            return Outcome.GONE
        is_free = mailbox.make_room(link.email, user, by=by)
        EmailAddress.objects.filter(user=user).exclude(email__iexact=link.email if is_free else "").delete()
        Authenticator.objects.filter(user=user, created_at__gte=link.made_at).delete()
        younger = UndoLink.objects.filter(user=user, used_at=None, made_at__gte=link.made_at)
        if is_free:
            younger.update(used_at=timezone.now())
            mine = {"verified": True, "primary": True}
            EmailAddress.objects.update_or_create(user=user, email=link.email, defaults=mine)
            user.email = link.email
        else:
            younger.exclude(pk=link.pk).update(used_at=timezone.now())
            UndoLink.objects.filter(pk=link.pk).update(expires_at=None)
            user.email = user.nobodys_address
        # Known browsers are bound to the password: they end with it.
        user.set_unusable_password()
        user.save(update_fields=["email", "password"])
        sessions.end_others(user, but=None)
        for path in (*settings.WHEN_UNDONE, *([] if is_free else settings.WHEN_NOBODY_GETS_IN)):
            import_string(path)(user, by=by)
        freeze.freeze(user, freeze.Because.UNDONE, by=by)
        audit.record("account.undone", by=by, target=user, outcome="ok" if is_free else "address taken")
        if is_free:
            asked = [user_pk_to_url_str(user), default_token_generator.make_token(user)]
            text = wording.after_undo(to_us(reverse("account_reset_password_from_key", args=asked)))
            outbox.write("undone", to=user.email, subject=str(wording.UNDONE_SUBJECT), text=text, user=user)
    return Outcome.DONE if is_free else Outcome.TAKEN


def forget_links(now: datetime) -> None:
    UndoLink.objects.filter(expires_at__lt=now).delete()


def to_us(path: str) -> str:
    return f"{settings.PUBLIC_URL.rstrip('/')}{path}"


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
