"""Wake workers for what need not wait for the next tick. The broker is no more than that: the database is the truth."""

import structlog
from celery import current_app
from django.db import transaction
from kombu.exceptions import OperationalError

log = structlog.get_logger(__name__)


def after_commit(task: str, *ids: int) -> None:
    transaction.on_commit(lambda: publish(task, *ids))


def publish(task: str, *ids: int) -> None:
    """Send ids to the task of this name; a broker that is down costs nothing but time.

    By name: the tasks import what talks to exchanges, which would cost the web a second and its memory.
    """
    try:
        current_app.send_task(task, args=list(ids))
    except (OperationalError, OSError):
        log.warning("broker_unreachable", task=task, ids=ids)
