"""Take an account back by the link of a notice: a thief changed the way in, the owner of the mailbox undoes it.

Of several links the oldest prevails. A thief who has made an address of their own the first one gets notices too; their
links are younger than the one that the owner got, and end with it. The same is true of second factors: those of before
stay, so that a mailbox alone opens nothing that they protect.
"""

import hashlib
import secrets
from datetime import datetime, timedelta

from allauth.account.forms import default_token_generator
from allauth.account.models import EmailAddress
from allauth.account.utils import user_pk_to_url_str
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.module_loading import import_string

from accounts import audit, freeze, wording
from accounts.by import By
from accounts.mails import outbox
from accounts.models import UndoLink, User

LASTS = timedelta(hours=72)


def make_link(user: User, email: str, *, since: datetime | None = None) -> str:
    """Return the address of a page that makes this address the account's only one again, as before that time."""
    token, now = secrets.token_urlsafe(32), timezone.now()
    UndoLink.objects.create(user=user, email=email, digest=_digest(token), made_at=since or now, expires_at=now + LASTS)
    return to_us(reverse("account_undo", args=[token]))


def find(token: str) -> UndoLink | None:
    """Return what a link may still undo."""
    usable = UndoLink.objects.filter(used_at=None, expires_at__gt=timezone.now())
    return usable.filter(digest=_digest(token)).select_related("user").first()


def undo(token: str, *, by: By) -> bool:
    """Give the account back to the address of before, end its sessions, freeze it, and mail a link for a new password.

    False when the link works no more, or when another account has that address by now.
    """
    with transaction.atomic():
        link = find(token)
        if link is None:
            return False
        user = User.objects.select_for_update(no_key=True).get(pk=link.user_id)
        if find(token) is None or User.objects.filter(email__iexact=link.email).exclude(pk=user.pk).exists():
            return False
        UndoLink.objects.filter(user=user, used_at=None, made_at__gte=link.made_at).update(used_at=timezone.now())
        EmailAddress.objects.filter(user=user).exclude(email__iexact=link.email).delete()
        EmailAddress.objects.update_or_create(user=user, email=link.email, defaults={"verified": True, "primary": True})
        user.email = link.email
        Authenticator.objects.filter(user=user, created_at__gte=link.made_at).delete()
        # Sessions and known browsers are bound to the password: they end with it.
        user.set_unusable_password()
        user.save(update_fields=["email", "password"])
        for path in settings.WHEN_UNDONE:
            import_string(path)(user, by=by)
        freeze.freeze(user, freeze.Because.UNDONE, by=by)
        audit.record("account.undone", by=by, target=user)
        text = wording.after_undo(_reset_link(user))
        outbox.write("undone", to=user.email, subject=str(wording.UNDONE_SUBJECT), text=text, user=user)
    return True


def forget_links(now: datetime) -> None:
    UndoLink.objects.filter(expires_at__lt=now).delete()


def to_us(path: str) -> str:
    return f"{settings.PUBLIC_URL.rstrip('/')}{path}"


def _reset_link(user: User) -> str:
    key = default_token_generator.make_token(user)
    return to_us(reverse("account_reset_password_from_key", args=[user_pk_to_url_str(user), key]))


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
