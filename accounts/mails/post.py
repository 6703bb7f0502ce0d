"""The worker's side of the outbox: send what is due, rest after a failure, and give up what nobody needs any more.

SMTP promises delivery at least once: a worker that dies between sending and writing so down sends the mail again, under
the same Message-ID, by which mail programs tell that they have it.
"""

from datetime import datetime, timedelta
from email.utils import parseaddr
from smtplib import SMTPException

import structlog
from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.db.models import F
from django.utils import timezone
from django.utils.module_loading import import_string

from accounts.models import MailState, OutgoingMail
from database import portions
from workers import alarms
from workers.backoff import backoff
from workers.drain import Drain

log = structlog.get_logger(__name__)
# Above EMAIL_TIMEOUT for each step of the conversation: nobody else takes the mail meanwhile.
LEASE = timedelta(seconds=90)
FIRST_REST, LAST_REST = timedelta(seconds=10), timedelta(minutes=30)
DEAD_KEPT = timedelta(days=30)


def due(most: int) -> list[int]:
    rows = OutgoingMail.objects.filter(state=MailState.WAITING, due_at__lte=timezone.now()).order_by("due_at")
    return list(rows.values_list("pk", flat=True)[:most])


def send(pk: int) -> None:
    """Take one mail that is due, and send it or give it up; no transaction is open meanwhile."""
    now = timezone.now()
    mine = OutgoingMail.objects.filter(pk=pk, state=MailState.WAITING, due_at__lte=now)
    if not mine.update(due_at=now + LEASE, tries=F("tries") + 1):
        return
    mail = OutgoingMail.objects.get(pk=pk)
    if mail.expires_at <= now:
        # Operators see what was not sent and why, and its text is destroyed.
        mail.state, mail.sealed = MailState.DEAD, ""
        mail.save(update_fields=["state", "sealed"])
        alarms.ring("mail.given_up", "mail_given_up", mail=mail.pk, kind=mail.kind, trouble=mail.trouble)
        return
    try:
        _message(mail).send()
    except (SMTPException, OSError, import_string(settings.MAIL_TROUBLE)) as error:
        mail.due_at = timezone.now() + backoff(mail.tries, FIRST_REST, LAST_REST)
        mail.trouble = type(error).__name__
        mail.save(update_fields=["due_at", "trouble"])
        log.warning("mail_not_sent", mail=mail.pk, kind=mail.kind, tries=mail.tries, trouble=mail.trouble)
    else:
        mail.delete()


def _message(mail: OutgoingMail) -> EmailMultiAlternatives:
    told = import_string(settings.MAIL_OPENER)(str(mail.public_id), mail.sealed)
    domain = parseaddr(settings.DEFAULT_FROM_EMAIL)[1].rpartition("@")[2] or "localhost"
    headers = {"Message-ID": f"<{mail.public_id}@{domain}>", "Auto-Submitted": "auto-generated"}
    message = EmailMultiAlternatives(told["subject"], told["text"], to=[mail.to], headers=headers)
    message.attach_alternative(told["html"], "text/html")
    return message


def forget_dead(now: datetime) -> None:
    portions.delete(OutgoingMail.objects.filter(state=MailState.DEAD, written_at__lt=now - DEAD_KEPT))


# A slow mail server holds two of a worker's threads and no more.
DUE = Drain(due, send, at_once=2)
