"""What workers do for connections: ids in, one flow, nothing out."""

import contextlib
import math
from datetime import datetime, timedelta

import structlog
from celery import shared_task
from django.conf import settings
from django.utils import timezone

from accounts.by import PRODUCT
from connections import errors, flows
from connections.check import run, settle
from connections.models import CheckRun, Connection, Trigger
from connections.secrets import openings

log = structlog.get_logger(__name__)
# In the share of their interval that it takes to catch up, so many within a while; few are never kept waiting.
CATCH_UP, LATELY, AT_LEAST = 0.25, timedelta(seconds=10), 10


@shared_task(name="connections.check", acks_late=True, ignore_result=True)
def check_connection(run_id: int, attempt: int) -> None:
    """Carry out one check. What fails here in a way of its own leaves the run to the tick."""
    try:
        run.run_check(run_id, attempt)
    except Exception as error:  # the process's edge: a foreign text must reach neither the log nor the broker
        log.error("check_failed", run=run_id, exc_info=error)


@shared_task(name="connections.tick", ignore_result=True)
def tick() -> None:
    """Find lost work, start what is due, let old passes lapse: safe to run twice, or late."""
    now = timezone.now()
    for part in (
        run.reissue_lost_runs,
        settle.lapse_passes,
        settle.end_keys,
        openings.tell_sums,
        forget_checks,
        start_due_checks,
    ):
        try:
            part(now)
        except Exception as error:  # the process's edge: the other parts are not to blame
            log.error("tick_failed", part=part.__name__, exc_info=error)


def forget_checks(now: datetime) -> None:
    CheckRun.objects.forget_asked(now)


def start_due_checks(now: datetime) -> None:
    """Start what is due, no faster than all would take a quarter of their interval.

    After a time without a clock everything is due at once. What was started lately is counted in the database, so that
    several clocks together start no more.
    """
    waiting = Connection.objects.due(now)
    checked = Connection.objects.alive().filter(next_check_at__isnull=False).count()
    most = max(AT_LEAST, math.ceil(checked * LATELY / (settings.CHECK_INTERVAL * CATCH_UP)))
    lately = CheckRun.objects.since(now - LATELY).filter(trigger=Trigger.SCHEDULE).count()
    for connection in waiting[: max(most - lately, 0)]:
        with contextlib.suppress(errors.ConnectionsError):
            flows.start_check(connection, trigger=Trigger.SCHEDULE, by=PRODUCT, slot=connection.next_check_at)
