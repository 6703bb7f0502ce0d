"""Where mails are written: a row in the transaction of what they tell, so that neither is there without the other.

The web waits for no mail server. It seals what the mail says to the vault's public key, and tells a worker that there
is something to send; what the broker loses, the next beat finds.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.module_loading import import_string

from accounts.models import OutgoingMail, User
from workers import wake

SEND = "accounts.send_mails"
# Codes and links have had their time by then; a notice is told late rather than never.
LASTS, NOTICES_LAST = timedelta(hours=1), timedelta(hours=24)


@dataclass(frozen=True, kw_only=True)
class MailPart:
    """One of the things that a mail tells, and the page that it leads to."""

    title: str
    text: str
    link: str


def write(
    kind: str,
    *,
    to: str,
    subject: str,
    text: str,
    user: User | None = None,
    lasts: timedelta = LASTS,
    parts: Sequence[MailPart] = (),
    choose: str = "",
) -> None:
    """Write down one mail; the worker sends it after the transaction is committed.

    Where mails are drawn they show `parts` instead of the text, and lead to where they are chosen.
    """
    now = timezone.now()
    mail = OutgoingMail(kind=kind, to=to, user=user, written_at=now, due_at=now, expires_at=now + lasts)
    html = render_to_string("mails/mail.html", {"subject": subject, "text": text, "parts": parts, "choose": choose})
    seal = import_string(settings.MAIL_SEALER)
    mail.sealed = seal(str(mail.public_id), {"subject": subject, "text": text, "html": html})
    mail.save()
    wake.after_commit(SEND)
