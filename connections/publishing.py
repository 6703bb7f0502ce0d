"""Wake a worker. The broker is no more than that: what it loses, the tick finds in the database."""

import structlog
from django.db import transaction
from django.utils import timezone
from kombu.exceptions import OperationalError

from connections.models import CheckRun, RunState

log = structlog.get_logger(__name__)


def publish_after_commit(run: CheckRun) -> None:
    transaction.on_commit(lambda: publish(run))


def publish(run: CheckRun) -> None:
    """Send ids and the attempt number; a broker that is down costs nothing but time."""
    from connections import tasks  # tasks import the flows that publish

    CheckRun.objects.filter(pk=run.pk, state=RunState.QUEUED).update(published_at=timezone.now())
    try:
        tasks.check_connection.delay(run.pk, run.attempt)
    except (OperationalError, OSError):
        log.warning("broker_unreachable", run=run.pk)
