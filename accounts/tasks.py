"""What workers do for the audit trail by themselves."""

import structlog
from celery import shared_task
from django.utils import timezone

from accounts.trail import sealing

log = structlog.get_logger(__name__)


@shared_task(name="accounts.seal", ignore_result=True)
def seal() -> None:
    """Chain what happened since, and anchor the chain outside; safe to run twice, or late."""
    now = timezone.now()
    try:
        sealing.seal(now)
        sealing.anchor(now)
    except Exception as error:  # the process's edge: the next one comes in seconds
        log.error("audit_not_sealed", alarm="audit.not_sealed", kind=type(error).__name__)
