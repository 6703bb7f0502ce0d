"""Wake workers for what need not wait for the next tick. The broker is no more than that: the database is the truth."""

from typing import Any

import structlog
from celery import current_app
from django.db import transaction
from kombu.exceptions import OperationalError

log = structlog.get_logger(__name__)


def after_commit(task: str, *ids: int) -> None:
    transaction.on_commit(lambda: publish(task, *ids))


def publish(task: str, *ids: int, expires: float | None = None) -> None:
    """Send ids to the task of this name; a broker that is down costs nothing but time.

    What is said again by itself `expires` after so many seconds, so that it does not pile up.

    By name: the tasks import what talks to exchanges, which would cost the web a second and its memory.
    """
    # What a click set going is found by the click's id, in whichever process.
    request = structlog.contextvars.get_contextvars().get("request_id")
    headers = {"request_id": str(request)} if request else None
    limits: dict[str, Any] = {"expires": expires} if expires else {}
    try:
        current_app.send_task(task, args=list(ids), headers=headers, **limits)
    except (OperationalError, OSError):
        log.warning("broker_unreachable", task=task, ids=ids)
