"""Wake a worker. The broker is no more than that: what it loses, the tick finds in the database."""

from django.db import transaction
from django.utils import timezone

from connections.models import CheckRun, RunState
from workers import wake


def publish_after_commit(run: CheckRun) -> None:
    transaction.on_commit(lambda: publish(run))


def publish(run: CheckRun) -> None:
    """Send ids and the attempt number; a broker that is down costs nothing but time."""
    CheckRun.objects.filter(pk=run.pk, state=RunState.QUEUED).update(published_at=timezone.now())
    wake.publish("connections.check", run.pk, run.attempt)
