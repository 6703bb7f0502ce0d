"""What workers do for accounts by themselves: seal the trail, and forget what has had its time."""

from datetime import datetime
from importlib import import_module

import structlog
from celery import shared_task
from django.conf import settings
from django.utils import timezone

from accounts import mailbox
from accounts.guard import limits
from accounts.mails import post, undo
from accounts.trail import sealing
from workers import alarms
from workers.models import CLOCK, Pulse

log = structlog.get_logger(__name__)


@shared_task(name="accounts.seal", ignore_result=True)
def seal() -> None:
    """Chain what happened since, and anchor the chain outside; safe to run twice, or late."""
    now = timezone.now()
    try:
        # That it comes says that the clock goes, which itself has no way into the database.
        Pulse.objects.beat(CLOCK, queues=(), own_time=now)
        sealing.seal(now)
        sealing.anchor(now)
    except Exception as error:  # the process's edge: the next one comes in seconds
        alarms.ring("audit.not_sealed", "audit_not_sealed", exc_info=error)


def forget_pulses(_now: datetime) -> None:
    Pulse.objects.forget_old()


def forget_sessions(_now: datetime) -> None:
    import_module(settings.SESSION_ENGINE).SessionStore.clear_expired()


SWEEPING = (
    forget_pulses,
    limits.forget_empty,
    forget_sessions,
    post.forget_dead,
    undo.forget_links,
    mailbox.forget_held,
)


@shared_task(name="accounts.sweep", ignore_result=True)
def sweep() -> None:
    """Delete what visitors left behind: safe to run twice, or late."""
    now = timezone.now()
    for part in SWEEPING:
        try:
            part(now)
        except Exception as error:  # the process's edge: the other parts are not to blame
            log.error("sweep_failed", part=part.__name__, exc_info=error)


@shared_task(name="accounts.send_mails", acks_late=True, ignore_result=True)
def send_mails() -> None:
    """Send what is due. What fails here in a way of its own leaves the mail to the next beat."""
    try:
        post.DUE.work()
    except Exception as error:  # the process's edge: a foreign text could carry what the mail says
        log.error("mails_failed", exc_info=error)
