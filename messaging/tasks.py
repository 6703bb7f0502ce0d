"""What workers do for messages: spread and send what is due, and forget what is old."""

from datetime import datetime, timedelta

import structlog
from celery import shared_task
from django.utils import timezone

from database import portions
from messaging import deliveries
from messaging.models import Message
from messaging.spread import spread

log = structlog.get_logger(__name__)
KEPT = timedelta(days=180)


@shared_task(name="messaging.send", acks_late=True, ignore_result=True)
def send() -> None:
    """Safe to run twice, or late; what fails here in a way of its own leaves its messages to the next beat."""
    for part in (lambda: spread(timezone.now()), deliveries.DUE.work):
        try:
            part()
        except Exception as error:  # the process's edge: a foreign text could carry an address
            log.error("messages_failed", kind=type(error).__name__, exc_info=error)


@shared_task(name="messaging.sweep", ignore_result=True)
def sweep() -> None:
    forget_old(timezone.now())


def forget_old(now: datetime) -> None:
    portions.delete(Message.objects.filter(at__lt=now - KEPT))
