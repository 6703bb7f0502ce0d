"""Mails of a try-out without a mail server: kept as files, and shown to somebody on the same machine."""

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage as ParsedMail
from ipaddress import ip_address
from pathlib import Path

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from database.ids import public_id

KEPT, SHOWN = 200, 20


def _directory() -> Path:
    return Path(str(settings.MAILS_DIR))


class FileBackend(BaseEmailBackend):
    """Write each mail to a file of its own that only this account of the machine can read."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        directory = _directory()
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        for mail in email_messages:
            path = directory / f"{timezone.now():%Y%m%dT%H%M%S.%f}-{public_id()}.eml"
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "wb") as file:
                file.write(mail.message().as_bytes())
        for old in sorted(directory.glob("*.eml"))[:-KEPT]:
            old.unlink(missing_ok=True)
        return len(email_messages)


@dataclass(frozen=True, kw_only=True)
class ShownMail:
    to: str
    subject: str
    at: datetime
    text: str


def newest() -> Iterator[ShownMail]:
    for path in sorted(_directory().glob("*.eml"), reverse=True)[:SHOWN]:
        mail = message_from_bytes(path.read_bytes(), _class=ParsedMail, policy=policy.default)
        body = mail.get_body(("plain",))
        yield ShownMail(
            to=str(mail["To"]),
            subject=str(mail["Subject"]),
            at=datetime.fromtimestamp(path.stat().st_mtime, UTC),
            text=str(body.get_content()).strip() if body else "",
        )


def _is_here(request: HttpRequest) -> bool:
    """Say whether a browser on this machine asks, without anything between."""
    headers = {"Forwarded", "Via", "X-Forwarded-For", "X-Forwarded-Host", "X-Real-Ip"}
    try:
        peer = ip_address(request.META.get("REMOTE_ADDR", ""))
    except ValueError:
        return False
    return peer.is_loopback and not any(name in request.headers for name in headers)


@login_not_required
@require_GET
def page(request: HttpRequest) -> HttpResponse:
    """Show the newest mails; everywhere else than on this machine there is no such page."""
    if not settings.MAILS_DIR or not _is_here(request):
        raise Http404
    return render(request, "mails.html", {"mails": list(newest())})
