"""Tell the owner of an account when its way in changes: the old address and the new one, with a way back."""

from datetime import datetime
from typing import Any

from allauth.account import signals
from django.http import HttpRequest
from django.utils import timezone

from accounts import wording
from accounts.mails import outbox, undo
from accounts.models import User
from accounts.person.sessions import device_of
from web.middleware import client_address


def tell(
    event: str,
    user: User,
    *,
    request: HttpRequest | None,
    owner: str = "",
    also: str = "",
    can_undo: bool = True,
    since: datetime | None = None,
) -> None:
    """Write to the sign-in address of before, with a link to undo, and to another address without one.

    `since`: when what happened did, where it has a time of its own.
    """
    owner = owner or user.email
    link = undo.make_link(user, owner, since=since) if can_undo else ""
    for address in dict.fromkeys(filter(None, (owner, also))):
        text = wording.notice(
            event,
            at=timezone.now(),
            address=client_address(request) if request else "",
            agent=device_of(request.headers.get("User-Agent", "")) if request else "",
            undo_link=link if address == owner else "",
            page=undo.to_us("/account/"),
        )
        subject = str(wording.NOTICES[event][0])
        outbox.write(f"notice.{event}", to=address, subject=subject, text=text, user=user, lasts=outbox.NOTICES_LAST)


def on_email_added(sender: object, *, request: HttpRequest, user: User, email_address: Any, **rest: Any) -> None:
    tell("email_added", user, request=request, also=email_address.email)


def on_email_removed(sender: object, *, request: HttpRequest, user: User, email_address: Any, **rest: Any) -> None:
    tell("email_removed", user, request=request, also=email_address.email)


def on_email_changed(
    sender: object,
    *,
    request: HttpRequest,
    user: User,
    from_email_address: Any,
    to_email_address: Any,
    **rest: Any,
) -> None:
    old = from_email_address.email if from_email_address else ""
    tell("email_changed", user, request=request, owner=old, also=to_email_address.email)


def on_password_changed(sender: object, *, request: HttpRequest, user: User, **rest: Any) -> None:
    tell("password_changed", user, request=request)


def on_password_reset(sender: object, *, request: HttpRequest, user: User, **rest: Any) -> None:
    tell("password_reset", user, request=request)


LISTENERS = (
    (signals.email_added, on_email_added),
    (signals.email_removed, on_email_removed),
    (signals.email_changed, on_email_changed),
    (signals.password_changed, on_password_changed),
    (signals.password_set, on_password_changed),
    (signals.password_reset, on_password_reset),
)


def connect() -> None:
    for number, (signal, listener) in enumerate(LISTENERS):
        signal.connect(listener, dispatch_uid=f"notices:{number}")
